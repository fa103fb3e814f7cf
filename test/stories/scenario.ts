import type { MaintenanceWindowSpec } from "../../src/api/index.ts";
import type { Manifest } from "../../src/cli/manifests.ts";
import { VERSION_SERVER, type Platform } from "../../src/domain/objects/platform.ts";
import { DAY } from "../../src/domain/time.ts";
import { USUAL_TIMING } from "../../src/runtime/lease.ts";
import type { PlannedAction } from "../sim/actions.ts";
import { Chance, seedOf } from "../sim/random.ts";
import type { Scenario, TenantPlan } from "../sim/scenario.ts";
import { doingsOf } from "./deeds.ts";
import { NETWORK } from "../fixtures/tenant.ts";
import type { DatedDeed, Story } from "./story-file.ts";

/** Pods come and go within seconds, so that what a story tells to the minute is the same for every seed; the rest is usual. */
const PLATFORM: Platform = {
  images: { auth: "registry.example/teleport", proxy: "registry.example/teleport" },
  domainSuffixes: [".teleport.example"],
  pods: { minReadySeconds: 0, authGraceSeconds: 2, proxyGraceSeconds: 2, preStopSeconds: 0, verifySeconds: 120, stepDeadlineSeconds: 900 },
  volume: { size: "10Gi", copyImage: "registry.example/slacktide:0.1.0" },
  network: NETWORK,
  versionServer: VERSION_SERVER,
  lapse: { graceMs: 259_200_000, maxPurgesPerDay: 20 },
};

/** Nothing goes wrong of itself; some of what is on its way comes later than what was sent after it. */
const RATES = { lost: 0, answerLost: 0, refused: 0, failedAfter: 0, crash: 0, slowCall: 0.03, slowWatch: 0.08, cutWatch: 0, storeMs: 0, slowestMs: 1_500, most: 100_000 } as const;
/** Nothing that happened is learnt later than this. */
const STALE_MS = 10_000;

/** The world of a story, and one order of events among many: the seed decides what comes late, and how the cluster moves. */
export function scenarioOf(story: Story, seed: number): Scenario {
  const chance = new Chance(seedOf(seed, "story"));
  const [begin, end] = [story.deeds[0]?.at ?? 0, story.deeds.at(-1)?.at ?? 0];
  const replicas = chance.int(1, 2);
  return {
    seed,
    start: begin,
    calmFrom: end,
    restFrom: end + DAY,
    leastCalmNights: 0,
    restartsAtRest: false,
    platform: PLATFORM,
    tenants: ofKind(story, "Tenant").map((tenant) => tenantPlan(tenant, story)),
    windows: ofKind(story, "MaintenanceWindow").map(({ metadata, spec }) => ({ name: metadata.name, spec: spec as MaintenanceWindowSpec })), // parsed by its schema
    channel: onlyChannel(story),
    broken: [],
    needsApproval: false,
    replicas,
    timing: replicas > 1 ? USUAL_TIMING : undefined,
    watchList: chance.is(0.5),
    mostPerPage: chance.is(0.5) ? 500 : chance.int(1, 4),
    policyLagMs: chance.int(1, 400),
    rates: RATES,
    staleMs: STALE_MS,
    durations: undefined,
    actions: [...given(story), ...story.deeds.slice(1, -1).flatMap(actionsOf)],
  };
}

function ofKind({ given }: Story, kind: string): readonly Manifest[] {
  return given.filter((manifest) => manifest.kind === kind);
}

/** The simulation's people know one channel, by this name. */
function onlyChannel(story: Story): object {
  const channels = ofKind(story, "ReleaseChannel");
  const [channel] = channels;
  if (channel === undefined || channels.length > 1 || channel.metadata.name !== "stable") throw new Error('a story has one ReleaseChannel, named "stable"');
  return channel.spec as object; // parsed by its schema
}

/** A tenant's agents are there from the first if they are told of at the very beginning. */
function tenantPlan({ metadata, spec }: Manifest, { deeds }: Story): TenantPlan {
  const { name, labels = {} } = metadata;
  const atFirst = deeds.filter(({ at }) => at === deeds[0]?.at).slice(1).flatMap(doingsOf);
  const agents = atFirst.flatMap(({ action }) => (action.kind === "agents" && action.tenant === name ? [action.versions] : []));
  return { name, labels, spec: spec as object, agents: agents.at(-1) ?? [] }; // parsed by its schema
}

/** Freezes and approvals that are there from the first. */
function given(story: Story): readonly PlannedAction[] {
  const objects = [...ofKind(story, "Freeze"), ...ofKind(story, "Approval")];
  return objects.map((object) => ({ id: `given ${object.kind} ${object.metadata.name}`, at: story.deeds[0]?.at ?? 0, action: { kind: "apply", object } }));
}

function actionsOf(deed: DatedDeed): readonly PlannedAction[] {
  return doingsOf(deed).map((doing, n) => ({ id: `${deed.lines[0] ?? ""} ${n}`, at: deed.at, ...doing }));
}
