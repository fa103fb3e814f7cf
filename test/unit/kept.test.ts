import { describe, expect, it } from "vitest";
import { ANNOTATION, parseTenant } from "../../src/api/index.ts";
import { deployment } from "../../src/domain/objects/deployment.ts";
import { authTemplate } from "../../src/domain/objects/pod-template.ts";
import { keptOf } from "../../src/kept.ts";
import { isUpToDate, withAppliedHash } from "../../src/kube/up-to-date.ts";
import type { LiveObject } from "../../src/reconcile/ports.ts";
import { OWNER, PLATFORM, tenantOf } from "../fixtures/tenant.ts";

const kept = (object: LiveObject): LiveObject => keptOf(kindOf(object)).project?.(object) ?? object;
const kindOf = ({ kind }: LiveObject) => kind as "Tenant" | "Deployment" | "Pod" | "Job" | "VolumeSnapshot"; // of the objects below

describe("what is kept of a Deployment", () => {
  const template = authTemplate({ owner: OWNER, version: "17.2.1", platform: PLATFORM });
  const desired = deployment({ owner: OWNER, replicas: 1, platform: PLATFORM, name: "auth", roll: { version: "17.2.1", revision: 1, template } });
  const live = (pods: object = {}): LiveObject => {
    const { spec, ...rest } = structuredClone(withAppliedHash(desired));
    return { ...rest, spec: { ...(spec as object), template: { ...template, spec: { ...(template["spec"] as object), ...pods } } } };
  };
  const isOwnTemplate = (object: LiveObject): boolean => Object.getOwnPropertyDescriptor(object.spec, "template")?.get === undefined;

  it("is its template once, as it records it", () => {
    const once = kept(live({ restartPolicy: "Always" }));
    expect([isOwnTemplate(once), once.spec]).toEqual([false, desired["spec"]]);
    expect(isUpToDate(desired, once)).toBe(true);
  });

  it("is the whole template where it is not what it records: that is to be mended", () => {
    const drifted = kept(live({ serviceAccountName: "default" }));
    expect([isOwnTemplate(drifted), isUpToDate(desired, drifted)]).toEqual([true, false]);
  });

  it.each<[what: string, record: string | undefined]>([
    ["no record", undefined],
    ["a broken one", "{"],
  ])("is the whole template where there is %s", (_what, record) => {
    const { metadata, ...rest } = live();
    const { [ANNOTATION.podTemplate]: _text, ...others } = metadata.annotations ?? {};
    const object = { ...rest, metadata: { ...metadata, annotations: { ...others, ...(record !== undefined && { [ANNOTATION.podTemplate]: record }) } } };
    expect(kept(object)).toBe(object);
  });
});

describe("what is kept of a Tenant", () => {
  const { metadata, spec } = tenantOf();

  it("is what it was judged to be, so that it is judged once", () => {
    const raw = { ...tenantOf(), spec: { domain: spec.domain, region: spec.region, unheard: "of" } };
    const once = kept(raw);
    expect(once).toEqual({ apiVersion: raw.apiVersion, kind: "Tenant", metadata, spec });
    expect(parseTenant(once)).toEqual({ kind: "valid", value: once });
  });

  it("is all of it if it cannot be read", () => {
    const raw = { ...tenantOf(), spec: { domain: 7 } };
    expect(kept(raw)).toBe(raw);
  });
});

describe("what is kept of what runs", () => {
  const metadata = { name: "auth-1", namespace: "tenant-acme", labels: { app: "teleport" } };

  it("is a Pod's first image, and whether it serves", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, annotations: { note: "long" } },
      spec: { containers: [{ name: "auth", image: "teleport:17.2.1", args: ["start"] }, { name: "beside" }], nodeName: "n1" },
      status: { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True", reason: "x" }, { type: "Initialized", status: "True" }] },
    };
    expect(kept(pod)).toEqual({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ image: "teleport:17.2.1" }] }, status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } });
  });

  it("is how a Job ended", () => {
    const job = { apiVersion: "batch/v1", kind: "Job", metadata, spec: { template: {} }, status: { succeeded: 1, conditions: [{ type: "Complete", status: "True", message: "long" }] } };
    expect(kept(job)).toEqual({ apiVersion: "batch/v1", kind: "Job", metadata, status: { conditions: [{ type: "Complete", status: "True" }] } });
  });

  it("is whether a snapshot can be used", () => {
    const snapshot = { apiVersion: "snapshot.storage.k8s.io/v1", kind: "VolumeSnapshot", metadata, spec: { source: {} }, status: { readyToUse: true, restoreSize: "10Gi" } };
    expect(kept(snapshot)).toEqual({ apiVersion: "snapshot.storage.k8s.io/v1", kind: "VolumeSnapshot", metadata, status: { readyToUse: true } });
  });
});

describe("what is kept of a table", () => {
  it("is what it asks for, whether AWS has it so, and what it was restored from: not how much is in it", () => {
    const read = { tableStatus: "ACTIVE", latestStreamARN: "arn:of-the-stream", restoreSummary: { sourceTableARN: "arn:of-the-table", restoreDateTime: "2026-11-24T02:05:12Z" } };
    const table: LiveObject = { apiVersion: "dynamodb.services.k8s.aws/v1alpha1", kind: "Table", metadata: { name: "backend" }, spec: { tableName: "a" }, status: { ...read, itemCount: 7, conditions: [{ type: "ACK.ResourceSynced", status: "True", message: "long" }] } };
    const { project = (object: LiveObject) => object } = keptOf("Table");
    expect(project(table).status).toEqual({ ...read, conditions: [{ type: "ACK.ResourceSynced", status: "True" }] });
  });
});

describe("what is kept of a budget", () => {
  const budget = (resourceVersion: string, spec: object = { maxUnavailable: 1 }, disruptionsAllowed = 1): LiveObject => ({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "auth", resourceVersion }, spec, status: { disruptionsAllowed } });
  const { project = (object: LiveObject) => object, when = () => false } = keptOf("PodDisruptionBudget");
  const [before, counted, changed] = [budget("1"), budget("2", undefined, 0), budget("3", { maxUnavailable: 2 })].map(project);

  it("is what it asks for, not how many pods are there", () => {
    expect(before).not.toHaveProperty("status");
    expect(before?.spec).toEqual({ maxUnavailable: 1 });
  });

  it("is compared with what is wanted as if it were kept as it was", () => {
    const wanted = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "auth" }, spec: { maxUnavailable: 1, selector: { matchLabels: { a: "b" } } } };
    const live = withAppliedHash(wanted);
    expect([isUpToDate(wanted, project(live)), isUpToDate(wanted, project({ ...live, spec: { ...wanted.spec, maxUnavailable: 9 } }))]).toEqual([true, false]);
  });

  it("concerns somebody when it comes, changes or goes, and nobody when pods are counted", () => {
    const changes = [{ now: before }, { old: before, now: counted }, { old: before, now: changed }, { old: changed }];
    expect(changes.map((change) => when({ key: "tenant-acme/auth", ...(change as { now: LiveObject }) }))).toEqual([true, false, true, true]); // either may be absent
  });
});
