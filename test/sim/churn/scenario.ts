import { maintenanceWindow, tenant } from "../../../src/api/index.ts";
import { HOUR, MINUTE, SECOND, type Instant } from "../../../src/domain/time.ts";
import { USUAL_TIMING } from "../../../src/runtime/lease.ts";
import type { Action, PlannedAction } from "../actions.ts";
import { Chance, seedOf } from "../random.ts";
import { scenarioOf, type Scenario, type TenantPlan } from "../scenario.ts";

/** How many tenants come to be in a story, one after the other under a few names. */
export interface Churn {
  readonly lives: number;
  /** Fewer than lives: a name is given again, to a tenant with another uid. */
  readonly names: number;
}

/** Between one birth and the next, on average. */
const APART_MS = 20 * SECOND;
/** The longest that a tenant lives before somebody wants it gone: some go while they are being made. */
const LONGEST_MS = 20 * MINUTE;
/** So many of a hundred births are accompanied by trouble of each kind. */
const TROUBLE = 6;
/** Two addresses, with more blocks than tenants come to be: what is released stays in quarantine. */
const PORTS = [{ address: "203.0.113.7", first: 10_001, last: 12_000 }, { address: "203.0.113.8", first: 10_000, last: 65_000 }];
const RATES = { lost: 0.004, answerLost: 0.008, refused: 0.01, failedAfter: 0.006, crash: 0.003, slowCall: 0.02, slowWatch: 0.03, cutWatch: 0.004, storeMs: 200, most: Number.POSITIVE_INFINITY };

/** Tenants are made and deleted at random, with two replicas that crash, lose answers and see the world late. */
export function churnOf(seed: number, { lives, names }: Churn): Scenario {
  const chance = new Chance(seedOf(seed, "churn"));
  const base = scenarioOf(seed);
  const tenants = Array.from({ length: names }, (_, n) => planOf(`t${n}`, chance));
  const start = base.restFrom - 24 * HOUR;
  const births = Array.from({ length: lives }, (_, n) => start + n * APART_MS + chance.int(0, APART_MS));
  const calmFrom = start + lives * APART_MS + LONGEST_MS + 10 * MINUTE;
  const actions = births.flatMap((at) => lifeOf(chance.pick(tenants).name, at, chance));
  return {
    ...base,
    start,
    calmFrom,
    // An inventory that could not be read is asked for again within six hours.
    restFrom: calmFrom + 7 * HOUR,
    leastCalmNights: 0,
    platform: { ...base.platform, ports: PORTS },
    restartsAtRest: true,
    tenants,
    bornLater: true,
    // One that opens in another year: nothing is upgraded here.
    windows: [{ name: "never", spec: maintenanceWindow.spec.parse({ schedule: "0 3 29 2 *", duration: "1h" }) }],
    broken: [],
    needsApproval: false,
    replicas: 2,
    timing: USUAL_TIMING,
    rates: RATES,
    // Of hundreds of objects in pages of one or two, some page would always get lost.
    mostPerPage: 50,
    staleMs: undefined,
    mostSteps: lives * 2_000 + 100_000,
    actions: actions.map((action, n) => ({ id: `churn-${n}`, ...action })),
  };
}

function planOf(name: string, chance: Chance): TenantPlan {
  const spec = tenant.spec.parse({
    domain: `${name}.teleport.example`,
    region: "us-west-2",
    ...(chance.is(0.3) && { proxyRegions: ["us-west-2", "eu-central-1"] }),
    initialVersion: "17.2.1",
    agents: { inventory: { type: "ConfigMap", name: "agents" }, autoUpdate: chance.is(0.3) },
    proxy: { replicas: chance.pick([1, 2]) },
  });
  return { name, labels: {}, spec, agents: [] };
}

type Planned = Pick<PlannedAction, "at" | "action">;

/** It is made, mostly deleted again, and meanwhile something goes wrong. */
function lifeOf(name: string, bornAt: Instant, chance: Chance): readonly Planned[] {
  const later = (from: Instant, most: number): Instant => from + chance.int(0, most);
  const diesAt = later(bornAt, chance.pick([10 * SECOND, MINUTE, LONGEST_MS]));
  const during = (kind: readonly Action[]): readonly Planned[] => (chance.int(1, 100) <= TROUBLE ? [{ at: later(bornAt, LONGEST_MS), action: chance.pick(kind) }] : []);
  return [
    { at: bornAt, action: { kind: "recreate", tenant: name } },
    ...(chance.is(0.97) ? [{ at: diesAt, action: { kind: "delete", tenant: name, confirmed: chance.is(0.8) } } as const] : []),
    // Some are asked twice whether they mean it.
    ...(chance.is(0.5) ? [{ at: later(diesAt, 5 * MINUTE), action: { kind: "confirm", tenant: name } } as const] : []),
    ...during([{ kind: "crash", replica: 0, ms: 0 }, { kind: "crash", replica: 1, ms: 0 }, { kind: "pause", replica: -1, ms: 30 * SECOND }, { kind: "cutOff", replica: -1, ms: 40 * SECOND }]),
    ...during([{ kind: "wipeStatus", object: "Tenant", name }]),
    ...during([{ kind: "drift", tenant: name, how: chance.pick(["remove-auth", "remove-proxy", "remove-service", "label"]) }]),
    ...during([{ kind: "compact", ms: 0 }, { kind: "outage", ms: 20 * SECOND }]),
  ];
}
