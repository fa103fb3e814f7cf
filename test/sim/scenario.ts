import { maintenanceWindow, releaseChannel, tenant, type MaintenanceWindowSpec, type ReleaseChannelStatus } from "../../src/api/index.ts";
import { VERSION_SERVER, type Platform } from "../../src/domain/objects/platform.ts";
import { DAY, HOUR, isoOf, MINUTE, parseDuration, SECOND, type Instant } from "../../src/domain/time.ts";
import { USUAL_TIMING, type LeaseTiming } from "../../src/runtime/lease.ts";
import { abroadOf } from "./abroad.ts";
import { adoptionOf } from "./adoption.ts";
import { planActions, type PlannedAction } from "./actions.ts";
import type { FaultRates } from "./faults.ts";
import { hotfixOf } from "./hotfix.ts";
import { lapsesOf } from "./lapses.ts";
import { changesOf, cronOf, starts } from "../unit/domain/window/oracle.ts";
import { NETWORK } from "../fixtures/tenant.ts";
import { Chance, seedOf } from "./random.ts";

export interface TenantPlan {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: object;
  /** The version of each of its agents at first; undefined: there is no inventory. */
  readonly agents: readonly string[] | undefined;
}

export interface ReleasePlan {
  readonly version: string;
  readonly releasedAt: Instant;
  readonly security: boolean;
}

/** A world and what happens in it, drawn from one seed; each seed has a few kinds of trouble and lacks the others. */
export interface Scenario {
  readonly seed: number;
  readonly start: Instant;
  /** From here on nothing goes wrong, and nobody does anything. */
  readonly calmFrom: Instant;
  /** No window is open then, and none begins or ends within the hour; nor on any day at that time. */
  readonly restFrom: Instant;
  /** So many nights it goes on at least, with all that was published meanwhile. */
  readonly leastCalmNights: number;
  /** In the end all replicas begin anew, and nothing follows from it. */
  readonly restartsAtRest: boolean;
  readonly platform: Platform;
  readonly tenants: readonly TenantPlan[];
  readonly windows: readonly { readonly name: string; readonly spec: MaintenanceWindowSpec }[];
  readonly channel: object;
  /** What upgrades took before the story begins, as the ledger has it. */
  readonly durations: ReleaseChannelStatus["durations"];
  /** `auth/18.1.0`, or `proxy-us-west-2/17.2.2` for one region: what never gets Ready at a version. */
  readonly broken: readonly string[];
  /** Some upgrade of it needs an Approval. */
  readonly needsApproval: boolean;
  readonly replicas: number;
  readonly timing: LeaseTiming | undefined;
  readonly watchList: boolean;
  readonly mostPerPage: number;
  /** How late the policies learn of a new leader, in milliseconds. */
  readonly policyLagMs: number;
  readonly rates: FaultRates;
  /** Where nothing comes late: how old at most the world is that the operator sees, in milliseconds. */
  readonly staleMs: number | undefined;
  readonly actions: readonly PlannedAction[];
  /** Tenants come with the actions that make them; default: all are there from the start. */
  readonly bornLater?: boolean;
  /** One that takes more steps than this never ends; default: as many as the usual stories never take. */
  readonly mostSteps?: number;
}

const LONG_AGO = "2026-01-01T00:00:00Z";
/** The days before the nights in which clocks are changed. */
const CHANGES = [
  { day: Date.UTC(2027, 2, 27), zone: "Europe/Berlin" },
  { day: Date.UTC(2027, 2, 13), zone: "America/New_York" },
  { day: Date.UTC(2026, 9, 24), zone: "Europe/Berlin" },
  { day: Date.UTC(2026, 9, 31), zone: "America/New_York" },
] as const;
/** What makes the operator learn late of what happened; without it a decision is no older than this. */
const PROMPT = { lost: 0, answerLost: 0, slowCall: 0, slowWatch: 0, cutWatch: 0 } as const;
const PROMPT_MS = 10_000;
/** Windows open in the night, by whatever zone: in the evening, by UTC, all are closed. */
const EVENING_HOUR = 18;
/** No cut is at that minute. */
const REST_AFTER = 30 * MINUTE;
const NAMES = ["acme", "globex", "initech", "umbra"] as const;

export function scenarioOf(seed: number): Scenario {
  const chance = new Chance(seedOf(seed, "scenario"));
  // In some stories nothing comes late, and what is decided rests on the world as it is.
  const isPrompt = chance.is(0.3);
  const change = chance.is(0.12) ? chance.pick(CHANGES) : undefined;
  const evening = (change?.day ?? Date.UTC(2026, 10, 22 + chance.int(0, 6))) + EVENING_HOUR * HOUR;
  const nights = chance.is(0.1) ? 2 : 1;
  const replicas = chance.is(0.45) ? 2 : 1;
  const isElected = replicas > 1 || chance.is(0.3);
  // Asked of a chance of its own: stories that are known stay what they are.
  const approvals = new Chance(seedOf(seed, "approvals"));
  const [isManual, approvesMajors] = [approvals.is(0.12), approvals.is(0.12)];
  const waves = approvals.is(0.3) ? [wavePlan(approvals)] : [];
  const ports = new Chance(seedOf(seed, "ports"));
  const tenants = NAMES.slice(0, howMany(chance.next())).map((name) => tenantPlan(name, chance)).map((plan) => (isManual ? byHand(plan) : plan));
  const windows = windowPlans(chance, change?.zone);
  const openings = windows.flatMap(({ spec }) => openingsOf(spec, evening, evening + nights * DAY)).sort((a, b) => a.from - b.from);
  const start = Math.min(...openings.map(({ from }) => from)) - leadOf(chance);
  const calmFrom = Math.max(...openings.map(({ to }) => to)) + chance.int(1, 15) * MINUTE;
  const releases = releasePlans(chance);
  const needsApproval = isManual || approvesMajors;
  const hotfix = hotfixOf(seed, { start, tenants: tenants.map(({ name }) => name), needsApproval });
  const lapses = lapsesOf(seed, { start, calmFrom, tenants: tenants.map(({ name }) => name) });
  const adoption = adoptionOf(seed, { start, calmFrom, openings: openings.map(({ from }) => from), tenants: tenants.map(({ name }) => name) });
  const abroad = abroadOf(seed, { start, calmFrom, openings: openings.map(({ from }) => from), tenants });
  const scenario = {
    seed,
    start,
    calmFrom,
    restFrom: evening + nights * DAY + REST_AFTER,
    restartsAtRest: chance.is(0.2),
    leastCalmNights: chance.is(0.12) ? 1 : 0,
    platform: { ...platformOf(chance), ...portsOf(ports), ...certificatesOf(new Chance(seedOf(seed, "certificates"))), ...metricsOf(new Chance(seedOf(seed, "metrics"))), lapse: lapses.lapse, ...abroad.regions },
    tenants: abroad.tenants,
    windows,
    channel: channelOf(chance, { releases, start, approvesMajors, waves }),
    durations: durationsOf(new Chance(seedOf(seed, "durations"))),
    broken: [...new Set([...brokenOf(chance), ...hotfix.broken, ...abroad.broken])],
    needsApproval,
    replicas,
    timing: isElected ? timingOf(chance) : undefined,
    watchList: chance.is(0.5),
    mostPerPage: chance.is(0.3) ? chance.int(1, 4) : 500,
    policyLagMs: chance.is(0.5) ? chance.int(1, 400) : 1,
    rates: isPrompt ? { ...ratesOf(chance), ...PROMPT } : ratesOf(chance),
    staleMs: isPrompt ? PROMPT_MS : undefined,
  };
  const actions = planActions({ scenario, chance: new Chance(seedOf(seed, "actions")), releases, openings: openings.map(({ from }) => from) });
  const lost = scenario.platform.ports === undefined ? [] : lostClaims(ports, scenario);
  return { ...scenario, actions: [...actions, ...hotfix.actions, ...lost, ...lapses.actions, ...abroad.actions, ...adoption] };
}

/** The same with less in it: `tenant-globex`, `window-gold`, `replica-1` and `rates` can be left out. */
export function simplified(scenario: Scenario, without: ReadonlySet<string>): Scenario {
  const none = { lost: 0, answerLost: 0, refused: 0, failedAfter: 0, crash: 0, slowCall: 0, slowWatch: 0, cutWatch: 0, storeMs: 0 };
  return {
    ...scenario,
    tenants: scenario.tenants.filter(({ name }) => !without.has(`tenant-${name}`)),
    windows: scenario.windows.filter(({ name }) => !without.has(`window-${name}`)),
    replicas: without.has("replica-1") ? 1 : scenario.replicas,
    rates: without.has("rates") ? none : scenario.rates,
  };
}

/** Mostly one tenant: what goes wrong with one is found with one; more of them are there for what they share. */
function howMany(dice: number): number {
  return dice < 0.82 ? 1 : dice < 0.97 ? 2 : 3;
}

interface PlannedOpening {
  readonly from: Instant;
  readonly to: Instant;
}

/** When a window is open: a story is told around these times, and its actions gather where they begin. */
function openingsOf({ schedule, timeZone, duration }: MaintenanceWindowSpec, from: Instant, to: Instant): readonly PlannedOpening[] {
  const changes = changesOf(timeZone, from - 2 * DAY, to + 2 * DAY);
  return starts(cronOf(schedule), { zone: timeZone, changes, from, to }).map(({ at }) => ({ from: at, to: at + (parseDuration(duration) ?? 0) }));
}

/** How long before the first opening a story begins: most tenants are just ready by then, some long since, some not yet. */
function leadOf(chance: Chance): number {
  return chance.is(0.1) ? chance.int(60, 180) * MINUTE : chance.int(60, 900) * SECOND;
}

function tenantPlan(name: string, chance: Chance): TenantPlan {
  const regions = chance.is(0.2) ? ["us-west-2", "eu-central-1"] : ["us-west-2"];
  const spec = tenant.spec.parse({
    domain: `${name}.teleport.example`,
    region: "us-west-2",
    ...(regions.length > 1 && { proxyRegions: regions }),
    ...(chance.is(0.15) && { windows: ["night"] }),
    ...(chance.is(0.1) && { upgrades: { maxMajor: 17 } }),
    initialVersion: "17.2.1",
    agents: { inventory: { type: "ConfigMap", name: "agents", rememberFor: chance.pick(["0s", "1h", "168h"]) } },
    proxy: { replicas: chance.pick([1, 1, 2]) },
  });
  const agents = chance.pick([[], ["17.2.1"], ["17.2.1", "17.0.0"], ["17.2.1", "16.4.0"], ["16.4.0"], undefined]);
  return { name, labels: { tier: chance.pick(["gold", "silver"]) }, spec, agents };
}

/** With a zone whose clocks are changed that night most windows open about the hour that is lost, or comes twice. */
function windowPlans(chance: Chance, zone: string | undefined): Scenario["windows"] {
  const window = (name: string, more: object) => {
    const hour = zone === undefined ? chance.int(0, 5) : chance.int(1, 3);
    const schedule = `${chance.pick([0, 15, 30])} ${hour} * * *`;
    const timeZone = zone ?? chance.pick(["UTC", "UTC", "Europe/Berlin", "America/New_York"]);
    return { name, spec: maintenanceWindow.spec.parse({ schedule, duration: chance.pick(["30m", "1h", "1h", "2h"]), timeZone, ...more }) };
  };
  const night = window("night", { tenantSelector: {} });
  if (!chance.is(0.4)) return [night];
  return [night, window("gold", { tenantSelector: { matchLabels: { tier: "gold" } }, lanes: chance.pick([["Patch"], ["Major"], ["Patch", "Major"]]) })];
}

/** Releases that are there from the first; more of them are published later. */
function releasePlans(chance: Chance): readonly ReleasePlan[] {
  const old = Date.parse(LONG_AGO);
  const all = [{ version: "17.2.1" }, ...(chance.is(0.5) ? [{ version: "17.2.2" }] : []), ...(chance.is(0.75) ? [{ version: "18.0.0" }, { version: "18.1.0" }] : [])];
  return all.map(({ version }) => ({ version, releasedAt: old, security: version !== "17.2.1" && chance.is(0.1) }));
}

function byHand(plan: TenantPlan): TenantPlan {
  const { upgrades } = plan.spec as { readonly upgrades: object }; // as the schema made it
  return { ...plan, spec: { ...plan.spec, upgrades: { ...upgrades, mode: "Manual" } } };
}

interface ChannelPlan {
  readonly releases: readonly ReleasePlan[];
  readonly start: Instant;
  readonly approvesMajors: boolean;
  readonly waves: readonly object[];
}

function wavePlan(chance: Chance): object {
  return { name: "canary", tenantSelector: { matchLabels: { tier: "gold" } }, required: chance.pick(["100%", "50%", 1]), soak: chance.pick(["0s", "10m", "1h", "6h"]) };
}

function channelOf(chance: Chance, { releases, start, approvesMajors, waves }: ChannelPlan): object {
  return releaseChannel.spec.parse({
    releases: releases.map(({ version, releasedAt, security }) => ({ version, security, releasedAt: isoOf(releasedAt) })),
    ...(chance.is(0.5) && { lines: [{ major: 18, open: chance.pick(["Auto", "Always"]) }] }),
    patch: { cut: `${new Date(start).getUTCMinutes()} ${new Date(start).getUTCHours()} * * *`, minAge: chance.pick(["0s", "1h", "5h"]), minInterval: chance.pick(["0s", "6h", "20h"]) },
    major: { cut: `0 ${chance.int(0, 23)} * * *`, minAge: chance.pick(["0s", "1h", "24h"]), minInterval: chance.pick(["0s", "12h"]), approval: approvesMajors },
    rollout: {
      maxParallel: chance.pick([1, 1, 2, 10, "50%"]),
      maxFailures: chance.pick([0, 1, 3]),
      waves,
      expectedDuration: { patch: chance.pick(["5m", "10m", "20m"]), major: chance.pick(["10m", "20m", "20m", "30m", "30m", "45m"]) },
    },
  });
}

/** In some stories upgrades took longer than people expect, or longer than any window is open. */
function durationsOf(chance: Chance): Scenario["durations"] {
  const lane = (minutes: number) => {
    const measured = (predicted: number) => ({ seconds: Array.from({ length: 5 }, () => predicted * 48), predicted: predicted * 60 });
    return { fromClaim: measured(minutes), fromDisruption: measured(minutes - chance.int(0, 4)) };
  };
  if (!chance.is(0.35)) return undefined;
  return { patch: lane(chance.pick([6, 15, 25, 35])), major: lane(chance.pick([8, 25, 50, 80])) };
}

function brokenOf(chance: Chance): readonly string[] {
  const options = ["preflight/17.2.2", "auth/18.1.0", "proxy/18.1.0", "preflight/18.1.0"].filter(() => chance.is(0.06));
  // A patch that fails rolls back, which is the longest way there is.
  const patches = ["auth/17.2.2", "proxy/17.2.2", "auth/17.2.3", "proxy/17.2.3"].filter(() => chance.is(0.12));
  const points = ["restore-point/0.1.0"].filter(() => chance.is(0.05));
  return [...options, ...patches, ...points];
}

function timingOf(chance: Chance): LeaseTiming {
  return chance.pick([USUAL_TIMING, { leaseDurationMs: 20_000, renewDeadlineMs: 14_000, retryPeriodMs: 5_000 }, { leaseDurationMs: 45_000, renewDeadlineMs: 30_000, retryPeriodMs: 8_000 }]);
}

/** In some stories tenants have ports of their own; there are enough of them for all who come. */
function portsOf(chance: Chance): Pick<Platform, "ports"> {
  if (!chance.is(0.35)) return {};
  const first = 5 * chance.int(300, 10_000);
  return { ports: [{ address: "203.0.113.7", first, last: first + 5 * chance.int(1, 2) - 1 }, { address: "203.0.113.8", first, last: first + 99 }] };
}

/** In some stories there is a cert-manager, and tenants have certificates. */
function certificatesOf(chance: Chance): Pick<Platform, "certificates"> {
  return chance.is(0.2) ? { certificates: { issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" } } } : {};
}

/** In some stories tenants show their metrics to clients of the platform alone. */
function metricsOf(chance: Chance): Pick<Platform, "metrics"> {
  return chance.is(0.3) ? { metrics: { clientCa: "the authorities of clients", clientsId: "clients-1", keysFrom: chance.pick(["CertManager", "Slacktide"]) } } : {};
}

/** Now and then somebody removes the claim of a tenant's ports. */
function lostClaims(chance: Chance, { tenants, start, calmFrom }: Pick<Scenario, "tenants" | "start" | "calmFrom">): readonly PlannedAction[] {
  if (!chance.is(0.4)) return [];
  return [{ id: "remove-claim", at: start + chance.int(1, calmFrom - start - 1), action: { kind: "drift", tenant: chance.pick(tenants).name, how: "remove-claim" } }];
}

function platformOf(chance: Chance): Omit<Platform, "lapse"> {
  return {
    images: { auth: "registry.example/teleport", proxy: "registry.example/teleport" },
    domainSuffixes: [".teleport.example"],
    pods: {
      minReadySeconds: chance.pick([0, 0, 1, 5]),
      authGraceSeconds: chance.pick([1, 5, 20]),
      proxyGraceSeconds: chance.pick([1, 5, 20]),
      preStopSeconds: 0,
      verifySeconds: chance.pick([0, 1, 5]),
      stepDeadlineSeconds: chance.pick([60, 90, 120]),
    },
    volume: { size: "10Gi", copyImage: "registry.example/slacktide:0.1.0", ...(chance.is(0.5) && { snapshotClassName: "fast" }) },
    network: NETWORK,
    versionServer: VERSION_SERVER,
  };
}

/** Each kind of trouble is there in some seeds only, so that it also meets worlds in which all else is well. */
function ratesOf(chance: Chance): FaultRates {
  const some = (share: number, rate: number) => (chance.is(share) ? rate : 0);
  return {
    lost: some(0.3, 0.01),
    answerLost: some(0.4, 0.02),
    refused: some(0.4, 0.03),
    failedAfter: some(0.3, 0.02),
    crash: some(0.45, 0.012),
    slowCall: some(0.4, 0.03),
    slowWatch: some(0.4, 0.05),
    cutWatch: some(0.4, 0.01),
    storeMs: some(0.3, 300),
  };
}
