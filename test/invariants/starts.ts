import type { LaneName, Liftable } from "../../src/api/index.ts";
import type { Instant } from "../../src/domain/time.ts";
import { ageProblem } from "./ages.ts";
import { hasLapsed } from "./lapses.ts";
import { agentProblem } from "./agents.ts";
import { liftedUntil } from "./approvals.ts";
import { freezeIn } from "./freezes.ts";
import { backupProblem } from "./backups.ts";
import { closedBy, openingsAt, type SeenOpening } from "./openings.ts";
import { canonical, compare, lengthOf, seenAs, versionOf, type AttemptNote, type ChannelObject } from "./shapes.ts";
import { InvariantViolation, type SeenWrite } from "./violation.ts";
import { waveProblem } from "./waves.ts";
import type { World } from "./world.ts";

/** The first write of an attempt to a workload: its disruptive instant (design §3.2). */
export interface DisruptiveStart {
  readonly write: SeenWrite;
  readonly attempt: AttemptNote;
  readonly tenant: { readonly name: string; readonly uid: string };
  /** What the writer's clock may have said when it decided: the instant of the write, and others if it was set since. */
  readonly instants: readonly Instant[];
}

const MINUTE = 60_000;
/** The shortest that an upgrade is thought to take, and the longest by what is expected (design §7). */
const LEAST_MS = 5 * MINUTE;
const MOST_TIMES = 2;
/** Instants are recorded in whole seconds. */
const SECOND = 1_000;
/** From the decision to the write: a reconcile and a call take no longer together, nor an announcement that counts. */
const LANDING_MS = 150_000;

/** Checks everything that must hold at the first write of an attempt: I1, I3, I5, I12, I13, B, and what I2 rests on. */
export class Starts {
  readonly #world: World;
  readonly #claimed = new Set<string>();
  readonly #announced = new Set<string>();
  readonly #disrupted = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Takes note of what is said before it is done: slots of the ledger, and attempts that a tenant announces. */
  note({ kind, after }: SeenWrite): void {
    if (kind === "ReleaseChannel") for (const { attempt } of seenAs("ReleaseChannel", [after])[0]?.status?.slots ?? []) this.#claimed.add(attempt);
    const upgrade = kind === "Tenant" ? seenAs("Tenant", [after])[0]?.status?.upgrade : undefined;
    if (upgrade?.disruptiveAt !== undefined) this.#announced.add(upgrade.id);
  }

  check(start: DisruptiveStart): void {
    const { write, attempt } = start;
    const fail = (...[invariant, why]: [ConstructorParameters<typeof InvariantViolation>[0], string]): never => {
      throw new InvariantViolation(invariant, `attempt ${attempt.id} ${why}`, write);
    };
    if (!this.#claimed.has(attempt.id)) fail("I2", "began without ever having had a slot");
    if (!this.#announced.has(attempt.id)) fail("I12", "began before the tenant's status announced it");
    const tenants = seenAs("Tenant", this.#world.lately("Tenant", start.tenant.name));
    if (tenants.length > 0 && tenants.every(({ spec }) => spec?.suspend === true)) fail("S", "began while the tenant was to be switched off");
    if (tenants.length > 0 && tenants.every((tenant) => hasLapsed(tenant, Math.min(...start.instants)))) fail("S", "began though the tenant's subscription had lapsed");
    const openings = start.instants.flatMap((at) => openingsAt(this.#world, { tenant: start.tenant.name, lane: laneOf(attempt), at }).map((opening) => ({ at, opening })));
    const open = openings.flatMap(({ at, opening }) => (opening === undefined ? [] : [{ at, opening }]));
    const asking = { tenant: start.tenant.name, attempt, instants: start.instants };
    const approvedUntil = [...closedBy(this.#world, { tenant: start.tenant.name, lane: laneOf(attempt) })].map((code) => liftedUntil(this.#world, asking, code)).find((until) => until !== undefined);
    if (open.length === 0 && approvedUntil === undefined) fail("I1", `began while no window for its lane was open`);
    const room = [...open, ...start.instants.flatMap((at) => (approvedUntil === undefined ? [] : [{ at, opening: { window: "approved", opensAt: at, closesAt: approvedUntil } }]))];
    const length = this.#unlikely(start);
    if (length !== undefined) fail("I3", length);
    const isLong = liftedUntil(this.#world, asking, "WindowTooShort") !== undefined;
    if (!isLong && !room.some((each) => this.#fits(start, each))) fail("I3", `began at ${attempt.disruptiveAt}, will end at ${attempt.predictedEndAt}, and its opening closes before`);
    const frozen = this.#frozen(start);
    if (frozen !== undefined && !isLong && liftedUntil(this.#world, asking, "Frozen") === undefined) fail("I3", `began at ${attempt.disruptiveAt}, will end at ${attempt.predictedEndAt}, and freeze ${frozen} begins before that`);
    const unusable = this.#unusable(start);
    if (unusable !== undefined) fail("I5", unusable);
    if ((attempt.class === "Config") !== (attempt.from === attempt.to)) fail("I7", `is of class ${attempt.class} and goes from ${attempt.from} to ${attempt.to}`);
    const early = waveProblem(this.#world, start.tenant.name, attempt);
    if (early !== undefined && liftedUntil(this.#world, asking, "WaveNotReached") === undefined) fail("I4", early);
    if (this.#needsApproval(start) && liftedUntil(this.#world, asking, "ApprovalRequired") === undefined) fail("A", `goes to ${attempt.to}, which nobody approved`);
    if (approvedUntil === undefined && liftedUntil(this.#world, asking, "RetryNextOpening") === undefined) this.#once(start, fail);
    const behind = attempt.class === "Major" ? agentProblem(this.#world, start) : undefined;
    if (behind !== undefined) fail("I13", behind);
    const unsaved = attempt.class === "Major" ? backupProblem(this.#world, start) : undefined;
    if (unsaved !== undefined) fail("B", unsaved);
  }

  /**
   * The first write by which an attempt goes on from `left` to a newer release (design §8): a major that status said is stuck, and
   * that it goes on, upwards in its line, to what this tenant may be given. No window is asked, and no agent.
   */
  checkOnward({ write, attempt, tenant, instants }: DisruptiveStart, left: string): void {
    const fail = (...[invariant, why]: [ConstructorParameters<typeof InvariantViolation>[0], string]): never => {
      throw new InvariantViolation(invariant, `attempt ${attempt.id} ${why}`, write);
    };
    const [from, to] = [versionOf(left), versionOf(attempt.to)];
    if (attempt.class !== "Major" || from === undefined || to === undefined || to[0] !== from[0] || compare(to, from) <= 0) fail("I7", `goes on from ${left} to ${attempt.to}`);
    const said = seenAs("Tenant", this.#world.lately("Tenant", tenant.name)).flatMap(({ status }) => (status?.upgrade?.id === attempt.id ? status.upgrade : []));
    if (!said.some(({ stuckSince }) => stuckSince !== undefined)) fail("I1", `goes on to ${attempt.to} though it was not stuck`);
    if (!said.some((upgrade) => upgrade.to === attempt.to)) fail("I12", `goes on to ${attempt.to} before the tenant's status says so`);
    const unusable = this.#unusable({ attempt, tenant });
    if (unusable !== undefined) fail("I5", unusable);
    const isLifted = (code: Liftable) => liftedUntil(this.#world, { tenant: tenant.name, attempt, instants }, code) !== undefined;
    const early = waveProblem(this.#world, tenant.name, attempt);
    if (early !== undefined && !isLifted("WaveNotReached")) fail("I4", early);
    const young = this.#channels(tenant.name).flatMap((channel) => instants.map((at) => ageProblem(channel, attempt.to, at)));
    if (young.length > 0 && young.every((why) => why !== undefined) && !isLifted("TooYoung") && !isLifted("AwaitingCut")) fail("E", young[0] ?? "");
    if (this.#needsApproval({ attempt, tenant }) && !isLifted("ApprovalRequired")) fail("A", `goes on to ${attempt.to}, which nobody approved`);
  }

  /** By the end that was predicted and recorded when the gates were asked. */
  #fits({ attempt, tenant }: DisruptiveStart, { at, opening }: { at: Instant; opening: SeenOpening }): boolean {
    const least = Math.min(LEAST_MS, ...this.#expected(tenant.name, attempt));
    return Date.parse(attempt.predictedEndAt) <= opening.closesAt && at - LANDING_MS + least <= opening.closesAt;
  }

  /** Whatever was measured, it is thought to take five minutes at least, or as long as people expect, and twice that at most. */
  #unlikely({ attempt, tenant }: DisruptiveStart): string | undefined {
    const took = Date.parse(attempt.predictedEndAt) - Date.parse(attempt.disruptiveAt);
    const expected = this.#expected(tenant.name, attempt);
    if (expected.length === 0) return undefined;
    if (took >= Math.min(LEAST_MS, ...expected) - SECOND && took <= MOST_TIMES * Math.max(...expected) + SECOND) return undefined;
    return `began at ${attempt.disruptiveAt} and is predicted to end at ${attempt.predictedEndAt}, where ${expected.map((each) => each / MINUTE).join(" or ")} minutes are expected`;
  }

  /** Asked for by every version of the tenant and of its channel that the operator may have gone by. */
  #needsApproval({ attempt, tenant }: Pick<DisruptiveStart, "attempt" | "tenant">): boolean {
    const tenants = seenAs("Tenant", this.#world.lately("Tenant", tenant.name));
    const isManual = tenants.length > 0 && tenants.every(({ spec }) => spec?.upgrades?.mode === "Manual");
    const channels = this.#channels(tenant.name);
    return isManual || (attempt.class === "Major" && channels.length > 0 && channels.every(({ spec }) => spec?.major?.approval === true));
  }

  /** A freeze in which every clock that the writer may have gone by would have found it. */
  #frozen({ attempt, tenant, instants }: DisruptiveStart): string | undefined {
    const upgrade = { tenant: tenant.name, lane: laneOf(attempt), isSecurity: attempt.class === "Security" };
    const found = instants.map((at) => freezeIn(this.#world, upgrade, { at: Math.min(at, Date.parse(attempt.disruptiveAt)), end: Date.parse(attempt.predictedEndAt) }));
    return found.every((name) => name !== undefined) ? found[0] : undefined;
  }

  /** In every version of the channel that the operator may have gone by. */
  #expected(tenant: string, attempt: AttemptNote): readonly number[] {
    return this.#channels(tenant).map((channel) => expectedOf(channel, attempt));
  }

  /** Halted or withdrawn in every version of the channel that the operator may have gone by. */
  #unusable({ attempt, tenant }: Pick<DisruptiveStart, "attempt" | "tenant">): string | undefined {
    const reasons = this.#channels(tenant.name).map(({ spec, status }) => {
      const release = spec?.releases?.find((each) => each.version.replace(/^v/, "") === attempt.to);
      if (release?.withdrawn !== undefined) return `goes to ${attempt.to}, which was withdrawn`;
      const failures = status?.halts?.find((halt) => halt.version === attempt.to)?.failedCount ?? 0;
      return failures > (spec?.rollout?.maxFailures ?? 1) ? `goes to ${attempt.to}, which failed on ${failures} tenants` : undefined;
    });
    return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
  }

  /** A target is a version, and of class Config the pod template that goes with it. */
  #once({ write, attempt, tenant }: DisruptiveStart, fail: (invariant: "I12", why: string) => never): void {
    const opensAt = openingsAt(this.#world, { tenant: tenant.name, lane: laneOf(attempt), at: Date.parse(attempt.disruptiveAt) })[0]?.opensAt;
    const target = attempt.class === "Config" ? `${attempt.to} ${canonical(seenAs("Deployment", [write.after])[0]?.spec?.template)}` : attempt.to;
    for (const start of new Set([Date.parse(attempt.opening.opensAt), opensAt])) {
      const key = [tenant.uid, laneOf(attempt), target, start].join(" ");
      const other = start === undefined ? undefined : this.#disrupted.get(key);
      if (other !== undefined && other !== attempt.id) fail("I12", `disrupts the tenant for ${attempt.to} in an opening in which ${other} did`);
      this.#disrupted.set(key, attempt.id);
    }
  }

  #channels(tenant: string): readonly ChannelObject[] {
    const names = new Set(seenAs("Tenant", this.#world.lately("Tenant", tenant)).map(({ spec }) => spec?.channel ?? "stable"));
    return seenAs("ReleaseChannel", [...names].flatMap((name) => this.#world.lately("ReleaseChannel", name)));
  }
}

export function laneOf(attempt: Pick<AttemptNote, "class">): LaneName {
  return attempt.class === "Major" ? "Major" : "Patch";
}

function expectedOf({ spec }: ChannelObject, attempt: AttemptNote): number {
  const { patch = "20m", major = "45m" } = spec?.rollout?.expectedDuration ?? {};
  return lengthOf(laneOf(attempt) === "Major" ? major : patch) ?? Infinity;
}

/** The major line of a version's text. */
export function majorOf(text: string): number {
  return versionOf(text)?.[0] ?? Number.NaN;
}
