import type { KubeObject } from "../../src/kube/kind.ts";
import type { Region } from "../../src/domain/objects/platform.ts";
import { HOUR, MINUTE, SECOND, type Instant } from "../../src/domain/time.ts";
import type { PlannedAction } from "./actions.ts";
import { Chance, seedOf } from "./random.ts";
import type { TenantPlan } from "./scenario.ts";

export const HOME = "us-west-2";
/** The region that is in a cluster of its own, in stories that have one. */
export const ABROAD = "eu-central-1";
/** Where the operator finds how to reach it. */
export const SECRET = { name: "europe", key: "kubeconfig" } as const;

const REGIONS: readonly Region[] = [
  { name: HOME },
  { name: ABROAD, cluster: { kubeconfigSecret: SECRET, authAddress: "{tenant}.auth.teleport.example:443", proxyCidrs: ["203.0.113.0/24"] } },
];

/** A kubeconfig by which nobody connects. */
const KUBECONFIG = JSON.stringify({
  "current-context": "europe",
  clusters: [{ name: "europe", cluster: { server: "https://europe.invalid" } }],
  users: [{ name: "operator", user: { token: "sim" } }],
  contexts: [{ name: "europe", context: { cluster: "europe", user: "operator" } }],
});

/** The Secret as people put it into the operator's namespace. */
export function regionSecret(namespace: string): Pick<KubeObject, "metadata"> & { readonly data: Readonly<Record<string, string>> } {
  return { metadata: { name: SECRET.name, namespace }, data: { [SECRET.key]: Buffer.from(KUBECONFIG).toString("base64") } };
}

/** What a story has besides in which a region is in another cluster. */
export interface AbroadOf {
  readonly regions: { readonly regions?: readonly Region[] };
  readonly tenants: readonly TenantPlan[];
  /** What never gets Ready in one cluster alone. */
  readonly broken: readonly string[];
  readonly actions: readonly PlannedAction[];
}

interface Terms {
  readonly start: Instant;
  readonly calmFrom: Instant;
  readonly openings: readonly Instant[];
  readonly tenants: readonly TenantPlan[];
}

const PATCHES = ["17.2.2", "17.2.3"] as const;
const STEPS = ["Preflight", "Auth", "Auth", "Proxy", "Proxy", "Verify", "RollBack"] as const;

/** In some stories a region is in another cluster, which goes out of reach: mostly in the middle of an attempt, for seconds or for hours. */
export function abroadOf(seed: number, { start, calmFrom, openings, tenants }: Terms): AbroadOf {
  // A chance of its own: stories that are known stay what they are.
  const chance = new Chance(seedOf(seed, "abroad"));
  if (!chance.is(SHARE)) return { regions: {}, tenants, broken: [], actions: [] };
  // A patch that goes back when a region has it already, and is out of reach: what matters most.
  const goesBack = chance.is(0.4);
  const moment = (): Pick<PlannedAction, "at" | "during"> => {
    if (goesBack) return { at: start + 1, during: chance.is(0.6) ? { step: "RegionRolled", afterMs: chance.int(0, 40) } : { step: "Proxy", afterMs: chance.int(0, 100_000) } };
    if (chance.is(0.7)) return { at: start + 1, during: { step: chance.pick(STEPS), afterMs: chance.int(0, 3_000) } };
    return { at: chance.is(0.5) ? chance.pick(openings) + chance.int(-5, 60) * SECOND : start + chance.int(0, calmFrom - start - 1) };
  };
  const outages = Array.from({ length: chance.pick([1, 1, 2, 3]) }, (_, n): PlannedAction => ({
    id: `abroad-${n}`,
    ...moment(),
    action: { kind: "loseRegion", how: chance.pick(["down", "silent"]), ms: chance.pick([chance.int(1, 40) * SECOND, chance.int(1, 40) * MINUTE, 12 * HOUR]) },
  }));
  const placed = tenants.map((plan) => (chance.is(0.9) ? { ...plan, spec: { ...plan.spec, proxyRegions: [HOME, ABROAD] } } : plan));
  return { regions: { regions: REGIONS }, tenants: placed, broken: goesBack ? PATCHES.map((version) => `proxy-${HOME}/${version}`) : [], actions: outages };
}

/** A second cluster costs a story half as much again. */
const SHARE = 0.15;
