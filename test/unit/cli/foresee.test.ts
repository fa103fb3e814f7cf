import { describe, expect, it } from "vitest";
import { foresee, type FleetForecast } from "../../../src/cli/foresee.ts";
import type { Manifest } from "../../../src/cli/manifests.ts";
import { worldOf } from "../../../src/cli/world.ts";
import { usualAssumptions, type Assumptions } from "../../../src/domain/forecast/assumptions.ts";
import { findingsOf } from "../../../src/domain/forecast/findings.ts";
import { DAY, HOUR, stampOf } from "../../../src/domain/time.ts";
import { at } from "../../fixtures/time.ts";

const FROM = at("2026-11-22T12:00:00Z");
const PODS = { minReadySeconds: 15, authGraceSeconds: 60, proxyGraceSeconds: 120, preStopSeconds: 0, verifySeconds: 60, stepDeadlineSeconds: 900 };
/** Preflight 30 s, Auth 105 s, one region of one proxy 165 s, Verify 60 s. */
const PATCH_TAKES = 330;

const apiVersion = "slacktide.dev/v1alpha1";

function channel(spec: object = {}, status?: object): Manifest {
  const releases = [
    { version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" },
    { version: "17.2.3", releasedAt: "2026-11-10T00:00:00Z" },
  ];
  return { apiVersion, kind: "ReleaseChannel", metadata: { name: "stable" }, spec: { releases, ...spec }, ...(status && { status }) };
}

function window(name = "night", spec: object = {}): Manifest {
  return { apiVersion, kind: "MaintenanceWindow", metadata: { name }, spec: { schedule: "0 2 * * *", duration: "2h", tenantSelector: {}, ...spec } };
}

function tenant(name: string, spec: object = {}, more: object = {}): Manifest {
  return { apiVersion, kind: "Tenant", metadata: { name, uid: name, labels: {} }, spec: { domain: `${name}.teleport.example`, region: "us-west-2", initialVersion: "17.2.1", proxy: { replicas: 1 }, ...spec }, ...more };
}

function freeze(name: string, spec: object): Manifest {
  return { apiVersion, kind: "Freeze", metadata: { name }, spec: { owner: "sre", reason: "quiet", ...spec } };
}

function foreseen(objects: readonly Manifest[], { days = 7, ...assumed }: Partial<Assumptions> & { days?: number } = {}): FleetForecast {
  return foresee(worldOf(objects, FROM), FROM + days * DAY, { ...usualAssumptions(PODS), ...assumed });
}

function starts(forecast: FleetForecast): readonly string[] {
  return forecast.starts.map(({ startsAt, tenant: name, to, result }) => `${stampOf(startsAt)} ${name} ${to}${result === "Succeeded" ? "" : ` ${result}`}`);
}

const MAJOR = { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }, { version: "18.1.0", releasedAt: "2026-10-01T00:00:00Z" }], lines: [{ major: 18, open: "Always" }] };

describe("a forecast", () => {
  it("starts what may start, when it may, and knows when it ends", () => {
    const { starts: all } = foreseen([channel(), window(), tenant("acme")]);
    expect(all).toMatchObject([{ tenant: "acme", from: "17.2.1", to: "17.2.3", class: "Patch", claimedAt: at("2026-11-23T02:00:00Z"), startsAt: at("2026-11-23T02:00:30Z"), endsAt: at("2026-11-23T02:00:30Z") + PATCH_TAKES * 1000 }]);
  });

  it("gives slots in turn, and those who miss the opening the next one", () => {
    const tenants = ["a", "b", "c"].map((name) => tenant(name));
    const forecast = foreseen([channel({ rollout: { maxParallel: 1 } }), window("night", { duration: "22m" }), ...tenants]);
    const times = forecast.starts.map(({ startsAt }) => stampOf(startsAt));
    expect(times).toEqual(["2026-11-23T02:00:30Z", "2026-11-24T02:00:30Z", "2026-11-25T02:00:30Z"]);
    expect(new Set(forecast.starts.slice(1).map(({ lastHold }) => lastHold))).not.toContain(undefined);
  });

  it("is short of slots when a release does not get to a tenant within two cuts", () => {
    const tenants = Array.from({ length: 5 }, (_, n) => tenant(`t${n}`));
    const patch = { cut: "0 0 * * *", minAge: "0s" };
    const releases = [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }, { version: "17.2.3", releasedAt: "2026-11-22T13:00:00Z" }];
    const forecast = foreseen([channel({ releases, patch, rollout: { maxParallel: 1 } }), window("night", { duration: "22m" }), ...tenants]);
    const [finding] = forecast.channels.flatMap(findingsOf);
    expect(finding).toMatchObject({ kind: "CapacityShort", message: expect.stringContaining("17.2.3 does not reach these tenants within two cuts") });
    expect(foreseen([channel({ releases, patch, rollout: { maxParallel: 5 } }), window("night", { duration: "22m" }), ...tenants]).channels.flatMap(findingsOf)).toEqual([]);
  });

  it("learns how long upgrades take, so that a window which was too short by what people expect is long enough", () => {
    const tenants = ["a", "b", "c", "d", "e"].map((name) => tenant(name));
    const short = window("short", { duration: "15m", tenantSelector: { matchLabels: { never: "never" } } });
    const forecast = foreseen([channel(), window(), short, ...tenants, tenant("late", { windows: ["short"] })]);
    expect(starts(forecast).filter((line) => line.includes("late"))).toEqual(["2026-11-24T02:00:30Z late 17.2.3"]);
  });

  it("takes upgrades to last as long as half of those that are remembered", () => {
    const remembered = { seconds: [600, 600, 600, 660, 900], predicted: 1140 };
    const status = { durations: { patch: { fromClaim: remembered, fromDisruption: { seconds: [540, 540, 540, 600, 840], predicted: 1080 } } } };
    const [start] = foreseen([channel({}, status), window(), tenant("acme")]).starts;
    expect([start?.startsAt, start?.endsAt]).toEqual([at("2026-11-23T02:01:00Z"), at("2026-11-23T02:10:00Z")]);
  });
});

describe("what is assumed to fail", () => {
  it("rolls a patch back, tries again in the next opening, and halts the tenant", () => {
    const forecast = foreseen([channel(), window(), tenant("acme")], { failures: [{ version: "17.2.3" }] });
    expect(starts(forecast)).toEqual(["2026-11-23T02:00:30Z acme 17.2.3 RolledBack", "2026-11-24T02:00:30Z acme 17.2.3 RolledBack"]);
    expect(forecast.tenants[0]?.lanes.patch.holds.map(({ code }) => code)).toContain("TenantHalted");
  });

  it("leaves a major stuck, and halts the release for everybody else", () => {
    const tenants = ["a", "b", "c", "d"].map((name) => tenant(name));
    const forecast = foreseen([channel({ ...MAJOR, rollout: { maxParallel: 1, maxFailures: 1 } }), window(), ...tenants], { failures: [{ version: "18.1.0" }] });
    expect(forecast.starts.map(({ result }) => result)).toEqual(["Stuck", "Stuck"]);
    expect(forecast.events.map((event) => event.kind)).toContain("halted");
    expect(forecast.channels.flatMap(findingsOf)).toMatchObject([{ kind: "ReleaseHalted", message: expect.stringContaining("18.1.0 is halted") }]);
  });

  it("concerns the tenants that are named alone", () => {
    const forecast = foreseen([channel(), window(), tenant("acme"), tenant("globex")], { failures: [{ version: "17.2.3", tenants: new Set(["globex"]) }], days: 1 });
    expect(new Map(forecast.starts.map(({ tenant: name, result }) => [name, result]))).toEqual(new Map([["acme", "Succeeded"], ["globex", "RolledBack"]]));
  });
});

describe("agents in a forecast", () => {
  const behind = { total: 2, byMajor: { "16": 1, "17": 1 }, behind: [{ id: "a", hostname: "h", version: "16.4.0", lastSeenAt: "2026-11-22T11:55:00Z" }], behindCount: 1, tooNew: [], unknownCount: 0 };
  const withAgents = (agents: object) => tenant("acme", {}, { status: { version: "17.2.1", agents } });

  it("stay behind as they are", () => {
    const forecast = foreseen([channel(MAJOR), window(), withAgents(behind)], { days: 30 });
    expect(forecast.starts).toEqual([]);
    expect(forecast.tenants[0]?.lanes.major.holds.map(({ code }) => code)).toContain("AgentsBehind");
  });

  it("let the major go once they catch up, and hold the one after it", () => {
    const catchUps = new Map([["acme", [at("2026-11-25T12:00:00Z")]]]);
    const two = { ...MAJOR, releases: [...MAJOR.releases, { version: "19.1.0", releasedAt: "2026-10-01T00:00:00Z" }], lines: [{ major: 18, open: "Always" }, { major: 19, open: "Always" }], major: { minInterval: "0s" } };
    const forecast = foreseen([channel(two), window(), withAgents(behind)], { days: 14, catchUps });
    expect(starts(forecast)).toEqual(["2026-11-26T02:00:30Z acme 18.1.0"]);
    expect(forecast.tenants[0]?.lanes.major.holds.map(({ code }) => code)).toContain("AgentsBehind");
  });

  it("that are gone hold until they are forgotten", () => {
    const gone = { ...behind, total: 0, byMajor: {}, behind: [{ ...behind.behind[0], lastSeenAt: "2026-11-20T00:00:00Z" }] };
    expect(starts(foreseen([channel(MAJOR), window(), withAgents(gone)]))).toEqual(["2026-11-27T02:00:30Z acme 18.1.0"]);
  });

  it("that nobody could read stay unknown", () => {
    const holds = [{ code: "InventoryUnknown", message: "no answer", scope: "Tenant", source: { kind: "Tenant", name: "acme" }, since: "2026-11-22T00:00:00Z", liftable: false }];
    const object = tenant("acme", {}, { status: { version: "17.2.1", lanes: { major: { holds } } } });
    expect(foreseen([channel(MAJOR), window(), object]).starts).toEqual([]);
  });
});

describe("what runs when the forecast begins", () => {
  const opening = { window: "night", opensAt: "2026-11-22T11:30:00Z", closesAt: "2026-11-22T13:30:00Z" };
  const upgrade = { id: "acme-1", class: "Patch", from: "17.2.1", to: "17.2.3", step: "Auth", claimedAt: "2026-11-22T11:58:00Z", disruptiveAt: "2026-11-22T11:59:00Z", predictedEndAt: "2026-11-22T12:18:00Z", opening };
  const running = (more: object) => tenant("acme", {}, { status: { version: "17.2.1", upgrade: { ...upgrade, ...more } } });
  const noon = window("night", { schedule: "30 11 * * *" });
  const versions = (objects: readonly Manifest[], days = 1) => foreseen(objects, { days }).tenants.map(({ view }) => `${view.name} ${view.version}`);

  it("goes on to its end, and has its slot until then", () => {
    const forecast = foreseen([channel({ rollout: { maxParallel: 1 } }), noon, running({}), tenant("globex")], { days: 1 });
    expect(starts(forecast)).toEqual([`${stampOf(at("2026-11-22T11:59:00Z") + PATCH_TAKES * 1000 + 30_000)} globex 17.2.3`]);
    expect(versions([channel(), noon, running({})])).toEqual(["acme 17.2.3"]);
  });

  it("ends where it was if it is on its way back", () => {
    expect(versions([channel({ rollout: { maxAttempts: 1 } }), noon, running({ step: "RollBack", failure: "it did not come up" })])).toEqual(["acme 17.2.1"]);
  });

  it("stays if it is stuck, and counts for no slot", () => {
    const stuck = running({ class: "Major", to: "18.1.0", stuckSince: "2026-11-22T12:00:00Z" });
    expect(starts(foreseen([channel({ rollout: { maxParallel: 1 } }), noon, stuck, tenant("globex")], { days: 1 }))).toEqual(["2026-11-22T12:00:30Z globex 17.2.3"]);
  });

  describe("and is stuck", () => {
    const since = "2026-11-22T12:00:00Z";
    const stuck = running({ class: "Major", to: "18.1.0", stuckSince: since, failure: "auth did not become Ready" });
    const hotfix = channel({ ...MAJOR, releases: [...MAJOR.releases, { version: "18.1.1", releasedAt: "2026-11-20T00:00:00Z" }], rollout: { maxFailures: 0 } });
    const failures = [{ version: "18.1.0" }];
    const after = (hours: number, objects: readonly Manifest[], failing: Assumptions["failures"] = failures) => foreseen(objects, { days: hours / 24, failures: failing }).tenants.map(({ view, underway }) => `${view.version} ${underway?.claim.to ?? ""}`.trim());

    it("rolls forward to a newer release from the cut on, whatever its windows say", () => {
      expect([after(12, [hotfix, noon, stuck]), after(12.2, [hotfix, noon, stuck])]).toEqual([["17.2.1 18.1.1"], ["18.1.1"]]);
      expect(after(48, [channel(MAJOR), noon, stuck])).toEqual(["17.2.1 18.1.0"]);
    });

    it("stays with that one if it fails as well, while a freeze pauses what runs, and ends if it was on its way", () => {
      expect(after(24, [hotfix, noon, stuck], [...failures, { version: "18.1.1" }])).toEqual(["17.2.1 18.1.1"]);
      const pause = freeze("pause", { from: "2026-11-22T00:00:00Z", until: "2026-11-23T12:00:00Z", pauseRunning: true });
      expect([after(23, [hotfix, noon, stuck, pause]), after(24.2, [hotfix, noon, stuck, pause])]).toEqual([["17.2.1 18.1.0"], ["18.1.1"]]);
      expect(after(1, [hotfix, noon, running({ class: "Major", to: "18.1.1", stuckSince: since, stuckOn: [{ version: "18.1.0", since }], rolledForward: ["18.1.1"] })])).toEqual(["18.1.1"]);
    });

    it("gets stuck, rolls forward, and lets the next wave follow", () => {
      const waves = [{ name: "canary", tenantSelector: { matchLabels: { tier: "gold" } }, soak: "6h" }];
      const canary = { ...tenant("acme"), metadata: { name: "acme", uid: "acme", labels: { tier: "gold" } } };
      const forecast = foreseen([channel({ ...hotfix.spec as object, rollout: { waves, maxFailures: 0 } }), noon, canary, tenant("globex", {}, {})], { days: 3, failures });
      expect(starts(forecast)).toEqual(["2026-11-22T12:00:30Z acme 18.1.0 Stuck", "2026-11-23T11:30:30Z globex 18.1.1"]);
    });
  });

  it("that was claimed comes to its disruptive instant, or is aborted if a freeze has begun", () => {
    const { disruptiveAt: _none, ...claimed } = upgrade;
    const object = tenant("acme", {}, { status: { version: "17.2.1", upgrade: { ...claimed, step: "Preflight", claimedAt: "2026-11-22T11:59:45Z" } } });
    expect(starts(foreseen([channel(), noon, object], { days: 1 }))).toEqual(["2026-11-22T12:00:15Z acme 17.2.3"]);
    const frozen = freeze("now", { from: "2026-11-22T12:00:10Z", until: "2026-11-25T00:00:00Z" });
    expect(starts(foreseen([channel(), noon, object, frozen], { days: 2 }))).toEqual([]);
  });

  it("that was claimed is aborted if its approval has expired, also when its wave was judged in between", () => {
    const canary = (name: string, spec: object = {}) => ({ ...tenant(name, { upgrades: { mode: "Manual" }, ...spec }), metadata: { name, uid: name, labels: { ring: "canary" } } });
    const approval = (name: string, expiresAt: string): Manifest => ({ apiVersion, kind: "Approval", metadata: { name: `of-${name}` }, spec: { tenants: [name], version: "17.2.3", lifts: ["ApprovalRequired"], requestedBy: "bob", approver: "alice", reason: "chg", expiresAt } });
    const waves = [{ name: "canary", tenantSelector: { matchLabels: { ring: "canary" } } }];
    // When that of the other canary expires as well, the wave no longer waits for it.
    const others = [window("later", { schedule: "0 20 * * *", tenantSelector: {} }), canary("umbra", { windows: ["later"] }), approval("umbra", "2026-11-22T12:00:20Z")];
    const forecast = foreseen([channel({ rollout: { waves } }), noon, canary("acme", { windows: ["night"] }), approval("acme", "2026-11-22T12:00:15Z"), ...others], { days: 1 });
    expect(starts(forecast)).toEqual([]);
  });
});

describe("freezes and approvals in a forecast", () => {
  it("nothing starts in a freeze, and all of it goes on after it", () => {
    const quiet = freeze("quiet", { from: "2026-11-22T00:00:00Z", until: "2026-11-25T00:00:00Z" });
    expect(starts(foreseen([channel(), window(), tenant("acme"), quiet]))).toEqual(["2026-11-25T02:00:30Z acme 17.2.3"]);
  });

  it("one that pauses what runs makes it end later by as much", () => {
    const pause = freeze("pause", { from: "2026-11-23T02:20:30Z", until: "2026-11-23T05:20:30Z", pauseRunning: true });
    const status = { durations: { patch: { fromClaim: { seconds: [2400, 2400, 2400, 2400, 2400], predicted: 300 }, fromDisruption: { seconds: [2370, 2370, 2370, 2370, 2370], predicted: 300 } } } };
    const [start] = foreseen([channel({}, status), window(), tenant("acme"), pause], { days: 2 }).starts;
    expect((start?.endsAt ?? 0) - (start?.startsAt ?? 0)).toBe(2370 * 1000 + 3 * HOUR);
  });

  it("an approval is an opening of its own, and ends", () => {
    const approval = (expiresAt: string): Manifest => ({ apiVersion, kind: "Approval", metadata: { name: "chg-1" }, spec: { tenants: ["acme"], version: "17.2.3", lifts: ["OutsideWindow"], requestedBy: "bob", approver: "alice", reason: "chg", expiresAt } });
    expect(starts(foreseen([channel(), window(), tenant("acme"), approval("2026-11-22T18:00:00Z")]))).toEqual(["2026-11-22T12:00:30Z acme 17.2.3"]);
    expect(starts(foreseen([channel(), window(), tenant("acme"), approval("2026-11-22T12:10:00Z")]))).toEqual(["2026-11-23T02:00:30Z acme 17.2.3"]);
  });
});

describe("waves in a forecast", () => {
  const waves = [{ name: "canary", tenantSelector: { matchLabels: { ring: "canary" } }, soak: "24h", timeout: "72h" }, { name: "everyone" }];
  const canary = (spec: object = {}) => ({ ...tenant("canary", spec), metadata: { name: "canary", uid: "canary", labels: { ring: "canary" } } });

  it("the next wave follows when the one before has vouched", () => {
    const forecast = foreseen([channel({ rollout: { waves } }), window(), canary(), tenant("acme")]);
    expect(starts(forecast)).toEqual(["2026-11-23T02:00:30Z canary 17.2.3", "2026-11-25T02:00:30Z acme 17.2.3"]);
    expect(forecast.events.filter(({ at: when }) => when > FROM)).toMatchObject([{ kind: "vouched", wave: "canary", version: "17.2.3", at: at("2026-11-24T02:06:00Z") }]);
    expect(forecast.starts[1]).toMatchObject({ wave: "everyone", lastHold: "WaveNotReached" });
  });

  it("a wave that is not done in time is a finding", () => {
    const forecast = foreseen([channel({ rollout: { waves } }), window("night", { schedule: "0 2 * * 6" }), canary(), tenant("acme")], { days: 5 });
    expect(forecast.channels.flatMap(findingsOf)).toMatchObject([{ kind: "WaveStalled", message: expect.stringContaining("wave canary has not vouched for 17.2.3") }]);
  });

  it("security skips them", () => {
    const releases = [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }, { version: "17.2.3", releasedAt: "2026-11-10T00:00:00Z", security: true }];
    expect(starts(foreseen([channel({ releases, rollout: { waves } }), window(), canary(), tenant("acme")])).map((line) => line.slice(0, 16))).toEqual(["2026-11-23T02:00", "2026-11-23T02:00"]);
  });
});

it("what waits in an opening is told with all its reasons", () => {
  const forecast = foreseen([channel(), window(), tenant("acme", { upgrades: { mode: "Manual" } })], { days: 2 });
  expect(forecast.waits).toMatchObject([{ tenant: "acme", lane: "Patch", version: "17.2.3", window: "night", codes: ["ApprovalRequired"] }, { at: at("2026-11-24T02:00:00Z") }]);
  expect(forecast.waits[0]?.at).toBe(at("2026-11-23T02:00:00Z"));
});
