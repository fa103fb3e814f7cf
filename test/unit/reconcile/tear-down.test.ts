import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, LABEL, type TenantStatus } from "../../../src/api/index.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const LOOKS = 12;
const PROXIES = ["remove Deployment proxy-eu-central-1", "remove Deployment proxy-us-west-2"];
const LAST = ["remove ClusterRoleBinding tenant-acme-token-review", "finalizers Tenant acme"];
const ALL = [...PROXIES, "remove Deployment auth", "remove Namespace tenant-acme", ...LAST];

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:05:00Z"));
  const releases = ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: releases.slice(0, 1) } });
  put();
  await run();
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases } });
});

function put(spec: object = {}, status: object = {}): void {
  const kept = statusAs<TenantStatus>(world.get("Tenant", "acme"));
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ proxyRegions: ["us-west-2", "eu-central-1"], ...spec }), status: { ...kept, ...status } });
}

function confirm(): void {
  const { spec, status } = world.get("Tenant", "acme") ?? {};
  world.put("Tenant", { name: OWNER.name, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec, status });
}

const isGone = () => world.get("Tenant", "acme")?.metadata.finalizers?.length === 0;

/** Looks, and lets pods follow, until all is quiet; what was removed, in order. A look that crashes is followed by a new process. */
async function run(): Promise<readonly string[]> {
  const removed: string[] = [];
  for (let n = 0; n < LOOKS && !isGone(); n += 1) {
    await world.reconcile("acme").catch(() => world.restart());
    removed.push(...world.written.filter((write) => !write.startsWith("apply")));
    runPods(world);
  }
  return removed;
}

describe("a tenant whose deletion is confirmed goes", () => {
  it("in order: proxies, Auth when their last pod has ended, then the namespace with the data, then what it has outside of it, then the tenant", async () => {
    confirm();
    const removed: string[][] = [];
    for (const pod of [...world.all("Pod")].sort((a, b) => (a.metadata.name < b.metadata.name ? 1 : -1))) {
      await world.reconcile("acme");
      removed.push([...world.written]);
      world.drop("Pod", pod.metadata); // proxies' first
    }
    expect(removed).toEqual([PROXIES, [], [], [], ["remove Deployment auth"]]);
    expect(world.get("Namespace", NAMESPACE)).toBeDefined();
    expect(await run()).toEqual(["remove Namespace tenant-acme", ...LAST]);
  });

  it("and says so while it goes", async () => {
    confirm();
    await world.reconcile("acme");
    const status = statusAs<TenantStatus>(world.get("Tenant", "acme"));
    expect([status.phase, status.version]).toEqual(["Terminating", "17.2.1"]);
    expect(status.conditions).toMatchObject([{ type: "Ready", status: "False", reason: "Terminating" }, { type: "Reconciling", status: "True", reason: "Terminating" }]);
    const { resourceVersion } = world.get("Tenant", "acme")?.metadata ?? {};
    await world.reconcile("acme");
    expect(world.get("Tenant", "acme")?.metadata.resourceVersion).toBe(resourceVersion);
  });

  it("and leaves a binding of its name alone that is somebody else's", async () => {
    world.put("ClusterRoleBinding", { name: "tenant-acme-token-review", uid: "theirs", labels: { ...ownerLabels(OWNER), [LABEL.tenantUid]: "another" } });
    confirm();
    expect(await run()).toEqual(ALL.filter((write) => !write.includes("ClusterRoleBinding")));
    expect(world.all("ClusterRoleBinding")).toHaveLength(1);
  });

  it("while it is switched off", async () => {
    put({ suspend: true });
    for (let n = 0; n < LOOKS; n += 1) await world.reconcile("acme").then(() => runPods(world));
    expect([statusAs<TenantStatus>(world.get("Tenant", "acme")).phase, world.all("Pod")]).toEqual(["Suspended", []]);
    confirm();
    expect(await run()).toEqual(ALL);
  });

  it.each(["Preflight", "Auth"] as const)("while an attempt is at %s, whose Job goes with the namespace and is not waited for", async (step) => {
    put({}, { upgrade: upgradeOf({ step, ...(step === "Auth" && { disruptiveAt: "2026-11-24T02:05:00Z" }) }) });
    await world.reconcile("acme");
    const labels = { ...ownerLabels(OWNER), [LABEL.component]: "preflight" };
    confirm();
    const removed: string[] = [];
    for (let n = 0; n < LOOKS && !isGone(); n += 1) {
      world.put("Pod", { name: "preflight-x", namespace: NAMESPACE, labels }, { status: { phase: "Pending" } });
      await world.reconcile("acme");
      removed.push(...world.written);
      runPods(world);
    }
    expect(removed).toEqual(ALL);
  });

  it.each(["before", "after"] as const)("all the same if the process crashes at any write, %s it: nothing twice, nothing left", async (when) => {
    for (let n = 1; n <= ALL.length + 1; n += 1) {
      world.restart();
      confirm();
      world.crashAt(n, when);
      expect([n, await run()]).toEqual([n, ALL]);
      world.put("Tenant", { name: OWNER.name, finalizers: [] }); // for the next one: as new
      for (const kind of ["Tenant", "Pod", "Service", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim", "Job"] as const) for (const object of world.all(kind)) world.drop(kind, object.metadata);
      world.restart();
      put();
      await run();
    }
  });
});
