import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pointName } from "../../src/domain/objects/restore-point.ts";
import { MINUTE, stampOf } from "../../src/domain/time.ts";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { ACK_PLURALS, installAck, runAck } from "../support/ack.ts";
import { isOperators, readAudit } from "../support/audit.ts";
import { deleteTenant, electionArgs, FAST_PLATFORM, installChart, operatorKubeconfig, type OperatorProcess, STAND_IN, startOperator } from "../support/operator.ts";

const aws = { accountId: "123456789012", regions: ["us-west-2"], oidcProvider: "oidc.eks.us-west-2.amazonaws.com/id/0123ABCD" };
const folder = mkdtempSync(join(tmpdir(), "slacktide-aws-"));
const PATIENCE = { timeout: 90_000, interval: 500 };

let cluster: Cluster;
let kubeconfig: string;
let operator: OperatorProcess | undefined;
const ending = new AbortController();
let ack: Promise<void> | undefined;

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const apply = (...objects: readonly object[]) => cluster.kubectl(["apply", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const condition = (type: string) => cluster.kubectl(["get", "tn", "acme", "-o", `jsonpath={.status.conditions[?(@.type=='${type}')].reason}`]);
const inNamespace = (kinds: string) => cluster.kubectl(["get", kinds, "-n", "tenant-acme", "-o", "name"]);

async function start(): Promise<void> {
  const configFile = join(folder, "platform.yaml");
  writeFileSync(configFile, stringify({ ...FAST_PLATFORM, aws }));
  operator = startOperator({ cluster, kubeconfig, configFile, args: electionArgs(STAND_IN) });
  await operator.metricsPort;
}

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", audit: true, log: () => undefined });
  await installChart(cluster, { isLed: false, values: { config: { aws } } });
  kubeconfig = await operatorKubeconfig(cluster);
  await apply(object("ReleaseChannel", "stable", { releases: [{ version: "17.2.1", releasedAt: "2025-10-06T14:00:00Z" }] }), object("Tenant", "acme", { domain: "acme.teleport.example", region: "us-west-2", storage: { type: "AWS" }, auth: { replicas: 2 } }));
});

afterAll(async () => {
  ending.abort();
  await ack?.catch(() => undefined);
  await operator?.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("without ACK the operator runs, makes no tenant on AWS, and says why", async () => {
  await start();
  await expect.poll(() => condition("Stalled"), PATIENCE).toBe("AckMissing");
  expect(await cluster.kubectl(["get", "namespace", "tenant-acme", "--ignore-not-found"])).toBe("");
  expect(await operator?.stop()).toEqual({ code: 0, signal: null });
});

test("with it tables, bucket and role are asked for, in fields that ACK has, and Auth waits for them", async () => {
  await installAck(cluster);
  await start();
  await expect.poll(() => condition("StorageReady"), PATIENCE).toBe("NotSynced");
  await expect.poll(async () => (await inNamespace(ACK_PLURALS.join(","))).trim().split("\n").sort(), PATIENCE).toEqual([
    "bucket.s3.services.k8s.aws/recordings",
    "role.iam.services.k8s.aws/auth",
    "table.dynamodb.services.k8s.aws/audit",
    "table.dynamodb.services.k8s.aws/backend",
  ]);
  expect(await inNamespace("deployments")).toBe("");
});

test("when they are there the tenant starts", async () => {
  ack = runAck(cluster, ending.signal);
  await cluster.kubectl(["wait", "--for=jsonpath={.status.phase}=Active", "tenant/acme", "--timeout=90s"]);
  expect([await condition("StorageReady"), await inNamespace("persistentvolumeclaims")]).toEqual(["Synced", ""]);
});

/** A minute ago: AWS has no point for longer than 35 days. */
const TAKEN_AT = Date.now() - MINUTE;
const POINT = pointName(TAKEN_AT);
const MARK = POINT.replace("restore-", "");
const tableField = (name: string, path: string) => cluster.kubectl(["get", "tables.dynamodb.services.k8s.aws", name, "-n", "tenant-acme", "-o", `jsonpath={${path}}`]);

test("a restore is made by a Job with a role of its own, into new tables, and waits to be confirmed", async () => {
  const uid = await cluster.kubectl(["get", "tn", "acme", "-o", "jsonpath={.metadata.uid}"]);
  const labels = { "slacktide.dev/tenant": "acme", "slacktide.dev/tenant-uid": uid };
  const data = { [POINT]: JSON.stringify({ takenAt: stampOf(TAKEN_AT), version: "17.2.1", attempt: "acme-1" }) };
  // As a major would have left it.
  await cluster.kubectl(["apply", "-f", "-"], { input: stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "restore-points", namespace: "tenant-acme", labels }, data }) });
  await expect.poll(() => cluster.kubectl(["get", "tn", "acme", "-o", "jsonpath={.status.restorePoints[0].name}"]), PATIENCE).toBe(POINT);
  await cluster.kubectl(["annotate", "tenant", "acme", `slacktide.dev/restore-to=${POINT}`]);
  await expect.poll(() => condition("RestoreReady"), PATIENCE).toBe("ConfirmationNeeded");
  expect(await tableField(`backend-${MARK}`, ".spec.continuousBackups.pointInTimeRecoveryEnabled")).toBe("true");
  expect(await cluster.kubectl(["get", "job", `data-${MARK}`, "-n", "tenant-acme", "-o", "jsonpath={.spec.template.spec.serviceAccountName}"])).toBe("restore");
  await expect.poll(() => inNamespace("roles.iam.services.k8s.aws"), PATIENCE).toBe("role.iam.services.k8s.aws/auth\n");
});

test("once it is confirmed Auth reads the restored tables, and those of before stay", async () => {
  await cluster.kubectl(["annotate", "tenant", "acme", `slacktide.dev/confirm-restore=${await tableField(`backend-${MARK}`, ".metadata.uid")}`]);
  const config = () => cluster.kubectl(["get", "deployment", "auth", "-n", "tenant-acme", "-o", "jsonpath={.spec.template.spec.volumes[?(@.name=='config')].configMap.name}"]);
  await expect.poll(config, PATIENCE).toBe(`auth-config-${MARK}`);
  await cluster.kubectl(["wait", "--for=jsonpath={.status.phase}=Active", "tenant/acme", "--timeout=90s"]);
  expect(await cluster.kubectl(["get", "configmap", `auth-config-${MARK}`, "-n", "tenant-acme", "-o", "yaml"])).toContain(`-restored-${MARK}`);
  expect([await tableField("backend", ".spec.deletionProtectionEnabled"), await condition("StorageReady")]).toEqual(["true", "Synced"]);
});

test("tables of before go when somebody has confirmed it", async () => {
  const uid = await tableField("audit", ".metadata.uid");
  await cluster.kubectl(["annotate", "tables.dynamodb.services.k8s.aws", "audit", "-n", "tenant-acme", `slacktide.dev/confirm-delete=${uid}`]);
  await expect.poll(() => tableField("audit", ".spec.deletionProtectionEnabled"), PATIENCE).toBe("false");
});

test("nobody but Slacktide deletes what stands for its data", async () => {
  await expect(cluster.kubectl(["delete", "tables.dynamodb.services.k8s.aws", "backend", "-n", "tenant-acme"])).rejects.toThrow("this holds a tenant's data");
  await expect(cluster.kubectl(["delete", "buckets.s3.services.k8s.aws", "recordings", "-n", "tenant-acme"])).rejects.toThrow("this holds a tenant's data");
});

test("a confirmed deletion lets them go, and takes all of it away", async () => {
  await deleteTenant(cluster, "acme", { wait: false });
  const policy = "jsonpath={.items[*].metadata.annotations.services\\.k8s\\.aws/deletion-policy}";
  await expect.poll(() => cluster.kubectl(["get", "tables.dynamodb.services.k8s.aws", "-n", "tenant-acme", "-o", policy]), PATIENCE).toMatch(/^delete delete delete( delete)?$/);
  await cluster.kubectl(["wait", "--for=delete", "tenant/acme", "--timeout=110s"]);
  expect(await cluster.kubectl(["get", ACK_PLURALS.join(","), "--all-namespaces", "-o", "name"])).toBe("");
});

test("the chart's rights sufficed", () => {
  const refused = readAudit(cluster).filter((event) => isOperators(event) && [403, 422].includes(event.responseStatus?.code ?? 0));
  expect(refused).toEqual([]);
});
