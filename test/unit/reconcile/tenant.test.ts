import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, LABEL, type TenantStatus } from "../../../src/api/index.ts";
import { preflightName } from "../../../src/domain/objects/preflight-job.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import { OWNED_KINDS } from "../../../src/reconcile/ports.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const NOW = at("2026-11-24T02:05:00Z");
const RELEASES = ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));

let world: World;

beforeEach(() => {
  world = new World(NOW);
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES } });
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
});

function putTenant(metadata: object = {}, more: object = {}): void {
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1, ...metadata }, { spec: tenantSpec(), ...more });
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", OWNER.name));
const stalled = () => status().conditions?.find(({ type }) => type === "Stalled")?.message;
const versionOf = (name: string) => world.get("Deployment", name, NAMESPACE)?.metadata.annotations?.[ANNOTATION.version];

/** But for resourceVersions, which these fixtures raise at every apply. */
const everything = () => OWNED_KINDS.flatMap((kind) => world.all(kind)).map((object) => ({ ...object, metadata: { ...object.metadata, resourceVersion: "" } }));

describe("a status that the API server refuses", () => {
  it("is tried again with the objects as they were, and no event (I17)", async () => {
    const refusal = new KubeError({ what: 'apply status of Tenant "acme"', why: "status.step: Unsupported value", outcome: "refused", status: 422, reason: "Invalid" });
    world.env = { ...world.env, api: { ...world.env.api, applyStatus: () => Promise.reject(refusal) } };
    putTenant();
    await expect(world.reconcile("acme")).rejects.toBe(refusal);
    runPods(world);
    await expect(world.reconcile("acme")).rejects.toBe(refusal);
    const before = everything();
    for (let n = 0; n < 3; n += 1) {
      await world.time.advance(600_000);
      await expect(world.reconcile("acme")).rejects.toBe(refusal);
      // What is applied as it is costs no request.
      expect([world.written.filter((write) => !write.startsWith("apply ")), everything(), world.events]).toEqual([[], before, []]);
    }
  });
});

describe("an object that the API server refuses", () => {
  it("is told by its name, and everything else is made all the same", async () => {
    world.refusals.set("Service auth", 'apply Service "tenant-acme/auth": the quota is used up');
    putTenant();
    await world.reconcile("acme");
    expect(stalled()).toBe('apply Service "tenant-acme/auth": the quota is used up');
    expect(world.written).toContain("apply Deployment auth");
  });

  it("is told in the words of its first refusal: those of a quota count", async () => {
    world.refusals.set("Service auth", "used: 9");
    putTenant();
    await world.reconcile("acme");
    world.refusals.set("Service auth", "used: 10");
    await world.reconcile("acme");
    expect(stalled()).toBe("used: 9");
    world.refusals.delete("Service auth");
    await world.reconcile("acme");
    expect(stalled()).toBeUndefined();
  });

  it("is told while something else is only said", async () => {
    putTenant();
    await world.reconcile("acme");
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: "2026-11-24T02:05:00Z" });
    const job = { name: preflightName(upgrade.id, "acme"), namespace: NAMESPACE, labels: ownerLabels(OWNER) };
    world.put("Job", job, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    putTenant({}, { status: { version: "17.2.1", upgrade } });
    world.refusals.set("Deployment auth", "a policy says no");
    await world.reconcile("acme");
    expect(stalled()).toBe("a policy says no");
    await world.time.advance(61_000);
    await world.reconcile("acme"); // announces it anew
    expect([status().upgrade?.disruptiveAt, stalled()]).toEqual(["2026-11-24T02:06:01Z", "a policy says no"]);
  });

  it("is tried again", async () => {
    world.refusals.set("Service auth", "no");
    putTenant();
    expect(await world.reconcile("acme")).toMatchObject({ unfinished: true });
  });
});

describe("a volume", () => {
  it("is made once; the configuration of the day does not touch it again", async () => {
    putTenant();
    await world.reconcile("acme");
    expect(world.written).toContain("apply PersistentVolumeClaim auth-data");
    await world.reconcile("acme");
    expect(world.written).not.toContain("apply PersistentVolumeClaim auth-data");
  });

  it("is not made anew for a tenant that has served: its data would not be in it", async () => {
    putTenant();
    await world.reconcile("acme");
    runPods(world);
    await world.reconcile("acme");
    const volume = world.get("PersistentVolumeClaim", "auth-data", NAMESPACE);
    world.drop("PersistentVolumeClaim", volume?.metadata ?? { name: "none" });
    await world.reconcile("acme");
    expect(world.get("PersistentVolumeClaim", "auth-data", NAMESPACE)).toBeUndefined();
    expect(status().conditions?.find(({ type }) => type === "Stalled")).toMatchObject({ reason: "VolumeMissing", message: expect.stringContaining('bring back a claim "auth-data" from a backup') });
  });
});

describe("a volume that somebody deletes while Auth has it", () => {
  beforeEach(async () => {
    putTenant({}, { spec: tenantSpec({ initialVersion: "17.2.1" }) });
    for (let n = 0; n < 4; n += 1) await world.reconcile("acme").then(() => runPods(world));
    const volume = world.get("PersistentVolumeClaim", "auth-data", NAMESPACE);
    world.put("PersistentVolumeClaim", { ...volume?.metadata, name: "auth-data", deletionTimestamp: "2026-11-24T02:04:00Z" });
  });

  it("is told of, and nothing starts that would end its pod", async () => {
    await world.reconcile("acme");
    expect(stalled()).toContain('somebody deleted the claim "auth-data"');
    expect(status().lanes?.patch?.holds ?? []).toContainEqual(expect.objectContaining({ code: "Suspended", message: "the volume with its data is being deleted, and would be gone with the pod" }));
    expect(status().upgrade).toBeUndefined();
  });

  it("switches no tenant on that has no pod any more", async () => {
    const auth = world.get("Deployment", "auth", NAMESPACE);
    putTenant({}, { spec: tenantSpec({ initialVersion: "17.2.1", suspend: true }), status: status() });
    world.put("Deployment", auth?.metadata ?? { name: "auth" }, { spec: { ...specAs<object>(auth), replicas: 0 }, status: {} });
    for (const pod of world.all("Pod")) world.drop("Pod", pod.metadata);
    for (let n = 0; n < 3; n += 1) await world.reconcile("acme");
    expect(specAs<{ replicas: number }>(world.get("Deployment", "auth", NAMESPACE)).replicas).toBe(0);
  });

  it("keeps its pod, whoever suspends the tenant", async () => {
    putTenant({}, { spec: tenantSpec({ initialVersion: "17.2.1", suspend: true }), status: status() });
    for (let n = 0; n < 3; n += 1) await world.reconcile("acme");
    expect(specAs<{ replicas: number }>(world.get("Deployment", "auth", NAMESPACE)).replicas).toBe(1);
  });
});

describe("a tenant that was never Active", () => {
  it("leaves a release that was withdrawn", async () => {
    putTenant();
    await world.reconcile("acme");
    expect([versionOf("auth"), versionOf("proxy-us-west-2")]).toEqual(["17.2.3", "17.2.3"]);
    const withdrawn = RELEASES.map((release) => (release.version === "17.2.3" ? { ...release, withdrawn: { reason: "it does not start" } } : release));
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: withdrawn } });
    await world.reconcile("acme");
    expect([versionOf("auth"), versionOf("proxy-us-west-2")]).toEqual(["17.2.1", "17.2.1"]);
  });

  it("says so when there is no other, and is kept as it is", async () => {
    putTenant();
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "18.1.2", releasedAt: "2026-10-01T00:00:00Z" }] } });
    await world.reconcile("acme");
    const releases = [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }];
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases } });
    await world.reconcile("acme");
    expect([versionOf("auth"), stalled()]).toEqual(["18.1.2", 'ReleaseChannel "stable" offers no release to begin with: add one to spec.releases']);
  });
});

describe("what a tenant no longer wants", () => {
  it("goes, the Service of a region before its proxies, also a Service that was left alone", async () => {
    putTenant({}, { spec: tenantSpec({ proxyRegions: ["us-west-2", "eu-central-1"] }) });
    await world.reconcile("acme");
    putTenant({}, { spec: tenantSpec() });
    world.put("Service", { name: "proxy-ap-south-1", namespace: NAMESPACE, labels: ownerLabels(OWNER) });
    world.put("Service", { name: "somebody-elses", namespace: NAMESPACE, labels: { [LABEL.tenant]: "acme" } });
    await world.reconcile("acme");
    expect(world.written.filter((write) => write.startsWith("remove")).sort()).toEqual(["remove Deployment proxy-eu-central-1", "remove PodDisruptionBudget proxy-eu-central-1", "remove Service proxy-ap-south-1", "remove Service proxy-eu-central-1"]);
    expect(world.written.findIndex((write) => write === "remove Service proxy-eu-central-1")).toBeLessThan(world.written.indexOf("remove Deployment proxy-eu-central-1"));
  });

  it("is reached, and reaches Auth, until its last pod has ended", async () => {
    putTenant({}, { spec: tenantSpec({ proxyRegions: ["us-west-2", "eu-central-1"] }) });
    await world.reconcile("acme");
    putTenant({}, { spec: tenantSpec() });
    const pod = { name: "proxy-eu-central-1-0", namespace: NAMESPACE, labels: { ...ownerLabels(OWNER), [LABEL.component]: "proxy-eu-central-1" } };
    world.put("Pod", pod, { status: { phase: "Running" } });
    const proxies = () => JSON.stringify(specAs<{ podSelector: object }>(world.get("NetworkPolicy", "proxy", NAMESPACE)).podSelector);
    for (let n = 0; n < 2; n += 1) await world.reconcile("acme");
    expect([world.get("Deployment", "proxy-eu-central-1", NAMESPACE), proxies()]).toEqual([undefined, expect.stringContaining('["proxy-eu-central-1","proxy-us-west-2"]')]);
    world.drop("Pod", pod);
    await world.reconcile("acme");
    expect(proxies()).toContain('["proxy-us-west-2"]');
  });
});

describe("an attempt that was claimed", () => {
  it("is told by the tenant's status before anything is done for it", async () => {
    putTenant();
    await world.reconcile("acme");
    const { id, from, to, predictedEndAt, opening } = upgradeOf({});
    const slot = { tenant: OWNER.name, uid: OWNER.uid, attempt: id, class: "Patch", from, to, claimedAt: "2026-11-24T02:05:00Z", predictedEndAt, opening };
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES }, status: { slots: [slot] } });
    putTenant({}, { status: { version: "17.2.1" } });
    await world.reconcile("acme");
    expect([status().upgrade?.id, world.written]).toEqual([id, []]);
    await world.reconcile("acme");
    expect(world.written).toContain(`apply Job ${preflightName(id, "acme")}`);
  });
});

describe("an attempt that was announced", () => {
  it("has begun if the API server says so, though its watch is behind", async () => {
    putTenant();
    await world.reconcile("acme");
    const auth = world.get("Deployment", "auth", NAMESPACE);
    world.freeze("Deployment", { name: "auth", namespace: NAMESPACE });
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: "2026-11-24T02:03:00Z" });
    const record = { ...upgrade, step: undefined };
    world.put("Deployment", { name: "auth", namespace: NAMESPACE, annotations: { ...auth?.metadata.annotations, [ANNOTATION.version]: "17.2.3", [ANNOTATION.attempt]: JSON.stringify(record) } }, { spec: auth?.spec });
    const job = { name: preflightName(upgrade.id, "acme"), namespace: NAMESPACE, labels: ownerLabels(OWNER) };
    world.put("Job", job, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    // Its window is closed by now: an attempt that had not begun would end Aborted.
    world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { schedule: "0 2 * * 5", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
    putTenant({}, { status: { version: "17.2.1", upgrade } });
    await world.reconcile("acme");
    expect([status().upgrade?.id, status().history]).toEqual([upgrade.id, undefined]);
  });
});

describe("a confirmed deletion", () => {
  it("goes through though the spec cannot be read any more", async () => {
    const leaving = { deletionTimestamp: "2026-11-24T02:00:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } };
    putTenant(leaving, { spec: { domain: 5 } });
    await world.reconcile("acme");
    expect(world.get("Tenant", "acme")?.metadata.finalizers).toEqual([]);
  });

  it("is not one without the uid", async () => {
    putTenant({ deletionTimestamp: "2026-11-24T02:00:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: "another" } });
    await world.reconcile("acme");
    expect([world.get("Tenant", "acme")?.metadata.finalizers, stalled()]).toEqual([[FINALIZER], `deletion is not confirmed: annotate the tenant with ${ANNOTATION.confirmDelete}=${OWNER.uid}`]);
  });
});
