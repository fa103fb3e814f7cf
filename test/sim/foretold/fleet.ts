import { maintenanceWindow, releaseChannel, tenant } from "../../../src/api/index.ts";
import { DAY, HOUR, isoOf, MINUTE, type Instant } from "../../../src/domain/time.ts";
import { compileWindow } from "../../../src/domain/window/window.ts";
import { Chance, seedOf } from "../random.ts";
import type { Scenario, TenantPlan } from "../scenario.ts";
import { NETWORK } from "../../fixtures/tenant.ts";
import { VERSION_SERVER } from "../../../src/domain/objects/platform.ts";
import { beforehand, catchingUp } from "./people.ts";

/** A fleet whose future is foretold on `day0`, and then comes to pass. */
export interface Fleet {
  readonly scenario: Scenario;
  readonly day0: Instant;
  readonly until: Instant;
  /** The versions that do not work on anybody. */
  readonly failing: readonly string[];
  /** When each tenant's agents catch up. */
  readonly catchUps: ReadonlyMap<string, readonly Instant[]>;
}

const NAMES = ["acme", "globex", "initech", "umbra", "hooli", "vandelay"] as const;
/** Sundays before the clocks change, and one on which they don't. */
const BEGINNINGS = [Date.UTC(2026, 9, 18), Date.UTC(2026, 9, 25), Date.UTC(2027, 2, 7), Date.UTC(2027, 2, 21), Date.UTC(2026, 10, 22)] as const;
const EVENING = 21 * HOUR;
const LONG_AGO = "2026-01-01T00:00:00Z";
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "America/Los_Angeles"] as const;
const QUIET = { lost: 0, answerLost: 0, refused: 0, failedAfter: 0, crash: 0, slowCall: 0, slowWatch: 0, cutWatch: 0, storeMs: 0 } as const;
/** What is about to start then shows in a status, for the claim takes longer to arrive. */
const SLOW = { ...QUIET, slowCall: 0.6, slowestMs: 900 } as const;

/** The fleet of a seed: windows in many zones, waves, freezes, approvals, releases to come, agents that are behind, and what fails. */
export function fleetOf(seed: number): Fleet {
  const chance = new Chance(seedOf(seed, "foretold"));
  const day0 = chance.pick(BEGINNINGS) + EVENING;
  const until = day0 + chance.pick([2, 3, 4]) * 7 * DAY;
  // Now and then both lanes could start at once.
  const isRipe = chance.is(0.15);
  const windows = windowPlans(chance);
  const tenants = NAMES.slice(0, chance.int(2, NAMES.length)).map((name) => (isRipe ? ripeTenant(name) : tenantPlan(name, chance)));
  const releases = isRipe ? RIPE : releasePlans(chance, { day0, until });
  // Of those who would fail at the same time, which comes first is not foretold.
  const failing = isRipe ? [] : releases.map(({ version }) => version).filter((version) => version !== "17.2.1" && chance.is(0.2));
  const valid = windows.map(({ name, spec }) => compileWindow(name, spec)).filter((window) => window.kind === "valid");
  const agents = tenants.flatMap((plan) => catchingUp(plan, { chance, day0, valid }));
  return {
    day0,
    until,
    failing,
    catchUps: new Map(agents.map(({ tenant: name, at }) => [name, [at]])),
    scenario: {
      seed,
      start: day0 - chance.int(20, 110) * MINUTE,
      calmFrom: day0,
      restFrom: until,
      leastCalmNights: 0,
      restartsAtRest: false,
      platform: platformOf(chance),
      tenants,
      windows,
      channel: channelOf(chance, releases, isRipe),
      broken: failing.map((version) => `auth/${version}`),
      needsApproval: false,
      replicas: 1,
      timing: undefined,
      watchList: chance.is(0.5),
      mostPerPage: 500,
      policyLagMs: 1,
      rates: chance.is(0.6) ? SLOW : QUIET,
      staleMs: undefined,
      durations: undefined,
      actions: [...agents.map(({ tenant: name, at, versions }, n) => ({ id: `agents-${n}`, at, action: { kind: "agents" as const, tenant: name, versions } })), ...beforehand(chance, { day0, tenants, valid, catching: new Set(agents.map(({ tenant: name }) => name)), isRipe })],
    },
  };
}

function windowPlans(chance: Chance): Scenario["windows"] {
  const window = (name: string, more: object) => {
    const days = chance.pick(["*", "*", String(chance.int(0, 6)), "1-5", `${chance.int(0, 2)},${chance.int(3, 6)}`]);
    const schedule = `${chance.pick([0, 15, 30])} ${chance.int(0, 23)} * * ${days}`;
    return { name, spec: maintenanceWindow.spec.parse({ schedule, duration: chance.pick(["15m", "1h", "1h", "2h", "4h"]), timeZone: chance.pick(ZONES), ...more }) };
  };
  return [
    window("gold", { tenantSelector: { matchLabels: { tier: "gold" } } }),
    window("silver", { tenantSelector: { matchLabels: { tier: "silver" } }, ...(chance.is(0.2) && { lanes: [chance.pick(["Patch", "Major"])] }) }),
    ...(chance.is(0.5) ? [window("often", { tenantSelector: {}, duration: "1h" })] : []),
    window("own", {}),
    ...(chance.is(0.15) ? [{ name: "broken", spec: maintenanceWindow.spec.parse({ schedule: "0 3 * * *", duration: "1h", timeZone: "Europe/Atlantis" }) }] : []),
  ];
}

function tenantPlan(name: string, chance: Chance): TenantPlan {
  const spec = tenant.spec.parse({
    domain: `${name}.teleport.example`,
    region: "us-west-2",
    ...(chance.is(0.15) && { proxyRegions: ["us-west-2", "eu-central-1"] }),
    ...(chance.is(0.25) && { windows: chance.pick([["own"], ["own"], ["broken"], ["own", "silver"], ["missing"]]) }),
    upgrades: { mode: chance.is(0.15) ? "Manual" : "Automatic", ...(chance.is(0.15) && { maxMajor: 17 }) },
    ...(chance.is(0.08) && { suspend: true }),
    initialVersion: "17.2.1",
    agents: { inventory: { type: "ConfigMap", name: "agents", rememberFor: chance.pick(["0s", "72h", "168h"]) } },
    proxy: { replicas: chance.pick([1, 1, 2]) },
  });
  const agents = chance.pick([[], ["17.2.1"], ["17.2.1"], ["17.2.1", "16.4.0"], ["16.4.0"], undefined]);
  return { name, labels: { tier: chance.pick(["gold", "silver", "silver", "bronze"]), ring: chance.pick(["canary", "early", "late", "late"]) }, spec, agents };
}

function ripeTenant(name: string): TenantPlan {
  const spec = tenant.spec.parse({ domain: `${name}.teleport.example`, region: "us-west-2", initialVersion: "17.2.1", agents: { inventory: { type: "ConfigMap", name: "agents" } } });
  return { name, labels: { tier: "gold" }, spec, agents: [] };
}

interface PlannedRelease {
  readonly version: string;
  readonly releasedAt: string;
  readonly security: boolean;
  readonly withdrawn?: { readonly reason: string };
}

/** What is there, and what is announced: a patch now and then, and the next lines. */
function releasePlans(chance: Chance, { day0, until }: { readonly day0: Instant; readonly until: Instant }): readonly PlannedRelease[] {
  const later = () => isoOf(day0 + chance.int(-3 * 24 * 60, Math.floor((until - day0) / MINUTE)) * MINUTE);
  const release = (version: string, releasedAt: string): PlannedRelease => ({ version, releasedAt, security: version !== "17.2.1" && chance.is(0.1), ...(version !== "17.2.1" && chance.is(0.06) && { withdrawn: WITHDRAWN }) });
  // Sometimes the only patch there is was withdrawn.
  if (chance.is(0.07)) return [release("17.2.1", LONG_AGO), { ...release("17.2.2", LONG_AGO), withdrawn: WITHDRAWN }];
  const patches = ["17.2.2", "17.2.3", "17.2.4"].filter(() => chance.is(0.75)).map((version) => release(version, chance.is(0.5) ? LONG_AGO : later()));
  const majors = chance.is(0.8) ? [release("18.0.0", LONG_AGO), ...(chance.is(0.85) ? [release("18.1.0", chance.is(0.7) ? LONG_AGO : later())] : [])] : [];
  const beyond = chance.is(majors.length === 0 ? 0.5 : 0.25) ? [release("19.1.0", LONG_AGO)] : [];
  return [release("17.2.1", LONG_AGO), ...patches, ...majors, ...(majors.length > 0 && chance.is(0.5) ? [release("18.1.1", later())] : []), ...beyond];
}

const RIPE: readonly PlannedRelease[] = ["17.2.1", "17.2.3", "18.1.0"].map((version) => ({ version, releasedAt: LONG_AGO, security: false }));
const WITHDRAWN = { reason: "it loses sessions" } as const;

function channelOf(chance: Chance, releases: readonly PlannedRelease[], isRipe: boolean): object {
  const wave = (name: string) => ({ name, tenantSelector: { matchLabels: { ring: name } }, required: chance.pick(["100%", "50%", 1]), soak: chance.pick(["0s", "6h", "24h", "72h"]) });
  return releaseChannel.spec.parse({
    releases,
    ...(isRipe ? { lines: [{ major: 18, open: "Always" }] } : chance.is(0.4) && { lines: [{ major: 18, open: chance.pick(["Auto", "Always", "Never"]) }] }),
    patch: { cut: chance.pick(["0 0 * * *", "0 0 * * 1", "0 12 * * 3"]), minAge: chance.pick(["0s", "24h", "72h"]), minInterval: chance.pick(["0s", "20h", "72h"]) },
    major: { cut: chance.pick(["0 0 1 * *", "0 0 * * 1"]), minAge: chance.pick(["0s", "24h", "168h"]), minInterval: chance.pick(["0s", "240h"]), approval: chance.is(0.1) },
    rollout: {
      maxParallel: chance.pick([1, 1, 2, "50%"]),
      maxFailures: chance.pick([0, 1, 2]),
      maxAttempts: chance.pick([1, 2, 3]),
      waves: isRipe ? [] : chance.pick([[], [], [wave("canary")], [wave("canary"), wave("early")]]),
      expectedDuration: { patch: chance.pick(["10m", "20m"]), major: chance.pick(["15m", "30m", "45m"]) },
    },
    security: { waves: chance.pick(["Skip", "Follow"]) },
  });
}

function platformOf(chance: Chance): Scenario["platform"] {
  return {
    images: { auth: "registry.example/teleport", proxy: "registry.example/teleport" },
    domainSuffixes: [".teleport.example"],
    pods: { minReadySeconds: chance.pick([0, 1, 5]), authGraceSeconds: 1, proxyGraceSeconds: chance.pick([1, 2]), preStopSeconds: 0, verifySeconds: chance.pick([0, 5]), stepDeadlineSeconds: chance.pick([60, 90]) },
    volume: { size: "10Gi", copyImage: "registry.example/slacktide:0.1.0" },
    network: NETWORK,
    versionServer: VERSION_SERVER,
    lapse: { graceMs: 259_200_000, maxPurgesPerDay: 20 },
  };
}
