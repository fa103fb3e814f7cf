import { beforeEach, describe, expect, it } from "vitest";
import type { AgentSchedule, TenantSpec, TenantStatus } from "../../../src/api/index.ts";
import { AppError } from "../../../src/reconcile/app-error.ts";
import { agentsIdOf } from "../../../src/reconcile/tenant/agents-id.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { DAY, MINUTE, SECOND } from "../../../src/domain/time.ts";
import { entryOf, upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const NOW = at("2026-11-23T12:00:00Z");
const HOUR: AgentSchedule = { utcStartHour: 5, weekdays: ["Tuesday"] };
const RELEASES = ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));
const BERLIN = { schedule: "0 3 * * 2", duration: "4h", timeZone: "Europe/Berlin", tenantSelector: {} };

let world: World;
/** What the tenant's cluster tells agents of their hour, and how often it was published. */
let cluster: { schedule: AgentSchedule | undefined; published: number; fails: boolean; takes: boolean };

beforeEach(() => {
  world = new World(NOW);
  cluster = { schedule: undefined, published: 0, fails: false, takes: true };
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES } });
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: BERLIN });
  world.publish = async () => {
    cluster.published += 1;
    if (cluster.fails) throw new AppError("ScheduleNotPublished", "tctl failed");
    if (cluster.takes) cluster.schedule = scheduleOf(configMap("auth-config")["agents.yaml"]);
    return cluster.schedule;
  };
});

function scheduleOf(text: string | undefined): AgentSchedule | undefined {
  if (text === undefined) return undefined;
  const { utc_start_hour: utcStartHour, weekdays } = JSON.parse(text).spec.agent_upgrades;
  return { utcStartHour, weekdays };
}

function configMap(name: string): Record<string, string> {
  const found = world.get("ConfigMap", name, NAMESPACE);
  return found !== undefined && "data" in found ? { ...found.data } : {}; // as tenantObjects made it
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", OWNER.name));
const told = () => {
  const { answer, version, reason } = status().agentUpdates ?? {};
  return `${answer} ${version ?? "-"} ${reason}`;
};

function put(status?: TenantStatus, spec: Partial<TenantSpec> = {}): void {
  const agents = { ...tenantSpec().agents, autoUpdate: true };
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ initialVersion: "17.2.1", agents, ...spec }), ...(status && { status }) });
}

/** A tenant that runs 17.2.1 and whose agents are told so. */
async function provision(spec: Partial<TenantSpec> = {}): Promise<void> {
  put(undefined, spec);
  await world.reconcile("acme");
  runPods(world);
  await world.reconcile("acme");
}

describe("a tenant whose agents are to follow", () => {
  it("has its hour published before the version is told", async () => {
    put();
    await world.reconcile("acme");
    expect([told(), cluster.published]).toEqual(["Unknown - VersionUnknown", 0]);
    runPods(world);
    cluster.takes = false;
    await world.reconcile("acme");
    expect([told(), cluster.published]).toEqual(["Unknown - ScheduleNotPublished", 1]);
    cluster.takes = true;
    await world.time.advance(15 * SECOND);
    await world.reconcile("acme");
    expect(status().agentUpdates).toEqual({ answer: "Version", version: "17.2.1", reason: "Told", schedule: HOUR });
    expect(world.events).toContain("AgentsTold");
  });

  it("has proxies that ask the version server by an address that nobody guesses", async () => {
    await provision();
    const channels = JSON.parse(configMap("proxy-config")["teleport.yaml"] ?? "").proxy_service.automatic_upgrades_channels;
    const base = `http://slacktide-versions.slacktide.svc.cluster.local:8081/v1/${agentsIdOf(OWNER.uid)}`;
    expect(channels).toEqual({ default: { forward_url: `${base}/default` }, "stable/cloud": { forward_url: `${base}/stable/cloud` } });
  });

  it("has proxies that go on asking when that is switched off, until none of them tells agents any more", async () => {
    await provision();
    const before = configMap("proxy-config");
    put(status(), tenantSpec({ initialVersion: "17.2.1", agents: { ...tenantSpec().agents, autoUpdate: false } }));
    await world.reconcile("acme");
    expect(configMap("proxy-config")).toEqual(before);
    expect(configMap("auth-config")).not.toHaveProperty("agents.yaml");
  });

  it("writes nothing more at rest, and asks its cluster once a day", async () => {
    await provision();
    await world.reconcile("acme");
    const version = () => world.get("Tenant", "acme")?.metadata.resourceVersion;
    const before = version();
    for (let n = 0; n < 3; n += 1) {
      await world.time.advance(MINUTE);
      await world.reconcile("acme");
      expect(version()).toBe(before);
    }
    expect(cluster.published).toBe(1);
    await world.time.advance(DAY);
    await world.reconcile("acme");
    expect([cluster.published, told()]).toEqual([2, "Version 17.2.1 Told"]);
  });

  it("is believed by a new process to tell what its status says", async () => {
    await provision();
    world.restart();
    await world.reconcile("acme");
    expect([cluster.published, told()]).toEqual([1, "Version 17.2.1 Told"]);
  });

  it("is told again when its status was lost", async () => {
    await provision();
    put();
    world.restart();
    await world.reconcile("acme");
    expect([cluster.published, told()]).toEqual([2, "Version 17.2.1 Told"]);
  });

  it("has the new hour published when its window changes, and no version as long as it is not", async () => {
    await provision();
    cluster.fails = true;
    world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { ...BERLIN, schedule: "0 3 * * 4" } });
    const { requeueAt = 0 } = await world.reconcile("acme");
    expect([told(), requeueAt - world.time.now()]).toEqual(["Unknown - ScheduleNotPublished", 15 * SECOND]);
    cluster.fails = false;
    await world.time.advance(15 * SECOND);
    await world.reconcile("acme");
    expect([told(), status().agentUpdates?.schedule?.weekdays]).toEqual(["Version 17.2.1 Told", ["Thursday"]]);
  });

  it("has the new hour published when the offset of its zone has changed", async () => {
    await provision();
    // The last opening before 28 March 2027, when Berlin's clocks go forward, ends on the 23rd at 06:00.
    await world.time.advance(at("2027-03-23T06:00:00Z") - world.time.now());
    await world.reconcile("acme");
    expect([told(), status().agentUpdates?.schedule]).toEqual(["Version 17.2.1 Told", { utcStartHour: 4, weekdays: ["Tuesday"] }]);
  });

  it("is told to stay in a freeze, at once and without a word to its cluster", async () => {
    await provision();
    const freeze = { until: "2026-11-24T00:00:00Z", lanes: ["Patch", "Major"], pauseRunning: false, exceptSecurity: false, owner: "sre", reason: "sessions are lost" };
    world.put("Freeze", { name: "red", generation: 1, creationTimestamp: "2026-11-23T12:00:00Z" }, { spec: freeze });
    await world.reconcile("acme");
    expect([told(), cluster.published, status().conditions?.find(({ type }) => type === "AgentsTold")?.reason]).toEqual(["None - Frozen", 1, "Frozen"]);
  });

  it("is told otherwise when its window closes, though its channel cannot be used", async () => {
    await provision();
    world.put("ReleaseChannel", { name: "stable", generation: 2 }, { spec: { releases: [{ version: "17.2.1", releasedAt: "yesterday" }] } });
    put({ ...status(), history: [entryOf({ class: "Security", to: "17.2.1" })] });
    await world.time.advance(at("2026-11-24T03:00:00Z") - world.time.now());
    const { requeueAt } = await world.reconcile("acme");
    expect([status().agentUpdates?.criticalUntil, requeueAt]).toEqual(["2026-11-24T06:00:00Z", at("2026-11-24T06:00:00Z")]);
    await world.time.advance(180 * MINUTE);
    await world.reconcile("acme");
    expect([told(), status().agentUpdates?.criticalUntil]).toEqual(["Version 17.2.1 Told", undefined]);
  });

  it("is told to stay where no opening holds a whole hour, and is not published any", async () => {
    world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { ...BERLIN, duration: "30m" } });
    await provision();
    expect([told(), cluster.published, configMap("auth-config")["agents.yaml"]]).toEqual(["None - NoWholeHour", 0, undefined]);
  });

  it("has no word in its status, its configuration or its cluster without agents.autoUpdate", async () => {
    await provision({ agents: tenantSpec().agents });
    expect([status().agentUpdates, cluster.published, configMap("auth-config")["agents.yaml"]]).toEqual([undefined, 0, undefined]);
    expect(configMap("proxy-config")["teleport.yaml"]).not.toContain("automatic_upgrades");
    expect(status().conditions?.map(({ type }) => type)).toEqual(["Ready"]);
  });
});

describe("the step Agents of an upgrade", () => {
  /** Every pod runs 17.2.3 and was watched for long enough. */
  async function verified(): Promise<void> {
    await provision();
    const upgrade = upgradeOf({ step: "Verify", disruptiveAt: "2026-11-23T11:50:00Z" });
    for (const name of ["auth", "proxy-us-west-2"]) {
      const deployment = world.get("Deployment", name, NAMESPACE);
      const text = JSON.stringify(deployment).replaceAll("17.2.1", "17.2.3");
      const { metadata, spec } = JSON.parse(text);
      world.put("Deployment", { ...metadata, annotations: { ...metadata.annotations, "slacktide.dev/attempt": JSON.stringify(upgrade) } }, { spec });
    }
    runPods(world);
    put({ ...status(), upgrade });
    await world.reconcile("acme");
    await world.time.advance(121 * SECOND);
    await world.reconcile("acme");
  }

  it("raises what agents are told, and only then ends the upgrade", async () => {
    await verified();
    expect([status().upgrade?.step, status().version, told()]).toEqual(["Agents", "17.2.1", "Version 17.2.3 Told"]);
    await world.reconcile("acme");
    expect([status().upgrade, status().version, status().history?.[0]?.result, told()]).toEqual([undefined, "17.2.3", "Succeeded", "Version 17.2.3 Told"]);
  });

  it("told them the version before until then", async () => {
    await provision();
    put({ ...status(), upgrade: upgradeOf({ step: "Proxy", disruptiveAt: "2026-11-23T11:50:00Z" }) });
    await world.reconcile("acme");
    expect(told()).toBe("Version 17.2.1 Told");
  });

  it("does not wait for an hour that cannot be published: it goes on being tried after the upgrade", async () => {
    await verified();
    cluster.fails = true;
    world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { ...BERLIN, schedule: "0 3 * * 4" } });
    put({ ...status(), agentUpdates: { answer: "Unknown", reason: "ScheduleNotPublished" } });
    const steps: unknown[] = [];
    for (const seconds of [0, 15, 30, 60]) {
      await world.time.advance(seconds * SECOND);
      await world.reconcile("acme");
      steps.push(status().upgrade?.step);
    }
    expect([steps, status().history?.[0]?.result]).toEqual([["Agents", "Agents", "Agents", undefined], "Succeeded"]);
    cluster.fails = false;
    await world.time.advance(2 * MINUTE);
    await world.reconcile("acme");
    expect(told()).toBe("Version 17.2.3 Told");
  });

  it("never fails it: past its deadline the upgrade has succeeded all the same", async () => {
    await verified();
    cluster.fails = true;
    world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { ...BERLIN, schedule: "0 3 * * 4" } });
    put({ ...status(), agentUpdates: { answer: "Unknown", reason: "ScheduleNotPublished" } });
    await world.reconcile("acme");
    expect([status().upgrade?.step, told()]).toEqual(["Agents", "Unknown - ScheduleNotPublished"]);
    await world.time.advance(901 * SECOND);
    await world.reconcile("acme");
    expect([status().upgrade, status().history?.[0]?.result, told()]).toEqual([undefined, "Succeeded", "Unknown - ScheduleNotPublished"]);
  });
});

describe("agents that a major left behind", () => {
  const agents = { total: 2, byMajor: { "17": 1, "18": 1 }, behind: [{ id: "a", hostname: "h", version: "17.2.1", lastSeenAt: "2026-11-23T11:59:00Z" }], behindCount: 1, tooNew: [], unknownCount: 0 };
  const major = entryOf({ class: "Major", from: "17.2.3", to: "18.1.2", finishedAt: "2026-11-01T02:45:00Z" });

  it("have three months to follow; then they are warned about, once", async () => {
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [...RELEASES, { version: "18.1.2", releasedAt: "2026-10-01T00:00:00Z" }] } });
    await provision({ initialVersion: "18.1.2", agents: tenantSpec().agents, suspend: true });
    const condition = () => status().conditions?.find(({ type }) => type === "AgentsCurrent")?.reason;
    put({ ...status(), version: "18.1.2", agents, history: [major] }, { agents: tenantSpec().agents, suspend: true });
    const { requeueAt = Number.POSITIVE_INFINITY } = await world.reconcile("acme");
    expect([status().agents?.mustFollowBy, condition()]).toEqual(["2027-01-30T02:45:00Z", "AgentsBehind"]);
    expect(requeueAt).toBeLessThanOrEqual(at("2027-01-16T02:45:00Z"));
    for (const [when, reason] of [["2027-01-16T02:45:00Z", "FollowDueSoon"], ["2027-01-30T02:45:00Z", "FollowOverdue"]] as const) {
      await world.time.advance(at(when) - world.time.now());
      await world.reconcile("acme");
      await world.reconcile("acme");
      expect(condition()).toBe(reason);
    }
    expect(world.events.filter((event) => event.startsWith("Follow"))).toEqual(["FollowDueSoon", "FollowOverdue"]);
  });
});
