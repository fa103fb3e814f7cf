import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, LABEL, type TenantStatus } from "../../../src/api/index.ts";
import type { KindName, LiveObject } from "../../../src/reconcile/ports.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { preflightName } from "../../../src/domain/objects/preflight-job.ts";
import { MINUTE } from "../../../src/domain/time.ts";
import { slotOf, upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const LOOKS = 8;
const NEW = "uid-of-the-new-one";
const PORTS = [{ address: "203.0.113.7", first: 11_105, last: 11_204 }];
const OWNED = ["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ClusterRoleBinding", "ConfigMap", "PersistentVolumeClaim", "Service", "PodDisruptionBudget", "Deployment"] as const;

const RELEASES = ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:05:00Z"));
  world.env = { ...world.env, platform: { ...PLATFORM, ports: PORTS } };
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES } });
  put(OWNER.uid, {}, { initialVersion: "17.2.1" });
  await run();
  world.put("PersistentVolumeClaim", { ...(world.get("PersistentVolumeClaim", "auth-data", NAMESPACE)?.metadata ?? { name: "" }), name: "restore-20261101t000000z" }, { spec: { accessModes: ["ReadWriteOnce"], volumeName: "pv-1" } });
  // As somebody does who takes its finalizer off.
  world.drop("Tenant", { name: OWNER.name });
});

/** A Tenant as it comes out of Git: without status. */
function put(uid: string, annotations: Record<string, string> = {}, spec: object = {}): void {
  const { status, metadata } = world.get("Tenant", OWNER.name) ?? {};
  world.put("Tenant", { name: OWNER.name, uid, generation: 1, ...(metadata?.finalizers && { finalizers: metadata.finalizers }), annotations }, { spec: tenantSpec(spec), status });
}

async function run(): Promise<readonly string[]> {
  const written: string[] = [];
  for (let n = 0; n < LOOKS && world.get("Tenant", OWNER.name)?.metadata.finalizers?.length !== 0; n += 1) {
    await world.reconcile(OWNER.name).catch(() => world.restart());
    written.push(...world.written);
    runPods(world);
  }
  return written;
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", OWNER.name));
const condition = (type: string) => status().conditions?.find((each) => each.type === type);
const uidOf = ({ metadata }: LiveObject) => metadata.labels?.[LABEL.tenantUid];
const owned = (kind: KindName = "Namespace") => world.all(kind).filter(({ metadata }) => metadata.labels?.[LABEL.tenant] === OWNER.name);
const uids = () => [...new Set(OWNED.flatMap((kind) => owned(kind).map(uidOf)))];
const templates = () => owned("Deployment").map((object) => specAs<{ template: unknown }>(object).template);
const versionOf = (name: string) => world.get("Deployment", name, NAMESPACE)?.metadata.annotations?.[ANNOTATION.version];
const served = () => owned("Deployment").map(({ metadata, spec }) => [metadata.name, metadata.generation, spec]);

describe("a Tenant made anew for what an earlier one of its name has left", () => {
  it("touches nothing, and says how it is taken over, not that it is removed", async () => {
    put(NEW, {}, { initialVersion: "17.2.1" });
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(uids()).toEqual([OWNER.uid]);
    expect([condition("Stalled")?.reason, status().version, status().endpoints?.ports]).toEqual(["ObjectNotOurs", undefined, undefined]);
    const { message = "" } = condition("Stalled") ?? {};
    expect(message).toBe(`Namespace "${NAMESPACE}" belongs to an earlier Tenant acme (uid ${OWNER.uid}) and holds its data: do not delete it. To take it over: kubectl annotate tenant acme ${ANNOTATION.adopt}=${OWNER.uid}`);
  });

  it("touches nothing with a uid that is not the one that they carry, and says so", async () => {
    put(NEW, { [ANNOTATION.adopt]: "another" });
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(uids()).toEqual([OWNER.uid]);
    expect(condition("Stalled")?.message).toContain(`${ANNOTATION.adopt} names another uid, another. To take it over: kubectl annotate tenant acme --overwrite ${ANNOTATION.adopt}=${OWNER.uid}`);
  });

  it("touches nothing that is labelled with another Tenant's name", async () => {
    world.put("Namespace", { name: NAMESPACE, labels: { [LABEL.tenant]: "gravity", [LABEL.tenantUid]: OWNER.uid } });
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(condition("Stalled")?.message).toBe(`Namespace "${NAMESPACE}" exists already and is not this tenant's: remove it, or rename the tenant`);
  });

  it.each([
    ["while a Tenant with that uid is there", () => world.put("Tenant", { name: "gravity", uid: OWNER.uid }, { spec: tenantSpec({ domain: "gravity.teleport.example" }) })],
    ["while its namespace is being deleted", () => world.put("Namespace", { name: NAMESPACE, deletionTimestamp: "2026-11-24T02:05:00Z" })],
  ])("touches nothing %s", async (_when, happen) => {
    happen();
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(condition("Stalled")?.message).toContain("It is not taken over while it is being deleted, nor while a Tenant with that uid is there");
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a status that somebody kept", async () => world.put("Tenant", { name: OWNER.name, uid: NEW, generation: 1, annotations: { [ANNOTATION.adopt]: OWNER.uid } }, { spec: tenantSpec(), status: { version: "17.2.1", phase: "Active" } })],
    ["its own status", () => (put(NEW, { [ANNOTATION.adopt]: OWNER.uid }), run())],
  ])("makes none either, though %s says that it was there", async (_whose, happen) => {
    await happen();
    for (const kind of OWNED) for (const { metadata } of owned(kind)) world.drop(kind, metadata);
    expect((await run()).filter((each) => !/^(finalizers|erase status)/.test(each))).toEqual([]);
    expect([condition("Stalled")?.reason, owned()]).toEqual(["NothingToAdopt", []]);
  });

  it("makes none with other storage, in which its next pods would come up empty", async () => {
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid }, { storage: { type: "AWS" } });
    const before = served();
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(condition("Stalled")?.message).toContain("create it with the storage of before");
    expect([served(), uids()]).toEqual([before, [OWNER.uid]]);
  });

  it("leaves what it has not taken over yet to whom it is when it is deleted", async () => {
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid, [ANNOTATION.confirmDelete]: NEW });
    const { spec } = world.get("Tenant", OWNER.name) ?? {};
    world.put("Tenant", { name: OWNER.name, uid: NEW, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.adopt]: OWNER.uid, [ANNOTATION.confirmDelete]: NEW } }, { spec });
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(uids()).toEqual([OWNER.uid]);
  });

  it("makes no empty tenant in the place of one that it is to take over and that is not there", async () => {
    for (const kind of OWNED) for (const { metadata } of owned(kind)) world.drop(kind, metadata);
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    expect(await run()).toEqual([`finalizers Tenant ${OWNER.name}`]);
    expect(condition("Stalled")?.reason).toBe("NothingToAdopt");
    put(NEW, {});
    await run();
    expect([condition("Ready")?.status, uids()]).toEqual(["True", [NEW]]);
  });
});

describe("a Tenant that takes over what an earlier one of its name has left", () => {
  it("has all of it as after a lost status: version, ports, pods and volumes are what they were", async () => {
    const [before, pods] = [served(), world.all("Pod").map(({ metadata }) => metadata.uid)];
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    const written = await run();
    expect(uids()).toEqual([NEW]);
    expect(written.filter((write) => write.startsWith("create") || write.startsWith("remove"))).toEqual([]);
    expect([served(), world.all("Pod").map(({ metadata }) => metadata.uid)]).toEqual([before, pods]);
    expect([status().version, status().phase, status().endpoints?.ports?.ssh, condition("Ready")?.status, condition("Stalled")]).toEqual(["17.2.1", "Active", 11_105, "True", undefined]);
    expect(owned()[0]?.metadata.annotations).toMatchObject({ [ANNOTATION.formerUids]: OWNER.uid, [ANNOTATION.version]: "17.2.1" });
    expect(world.get("PersistentVolumeClaim", "restore-20261101t000000z", NAMESPACE)?.spec).toEqual({ accessModes: ["ReadWriteOnce"], volumeName: "pv-1" });
  });

  it("is quiet afterwards, has no news for its pods, and needs the annotation no more", async () => {
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES.slice(0, 1) } });
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    await run();
    put(NEW, {});
    await run();
    world.written.length = 0;
    const { resourceVersion } = world.get("Tenant", OWNER.name)?.metadata ?? {};
    expect((await run()).filter((write) => write.includes("PersistentVolumeClaim"))).toEqual([]);
    expect(world.get("Tenant", OWNER.name)?.metadata.resourceVersion).toBe(resourceVersion);
    expect([condition("Ready")?.status, status().lanes?.patch?.target, condition("Progressing")]).toEqual(["True", undefined, undefined]);
  });

  it("believes what its objects record before what its own status says", async () => {
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    const { metadata, spec } = world.get("Tenant", OWNER.name) ?? { metadata: { name: OWNER.name } };
    world.put("Tenant", metadata, { spec, status: { version: "16.4.0", observedGeneration: 1 } });
    await run();
    expect([status().version, templates().length]).toEqual(["17.2.1", 2]);
  });

  it("goes on with an attempt that was under way, and gives no pod anything twice", async () => {
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: "2026-11-24T02:05:00Z" });
    world.put("MaintenanceWindow", { name: "tuesday" }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", lanes: ["Patch", "Major"], tenantSelector: {} } });
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES }, status: { slots: [slotOf()] } });
    world.put("Job", { name: preflightName(upgrade.id, OWNER.name), namespace: NAMESPACE, labels: ownerLabels(OWNER) }, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1, finalizers: [FINALIZER] }, { spec: tenantSpec(), status: { version: "17.2.1", observedGeneration: 1, upgrade } });
    await world.reconcile(OWNER.name);
    runPods(world);
    world.drop("Tenant", { name: OWNER.name });
    expect([versionOf("auth"), versionOf("proxy-us-west-2")]).toEqual(["17.2.3", "17.2.1"]);
    const generation = world.get("Deployment", "auth", NAMESPACE)?.metadata.generation;
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    await run();
    await world.time.advance(10 * MINUTE);
    await run();
    expect([versionOf("auth"), versionOf("proxy-us-west-2"), uids(), world.get("Deployment", "auth", NAMESPACE)?.metadata.generation]).toEqual(["17.2.3", "17.2.3", [NEW], generation]);
  });

  it("may be taken over again, and goes on under the uid of the first", async () => {
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    await run();
    const [before, configMaps] = [served(), owned("ConfigMap").map(({ data }) => data)];
    world.drop("Tenant", { name: OWNER.name });
    put("the third", { [ANNOTATION.adopt]: NEW });
    await run();
    expect([uids(), served(), owned("ConfigMap").map(({ data }) => data)]).toEqual([["the third"], before, configMaps]);
    expect(owned()[0]?.metadata.annotations?.[ANNOTATION.formerUids]).toBe(`${OWNER.uid},${NEW}`);
  });

  it("takes nothing over for a Tenant that is gone by now, unseen", async () => {
    put(NEW, { [ANNOTATION.adopt]: "another" });
    await run();
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    world.freeze("Tenant", { name: OWNER.name });
    world.drop("Tenant", { name: OWNER.name });
    const why = await world.reconcile(OWNER.name).then(String, String);
    expect([uids(), why]).toEqual([[OWNER.uid], expect.stringContaining("the tenant is another one by now, or gone")]);
  });

  it.each(["before", "after"] as const)("comes to its end whatever crashes %s any write", async (when) => {
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    for (let n = 1; n <= 12; n += 1) {
      world.crashAt(n, when);
      await world.reconcile(OWNER.name).catch(() => undefined);
      world.restart();
    }
    await run();
    expect([uids(), status().version, status().endpoints?.ports?.ssh, owned("ConfigMap").filter(({ metadata }) => metadata.namespace === "slacktide")]).toMatchObject([[NEW], "17.2.1", 11_105, [{ metadata: { name: "ports-203.0.113.7-11105" } }]]);
  });

  it("begins a lapse anew that the earlier one was seen to have", async () => {
    const namespace = owned()[0];
    world.put("Namespace", { name: NAMESPACE, annotations: { ...namespace?.metadata.annotations, [ANNOTATION.lapseObservedAt]: "2026-09-01T00:00:00Z" } });
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid }, { subscription: { lapsedAt: "2026-09-01T00:00:00Z", retention: "168h" } });
    await run();
    expect([status().lapse?.observedAt, owned()[0]?.metadata.annotations?.[ANNOTATION.lapseObservedAt], world.purges]).toEqual(["2026-11-24T02:05:00Z", "2026-11-24T02:05:00Z", 0]);
    expect(owned("PersistentVolumeClaim")).toHaveLength(2);
  });

  it("takes all of it down when its deletion is confirmed, its pods first", async () => {
    put(NEW, { [ANNOTATION.adopt]: OWNER.uid });
    await run();
    const { spec, status: said } = world.get("Tenant", OWNER.name) ?? {};
    world.put("Tenant", { name: OWNER.name, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: NEW } }, { spec, status: said });
    await world.reconcile(OWNER.name);
    expect(world.written).toEqual(["remove Deployment proxy-us-west-2"]);
    await world.reconcile(OWNER.name);
    expect(world.written).toEqual([]); // their pods are still there
    expect(await run()).toEqual(["remove Deployment auth", `remove Namespace ${NAMESPACE}`, "remove ClusterRoleBinding tenant-acme-token-review", "apply ConfigMap ports-203.0.113.7-11105", `finalizers Tenant ${OWNER.name}`]);
  });
});
