import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { DAY } from "../../../src/domain/time.ts";
import { MOST_FOLLOWING } from "../../../src/reconcile/tenant/follow-turns.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { podsOf } from "../../fixtures/pods.ts";
import { ABROAD, HOME, MISTAKEN, RegionsWorld } from "../../fixtures/regions-world.ts";
import { OWNER, PLATFORM } from "../../fixtures/tenant.ts";

const VERIFIED_MS = PLATFORM.pods.verifySeconds * 1_000;
const OVERDUE_MS = PLATFORM.pods.stepDeadlineSeconds * 1_000 + 1_000;
const PATCH = "17.2.3";
const MAJOR = "18.1.0";

let world: RegionsWorld;

beforeEach(() => {
  world = new RegionsWorld();
});

const holdsOf = (lane: "patch" | "major") => (world.status().lanes?.[lane]?.holds ?? []).map(({ code, message }) => `${code}: ${message}`);
const homeVersion = () => world.get("Deployment", `proxy-${HOME}`, "tenant-acme")?.metadata.annotations?.[ANNOTATION.version];
const entry = () => world.status().history?.[0];

/** Offers a patch in place of the major. */
function offerPatch(): void {
  const releases = ["17.2.1", PATCH].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));
  world.put("ReleaseChannel", { name: "stable", generation: 3 }, { spec: { releases }, status: { releases: releases.map(({ version, releasedAt }) => ({ version, firstSeenAt: releasedAt })) } });
}

async function until(what: string, holds: () => boolean, isPicked?: (deployment: string) => boolean): Promise<void> {
  for (let n = 0; n < 60 && !holds(); n += 1) await world.goOn(1, isPicked);
  expect(holds(), `${what}; ${JSON.stringify(world.status().upgrade)} ${world.conditions().join("; ")}`).toBe(true);
}

function edit(spec: object): void {
  const tenant = world.get("Tenant", "acme");
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: (tenant?.metadata.generation ?? 0) + 1 }, { spec: { ...specAs(tenant), ...spec }, status: tenant?.status });
}

describe("a region in another cluster", () => {
  it("has there what its proxies need, nothing of Auth's and no data; and nothing of it is here", async () => {
    await world.begin();
    expect(world.abroad()).toEqual([
      "Namespace tenant-acme",
      "NetworkPolicy default-deny",
      "NetworkPolicy proxy",
      "ResourceQuota tenant",
      "ServiceAccount proxy",
      "ConfigMap proxy-config",
      `Service proxy-${ABROAD}`,
      `PodDisruptionBudget proxy-${ABROAD}`,
      `Deployment proxy-${ABROAD}`,
    ]);
    expect(["Deployment", "Service", "PodDisruptionBudget"].flatMap((kind) => world.all(kind as "Deployment").map(({ metadata }) => metadata.name)).filter((name) => name.includes(ABROAD))).toEqual([]); // one of those kinds
    expect(world.status()).toMatchObject({ version: "17.2.1", phase: "Active", regions: [{ name: ABROAD, versions: ["17.2.1"], reachable: true }] });
    expect(world.conditions()).toEqual(["Ready=True Available: Auth and every region's Proxy are available"]);
  });

  it("reaches Auth where the platform says, and is let in by Auth's own cluster from where it comes", async () => {
    await world.begin();
    const file = JSON.stringify(world.member.get("ConfigMap", "proxy-config", "tenant-acme"));
    expect(file).toContain("acme.auth.teleport.example:443");
    const { egress = [] } = specAs<{ egress: readonly object[] }>(world.member.get("NetworkPolicy", "proxy", "tenant-acme"));
    expect(egress).toContainEqual({ ports: [{ port: 443, protocol: "TCP" }] });
    const { ingress = [] } = specAs<{ ingress: readonly { from?: readonly object[] }[] }>(world.get("NetworkPolicy", "auth", "tenant-acme"));
    expect(ingress.flatMap(({ from = [] }) => from)).toContainEqual({ ipBlock: { cidr: "203.0.113.0/24" } });
  });

  it("delays only itself when its cluster is out of reach from the start", async () => {
    world.isAway = true;
    await world.begin();
    expect(world.status()).toMatchObject({ version: "17.2.1", phase: "Active", regions: [{ name: ABROAD, versions: [], reachable: false }] });
    expect(world.status().downtime).toBeUndefined();
    world.isAway = false;
    await until("it is there", () => world.conditions()[0] === "Ready=True Available: Auth and every region's Proxy are available");
    expect(world.versionAbroad()).toBe("17.2.1");
  });

  it("writes nothing while it is out of reach and nothing else happens", async () => {
    await world.begin();
    world.put("ReleaseChannel", { name: "stable", generation: 9 }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-08-01T00:00:00Z" }] } });
    world.isAway = true;
    await world.goOn(5);
    const before = JSON.stringify(world.get("Tenant", "acme")?.status);
    const version = world.get("Tenant", "acme")?.metadata.resourceVersion;
    await world.goOn(5);
    expect(JSON.stringify(world.get("Tenant", "acme")?.status)).toBe(before);
    expect(world.get("Tenant", "acme")?.metadata.resourceVersion).toBe(version);
    expect(world.events.filter((reason) => reason.startsWith("Region"))).toEqual(["RegionOutOfReach"]);
    expect(world.conditions()).toEqual([
      `Ready=False RegionOutOfReach: Out of reach: ${ABROAD}; Auth and all other proxies are available`,
      `Reconciling=True RegionOutOfReach: Out of reach: ${ABROAD}`,
    ]);
  });

  it("keeps nothing here from being written when writes there fail", async () => {
    await world.begin();
    world.isFailing = true;
    edit({ proxy: { replicas: 3 } });
    const outcome = await world.reconcile("acme").catch(String);
    expect(outcome).toMatchObject({ unfinished: true });
    expect(specAs<{ replicas: number }>(world.get("Deployment", `proxy-${HOME}`, "tenant-acme")).replicas).toBe(3);
  });

  it("goes with all it had there when the tenant gives it up, as soon as its cluster can be asked", async () => {
    await world.begin();
    world.isAway = true;
    edit({ proxyRegions: [HOME] });
    await world.goOn(3);
    expect(world.status().regions).toEqual([{ name: ABROAD, versions: ["17.2.1"], reachable: false }]);
    world.isAway = false;
    await until("it is gone", () => world.member.get("Namespace", "tenant-acme") === undefined);
    expect(world.member.all("Deployment")).toEqual([]);
    await world.goOn(2);
    expect(world.status().regions).toBeUndefined();
  });

  it.each([["that the tenant has not", [HOME, ABROAD]], ["that the tenant has too", [HOME, ABROAD, MISTAKEN]]])("loses nothing, while out of reach, to a region %s and whose kubeconfig leads to its cluster by mistake", async (_what, proxyRegions) => {
    await world.begin();
    const before = world.abroad();
    world.isAway = true;
    world.mistake();
    edit({ proxyRegions });
    await world.goOn(6);
    expect(world.abroad()).toEqual(expect.arrayContaining([...before]));
    expect(podsOf(world.member, `proxy-${ABROAD}`)).not.toEqual([]);
    expect(world.status().regions?.map(({ name }) => name)).toEqual([...proxyRegions].filter((name) => name !== HOME).sort());
    edit({ proxyRegions: [HOME] });
    await until("what is not wanted is gone", () => world.member.get("Namespace", "tenant-acme") === undefined);
  });

  it.each([
    ["a region that the platform does not have", { proxyRegions: [HOME, "mars-1"] }, "spec.proxyRegions: the platform has no region mars-1: choose of eu-central-1, us-west-2, or add it to regions in the platform's configuration"],
    ["a home in another cluster", { region: ABROAD, proxyRegions: [ABROAD] }, `spec.region "${ABROAD}" is none of the operator's own cluster, where the data is: choose one of us-west-2, or add it to regions in the platform's configuration`],
  ])("is refused: %s", async (_what, spec, message) => {
    await world.begin(spec);
    expect(world.conditions()).toContain(`Stalled=True RegionUnknown: ${message}`);
    expect([...world.all("Deployment"), ...world.member.all("Deployment")]).toEqual([]);
  });
});

describe("a region that goes out of reach in the middle of a major", () => {
  beforeEach(async () => {
    await world.begin();
    await until("Auth goes up", () => world.versionOfAuth() === MAJOR);
    world.isAway = true;
  });

  it("is passed over: Auth and the other region end, the slot is free, and history names what has to follow", async () => {
    await until("the other is there", () => homeVersion() === MAJOR);
    await world.goOn(3);
    expect(world.conditions()).toContain(`Ready=True Upgrading: Upgrading to ${MAJOR}; out of reach: ${ABROAD}`);
    await world.time.advance(VERIFIED_MS);
    await world.goOn(4);
    expect(entry()).toMatchObject({ result: "Succeeded", to: MAJOR, message: `out of reach, and to follow: ${ABROAD}` });
    expect(entry()?.stuckSince).toBeUndefined();
    expect(world.slots()).toEqual([]);
    expect(world.status()).toMatchObject({ version: MAJOR, regions: [{ name: ABROAD, versions: ["17.2.1"], reachable: false }] });
    expect(world.versionAbroad()).toBe("17.2.1");
    expect(world.status().downtime?.since).toBeUndefined();
  });

  it("is no reason to give up, however long it takes", async () => {
    await world.goOn(12);
    await world.time.advance(OVERDUE_MS);
    await world.goOn(6);
    expect(entry()).toMatchObject({ result: "Succeeded", to: MAJOR });
  });

  it("holds the next major, whoever approves it, and no patch", async () => {
    await world.goOnToTheEnd();
    const releases = [MAJOR, "18.1.2", "19.1.0"].map((version) => ({ version, releasedAt: "2026-08-01T00:00:00Z" }));
    const seen = releases.map(({ version, releasedAt }) => ({ version, firstSeenAt: releasedAt }));
    world.put("ReleaseChannel", { name: "stable", generation: 5 }, { spec: { releases, lines: [{ major: 19, open: "Always" }], patch: { minInterval: "0s" } }, status: { releases: seen } });
    await world.reconcile("acme");
    expect(holdsOf("major")).toContain(`VersionUnknown: proxies may still run a major below the tenant's: ${ABROAD} (out of reach)`);
    expect(holdsOf("major")).toContain(`Unhealthy: the tenant is not Ready: ${ABROAD} (out of reach)`);
    expect(holdsOf("patch").filter((hold) => /VersionUnknown|Unhealthy/.test(hold))).toEqual([]);
  });

  it("follows at once when it is back, under the same attempt and never above Auth", async () => {
    await world.goOnToTheEnd();
    const { id } = entry() ?? {};
    world.isAway = false;
    await until("it is there", () => world.versionAbroad() === MAJOR);
    const record = world.member.get("Deployment", `proxy-${ABROAD}`, "tenant-acme")?.metadata.annotations?.[ANNOTATION.attempt] ?? "";
    expect(record).toContain(`"id":"${id}"`);
    await world.goOn(3);
    expect(world.status()).toMatchObject({ version: MAJOR, regions: [{ name: ABROAD, versions: [MAJOR], reachable: true }] });
    expect(world.status().history).toHaveLength(1);
    expect(world.events.filter((reason) => reason.startsWith("Region"))).toEqual(["RegionOutOfReach", "RegionWithinReach"]);
    expect(world.conditions()).toEqual(["Ready=True Available: Auth and every region's Proxy are available"]);
  });

  it("waits for the end of a freeze that pauses what is under way", async () => {
    await world.goOnToTheEnd();
    world.put("Freeze", { name: "red", generation: 1, creationTimestamp: "2026-11-24T02:00:00Z" }, { spec: { from: "2026-11-24T02:00:00Z", until: "2026-11-25T02:00:00Z", tenantSelector: {}, pauseRunning: true, owner: "sre", reason: "an incident" } });
    world.isAway = false;
    await world.goOn(6);
    expect(world.versionAbroad()).toBe("17.2.1");
    world.drop("Freeze", { name: "red" });
    await until("it is there", () => world.versionAbroad() === MAJOR);
  });

  it("waits for its turn while so many others follow, and is woken when there is one", async () => {
    await world.goOnToTheEnd();
    for (let n = 0; n < MOST_FOLLOWING; n += 1) world.env.followTurns.take(`other-${n}`);
    world.isAway = false;
    await world.goOn(6);
    expect(world.versionAbroad()).toBe("17.2.1");
    expect(world.conditions()).toContain(`Reconciling=True RegionBehind: Waiting, behind other tenants, to follow to the tenant's version: ${ABROAD}`);
    world.env.followTurns.leave("other-0");
    expect(world.woken).toEqual(["acme"]);
    await until("it is there", () => world.versionAbroad() === MAJOR);
    expect(world.env.followTurns.take("another")).toBe(false);
    await world.goOn(4);
    expect(world.env.followTurns.take("another")).toBe(true);
  });

  it("gives its turn back when it goes away again", async () => {
    await world.goOnToTheEnd();
    for (let n = 1; n < MOST_FOLLOWING; n += 1) world.env.followTurns.take(`other-${n}`);
    world.isAway = false;
    await until("it is asked for", () => world.versionAbroad() === MAJOR, (name) => name !== `proxy-${ABROAD}`);
    await world.goOn(2, (name) => name !== `proxy-${ABROAD}`);
    expect(world.env.followTurns.take("another")).toBe(false);
    world.isAway = true;
    await world.goOn(1);
    expect(world.woken).toEqual(["another"]);
  });

  it("goes on with what it was at when the process ended, whoever else has turns", async () => {
    await world.goOnToTheEnd();
    world.isAway = false;
    await until("it is asked for", () => world.versionAbroad() === MAJOR, (name) => name !== `proxy-${ABROAD}`);
    world.restart();
    for (let n = 1; n < MOST_FOLLOWING; n += 1) world.env.followTurns.take(`other-${n}`);
    await world.goOn(1, (name) => name !== `proxy-${ABROAD}`);
    expect(world.env.followTurns.take("another")).toBe(false);
  });

  it("waits below an Auth that is not there yet", async () => {
    await world.goOnToTheEnd();
    const auth = world.get("Deployment", "auth", "tenant-acme");
    world.put("Deployment", auth?.metadata ?? { name: "" }, { spec: auth?.spec, status: { ...statusAs(auth), availableReplicas: 0 } });
    world.isAway = false;
    await world.reconcile("acme");
    expect(world.versionAbroad()).toBe("17.2.1");
  });

  it("takes its turn again in the same attempt when it is back before the end", async () => {
    await world.goOn(2, (name) => name !== `proxy-${HOME}`);
    world.isAway = false;
    await world.goOnToTheEnd();
    await world.goOn(8);
    expect(world.versionAbroad()).toBe(MAJOR);
    expect(entry()).toMatchObject({ result: "Succeeded" });
    expect(entry()?.message).toBeUndefined();
  });

  it("goes on in the attempt even if all status is lost meanwhile", async () => {
    await world.goOnToTheEnd();
    const tenant = world.get("Tenant", "acme");
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: tenant?.spec });
    world.restart();
    await world.goOn(5);
    expect(world.status()).toMatchObject({ version: MAJOR, regions: [{ name: ABROAD, versions: [], reachable: false }] });
    world.isAway = false;
    await until("it is there", () => world.versionAbroad() === MAJOR);
  });
});

describe("a patch", () => {
  beforeEach(async () => {
    await world.begin();
    offerPatch();
  });

  it("says that a region may run it before it is asked to", async () => {
    await until("it was said", () => world.status().upgrade?.asked !== undefined);
    expect(world.status().upgrade?.asked).toEqual([ABROAD]);
    expect(world.versionAbroad()).toBe("17.2.1");
  });

  it("begins and ends while a region is out of reach", async () => {
    world.isAway = true;
    await world.goOnToTheEnd();
    expect(entry()).toMatchObject({ result: "Succeeded", to: PATCH, message: `out of reach, and to follow: ${ABROAD}` });
  });

  it("that Auth does not come up with goes back, though a region that was not asked is out of reach", async () => {
    world.isAway = true;
    await until("Auth was rolled", () => world.versionOfAuth() === PATCH, (name) => name !== "auth");
    await world.goOn(2, (name) => name !== "auth");
    await world.time.advance(OVERDUE_MS);
    await world.goOn(8, (name) => name !== "auth" || world.versionOfAuth() !== PATCH);
    await world.goOn(3);
    expect(world.versionOfAuth()).toBe("17.2.1");
    expect(entry()).toMatchObject({ result: "RolledBack" });
  });

  it("does not go back for the time that a region took before it went out of reach", async () => {
    await until("the region abroad was rolled", () => world.versionAbroad() === PATCH, (name) => name !== `proxy-${ABROAD}`);
    await world.time.advance(OVERDUE_MS - 60_000);
    world.isAway = true;
    await until("the home region was rolled", () => homeVersion() === PATCH, (name) => name === "auth");
    await world.time.advance(120_000);
    await world.goOn(3);
    expect(world.status().upgrade?.step).toBe("Verify");
  });

  it("that has to go back leaves Auth above a region that may run it, until that can be seen", async () => {
    const broken = (name: string) => name !== `proxy-${HOME}`;
    await until("the region abroad was rolled", () => world.versionAbroad() === PATCH, broken);
    await until("the home region was rolled", () => homeVersion() === PATCH, broken);
    world.isAway = true;
    await world.goOn(2, broken);
    await world.time.advance(OVERDUE_MS);
    await world.goOn(10);
    expect(homeVersion()).toBe("17.2.1");
    expect(world.versionOfAuth()).toBe(PATCH);
    expect(world.status().upgrade).toMatchObject({ step: "RollBack" });
    world.isAway = false;
    await until("all is back", () => world.versionOfAuth() === "17.2.1");
    await until("it ended", () => entry() !== undefined);
    expect([world.versionAbroad(), entry()?.result]).toEqual(["17.2.1", "RolledBack"]);
  });
});

describe("a tenant that is switched off or deleted", () => {
  beforeEach(async () => {
    await world.begin();
    world.isAway = true;
  });

  it("keeps its Auth until proxies out of reach are known to be down", async () => {
    edit({ suspend: true });
    await world.goOn(5);
    expect(podsOf(world, "auth")).toHaveLength(1);
    expect(world.conditions().join()).toContain(`proxies before Auth; out of reach: ${ABROAD}`);
    world.isAway = false;
    await until("it is off", () => world.status().phase === "Suspended");
    expect([podsOf(world, "auth"), podsOf(world.member, `proxy-${ABROAD}`)]).toEqual([[], []]);
  });

  it("keeps its Auth though the region was given up before its cluster went out of reach", async () => {
    world.isAway = false;
    await world.goOnToTheEnd();
    edit({ proxyRegions: [HOME] });
    await world.reconcile("acme"); // its pods are still ending
    world.isAway = true;
    edit({ proxyRegions: [HOME], suspend: true });
    await world.goOn(6);
    expect(world.status().regions).toMatchObject([{ name: ABROAD, reachable: false }]);
    expect(podsOf(world, "auth")).toHaveLength(1);
    world.isAway = false;
    await until("it is off", () => world.status().phase === "Suspended");
    expect([podsOf(world.member, `proxy-${ABROAD}`), world.status().regions]).toEqual([[], undefined]);
  });

  const lapses = async (): Promise<void> => {
    edit({ ...specAs<object>(world.get("Tenant", "acme")), subscription: { lapsedAt: "2026-11-01T00:00:00Z", retention: "168h" } });
    await world.goOn(3);
    await world.time.advance(8 * DAY);
    await world.goOn(8);
  };

  it("keeps what is left of a lapsed tenant until the region can be asked, and says so", async () => {
    await lapses();
    expect(world.conditions()[0]).toBe(`Ready=False Purging: The subscription lapsed, and all that the tenant has is being deleted; out of reach: ${ABROAD}`);
    expect([podsOf(world, "auth").length, world.get("Namespace", "tenant-acme") === undefined]).toEqual([1, false]);
    world.isAway = false;
    await until("it is a tombstone", () => world.status().phase === "Purged");
    expect([world.member.get("Namespace", "tenant-acme"), world.status().regions]).toEqual([undefined, undefined]);
  });

  it("waits with that for a region that was given up as well", async () => {
    edit({ proxyRegions: [HOME] });
    await lapses();
    expect(world.status()).toMatchObject({ phase: "Purging", regions: [{ name: ABROAD, reachable: false }] });
    world.isAway = false;
    await until("it is a tombstone", () => world.status().phase === "Purged");
    expect(world.member.get("Namespace", "tenant-acme")).toBeUndefined();
  });

  it("waits for the region, and leaves nothing there", async () => {
    const tenant = world.get("Tenant", "acme");
    world.put("Tenant", { ...tenant?.metadata, name: OWNER.name, deletionTimestamp: "2026-11-24T02:10:00Z", annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec: tenant?.spec, status: tenant?.status });
    await world.goOn(5);
    expect(world.conditions()[0]).toBe(`Ready=False Terminating: The tenant is being torn down: proxies, Auth, then everything else with its namespace; out of reach: ${ABROAD}`);
    expect(podsOf(world, `proxy-${HOME}`)).toEqual([]);
    expect(podsOf(world, "auth")).toHaveLength(1);
    world.isAway = false;
    await world.goOn(8);
    expect(world.get("Tenant", "acme")?.metadata.finalizers).toEqual([]);
    expect(world.member.get("Namespace", "tenant-acme")).toBeUndefined();
  });
});
