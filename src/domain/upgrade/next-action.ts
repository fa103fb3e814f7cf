import type { AttemptResult, UpgradeClass, UpgradeStep } from "../../api/index.ts";
import type { Backup } from "../backup/backup.ts";
import type { Onward } from "../tenant/onward.ts";
import { SUSPENDED_BY, type SuspendedBy } from "../tenant/suspension.ts";
import type { Instant } from "../time.ts";
import { isNewer } from "../release/version.ts";
import { goalOf, isDown, isRolled, isSettled, wayBackOf, type Goal } from "./goal.ts";
import { allOf, isRolledTo, liveVersions, regionOf, regionsAway, withinReach, wouldOvertake, type Workload, type Workloads } from "./workloads.ts";

/** The attempt under way as status records it; instants stay out, elapsed time comes in separately. */
export interface Attempt {
  readonly id: string;
  readonly class: UpgradeClass;
  readonly from: string;
  readonly to: string;
  readonly step: UpgradeStep;
  /** Status says that workloads may be written. */
  readonly announced: boolean;
  /** Status has said so at some time: the first write may have been carried out. */
  readonly disrupted: boolean;
  /** It was given up on `to`: a major that cannot go back (design §8). */
  readonly stuck: boolean;
  /** It got stuck on an older release, and went on to this one. */
  readonly rolledForward: boolean;
  readonly failure?: string;
  /** Regions in other clusters that status says may run `to`: said before they are asked to, for they may be out of reach afterwards. */
  readonly asked?: readonly string[];
}

/** What is seen of an attempt besides its workloads. */
export interface Sight {
  readonly workloads: Workloads;
  readonly preflight: Preflight;
  /** How far its restore point is; absent: it needs none. */
  readonly backup?: Backup | undefined;
  /** Whether every gate still lets it pass, asked only before the first write (design §3.2). */
  readonly gate: Gate;
  /** Why the tenant is to be switched off: what has not begun ends now. Absent: it is not. */
  readonly suspended?: SuspendedBy | undefined;
  /** The step has lasted longer than it may. */
  readonly overdue: boolean;
  /** Verified for as long as the platform asks. */
  readonly verified: boolean;
  /** Its agents have still to be told of the version: the step Agents has something to do. Absent: not. */
  readonly tellsAgents?: boolean | undefined;
  /** Where a major that got stuck may go; absent: nowhere, or nobody knows. */
  readonly onward?: SeenOnward | undefined;
}

export type Preflight = "absent" | "running" | "succeeded" | "failed";

export interface SeenOnward {
  /** Whether it may still go to the release that it said it goes on to. */
  readonly mayEnter: boolean;
  /** The newest release of its line that it may go on to, and how that one's preflight went. */
  readonly newer?: (Onward & { readonly preflight: Preflight }) | undefined;
}

export type Gate =
  /** It goes on; `predictedEndAt` is when it will have ended, as far as that is known now, `approvals` what it rests on. */
  | { readonly kind: "pass"; readonly predictedEndAt: Instant; readonly approvals: readonly string[] }
  /** The inventory has to be read again before the gate can be judged. */
  | { readonly kind: "stale" }
  | { readonly kind: "held"; readonly message: string };

/** The next thing to do for an attempt. `say` changes status alone: it is said before it is done (design §8); `asks` is a region that may run `to` from then on. */
export type Action =
  | { readonly kind: "preflight"; readonly version: string }
  /** Makes the next object of its restore point. */
  | { readonly kind: "backUp" }
  | { readonly kind: "readInventory" }
  /** A freeze holds what is under way; nothing else does (design §3.2). */
  | { readonly kind: "pause"; readonly freeze: string; readonly until: Instant }
  /** Barred: nothing that it does by itself will end the wait, only another release or an Approval. */
  | { readonly kind: "wait"; readonly step: UpgradeStep; readonly message: string; readonly barred?: true }
  | { readonly kind: "announce"; readonly predictedEndAt: Instant; readonly approvals: readonly string[] }
  | { readonly kind: "say"; readonly step: UpgradeStep; readonly failure?: string; readonly stuck?: boolean; readonly asks?: string }
  /** A stuck major goes on to a newer release of its line. */
  | { readonly kind: "goOn"; readonly onward: Onward }
  | { readonly kind: "roll"; readonly workload: string; readonly version: string; readonly back: boolean }
  | { readonly kind: "finish"; readonly result: AttemptResult; readonly message?: string };

/** The next action, computed from what is observed plus what status records, never from memory (design §8). */
export function nextAction(attempt: Attempt, sight: Sight): Action {
  if (attempt.step === "RollBack") return rollBack(attempt, sight);
  if (!hasBegun(attempt, sight.workloads)) return beforeTheFirstWrite(attempt, sight);
  return forward(attempt, sight);
}

/**
 * Whether the attempt has written to a workload: the first write carries its id. An Auth that is gone, or lost its record,
 * may have run the new version and migrated the data: once announced, that counts as begun (invariant I7).
 */
export function hasBegun({ id, disrupted }: Pick<Attempt, "id" | "disrupted">, workloads: Workloads): boolean {
  const { auth } = workloads;
  return allOf(workloads).some((workload) => workload.attempt === id) || (disrupted && !(auth.exists && auth.recorded));
}

/**
 * Whether the next thing that the attempt does is to roll another workload: between steps and between regions it may be
 * held without harm. A roll-back is not: it restores service.
 */
export function isAtSafePoint(attempt: Attempt, workloads: Workloads): boolean {
  if (attempt.step === "RollBack" || !hasBegun(attempt, workloads)) return false;
  const goal = goalOf(attempt);
  const unsettled = nextUnsettled(workloads, goal);
  return unsettled !== undefined && !isRolled(unsettled, goal);
}

/** Preflight, then the restore point, then the gates once more; until the first write lands the attempt can still end with nothing changed. */
function beforeTheFirstWrite(attempt: Attempt, sight: Sight): Action {
  const { preflight, gate, overdue, workloads, suspended } = sight;
  if (suspended !== undefined) return { kind: "finish", result: "Aborted", message: `Suspended: ${SUSPENDED_BY[suspended]}` };
  if (preflight === "failed") return { kind: "finish", result: "Failed", message: `preflight of ${attempt.to} failed` };
  // Announced, and yet nothing could be written: somebody refuses it.
  if (attempt.step === "Auth" && overdue) return { kind: "finish", result: "Aborted", message: `nothing could be written for ${attempt.to} in time` };
  if (preflight === "running" && overdue) return { kind: "finish", result: "Failed", message: `preflight of ${attempt.to} took too long` };
  // A Job that nobody could make says nothing of the release.
  if (preflight === "absent" && overdue) return { kind: "finish", result: "Aborted", message: `the preflight of ${attempt.to} could not be made in time` };
  if (preflight === "absent") return { kind: "preflight", version: attempt.to };
  if (preflight === "running") return { kind: "wait", step: "Preflight", message: `preflight of ${attempt.to} runs` };
  const backup = backUp(attempt, sight);
  if (backup !== undefined) return backup;
  if (gate.kind === "stale") return { kind: "readInventory" };
  if (gate.kind === "held") return { kind: "finish", result: "Aborted", message: gate.message };
  // Whatever Auth runs by now: the write records whose it is, and from then on the attempt has begun.
  return attempt.announced ? writeOf(workloads, workloads.auth, goalOf(attempt)) : { kind: "announce", predictedEndAt: gate.predictedEndAt, approvals: gate.approvals };
}

/** The way back across a major (design §8): without it nothing is changed, and what cannot be backed up in time is not upgraded. */
function backUp({ step, from }: Attempt, { backup, overdue }: Sight): Action | undefined {
  if (backup === undefined || backup === "Confirmed") return undefined;
  if (backup === "Failed") return { kind: "finish", result: "Failed", message: `no restore point of ${from}: it failed` };
  if (step !== "Backup") return { kind: "say", step: "Backup" };
  if (overdue) return { kind: "finish", result: "Failed", message: `no restore point of ${from}: it was not confirmed in time` };
  return backup === "Wanted" ? { kind: "backUp" } : { kind: "wait", step: "Backup", message: `a restore point of ${from} is being taken` };
}

/** Auth, then the proxies one region after the other, then Verify, then Agents. */
function forward(attempt: Attempt, sight: Sight): Action {
  if (attempt.step === "Agents") return tellAgents(attempt, sight);
  const goal = goalOf(attempt);
  const unsettled = nextUnsettled(sight.workloads, goal);
  const step = stepOf(unsettled, sight.workloads.auth);
  // Before the deadline: nobody may have looked while both went by.
  if (unsettled === undefined && attempt.step === step && sight.verified) return waitsForAgents(sight) ? { kind: "say", step: "Agents" } : succeeded(attempt, sight);
  const onwards = unsettled && goOn(attempt, sight);
  if (onwards !== undefined) return onwards;
  if (sight.overdue && attempt.step === step && !attempt.stuck && !isAhead(attempt, sight.workloads)) return givenUp(attempt, step, unsettled);
  if (attempt.step !== step) return { kind: "say", step };
  if (unsettled !== undefined && mayBeLostSight(attempt, unsettled)) return { kind: "say", step, asks: regionOf(unsettled) };
  if (unsettled !== undefined) return rollOf(sight.workloads, unsettled, goal);
  return { kind: "wait", step, message: "every pod is Ready; watching it for a while" };
}

/**
 * Auth, then one region after the other. One out of reach is passed over: the others go on without it, and no deadline counts
 * for it. Back again, it waits until the one that is being rolled is done.
 */
function nextUnsettled({ auth, proxies }: Workloads, goal: Goal): Workload | undefined {
  const unsettled = withinReach([auth, ...proxies]).filter((workload) => !isSettled(workload, goal));
  const [first] = unsettled;
  return first?.isAbroad === true ? (unsettled.find((workload) => isRolled(workload, goal)) ?? first) : first;
}

/** Whether it is to be said first that a region may run the version: once it is out of reach, Auth must not go below that (invariant I14). */
function mayBeLostSight({ asked = [], to }: Attempt, workload: Workload): boolean {
  return workload.isAbroad === true && !isRolledTo(workload, to) && !asked.includes(regionOf(workload));
}

/** A region that was out of reach is brought to the version as soon as it is back; the slot is free for others until then. */
function succeeded({ to }: Attempt, { workloads }: Sight): Action {
  const hasArrived = (proxy: Workload): boolean => proxy.away === undefined || (proxy.away.isKnown && proxy.podVersions.every((version) => version === to));
  const behind = workloads.proxies.filter((proxy) => !hasArrived(proxy)).map(regionOf).sort();
  return { kind: "finish", result: "Succeeded", ...(behind.length > 0 && { message: `out of reach, and to follow: ${behind.join(", ")}` }) };
}

/** Agents may not be told of a version that the proxies of some region may be below: that region frees the slot first. */
function waitsForAgents({ tellsAgents, workloads }: Sight): boolean {
  return tellsAgents === true && regionsAway(workloads).length === 0;
}

/** The cluster has been verified: what becomes of its agents never fails the attempt (design §8). */
function tellAgents(attempt: Attempt, sight: Sight): Action {
  if (!waitsForAgents(sight) || sight.overdue) return succeeded(attempt, sight);
  return { kind: "wait", step: "Agents", message: "its agents are to be told their hour and the version" };
}

function stepOf(unsettled: Workload | undefined, auth: Workload): UpgradeStep {
  if (unsettled === undefined) return "Verify";
  return unsettled.name === auth.name ? "Auth" : "Proxy";
}

/**
 * A stuck major rolls forward to a newer release, once that one's preflight has succeeded: if it is Auth alone that works, an
 * image that cannot be pulled would take that as well. Until then the release that it is stuck on may still come to work.
 */
function goOn(attempt: Attempt, { workloads, onward }: Sight): Action | undefined {
  // Said, and nothing written yet, while it was withdrawn or halted.
  const isBarred = isAhead(attempt, workloads) && onward?.mayEnter !== true;
  if (!attempt.stuck && !isBarred) return undefined;
  const { version, preflight, approvals = [] } = onward?.newer ?? {};
  if (version !== undefined && preflight === "absent") return { kind: "preflight", version };
  if (version !== undefined && preflight === "running") return { kind: "wait", step: "Preflight", message: `preflight of ${version} runs` };
  if (version !== undefined && preflight === "succeeded") return { kind: "goOn", onward: { version, approvals } };
  return isBarred ? { kind: "wait", step: "Auth", message: `${attempt.to} may not be gone to any more`, barred: true } : undefined;
}

/** Whether it said that it goes on to a newer release and nothing runs that yet: no deadline counts. An Auth that is gone may have. */
export function isAhead({ rolledForward, to }: Pick<Attempt, "rolledForward" | "to">, { auth }: Workloads): boolean {
  return rolledForward && auth.exists && !isRolledTo(auth, to);
}

/** A patch goes back; a major never does: it stays, stuck, until it works (design §8, invariant I7). */
function givenUp(attempt: Attempt, step: UpgradeStep, unsettled: Workload | undefined): Action {
  const failure = `${unsettled?.name ?? "the tenant"} did not become Ready at ${attempt.to} in time`;
  if (attempt.class === "Major") return { kind: "say", step, failure, stuck: true };
  return { kind: "say", step: "RollBack", failure };
}

/**
 * Proxies first, then Auth: a proxy never runs above Auth on the way down either. That they are Ready is waited for
 * only at the end: without a working Auth they cannot be.
 */
function rollBack(attempt: Attempt, { workloads, overdue }: Sight): Action {
  const downwards = withinReach([...workloads.proxies, workloads.auth]);
  const goal = wayBackOf(attempt);
  const unsettled = downwards.find((workload) => !isSettled(workload, goal));
  if (unsettled === undefined) {
    const message = attempt.failure ?? "rolled back";
    return { kind: "finish", result: attempt.stuck ? "RollbackFailed" : "RolledBack", message };
  }
  if (overdue && !attempt.stuck) return { kind: "say", step: "RollBack", failure: attempt.failure ?? "the roll-back took too long", stuck: true };
  const next = downwards.find((workload) => !isDown(workload, goal)) ?? unsettled;
  return rollOf(workloads, next, goal);
}

/** Rolls the workload unless it is on its way already. */
function rollOf(workloads: Workloads, workload: Workload, to: Goal): Action {
  if (!isRolled(workload, to)) return writeOf(workloads, workload, to);
  return { kind: "wait", step: stepOf(workload, workloads.auth), message: `waiting for ${workload.name} to be Ready at ${to.version}` };
}

/** Writes the workload, unless I14 asks it to wait for pods that are still ending. */
function writeOf(workloads: Workloads, workload: Workload, { version, back }: Goal): Action {
  if (!wouldOvertake(workloads, workload, version)) return { kind: "roll", workload: workload.name, version, back };
  const barring = workloads.proxies.filter((proxy) => proxy.away !== undefined && liveVersions(proxy).some((live) => isNewer(live, version))).map(regionOf);
  const what = back && barring.length > 0 ? `${barring.sort().join(", ")}, out of reach and maybe above it,` : "old pods to end";
  return { kind: "wait", step: stepOf(workload, workloads.auth), message: `waiting for ${what} before ${workload.name} goes to ${version}` };
}
