import { describe, expect, it } from "vitest";
import { awsNames, tableName, tableRef, tablesOf } from "../../../../src/domain/objects/aws/names.ts";
import { restorePolicy, storagePolicy, trustPolicy } from "../../../../src/domain/objects/aws/policy.ts";
import { pointsObject } from "../../../../src/domain/objects/aws/restore-points.ts";
import { restoreGround, restoreTablesJob, type TablesInput } from "../../../../src/domain/objects/aws/restore-objects.ts";
import { storageObjects } from "../../../../src/domain/objects/aws/storage-objects.ts";
import { tableObject } from "../../../../src/domain/objects/aws/tables.ts";
import { teleportStorage } from "../../../../src/domain/objects/aws/teleport-storage.ts";
import { authConfigName, dataOfConfig } from "../../../../src/domain/objects/config.ts";
import { authTemplate, claimOf, proxyTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { tenantObjects } from "../../../../src/domain/objects/tenant-objects.ts";
import { AWS } from "../../../fixtures/ack.ts";
import { PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";
import { at } from "../../../fixtures/time.ts";

const OWNER = { name: "acme", uid: "5b1f0c9e-3a52-4f7b-9c1d-8e2a4b6c0d1f" };
const ON_AWS = tenantSpec({ storage: { type: "AWS" } });
const BASE = "slacktide-acme-8e2a4b6c0d1f";
const MARK = "20261124t020512z";
const DATA = `data-${MARK}`;
const POINT = { takenAt: at("2026-11-24T02:05:12Z") };
const INPUT: TablesInput = { owner: OWNER, spec: ON_AWS, platform: PLATFORM, aws: AWS, point: POINT, data: DATA };
const POLICY = { owner: OWNER, spec: ON_AWS, aws: AWS };
const arn = (table: string) => `"arn:aws:dynamodb:us-west-2:123456789012:table/${table}"`;
const arnsIn = (text: string) => [...new Set(text.match(/"arn:[^"]+"/g))].sort();

describe("the names of restored tables", () => {
  it("are those of no other pair, whatever a point and its mark are called", () => {
    const marks = ["auth-data", "data-audit", "data-restored", "data-audit-restored", "data-a", "data-a-b", "data-a-audit", "data-backend"];
    const names = marks.flatMap((data) => tablesOf(data).map((ref) => awsNames(OWNER, ref.data)[ref.kind]));
    expect(new Set(names).size).toBe(2 * marks.length);
    expect(awsNames(OWNER, DATA)).toMatchObject({ backend: `${BASE}-restored-${MARK}`, audit: `${BASE}-audit-restored-${MARK}`, bucket: BASE });
  });

  it("are told from those of their objects, and back", () => {
    for (const data of ["auth-data", DATA, `${DATA}-2`]) for (const ref of tablesOf(data)) expect(tableRef(tableName(ref))).toEqual(ref);
    expect(tablesOf(DATA).map(tableName)).toEqual([`backend-${MARK}`, `audit-${MARK}`]);
    expect(["recordings", "back", "auth-data"].map(tableRef)).toEqual([undefined, undefined, undefined]);
  });

  it("give a restore a role that no pattern of a tenant's name lets into a customer's bucket", () => {
    expect(awsNames({ ...OWNER, name: "a".repeat(40) }).restoreRole).toBe("slacktide-8e2a4b6c0d1f-restore");
  });
});

describe("the table of a restore", () => {
  const annotationsOf = (data: string, isReleased = false) => tableObject({ kind: "backend", data }, { owner: OWNER, spec: ON_AWS, version: "17.2.1", isReleased }).metadata.annotations;

  it("is taken over by ACK and never made, until it may go: then there is one to delete either way", () => {
    const fields = { "services.k8s.aws/adoption-fields": JSON.stringify({ tableName: `${BASE}-restored-${MARK}` }) };
    expect(annotationsOf(DATA)).toMatchObject({ "services.k8s.aws/adoption-policy": "adopt", "services.k8s.aws/deletion-policy": "retain", ...fields });
    expect(annotationsOf(DATA, true)).toMatchObject({ "services.k8s.aws/adoption-policy": "adopt-or-create", "services.k8s.aws/deletion-policy": "delete", ...fields });
    expect(Object.keys(annotationsOf("auth-data") ?? {}).filter((key) => key.includes("adopt"))).toEqual([]);
  });

  it("gets back what AWS leaves out of it", () => {
    const spec = { continuousBackups: { pointInTimeRecoveryEnabled: true }, deletionProtectionEnabled: true, timeToLive: { attributeName: "Expires", enabled: true } };
    expect(tableObject({ kind: "backend", data: DATA }, { owner: OWNER, spec: ON_AWS })).toMatchObject({ spec: { ...spec, tableName: `${BASE}-restored-${MARK}`, streamSpecification: { streamEnabled: true } } });
    expect(tableObject({ kind: "audit", data: DATA }, { owner: OWNER, spec: ON_AWS })).toMatchObject({ spec: { ...spec, globalSecondaryIndexes: [{ indexName: "timesearchV2" }] } });
  });
});

describe("who may do what in a restore", () => {
  it("is the Job with its own role, from these two tables into those two", () => {
    const policy = restorePolicy(POLICY, { from: "auth-data", into: DATA });
    expect(arnsIn(policy)).toEqual([arn(BASE), arn(`${BASE}-audit`), arn(`${BASE}-restored-${MARK}`), arn(`${BASE}-audit-restored-${MARK}`), arn(`${BASE}-audit-restored-${MARK}/index/*`)].sort());
    const [source] = (JSON.parse(policy) as { Statement: readonly { Action: readonly string[] }[] }).Statement; // as IAM has it
    expect(source?.Action).toEqual(["dynamodb:DescribeContinuousBackups", "dynamodb:RestoreTableToPointInTime"]);
    expect(policy).not.toMatch(/DeleteTable|UpdateTable|UpdateContinuousBackups|:\*"/);
    expect(trustPolicy(POLICY, "restore")).toContain('"system:serviceaccount:tenant-acme:restore"');
  });

  it("is Auth with the tables of before and after while it is switched over, and never with a restore", () => {
    const rights = (nextData?: string) => JSON.stringify(storageObjects({ ...POLICY, data: "auth-data", nextData })[0]);
    expect([rights().includes(`${BASE}-restored`), rights(DATA).includes(`${BASE}-restored-${MARK}`)]).toEqual([false, true]);
    expect(storagePolicy(POLICY, ["auth-data", DATA])).not.toContain("Restore");
  });

  it("goes in AWS with its object, whatever ACK is told of all others", () => {
    expect(restoreGround(INPUT).find(({ kind }) => kind === "Role")?.metadata.annotations).toEqual({ "services.k8s.aws/deletion-policy": "delete" });
  });

  it("is bounded as every role of a tenant is", () => {
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/tenants";
    expect(restoreGround({ ...INPUT, aws: { ...AWS, permissionsBoundary } }).find(({ kind }) => kind === "Role")).toMatchObject({ spec: { permissionsBoundary } });
    expect(restoreGround(INPUT).find(({ kind }) => kind === "Role")).not.toHaveProperty("spec.permissionsBoundary");
  });
});

describe("the Job of a restore", () => {
  it("comes after the objects of its tables, so that whatever it makes is known", () => {
    expect(restoreGround(INPUT).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([`Table backend-${MARK}`, `Table audit-${MARK}`, "Role restore", "ServiceAccount restore", "NetworkPolicy restore-tables"]);
    expect(restoreTablesJob(INPUT, "uid-backend").metadata.ownerReferences).toEqual([{ apiVersion: "dynamodb.services.k8s.aws/v1alpha1", kind: "Table", name: `backend-${MARK}`, uid: "uid-backend" }]);
  });

  it("is tried again while IAM may not know its role yet, and not when that is of no use", () => {
    expect(restoreTablesJob(INPUT, "u")).toMatchObject({ spec: { backoffLimit: 6, podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [2] } }, { action: "Ignore" }] } } });
  });

  it("does not count a pod that was moved away as a try", () => {
    expect(restoreTablesJob(INPUT, "u")).toMatchObject({ spec: { podFailurePolicy: { rules: [{ action: "FailJob" }, { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] } } });
  });

  it("restores from the tables that the point is of", () => {
    const argsOf = (data?: string) => JSON.stringify(restoreTablesJob({ ...INPUT, point: { ...POINT, data }, data: `${DATA}-2` }, "u")["spec"]);
    expect(argsOf()).toContain(`"${BASE}=${BASE}-restored-${MARK}-2"`);
    expect(argsOf(DATA)).toContain(`"${BASE}-audit-restored-${MARK}=${BASE}-audit-restored-${MARK}-2"`);
  });

  it("reaches names and the cloud, nobody reaches it, and it has no right in the cluster", () => {
    expect(restoreGround(INPUT).at(-1)).toMatchObject({
      spec: { podSelector: { matchLabels: { "slacktide.dev/tenant": "acme", "app.kubernetes.io/component": "restore-tables" } }, policyTypes: ["Ingress", "Egress"], egress: [{ ports: [{ port: 53 }, { port: 53 }] }, { ports: [{ port: 443, protocol: "TCP" }] }] },
    });
    expect(restoreTablesJob(INPUT, "u")).toMatchObject({ metadata: { name: DATA }, spec: { template: { metadata: { labels: { "app.kubernetes.io/component": "restore-tables" } }, spec: { serviceAccountName: "restore", automountServiceAccountToken: false, restartPolicy: "Never" } } } });
  });
});

describe("an Auth of restored tables", () => {
  const input = { owner: OWNER, version: "17.2.1", platform: PLATFORM, isOnAws: true };

  it("has them in its pod template, by the configuration that it reads", () => {
    expect([claimOf(authTemplate(input)), claimOf(authTemplate({ ...input, claim: DATA }))]).toEqual(["auth-data", DATA]);
    expect(JSON.stringify(authTemplate({ ...input, claim: DATA }))).toContain(`"configMap":{"name":"auth-config-${MARK}"}`);
    expect(claimOf(proxyTemplate(input, "us-west-2"))).toBeUndefined();
    expect(claimOf({ spec: { volumes: [{ name: "data", emptyDir: {} }] } })).toBeUndefined();
  });

  it("reads the same file as ever on a volume", () => {
    expect([authConfigName(DATA, tenantSpec()), authConfigName(undefined, ON_AWS), authConfigName(DATA, ON_AWS)]).toEqual(["auth-config", "auth-config", `auth-config-${MARK}`]);
    expect([dataOfConfig("auth-config"), dataOfConfig(`auth-config-${MARK}`), dataOfConfig("proxy-config")]).toEqual(["auth-data", DATA, undefined]);
  });

  it("is told of these tables, while one of before is still told of those", () => {
    expect(teleportStorage(OWNER, ON_AWS, DATA)).toMatchObject({ table_name: `${BASE}-restored-${MARK}`, audit_events_uri: [`dynamodb://${BASE}-audit-restored-${MARK}`] });
    const objects = tenantObjects({ owner: OWNER, spec: ON_AWS, platform: { ...PLATFORM, aws: AWS }, settled: { version: "17.2.1", revision: 2, claim: DATA }, templates: [authTemplate(input)], tables: { others: [...tablesOf("auth-data"), ...tablesOf(DATA)].map((ref) => ({ ref, isReleased: false })) } });
    const named = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(named.filter((each) => each.includes("auth-config"))).toEqual([`ConfigMap auth-config-${MARK}`, "ConfigMap auth-config"]);
    expect(named.filter((each) => each.startsWith("Table"))).toEqual([`Table backend-${MARK}`, `Table audit-${MARK}`, "Table backend", "Table audit"]);
    const versioned = objects.filter(({ kind, metadata }) => kind === "Table" && metadata.annotations?.["slacktide.dev/version"] !== undefined);
    expect(versioned.map(({ metadata }) => metadata.name)).toEqual([`backend-${MARK}`]);
  });
});

describe("the list of restore points", () => {
  it("keeps the one that a restore under way is made from, however many are newer", () => {
    const now = at("2026-11-24T02:05:12Z");
    const known = Array.from({ length: 12 }, (_, n) => ({ name: `restore-${n}`, uid: "u", kind: "PointInTime" as const, progress: "Confirmed" as const, version: "17.2.1", attempt: "b", takenAt: now - (n + 1) * 3 * 86_400_000 }));
    const listed = (used?: string) => JSON.stringify(pointsObject(OWNER, known, { now, version: "17.2.1", attempt: "a", used })["data"]);
    expect([listed(), listed("restore-11")].map((text) => [text.includes('"restore-8"'), text.includes('"restore-9"'), text.includes('"restore-11"')])).toEqual([[true, false, false], [true, false, true]]);
  });

  it("says of which tables each is, but for the first", () => {
    const terms = { now: at("2026-11-24T02:05:12Z"), version: "17.2.1", attempt: "a" };
    const known = { name: "restore-1", uid: "u", kind: "PointInTime" as const, progress: "Confirmed" as const, version: "17.2.1", attempt: "b", takenAt: terms.now - 1_000, data: DATA };
    expect(JSON.stringify(pointsObject(OWNER, [known], { ...terms, data: "auth-data" })["data"]).match(/data-\d+t\d+z/g)).toEqual([DATA]);
    expect(JSON.stringify(pointsObject(OWNER, [known], { ...terms, data: DATA })["data"]).match(/data-\d+t\d+z/g)).toEqual([DATA, DATA]);
  });
});
