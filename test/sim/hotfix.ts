import { SECOND, type Instant } from "../../src/domain/time.ts";
import { THE_LEADER, type PlannedAction } from "./actions.ts";
import { Chance, seedOf } from "./random.ts";

/** What a story has besides where a major gets stuck and newer releases of its line come. */
export interface Hotfix {
  readonly broken: readonly string[];
  readonly actions: readonly PlannedAction[];
}

interface Terms {
  readonly start: Instant;
  readonly tenants: readonly string[];
  readonly needsApproval: boolean;
}

/** In some stories a bad major is mended by releases that are published while tenants are stuck; those may be bad as well. */
export function hotfixOf(seed: number, { start, tenants, needsApproval }: Terms): Hotfix {
  // A chance of its own: stories that are known stay what they are.
  const chance = new Chance(seedOf(seed, "hotfix"));
  if (!chance.is(0.15)) return { broken: [], actions: [] };
  const planned: PlannedAction[] = [];
  const whenStuck = (afterMs: number, action: PlannedAction["action"]) => planned.push({ id: `hotfix-${planned.length}`, at: start + 1, during: { step: "Stuck", afterMs }, action });
  whenStuck(chance.int(0, 5) * SECOND, { kind: "publish", version: "18.1.2", security: chance.is(0.8) });
  const isBad = chance.is(0.35);
  if (isBad || chance.is(0.2)) whenStuck(chance.int(1, 200) * SECOND, { kind: "publish", version: "18.1.3", security: true });
  if (chance.is(0.2)) whenStuck(chance.int(2, 12) * SECOND, { kind: "withdraw", version: "18.1.2" });
  if (chance.is(0.25)) whenStuck(chance.int(3, 9) * SECOND, { kind: "wipeStatus", object: "Tenant", name: chance.pick(tenants) });
  if (chance.is(0.25)) whenStuck(chance.int(3, 12) * SECOND, { kind: "crash", replica: THE_LEADER, ms: 0 });
  if (needsApproval) whenStuck(chance.int(1, 60) * SECOND, { kind: "approve", name: "hotfix", tenant: chance.pick(tenants), version: "18.1.2", lifts: ["ApprovalRequired"], forMs: 3_600 * SECOND });
  const broken = [chance.pick(["auth/18.1.0", "proxy/18.1.0"]), ...(isBad ? [chance.pick(["preflight/18.1.2", "auth/18.1.2", "proxy/18.1.2"])] : [])];
  return { broken, actions: planned };
}
