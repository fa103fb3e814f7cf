import { SECOND, type Instant } from "../../src/domain/time.ts";
import type { PlannedAction } from "./actions.ts";
import { Chance, seedOf } from "./random.ts";

interface Terms {
  readonly start: Instant;
  readonly calmFrom: Instant;
  readonly openings: readonly Instant[];
  readonly tenants: readonly string[];
}

const STEPS = ["Preflight", "Auth", "Auth", "Proxy", "Verify", "RollBack"] as const;

/**
 * In some stories a Tenant is lost, what it has is not, and it comes back from Git or a backup to take that over: mostly soon, at times
 * twice. What is never brought back before the calm comes then.
 */
export function adoptionOf(seed: number, { start, calmFrom, openings, tenants }: Terms): readonly PlannedAction[] {
  // A chance of its own: stories that are known stay what they are.
  const chance = new Chance(seedOf(seed, "adoption"));
  if (!chance.is(SHARE)) return [];
  const tenant = chance.pick(tenants);
  const back = (): PlannedAction["action"] => ({ kind: "bringBack", tenant, withStatus: chance.is(0.5) });
  const moment = (): Pick<PlannedAction, "at" | "during"> => {
    if (chance.is(0.6)) return { at: start + 1, during: { step: chance.pick(STEPS), afterMs: chance.int(0, 4_000) } };
    return { at: chance.is(0.6) ? chance.pick(openings) + chance.int(-5, 90) * SECOND : start + chance.int(1, calmFrom - start - 1) };
  };
  const times = chance.is(0.75) ? 1 : 2;
  const planned = Array.from({ length: times }, (_, n): readonly PlannedAction[] => {
    const { at, during } = moment();
    const later = chance.int(0, 100) * SECOND;
    const wait = during === undefined ? { at: Math.min(at + later, calmFrom - 1) } : { at, during: { ...during, afterMs: during.afterMs + later } };
    return [{ id: `lose-${n}`, at, ...(during && { during }), action: { kind: "lose", tenant } }, { id: `back-${n}`, ...wait, action: back() }];
  });
  return [...planned.flat(), { id: "back-at-last", at: calmFrom - 1, action: back() }];
}

const SHARE = 0.1;
