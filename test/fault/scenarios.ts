import { namespaceOf } from "../../src/domain/objects/names.ts";
import type { PodTimings } from "../../src/domain/objects/platform.ts";
import type { Instant } from "../../src/domain/time.ts";
import { NEVER_READY, release, type Manifest } from "../support/fleet.ts";
import { ABROAD, HOME } from "./abroad/platform.ts";
import type { PlanRegion } from "./abroad/region.ts";
import { DAY_MS, FROM } from "./dates.ts";
import { OWN, type Hands } from "./hands.ts";
import { askForRestore, BEFORE, confirmRestore, emptyLedger, freezeNow, IN_SUMMER, inventory, lapse, MAJOR, night, OLD, ONCE_A_YEAR, PATCH, publish, published, removeTenants, renew, restorePoint, setSuspended, tenants } from "./people.ts";
import type { AnyObject, Names, World } from "./world.ts";

/** What a person does, or what becomes of a region, as soon as the world is so. */
interface Deed {
  readonly when: (world: World) => boolean;
  readonly act: (hands: Hands, names: Names, region: PlanRegion | undefined) => Promise<void>;
}

/** What a person does, and how it ends; faults are no part of it. */
export interface Scenario {
  readonly name: string;
  /** How many tenants it has; 1 by default. */
  readonly tenants?: number;
  /** Which write comes when is not the same in every run: it is played by seed alone. */
  readonly isBySeedAlone?: boolean;
  readonly pods?: Partial<PodTimings>;
  /** What is there before anything is recorded. */
  readonly before: (names: Names) => readonly Manifest[];
  /** What else belongs there once the tenants have namespaces. */
  readonly furnish?: (hands: Hands, names: Names) => Promise<void>;
  readonly isSetUp: (world: World) => boolean;
  readonly begin: (hands: Hands, names: Names) => Promise<void>;
  /** Its tenants have proxies in the cluster of another region too. */
  readonly hasRegion?: boolean;
  /** What happens in the middle of it, each once and one after the other. */
  readonly amidst?: readonly Deed[];
  readonly isDone: (world: World) => boolean;
  /** From when on domain time no longer leaps; half an hour into the first night by default. */
  readonly until?: Instant;
  /** What depends on the instant at which the person acts amidst: such differences are none. */
  readonly excused?: readonly RegExp[];
}

/** It is read anew by an operator that starts, and else every few hours. */
const OF_READING = /^Tenant .*\.status\.(?:agents\.|conditions\[AgentsCurrent\])/;

const standing = (names: Names) => [published(names, [release(OLD)]), night(names), ...tenants(names)];
const isActive = (world: World) => world.names.tenants.every((name) => world.status(name)?.phase === "Active" && world.status(name)?.version === OLD);

/** Every tenant runs the version, has no attempt under way, and holds no slot. */
const runs = (version: string) => (world: World) =>
  world.names.tenants.every((name) => world.status(name)?.version === version && world.status(name)?.upgrade === undefined) && (world.channelStatus()?.slots ?? []).length === 0;
const hasTaken = (upgradeClass: string) => (world: World) => world.names.tenants.every((name) => (world.status(name)?.history ?? []).some((entry) => entry.class === upgradeClass && entry.result === "Succeeded"));
const isRolledBack = (world: World) => (world.status(world.names.tenants[0] ?? "")?.history ?? []).some(({ result }) => result === "RolledBack");
const isGone = (world: World) => world.names.tenants.every((name) => world.get("Tenant", name) === undefined && world.get("Namespace", namespaceOf(name)) === undefined);

const isScaledTo = (wanted: number) => ({ spec }: AnyObject) => (spec as { replicas?: number }).replicas === wanted; // a Deployment's

const isReady = (world: World) => world.names.tenants.every((name) => world.status(name)?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true);

/** Auth has been given its new version. */
const authRolls = (version: string) => (world: World) => {
  const auth = world.get("Deployment", `${namespaceOf(world.names.tenants[0] ?? "")}/auth`);
  return JSON.stringify((auth as AnyObject & { spec?: { template?: unknown } } | undefined)?.spec?.template ?? "").includes(`:${version}"`); // a Deployment
};

/** Its region is seen, at that version alone. */
const regionRuns = (version: string) => (world: World) => world.names.tenants.every((name) => (world.status(name)?.regions ?? []).some(({ versions, reachable }) => reachable && versions.join() === version));
const isRegionAway = (world: World) => world.names.tenants.every((name) => (world.status(name)?.regions ?? []).some(({ reachable }) => !reachable));
const standingAbroad = (names: Names) => [published(names, [release(OLD)]), night(names), ...tenants(names, { proxyRegions: [HOME, ABROAD] })];
const goesAway: Deed["act"] = async (_hands, _names, region) => region?.leave();
const comesBack: Deed["act"] = async (_hands, _names, region) => region?.comeBack();

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "create",
    before: () => [],
    isSetUp: () => true,
    begin: (hands, names) => hands.apply(...standing(names)),
    isDone: isActive,
  },
  {
    name: "resize",
    before: standing,
    isSetUp: isActive,
    begin: async (hands, names) => {
      for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { spec: { proxy: { replicas: 2 }, proxyRegions: ["us-west-2", "eu-central-1"] } });
    },
    isDone: (world) => isActive(world) && world.list("Deployment").length === 3 && world.list("Deployment").every(hasAllPods),
  },
  {
    name: "patch",
    before: standing,
    isSetUp: isActive,
    begin: publish(PATCH),
    isDone: runs(PATCH),
  },
  {
    name: "template",
    before: standing,
    isSetUp: isActive,
    begin: async (hands, names) => {
      for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { spec: { size: "Large" } });
    },
    isDone: (world) => runs(OLD)(world) && hasTaken("Config")(world),
  },
  {
    name: "major",
    before: standing,
    furnish: inventory(["17.2.1", "17.1.0"]),
    isSetUp: isActive,
    begin: publish(MAJOR),
    isDone: runs(MAJOR),
    excused: [OF_READING],
  },
  {
    name: "held-major",
    before: standing,
    furnish: inventory(["17.2.1", "16.4.0"]),
    isSetUp: isActive,
    begin: publish(PATCH, MAJOR),
    isDone: (world) => runs(PATCH)(world) && world.names.tenants.every((name) => (world.status(name)?.lanes?.major?.holds ?? []).some(({ code }) => code === "AgentsBehind")),
  },
  {
    name: "failing-patch",
    // Longer than it takes to give up a request and make it again.
    pods: { stepDeadlineSeconds: 8 },
    before: standing,
    isSetUp: isActive,
    begin: (hands, names) => hands.apply(published(names, [release(OLD), release(PATCH, { images: { auth: `sha256:${"a".repeat(64)}`, proxy: NEVER_READY } })])),
    isDone: (world) => runs(OLD)(world) && isRolledBack(world),
  },
  {
    name: "delete",
    before: standing,
    isSetUp: isActive,
    begin: removeTenants,
    isDone: isGone,
  },
  {
    name: "delete-amidst",
    before: standing,
    isSetUp: isActive,
    begin: publish(PATCH),
    amidst: [{ when: authRolls(PATCH), act: removeTenants }],
    isDone: (world) => isGone(world) && (world.channelStatus()?.slots ?? []).length === 0,
    // How far the roll has come.
    excused: [/^Pod .*@17\.2\.3: /],
  },
  {
    name: "window-edited",
    before: standing,
    isSetUp: isActive,
    begin: publish(PATCH),
    amidst: [{ when: authRolls(PATCH), act: (hands, names) => hands.patch(OWN.MaintenanceWindow, { name: names.window }, { spec: { schedule: "0 4 * * *", duration: "1h" } }) }],
    isDone: runs(PATCH),
  },
  {
    name: "status-wiped",
    before: standing,
    isSetUp: isActive,
    begin: publish(PATCH),
    amidst: [
      {
        when: authRolls(PATCH),
        act: async (hands, names) => {
          for (const name of names.tenants) await hands.patch(OWN.Tenant, { name }, { status: null }, "status");
          await hands.patch(OWN.ReleaseChannel, { name: names.channel }, { status: null }, "status");
        },
      },
    ],
    isDone: runs(PATCH),
  },
  {
    name: "suspend-resume",
    before: standing,
    isSetUp: isActive,
    begin: setSuspended(true),
    amidst: [{ when: (world) => world.list("Deployment").every(isScaledTo(0)) && world.list("Pod").length === 0, act: setSuspended(false) }],
    // Who resumes has been heard.
    isDone: (world) => isActive(world) && world.list("Deployment").every((object) => !isScaledTo(0)(object) && hasAllPods(object)),
  },
  {
    name: "restore",
    // What it is brought back from waits for a person.
    before: (names) => [published(names, [release(OLD)]), night(names, IN_SUMMER), ...tenants(names, { upgrades: { mode: "Manual" } })],
    furnish: restorePoint,
    isSetUp: (world) => isActive(world) && world.names.tenants.every((name) => (world.status(name)?.restorePoints ?? []).some(({ confirmed }) => confirmed)),
    begin: askForRestore,
    amidst: [{ when: (world) => world.names.tenants.every((name) => world.status(name)?.conditions?.some(({ reason }) => reason === "ConfirmationNeeded") === true), act: confirmRestore }],
    isDone: (world) => runs(BEFORE)(world) && world.names.tenants.every((name) => world.status(name)?.phase === "Active") && world.list("Deployment").every((object) => !isScaledTo(0)(object) && hasAllPods(object)),
  },
  {
    name: "lapse",
    before: standing,
    isSetUp: isActive,
    begin: lapse,
    amidst: [{ when: (world) => world.list("Deployment").every(isScaledTo(0)) && world.list("Pod").length === 0, act: renew }],
    isDone: (world) => isActive(world) && world.list("Deployment").every((object) => !isScaledTo(0)(object) && hasAllPods(object)),
  },
  {
    name: "purge",
    before: (names) => [emptyLedger(names), published(names, [release(OLD)], { patch: { cut: ONCE_A_YEAR, minAge: "0s" } }), night(names, ONCE_A_YEAR), ...tenants(names)],
    isSetUp: isActive,
    begin: lapse,
    isDone: (world) => world.names.tenants.every((name) => world.status(name)?.phase === "Purged" && world.get("Namespace", namespaceOf(name)) === undefined),
    until: FROM + 8 * DAY_MS,
  },
  {
    name: "frozen-amidst",
    before: standing,
    isSetUp: isActive,
    begin: publish(PATCH),
    amidst: [{ when: authRolls(PATCH), act: freezeNow }],
    isDone: runs(PATCH),
    // Whether it stopped before the freeze was over.
    excused: [/\.pausedAt: /],
  },
  {
    name: "region",
    hasRegion: true,
    before: standingAbroad,
    furnish: inventory(["17.2.1", "17.1.0"]),
    isSetUp: (world) => isActive(world) && regionRuns(OLD)(world),
    begin: publish(MAJOR),
    amidst: [
      { when: authRolls(MAJOR), act: goesAway },
      { when: (world) => runs(MAJOR)(world) && isRegionAway(world), act: comesBack },
    ],
    isDone: (world) => runs(MAJOR)(world) && regionRuns(MAJOR)(world) && isReady(world),
    excused: [OF_READING],
  },
  {
    name: "patch-in-turn",
    tenants: 2,
    isBySeedAlone: true,
    before: (names) => [published(names, [release(OLD)], { rollout: { maxParallel: 1 } }), night(names), ...tenants(names)],
    isSetUp: isActive,
    begin: (hands, names) => hands.apply(published(names, [release(OLD), release(PATCH)], { rollout: { maxParallel: 1 } })),
    isDone: runs(PATCH),
  },
];

function hasAllPods({ spec, status, metadata }: AnyObject): boolean {
  const { replicas: wanted } = spec as { replicas?: number }; // a Deployment's
  const { replicas, availableReplicas, observedGeneration } = (status ?? {}) as { replicas?: number; availableReplicas?: number; observedGeneration?: number }; // likewise
  return observedGeneration === metadata.generation && replicas === wanted && availableReplicas === wanted;
}

