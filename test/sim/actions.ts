import type { Manifest } from "../../src/cli/manifests.ts";
import { liftable, type FreezeSpec, type LaneName, type Liftable, type UpgradeStatus } from "../../src/api/index.ts";
import { DAY, HOUR, MINUTE, SECOND, type Instant } from "../../src/domain/time.ts";
import { Chance, seedOf } from "./random.ts";
import type { ReleasePlan, Scenario } from "./scenario.ts";

/** Something that people, their machines or the cluster do to the operator, at a true time. */
export type Action =
  | { readonly kind: "publish"; readonly version: string; readonly security: boolean }
  | { readonly kind: "withdraw"; readonly version: string; readonly reason?: string }
  | { readonly kind: "editWindow"; readonly window: string; readonly schedule: string; readonly duration: string }
  | { readonly kind: "maxParallel"; readonly value: number }
  | { readonly kind: "resize"; readonly tenant: string; readonly replicas: number }
  /** To size Large: other pods than before. */
  | { readonly kind: "grow"; readonly tenant: string }
  /** Whether its agents are told of versions: other pods as well. */
  | { readonly kind: "autoUpdate"; readonly tenant: string; readonly on: boolean }
  | { readonly kind: "suspend" | "resume"; readonly tenant: string }
  /** It lapsed so long ago; with `seenMs` a status is restored that has seen it so long ago, and with `isNoted` its namespace says so too. */
  | { readonly kind: "lapse"; readonly tenant: string; readonly agoMs: number; readonly seenMs?: number | undefined; readonly isNoted: boolean; readonly retention: string }
  | { readonly kind: "renew"; readonly tenant: string }
  | { readonly kind: "regions"; readonly tenant: string; readonly regions: readonly string[] }
  | { readonly kind: "delete"; readonly tenant: string; readonly confirmed: boolean }
  | { readonly kind: "confirm"; readonly tenant: string }
  /** To its newest restore point; and the word for what was prepared, if anything was. */
  | { readonly kind: "restore" | "confirmRestore"; readonly tenant: string }
  | { readonly kind: "recreate"; readonly tenant: string }
  /** The Tenant alone goes, by force; and comes back to take over what is there, with the status it had or without. */
  | { readonly kind: "lose"; readonly tenant: string }
  | { readonly kind: "bringBack"; readonly tenant: string; readonly withStatus: boolean }
  | { readonly kind: "wipeStatus"; readonly object: "Tenant" | "ReleaseChannel" | "MaintenanceWindow" | "Freeze"; readonly name: string }
  | { readonly kind: "drift"; readonly tenant: string; readonly how: Drift }
  | { readonly kind: "agents"; readonly tenant: string; readonly versions: readonly string[] }
  /** From when it is performed, or so long after. */
  | { readonly kind: "freeze"; readonly name: string; readonly afterMs: number | undefined; readonly forMs: number; readonly spec: Omit<FreezeSpec, "from" | "until"> }
  | { readonly kind: "approve"; readonly name: string; readonly tenant: string; readonly version: string; readonly lifts: readonly Liftable[]; readonly forMs: number }
  | { readonly kind: "thaw"; readonly freeze: string }
  /** What is there is changed as by a JSON merge patch, all else is made; a story that asks for what cannot be done fails. */
  | { readonly kind: "apply"; readonly object: Manifest }
  | { readonly kind: "remove"; readonly object: string; readonly name: string }
  /** `auth/18.1.0`: from now on its pods never get Ready, or they do again. */
  | { readonly kind: "break" | "mend"; readonly what: string }
  /** The operator's Deployment gets another version, which renders other pod templates. */
  | { readonly kind: "upgrade"; readonly templateRevision: number }
  | { readonly kind: "crash" | "stop" | "setBack" | "setForward" | "pause" | "cutOff"; readonly replica: number; readonly ms: number }
  | { readonly kind: "outage" | "compact"; readonly ms: number }
  /** The cluster of another region refuses everybody, or answers nobody, for so long by true time. */
  | { readonly kind: "loseRegion"; readonly how: "down" | "silent"; readonly ms: number };

/** Instead of a number: the replica that leads when it happens. */
export const THE_LEADER = -1;

export type Drift = "image" | "proxy-image" | "replicas" | "remove-auth" | "remove-proxy" | "remove-service" | "remove-pod" | "strip" | "label" | "raise" | "remove-claim";

export interface PlannedAction {
  readonly id: string;
  readonly at: Instant;
  /** From `at` on it waits until an attempt comes to this step, gets stuck, or has rolled a region in another cluster, and so long after. */
  readonly during?: { readonly step: Step | "Stuck" | "RegionRolled"; readonly afterMs: number };
  readonly action: Action;
}

type Step = UpgradeStatus["step"];

interface Plan {
  readonly scenario: Omit<Scenario, "actions">;
  readonly chance: Chance;
  readonly releases: readonly ReleasePlan[];
  readonly openings: readonly Instant[];
}

const DRIFTS: readonly Drift[] = ["image", "proxy-image", "replicas", "remove-auth", "remove-auth", "remove-proxy", "remove-service", "remove-pod", "strip", "label"];

/** What happens in a story: a few things each of some kinds, most of them while upgrades go on. */
export function planActions(plan: Plan): readonly PlannedAction[] {
  const { scenario, chance } = plan;
  const tenants = scenario.tenants.map(({ name }) => name);
  const actions: Action[] = [...releasesOf(plan), ...agentsOf(plan)];
  const some = (share: number, make: () => readonly Action[]): void => {
    if (chance.is(share)) actions.push(...make());
  };
  // What happens to whoever leads matters most.
  const replica = () => (chance.is(0.7) ? THE_LEADER : chance.int(0, scenario.replicas - 1));
  // Where another replica waits, mostly for just as long as it takes that one to lead.
  const leaseMs = scenario.timing?.leaseDurationMs ?? 0;
  const absence = () => (scenario.replicas > 1 && chance.is(0.8) ? leaseMs + chance.int(-4, 12) * SECOND : chance.int(1, 40) * SECOND);
  some(0.25, () => [{ kind: "editWindow", window: "night", schedule: `${chance.int(0, 59)} ${chance.int(0, 6)} * * *`, duration: chance.pick(["30m", "1h", "2h"]) }]);
  some(0.2, () => [{ kind: "maxParallel", value: chance.int(1, 3) }]);
  some(0.25, () => [{ kind: "resize", tenant: chance.pick(tenants), replicas: chance.int(1, 3) }]);
  some(0.2, () => [{ kind: "regions", tenant: chance.pick(tenants), regions: chance.pick([["us-west-2"], ["us-west-2", "eu-central-1"], ["eu-central-1"]]) }]);
  some(0.2, () => suspension(chance.pick(tenants), chance));
  some(0.2, () => restoring(chance.pick(tenants), chance));
  some(0.25, () => deletion(chance.pick(tenants), chance));
  some(0.25, () => [{ kind: "wipeStatus", object: "Tenant", name: chance.pick(tenants) }]);
  some(0.1, () => [{ kind: "wipeStatus", object: "ReleaseChannel", name: "stable" }]);
  some(0.08, () => [{ kind: "wipeStatus", object: "MaintenanceWindow", name: "night" }]);
  some(0.3, () => Array.from({ length: chance.int(1, 2) }, () => ({ kind: "drift", tenant: chance.pick(tenants), how: chance.pick(DRIFTS) })));
  some(0.3, () => freezing("calm", chance));
  some(0.08, () => freezing("audit", chance));
  const needed = scenario.needsApproval ? 0.9 : 0.2;
  some(needed, () => tenants.map((tenant, n) => approval(`chg-${n}`, tenant, chance)));
  some(needed / 2, () => [approval("chg-more", chance.pick(tenants), chance)]);
  some(0.35, () => scenario.broken.map((what) => ({ kind: "mend", what })));
  some(0.35, () => Array.from({ length: chance.int(1, 3) }, () => ({ kind: "crash", replica: replica(), ms: 0 })));
  some(0.2, () => [{ kind: "stop", replica: replica(), ms: 0 }]);
  const isPrompt = scenario.staleMs !== undefined;
  if (!isPrompt) some(scenario.replicas > 1 ? 0.65 : 0.2, () => [{ kind: "pause", replica: replica(), ms: absence() }]);
  if (!isPrompt) some(scenario.replicas > 1 ? 0.5 : 0.15, () => [{ kind: "cutOff", replica: replica(), ms: absence() }]);
  some(0.15, () => [{ kind: chance.pick(["setBack", "setForward"]), replica: replica(), ms: chance.pick([5 * SECOND, 10 * MINUTE, 3 * HOUR, DAY]) }]);
  if (!isPrompt) some(0.2, () => [{ kind: "outage", ms: chance.int(1, 40) * SECOND }]);
  some(0.3, () => Array.from({ length: chance.int(1, 3) }, () => ({ kind: "compact", ms: 0 })));
  const planned = actions.map((action, n) => ({ id: `act-${n}`, ...momentOf(action, plan), action }));
  return [...planned, ...templatesOf(plan), ...tellingOf(plan)].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

function releasesOf({ chance, releases }: Plan): readonly Action[] {
  const known = new Set(releases.map(({ version }) => version));
  const later = ["17.2.2", "17.2.3", "18.1.0", "18.1.1"].filter((version) => !known.has(version) && chance.is(0.55));
  const published: readonly Action[] = later.map((version) => ({ kind: "publish", version, security: chance.is(0.2) }));
  const all = [...known, ...later].filter((version) => version !== "17.2.1");
  const withdrawn: readonly Action[] = all.length > 0 && chance.is(0.15) ? [{ kind: "withdraw", version: chance.pick(all) }] : [];
  return [...published, ...withdrawn];
}

/** Other pods than before are wanted. By a chance of their own: the rest of a story is as it would be without. */
function templatesOf(plan: Plan): readonly PlannedAction[] {
  const { seed, tenants } = plan.scenario;
  const chance = new Chance(seedOf(seed, "templates"));
  const upgrades: readonly Action[] = chance.is(0.3) ? [3, 4].slice(0, chance.int(1, 2)).map((templateRevision) => ({ kind: "upgrade", templateRevision })) : [];
  const edits: readonly Action[] = chance.is(0.25) ? [{ kind: "grow", tenant: chance.pick(tenants.map(({ name }) => name)) }] : [];
  const moments = [...upgrades, ...edits].map((action) => ({ action, ...momentOf(action, { ...plan, chance }) }));
  // The later revision comes last.
  const at = moments.filter(({ action }) => action.kind === "upgrade").map((moment) => moment.at).sort((a, b) => a - b);
  return moments.map(({ action, ...moment }, n) => ({ id: `pods-${n}`, ...(action.kind === "upgrade" ? { at: at[n] ?? moment.at } : moment), action }));
}

/** Agents of some are told of versions, most of them to the end. By a chance of their own, too. */
function tellingOf(plan: Plan): readonly PlannedAction[] {
  const { seed, tenants } = plan.scenario;
  const chance = new Chance(seedOf(seed, "telling"));
  const told = tenants.filter(() => chance.is(0.15));
  return told.flatMap(({ name }, n) => (chance.is(0.7) ? [true] : [true, false]).map((on) => ({ id: `telling-${n}-${on ? "on" : "off"}`, ...momentOf({ kind: "autoUpdate", tenant: name, on }, { ...plan, chance }), action: { kind: "autoUpdate" as const, tenant: name, on } })));
}

/** Agents that are behind come back upgraded, most of them; others fall behind. */
function agentsOf({ chance, scenario }: Plan): readonly Action[] {
  return scenario.tenants.flatMap(({ name, agents }): readonly Action[] => {
    if (agents?.includes("16.4.0") === true) return chance.is(0.7) ? [{ kind: "agents", tenant: name, versions: agents.map((version) => (version === "16.4.0" ? "17.2.1" : version)) }] : [];
    return chance.is(0.25) ? [{ kind: "agents", tenant: name, versions: chance.pick([[], ["16.4.0"], ["16.4.0"], ["17.2.1", "16.4.0"], ["17.2.1"], ["17.2.1", "18.0.0"]]) }] : [];
  });
}

function deletion(tenant: string, chance: Chance): readonly Action[] {
  if (chance.is(0.35)) return [{ kind: "delete", tenant, confirmed: false }, ...(chance.is(0.5) ? [{ kind: "confirm" as const, tenant }] : [])];
  return [{ kind: "delete", tenant, confirmed: true }, ...(chance.is(0.4) ? [{ kind: "recreate" as const, tenant }] : [])];
}

const LIFTS: readonly (readonly Liftable[])[] = [["ApprovalRequired"], ["ApprovalRequired"], ["ApprovalRequired", "OutsideWindow"], ["ApprovalRequired", "Frozen", "WindowTooShort"], ["ReleaseHalted", "TenantHalted", "ApprovalRequired"], [...liftable]];

function approval(name: string, tenant: string, chance: Chance): Action {
  return { kind: "approve", name, tenant, version: chance.pick(["17.2.2", "17.2.3", "17.2.3", "18.1.0", "18.1.0"]), lifts: chance.pick(LIFTS), forMs: chance.int(10, 600) * MINUTE };
}

/** Some of them end before their time. */
function freezing(name: string, chance: Chance): readonly Action[] {
  const spec = {
    lanes: chance.pick([["Patch", "Major"], ["Patch", "Major"], ["Major"], ["Patch"]] as const satisfies readonly (readonly LaneName[])[]),
    ...(chance.is(0.3) && { tenantSelector: { matchLabels: { tier: "gold" } } }),
    pauseRunning: chance.is(0.6),
    exceptSecurity: chance.is(0.3),
    owner: "sre",
    reason: "a quiet night",
  };
  const freeze: Action = { kind: "freeze", name, afterMs: chance.is(0.5) ? undefined : chance.int(0, 30) * MINUTE, forMs: chance.int(2, 90) * MINUTE, spec: { ...spec, lanes: [...spec.lanes] } };
  return [freeze, ...(chance.is(0.3) ? [{ kind: "thaw" as const, freeze: name }] : [])];
}

/** Most of them are switched on again. */
function suspension(tenant: string, chance: Chance): readonly Action[] {
  return [{ kind: "suspend", tenant }, ...(chance.is(0.75) ? [{ kind: "resume" as const, tenant }] : [])];
}

/** Most of them are confirmed, some of them in the middle of something else. */
function restoring(tenant: string, chance: Chance): readonly Action[] {
  return [{ kind: "restore", tenant }, ...(chance.is(0.85) ? [{ kind: "confirmRestore" as const, tenant }] : [])];
}

/** What follows something else, and comes near the end. */
const LATE: ReadonlySet<Action["kind"]> = new Set(["confirm", "confirmRestore", "recreate", "mend", "resume", "thaw"]);
/** What is about releases and agents makes attempts begin, or not: it comes before them, or between them. */
const BEFORE: ReadonlySet<Action["kind"]> = new Set(["publish", "agents", "approve"]);
const STEPS: readonly Step[] = ["Preflight", "Auth", "Auth", "Auth", "Proxy", "Proxy", "Verify", "RollBack"];

/** Most of it while something goes on: during a step of an attempt, around openings, in the first minute; the rest at any time. */
function momentOf(action: Action, { scenario, chance, openings }: Plan): Pick<PlannedAction, "at" | "during"> {
  const { start, calmFrom } = scenario;
  if (LATE.has(action.kind)) return { at: calmFrom - chance.int(1, Math.floor((calmFrom - start) / 3)) };
  // By then there may be a point to go back to, and some of it is left for the word.
  if (action.kind === "restore") return { at: start + chance.int(Math.floor((calmFrom - start) / 2), Math.floor((calmFrom - start) * 0.75)) };
  // What is read of agents every ten minutes may be old when an opening begins.
  if (action.kind === "agents" && chance.is(0.5)) return { at: Math.max(start + 1, chance.pick(openings) - chance.int(5, 590) * SECOND) };
  if (!BEFORE.has(action.kind) && chance.is(0.4)) return { at: start + 1, during: { step: chance.pick(STEPS), afterMs: chance.int(0, 4_000) } };
  const busy = openings.map((at) => at + chance.int(-5, 90) * SECOND).filter((at) => at > start && at < calmFrom);
  const dice = chance.next();
  if (dice < 0.6 && busy.length > 0) return { at: chance.pick(busy) };
  if (dice < 0.75) return { at: start + chance.int(1, 60_000) };
  return { at: start + chance.int(0, calmFrom - start - 1) };
}
