import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, LABEL, type TenantStatus } from "../../../src/api/index.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { AWS, EXTERNAL, runAck, STORAGE_KINDS, switchRecovery, type AckState } from "../../fixtures/ack.ts";
import { MajorWorld } from "../../fixtures/major-world.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, PLATFORM, tenantSpec, type TenantSpecInput } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const LOOKS = 8;
const ON_AWS = { storage: { type: "AWS" as const } };

let world: World;

beforeEach(() => {
  world = new World(at("2026-11-24T02:05:00Z"));
  configure({ aws: AWS });
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  put(ON_AWS);
});

function configure(more: Partial<Platform>): void {
  world.env = { ...world.env, platform: { ...PLATFORM, ...more } };
}

function put(spec: TenantSpecInput): void {
  const { status } = world.get("Tenant", "acme") ?? {};
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec(spec), status });
}

/** Looks, with pods that follow and an ACK that says `state` of all; what was removed, in order. */
async function settle(state: AckState = "Synced"): Promise<readonly string[]> {
  const removed: string[] = [];
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme");
    removed.push(...world.written.filter((write) => write.startsWith("remove ")));
    runPods(world);
    runAck(world, state);
  }
  return removed;
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const condition = (type: string) => status().conditions?.find((each) => each.type === type);
const deployments = () => world.all("Deployment").map(({ metadata }) => metadata.name);
const inAws = () => STORAGE_KINDS.flatMap((kind) => world.all(kind)).map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();

const policies = () => (["Table", "Bucket"] as const).flatMap((kind) => world.all(kind)).map(({ metadata }) => metadata.annotations?.["services.k8s.aws/deletion-policy"]);

describe("a new tenant with storage in AWS", () => {
  it("is made whole: Auth with its role, on tables, one pod after the other", async () => {
    await settle();
    expect(status()).toMatchObject({ version: "17.2.1", phase: "Active" });
    expect(inAws()).toEqual(["Bucket recordings", "Role auth", "Table audit", "Table backend"]);
    expect(world.get("ServiceAccount", "auth", NAMESPACE)?.metadata.annotations).toEqual({ "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/slacktide-acme-uidacme" });
    expect(world.get("ServiceAccount", "proxy", NAMESPACE)?.metadata.annotations).toBeUndefined();
    expect(specAs<{ strategy: object }>(world.get("Deployment", "auth", NAMESPACE)).strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    expect(JSON.stringify(world.get("Deployment", "auth", NAMESPACE)?.spec)).not.toContain("persistentVolumeClaim");
    expect(world.all("PersistentVolumeClaim")).toEqual([]);
    expect(condition("StorageReady")).toMatchObject({ status: "True", reason: "Synced" });
  });

  it("starts nothing before tables, bucket and role are there, and says for which it waits", async () => {
    await settle("Behind");
    expect(deployments()).toEqual([]);
    expect(condition("StorageReady")).toMatchObject({ reason: "NotSynced", message: expect.stringContaining("Bucket recordings, Role auth, Table audit, Table backend") as string });
    runAck(world, "Synced", ({ metadata }) => metadata.name !== "audit");
    await world.reconcile("acme");
    expect(deployments()).toEqual([]);
    expect(condition("StorageReady")?.message).toContain("should be: Table audit;");
    await settle();
    expect(status().phase).toBe("Active");
  });

  it("tells what AWS refuses, and starts nothing", async () => {
    await settle("Refused");
    expect(deployments()).toEqual([]);
    expect(condition("StorageReady")).toMatchObject({ reason: "Refused", message: expect.stringContaining("in namespace tenant-acme tell why") as string });
  });

  it("has recordings in the customer's bucket alone, where there is one", async () => {
    put({ storage: { type: "AWS", externalAudit: EXTERNAL } });
    await settle();
    expect(status().phase).toBe("Active");
    expect(inAws()).toEqual(["Role auth", "Table audit", "Table backend"]);
    expect(world.get("ConfigMap", "auth-config", NAMESPACE)?.data?.["teleport.yaml"]).toContain("s3://acme-recordings/teleport/prod?region=eu-central-1");
  });

  it.each([
    ["the platform knows no account", () => configure({}), "AwsNotConfigured"],
    ["ACK is not there", () => void (world.hasAck = false), "AckMissing"],
    ["its region is not one of the platform's", () => configure({ aws: { ...AWS, regions: ["eu-central-1"] } }), "RegionNotConfigured"],
  ])("is not made by halves where %s", async (_what, arrange, reason) => {
    arrange();
    await settle();
    expect(condition("Stalled")).toMatchObject({ status: "True", reason });
    expect([world.all("Namespace"), inAws(), deployments()]).toEqual([[], [], []]);
  });
});

describe("a tenant that runs on AWS", () => {
  beforeEach(() => settle());

  it("writes nothing while nothing changes", async () => {
    await world.reconcile("acme");
    const before = world.get("Tenant", "acme")?.metadata.resourceVersion;
    await world.reconcile("acme");
    expect(world.get("Tenant", "acme")?.metadata.resourceVersion).toBe(before);
  });

  describe("and is taken over by a Tenant that was made anew", () => {
    const named = () => [...world.all("Table"), ...world.all("Bucket"), ...world.all("Role")].map(({ spec }) => spec);
    const takeOver = async () => {
      world.drop("Tenant", { name: OWNER.name });
      world.put("Tenant", { name: OWNER.name, uid: "another-uid", generation: 1, annotations: { [ANNOTATION.adopt]: OWNER.uid } }, { spec: tenantSpec(ON_AWS) });
      await settle();
    };

    it("goes on with its tables, bucket and role by the names that they have, and Auth with what it is told of them", async () => {
      const before = [named(), world.get("ConfigMap", "auth-config", NAMESPACE)?.data, world.get("ServiceAccount", "auth", NAMESPACE)?.metadata.annotations];
      await takeOver();
      expect([named(), world.get("ConfigMap", "auth-config", NAMESPACE)?.data, world.get("ServiceAccount", "auth", NAMESPACE)?.metadata.annotations]).toEqual(before);
      expect([...world.all("Table"), ...world.all("Bucket"), ...world.all("Role")].map(({ metadata }) => metadata.labels?.[LABEL.tenantUid])).toEqual(Array.from({ length: 4 }, () => "another-uid"));
      expect([status().phase, condition("Stalled")]).toEqual(["Active", undefined]);
    });

    it("is left as it is should that be lost by which they are called", async () => {
      await takeOver();
      const before = [named(), world.get("ConfigMap", "auth-config", NAMESPACE)?.data];
      const annotations = { ...world.get("Namespace", NAMESPACE)?.metadata.annotations };
      delete annotations[ANNOTATION.formerUids];
      world.put("Namespace", { name: NAMESPACE, annotations });
      await settle();
      expect([condition("Stalled")?.reason, named(), world.get("ConfigMap", "auth-config", NAMESPACE)?.data]).toEqual(["StorageNamedAfterAnother", ...before]);
    });
  });

  it("serves on while ACK is behind, and says so", async () => {
    await settle("Behind");
    expect(deployments()).toEqual(["auth", "proxy-us-west-2"]);
    expect(status().phase).toBe("Active");
    expect(condition("StorageReady")).toMatchObject({ status: "False", reason: "NotSynced" });
  });

  it("is left as it is where the platform no longer knows AWS, and says what to do", async () => {
    configure({});
    await settle();
    expect(world.written).toEqual([]);
    expect([condition("Stalled")?.reason, condition("Ready")?.status]).toEqual(["AwsNotConfigured", "True"]);
  });

  it("stays where it is when its region is no longer for new tenants", async () => {
    configure({ aws: { ...AWS, regions: ["eu-central-1"] } });
    await settle();
    expect([condition("Stalled"), deployments().length]).toEqual([undefined, 2]);
  });

  it.each(["Table", "Bucket"] as const)("gets no new %s for one that is missing: it would be an empty one", async (kind) => {
    const [lost] = world.all(kind);
    world.drop(kind, lost?.metadata ?? { name: "" });
    await settle();
    expect(condition("Stalled")).toMatchObject({ reason: "StorageMissing", message: expect.stringContaining(`${kind} "${lost?.metadata.name ?? ""}"`) as string });
    expect(world.get(kind, lost?.metadata.name ?? "", NAMESPACE)).toBeUndefined();
  });

  it("gets its role back, which holds nothing", async () => {
    world.drop("Role", { name: "auth", namespace: NAMESPACE });
    await settle();
    expect(inAws()).toContain("Role auth");
  });

  it("is known again when status, namespace and Deployments have lost its version", async () => {
    for (const each of world.all("Deployment")) world.drop("Deployment", each.metadata);
    world.put("Namespace", { name: NAMESPACE, labels: ownerLabels(OWNER), annotations: {} });
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec(ON_AWS) });
    world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: ["17.2.1", "17.9.0"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" })) } });
    await settle();
    expect(world.get("Deployment", "auth", NAMESPACE)?.metadata.annotations).toMatchObject({ [ANNOTATION.version]: "17.2.1" });
  });
});

describe("the deletion of a tenant on AWS", () => {
  const confirm = () => {
    const { spec, status: said } = world.get("Tenant", "acme") ?? {};
    world.put("Tenant", { name: OWNER.name, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec, status: said });
  };

  beforeEach(async () => {
    await settle();
    confirm();
  });

  it("lets tables and bucket go, leaves ACK the time to see it, and removes all in order", async () => {
    expect(await settle()).toEqual(["remove Deployment proxy-us-west-2", "remove Deployment auth"]);
    expect(policies()).toEqual(["delete", "delete", "delete"]);
    await world.time.advance(60_000);
    expect(await settle()).toEqual(["remove Table backend", "remove Table audit", "remove Bucket recordings", "remove Role auth", "remove Namespace tenant-acme", "remove ClusterRoleBinding tenant-acme-token-review"]);
  });

  it("removes nothing that AWS has not let go", async () => {
    await settle("Behind");
    await world.time.advance(60_000);
    expect(await settle("Behind")).toEqual([]);
    expect(inAws()).toHaveLength(4);
    expect(condition("Ready")?.message).toContain("; AWS still has Bucket recordings, Table audit, Table backend");
    await settle();
    expect(inAws()).toEqual([]);
  });

  it("waits where ACK is gone, since the namespace would take the objects along and leave what they stand for", async () => {
    world.hasAck = false;
    await settle();
    await world.time.advance(60_000);
    await settle();
    expect([world.get("Namespace", NAMESPACE)?.metadata.name, inAws().length]).toEqual([NAMESPACE, 4]);
    expect(condition("Ready")?.message).toContain("AWS still has all, since `aws` is not configured or ACK is not installed");
  });

  it("lets nothing go while the object cannot be changed", async () => {
    world.refusals.set("Table audit", "no");
    await settle();
    await world.time.advance(60_000);
    await settle();
    expect(inAws()).toHaveLength(4);
  });
});

describe("a tenant on AWS whose subscription lapsed", () => {
  it("keeps its tables for as long as its data is kept, and names what was deleted", async () => {
    await settle();
    put({ ...ON_AWS, subscription: { lapsedAt: "2026-11-24T00:00:00Z", retention: "168h" } });
    await settle();
    await world.time.advance(6 * 86_400_000);
    expect((await settle()).filter((each) => /Table|Bucket/.test(each))).toEqual([]);
    expect([status().phase, policies()]).toEqual(["Lapsed", ["retain", "retain", "retain"]]);
    await world.time.advance(2 * 86_400_000);
    await settle();
    await world.time.advance(60_000);
    await settle();
    expect([status().phase, inAws()]).toEqual(["Purged", []]);
    expect(status().lapse?.purged).toEqual(["Namespace tenant-acme", "Bucket tenant-acme/recordings", "Table tenant-acme/audit", "Table tenant-acme/backend"]);
  });
});

describe("a customer's own bucket", () => {
  it("has no object that could be removed, so that its tenant's end leaves it alone", async () => {
    put({ storage: { type: "AWS", externalAudit: EXTERNAL } });
    await settle();
    const { spec, status: said } = world.get("Tenant", "acme") ?? {};
    world.put("Tenant", { name: OWNER.name, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec, status: said });
    const first = await settle();
    await world.time.advance(60_000);
    const removed = [...first, ...(await settle())];
    expect(removed.filter((each) => each.includes("Table"))).toHaveLength(2);
    expect([...removed, ...world.written].filter((each) => each.includes("Bucket"))).toEqual([]);
  });
});

describe("a major on AWS", () => {
  let major: MajorWorld;

  beforeEach(async () => {
    major = new MajorWorld({}, { aws: AWS });
    await major.begin(ON_AWS);
  });

  it("rests on an instant to which both tables can be brought back", async () => {
    await major.goOnToTheEnd();
    expect(major.status()).toMatchObject({ version: "18.1.0", restorePoints: [{ kind: "PointInTime", version: "17.2.1", confirmed: true }] });
    expect(Date.parse(major.status().restorePoints?.[0]?.takenAt ?? "")).toBeLessThanOrEqual(Date.parse(major.status().history?.[0]?.disruptiveAt ?? ""));
    expect([major.all("PersistentVolumeClaim"), major.all("Job").filter(({ metadata }) => metadata.name.startsWith("restore-"))]).toEqual([[], []]);
  });

  it("does not begin with recovery off, and ends with nothing changed", async () => {
    major.refusals.set("Table audit", "somebody holds the field");
    switchRecovery(major, false);
    await major.goOn(8);
    expect(major.status().upgrade?.step).toBe("Backup");
    expect(major.status().conditions?.find(({ type }) => type === "StorageReady")?.reason).toBe("RecoveryOff");
    // An instant that was noted now would seem whole as soon as recovery is on again.
    expect(major.get("ConfigMap", "restore-points", NAMESPACE)).toBeUndefined();
    await major.time.advance(PLATFORM.pods.stepDeadlineSeconds * 1_000);
    await major.goOn(3);
    expect(major.status()).toMatchObject({ version: "17.2.1", history: [{ result: "Failed" }] });
    expect(major.versionOfAuth()).toBe("17.2.1");
  });

  it("does not begin while ACK is behind: what the object asks for may not be so in AWS", async () => {
    runAck(major, "Behind");
    await major.goOn(8);
    expect([major.status().upgrade?.step, major.versionOfAuth()]).toEqual(["Backup", "17.2.1"]);
    runAck(major);
    await major.goOnToTheEnd();
    expect(major.status().version).toBe("18.1.0");
  });

  it("says of its instants that they are worth nothing once recovery is off", async () => {
    await major.goOnToTheEnd();
    major.refusals.set("Table backend", "somebody holds the field");
    switchRecovery(major, false, "backend");
    await major.goOn(2);
    expect(major.status().restorePoints).toMatchObject([{ confirmed: false }]);
  });

  it("takes no entry of its list for a point that is none", async () => {
    await major.goOnToTheEnd();
    const list = major.get("ConfigMap", "restore-points", NAMESPACE);
    const point = JSON.stringify({ takenAt: "2026-11-24T02:05:00Z", version: "17.2.1", attempt: "a" });
    major.put("ConfigMap", { name: "restore-points", namespace: NAMESPACE, labels: ownerLabels(OWNER) }, { data: { ...list?.data, "restore-a": "{", "restore-b": "{}", "restore-c": '{"takenAt":"soon","version":"1","attempt":"a"}', other: point } });
    await major.goOn(1);
    expect(major.status().restorePoints).toHaveLength(1);
  });
});
