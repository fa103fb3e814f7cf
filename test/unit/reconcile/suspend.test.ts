import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, type TenantStatus } from "../../../src/api/index.ts";
import { TEMPLATE_REVISION } from "../../../src/domain/objects/platform.ts";
import { preflightName } from "../../../src/domain/objects/preflight-job.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { slotOf, upgradeOf } from "../../fixtures/attempt.ts";
import { podsOf, runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec, type TenantSpecInput } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const NAMES = ["auth", "proxy-eu-central-1", "proxy-us-west-2"];
const REGIONS = ["us-west-2", "eu-central-1"];
const LOOKS = 12;
/** At most so many writes does one look at this tenant take; each object counts, changed or not. */
const WRITES = 14;

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:05:00Z"));
  publish("17.2.1");
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  edit();
  await settle();
});

function publish(...versions: readonly string[]): void {
  const status = { releases: versions.map((version) => ({ version, firstSeenAt: "2026-10-01T00:00:00Z" })) };
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: versions.map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" })) }, status });
}

function edit(spec: TenantSpecInput = {}, more: Partial<TenantStatus> = {}): void {
  const kept = statusAs<TenantStatus>(world.get("Tenant", "acme"));
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ proxyRegions: REGIONS, ...spec }), status: { ...kept, ...more } });
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const condition = (type: string) => status().conditions?.find((each) => each.type === type);
const deployment = (name: string) => world.get("Deployment", name, NAMESPACE);
const sizes = () => NAMES.map((name) => specAs<{ replicas: number }>(deployment(name)).replicas);
const templates = () => NAMES.map((name) => [deployment(name)?.metadata.annotations?.[ANNOTATION.podTemplate], specAs<{ template: unknown }>(deployment(name)).template]);
const codes = () => [status().lanes?.patch, status().lanes?.major].map((lane) => (lane?.holds ?? []).map(({ code }) => code));

/** Looks, and lets pods follow, until all is quiet. */
async function settle(): Promise<void> {
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme");
    runPods(world);
  }
}

describe("suspending", () => {
  it("takes the proxies down, then Auth, and keeps everything else as it is", async () => {
    const before = { templates: templates(), kept: keptObjects() };
    edit({ suspend: true });
    await world.reconcile("acme");
    expect([sizes(), status().phase, condition("Reconciling")?.reason]).toEqual([[1, 0, 0], "Suspending", "Suspending"]);
    await world.reconcile("acme");
    expect(sizes()).toEqual([1, 0, 0]); // the proxies' pods are still there
    runPods(world);
    await world.reconcile("acme");
    expect(sizes()).toEqual([0, 0, 0]);
    runPods(world);
    await world.reconcile("acme");
    expect(status()).toMatchObject({ phase: "Suspended", version: "17.2.1", templateRevision: TEMPLATE_REVISION });
    expect([condition("Ready"), condition("Reconciling"), condition("Stalled")]).toMatchObject([{ status: "False", reason: "Suspended" }, undefined, undefined]);
    expect({ templates: templates(), kept: keptObjects() }).toEqual(before);
    expect(codes().map((each) => each.includes("Suspended"))).toEqual([true, true]);
    expect(world.events.filter((event) => event === "Suspended")).toHaveLength(1);
  });

  it("writes nothing more once all is down, and comes back for nothing but its lanes", async () => {
    edit({ suspend: true });
    await settle();
    const [version, outcome] = [world.get("Tenant", "acme")?.metadata.resourceVersion, await world.reconcile("acme")];
    expect([world.get("Tenant", "acme")?.metadata.resourceVersion, outcome.settling]).toEqual([version, false]);
  });

  it("reads no inventory until the tenant is up again", async () => {
    edit({ suspend: true });
    await settle();
    const read = world.inventories.length;
    await world.time.advance(24 * 3_600_000);
    await settle();
    expect(world.inventories).toHaveLength(read);
    edit();
    await settle();
    expect(world.inventories.length).toBeGreaterThan(read);
  });

  it("ends an attempt that was claimed and has not begun, and starts none though its window is open", async () => {
    publish("17.2.1", "17.2.3");
    edit({ suspend: true }, { upgrade: upgradeOf() });
    await settle();
    expect(status()).toMatchObject({ phase: "Suspended", version: "17.2.1", history: [{ result: "Aborted", message: "Suspended: spec.suspend is set" }] });
    expect(status().upgrade).toBeUndefined();
    expect(codes()[0]).toContain("Suspended");
  });

  it("ends one whose slot was claimed in the same moment", async () => {
    publish("17.2.1", "17.2.3");
    const channel = world.get("ReleaseChannel", "stable");
    world.put("ReleaseChannel", { name: "stable" }, { spec: channel?.spec, status: { ...statusAs<object>(channel), slots: [slotOf({ uid: OWNER.uid })] } });
    edit({ suspend: true });
    await settle();
    expect(status()).toMatchObject({ phase: "Suspended", history: [{ id: slotOf().attempt, result: "Aborted" }] });
  });

  it("waits for an attempt past its first write, which goes on to its end", async () => {
    publish("17.2.1", "17.2.3");
    await begin();
    edit({ suspend: true });
    await world.reconcile("acme");
    expect([status().phase, sizes()]).toEqual(["Upgrading", [1, 2, 2]]);
    for (let n = 0; n < 4; n += 1) await settle().then(() => world.time.advance(121_000));
    expect(status()).toMatchObject({ phase: "Suspended", version: "17.2.3", history: [{ result: "Succeeded" }] });
    expect(sizes()).toEqual([0, 0, 0]);
  });
});

/** An attempt has written Auth; its pods run. */
async function begin(): Promise<void> {
  const upgrade = upgradeOf({ step: "Preflight" });
  const job = { name: preflightName(upgrade.id, "acme"), namespace: NAMESPACE, labels: ownerLabels(OWNER) };
  world.put("Job", job, { status: { conditions: [{ type: "Complete", status: "True" }] } });
  edit({}, { upgrade });
  for (let n = 0; n < 3; n += 1) await world.reconcile("acme");
  expect(deployment("auth")?.metadata.annotations?.[ANNOTATION.version]).toBe("17.2.3");
}

describe("resuming", () => {
  beforeEach(async () => {
    edit({ suspend: true });
    await settle();
  });

  it("brings Auth up first, and the proxies when it is available, each with the template it had", async () => {
    const before = templates();
    publish("17.2.1", "17.2.3");
    edit();
    await world.reconcile("acme");
    expect([sizes(), status().phase, codes()[0]]).toEqual([[1, 0, 0], "Resuming", ["Suspended"]]);
    await world.reconcile("acme");
    expect(sizes()).toEqual([1, 0, 0]);
    runPods(world, (name) => name === "auth");
    await world.reconcile("acme");
    expect(sizes()).toEqual([1, 2, 2]);
    runPods(world);
    await world.reconcile("acme");
    expect(status()).toMatchObject({ phase: "Active", version: "17.2.1", conditions: [{ type: "Ready", status: "True" }] });
    expect(templates()).toEqual(before);
    expect(world.events.filter((event) => event === "Resumed")).toHaveLength(1);
  });

  it("takes the sizes and regions that were set meanwhile", async () => {
    edit({ suspend: true, proxy: { replicas: 5 }, proxyRegions: ["us-west-2", "ap-south-1"] });
    await settle();
    const all = () => world.all("Deployment").map(({ metadata, spec }) => `${metadata.name} ${(spec as { replicas: number }).replicas}`).sort(); // Deployments
    expect([all(), status().phase]).toEqual([["auth 0", "proxy-ap-south-1 0", "proxy-us-west-2 0"], "Suspended"]);
    edit({ proxy: { replicas: 5 }, proxyRegions: ["us-west-2", "ap-south-1"] });
    await world.reconcile("acme");
    expect(all()).toEqual(["auth 1", "proxy-ap-south-1 0", "proxy-us-west-2 0"]);
    await settle();
    expect([all(), podsOf(world, "proxy-ap-south-1").length]).toEqual([["auth 1", "proxy-ap-south-1 5", "proxy-us-west-2 5"], 5]);
  });

  it("says again which agents are behind though status is lost", async () => {
    const agents = { total: 1, behind: [{ id: "a", hostname: "host-a", version: "16.4.0", lastSeenAt: "2026-11-24T02:00:00Z" }], behindCount: 1 };
    world.env.memory.noteRead(OWNER.uid, { kind: "complete", readAt: at("2026-11-24T02:05:00Z"), askedAt: at("2026-11-24T02:05:00Z") }, agents);
    edit({ suspend: true });
    await settle();
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ proxyRegions: REGIONS, suspend: true }), status: {} });
    await settle();
    expect(status().agents).toEqual(agents);
  });

  it("knows the version though status is lost", async () => {
    publish("17.2.1", "17.2.3");
    world.put("Tenant", { name: OWNER.name }, { spec: tenantSpec({ proxyRegions: REGIONS, suspend: true }) });
    await settle();
    expect(status()).toMatchObject({ phase: "Suspended", version: "17.2.1" });
  });
});

it("a tenant that is made switched off is prepared, and provisioned when it is resumed", async () => {
  for (const kind of ["Deployment", "Pod", "Namespace", "PersistentVolumeClaim"] as const) for (const object of world.all(kind)) world.drop(kind, object.metadata);
  world.put("Tenant", { name: OWNER.name }, { spec: tenantSpec({ proxyRegions: REGIONS, suspend: true }) });
  await settle();
  expect([status().phase, status().version, sizes(), world.all("Pod")]).toEqual(["Suspended", undefined, [0, 0, 0], []]);
  edit();
  await settle();
  expect(status()).toMatchObject({ phase: "Active", version: "17.2.1" });
});

describe("a crash at any write", () => {
  it.each(["before", "after"] as const)("%s it, on the way down and up again, ends where it ends undisturbed", async (when) => {
    for (let n = 1; n <= 3 * WRITES; n += 1) {
      for (const suspend of [true, false]) {
        edit({ suspend });
        world.crashAt(n, when);
        for (let look = 0; look < LOOKS; look += 1) {
          await world.reconcile("acme").catch(() => world.restart());
          runPods(world);
        }
        world.restart();
        await settle();
        expect([n, sizes(), status().phase]).toEqual([n, suspend ? [0, 0, 0] : [1, 2, 2], suspend ? "Suspended" : "Active"]);
      }
    }
  });
});

/** What is neither a Deployment, nor a pod, nor the tenant itself. */
function keptObjects() {
  return (["Namespace", "Service", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim"] as const).flatMap((kind) => world.all(kind).map(({ metadata, spec }) => ({ kind, name: metadata.name, spec, annotations: metadata.annotations })));
}
