import { liftable, type Liftable } from "../../../src/api/index.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../../../src/domain/time.ts";
import { placeAt } from "../../../src/domain/window/place.ts";
import type { Window } from "../../../src/domain/window/window.ts";
import type { Action, PlannedAction } from "../actions.ts";
import type { Chance } from "../random.ts";
import type { TenantPlan } from "../scenario.ts";

/** How long before day 0 people have their say. */
const BEFORE = 15 * MINUTE;

interface Circumstances {
  readonly day0: Instant;
  readonly tenants: readonly TenantPlan[];
  readonly valid: readonly Window[];
  /** Those whose agents catch up one day. */
  readonly catching: ReadonlySet<string>;
  /** Everybody could take a patch and a major at once: a freeze keeps both until the middle of an opening. */
  readonly isRipe: boolean;
}

/** Agents that are behind are upgraded one day, at an hour at which no window is open: the operator learns of it before the next. */
export function catchingUp({ name, agents = [] }: TenantPlan, { chance, day0, valid }: { readonly chance: Chance; readonly day0: Instant; readonly valid: readonly Window[] }) {
  if (!agents.includes("16.4.0") || chance.is(0.3)) return [];
  const instants = Array.from({ length: 20 }, () => day0 + chance.int(1, 12) * DAY + chance.int(0, 23) * HOUR + 7 * MINUTE);
  const quiet = instants.find((at) => {
    const { opening, next } = placeAt(valid, at);
    return opening === undefined && (next === undefined || next > at + 15 * MINUTE);
  });
  return quiet === undefined ? [] : [{ tenant: name, at: quiet, versions: agents.map(() => "17.2.1") }];
}

/** What people have said by day 0. */
export function beforehand(chance: Chance, { day0, tenants, valid, catching, isRipe }: Circumstances): readonly PlannedAction[] {
  const actions: Action[] = [];
  const lifts: readonly (readonly Liftable[])[] = [["ApprovalRequired"], ["ApprovalRequired"], ["ApprovalRequired", "OutsideWindow"], ["WaveNotReached", "ApprovalRequired"], [...liftable]];
  for (const { name } of tenants) {
    if (!chance.is(0.2)) continue;
    // One that may start at any time would do so whenever the operator learns of its agents.
    const lifted = chance.pick(lifts).filter((code) => code !== "OutsideWindow" || !catching.has(name));
    actions.push({ kind: "approve", name: `chg-${name}`, tenant: name, version: chance.pick(["17.2.2", "17.2.3", "18.1.0"]), lifts: lifted, forMs: chance.int(1, 12) * DAY });
  }
  if (isRipe) actions.push(freezeInto(valid.filter(({ name }) => name === "gold"), { day0, afterMs: 0, forMs: DAY, spec: { lanes: ["Patch", "Major"], pauseRunning: false, exceptSecurity: false, owner: "sre", reason: "a quiet day" } }));
  else if (chance.is(0.35)) {
    const spec = { lanes: chance.pick([["Patch", "Major"], ["Major"]] as ("Patch" | "Major")[][]), ...(chance.is(0.5) && { tenantSelector: { matchLabels: { tier: "silver" } } }), pauseRunning: chance.is(0.3), exceptSecurity: chance.is(0.3), owner: "sre", reason: "a quiet week" };
    const freeze = { day0, afterMs: chance.int(0, 6) * DAY, forMs: chance.int(1, 9) * DAY + chance.int(0, 600) * MINUTE, spec };
    actions.push(freezeInto(chance.is(0.5) ? valid : [], freeze));
  }
  const [first] = tenants;
  if (first !== undefined && chance.is(0.12)) actions.push({ kind: "drift", tenant: first.name, how: "raise" });
  const planned = actions.map((action, n) => ({ id: `before-${n}`, at: day0 - BEFORE, action }));
  // The clock of its machine is wrong for a while, and right again by day 0.
  const clock: PlannedAction = { id: "clock", at: day0 - 12 * MINUTE, action: { kind: "setForward", replica: 0, ms: 10 * MINUTE } };
  return chance.is(0.16) ? [...planned, clock, { ...clock, id: "clock-again", at: day0 - 8 * MINUTE, action: { kind: "setBack", replica: 0, ms: 10 * MINUTE } }] : planned;
}

type FreezeAction = Extract<Action, { kind: "freeze" }>;

interface Freezing {
  readonly day0: Instant;
  readonly afterMs: number;
  readonly forMs: number;
  readonly spec: FreezeAction["spec"];
}

/** It ends in the middle of the first opening after that, if there is one: what may start then has not been waited for. */
function freezeInto(windows: readonly Window[], { day0, afterMs, forMs, spec }: Freezing): Action {
  const from = day0 - BEFORE + afterMs;
  const opensAt = placeAt(windows, from + forMs).next;
  return { kind: "freeze", name: "quiet", afterMs, forMs: opensAt === undefined ? forMs : opensAt + 5 * MINUTE - from, spec };
}
