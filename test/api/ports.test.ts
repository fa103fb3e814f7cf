import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiPort } from "../../src/api-port.ts";
import { claimObject } from "../../src/domain/ports/claim.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { loadKubeConfig } from "../../src/kube/credentials.ts";
import { HttpTransport } from "../../src/kube/transport.ts";
import { OWN_KINDS } from "../../src/operator.ts";
import { realMono } from "../../src/runtime/clock.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { isOperators, readAudit } from "../support/audit.ts";
import { allowRehearsal, deleteTenant, electionArgs, FAST_PLATFORM, installChart, operatorKubeconfig, type OperatorProcess, RELEASE, STAND_IN, startOperator } from "../support/operator.ts";

const EDGE = "203.0.113.7";
const PORTS = [{ address: EDGE, first: 11105, last: 11124 }];
const folder = mkdtempSync(join(tmpdir(), "slacktide-ports-"));
const PATIENCE = { timeout: 60_000, interval: 250 };
const HOME = ["-n", RELEASE.namespace] as const;

let cluster: Cluster;
let kubeconfig: string;
let operator: OperatorProcess | undefined;

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const tenant = (name: string) => object("Tenant", name, { domain: `${name}.teleport.example`, region: "us-west-2" });
const apply = (...objects: readonly object[]) => cluster.kubectl(["apply", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const claims = (released: "" | "released" = "") =>
  cluster.kubectl(["get", "configmaps", ...HOME, "-l", "slacktide.dev/ports", "-o", "json"]).then((text) => {
    const { items } = JSON.parse(text) as { items: { metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> } }[] }; // a list
    return items.filter(({ metadata }) => (metadata.annotations?.["slacktide.dev/released-at"] !== undefined) === (released === "released")).map(({ metadata }) => `${metadata.name} ${metadata.labels["slacktide.dev/tenant"] ?? ""}`).sort();
  });
const told = () => cluster.kubectl(["get", "tenants", "-o", "jsonpath={.items[*].status.endpoints.ports.ssh}"]).then((text) => text.split(" ").sort());
const answerOf = (action: Promise<string>) => action.then(() => "done", String);

async function start(from: string, until: string): Promise<OperatorProcess> {
  const configFile = join(folder, "platform.yaml");
  writeFileSync(configFile, stringify({ ...FAST_PLATFORM, ports: PORTS }));
  operator = startOperator({ cluster, kubeconfig, configFile, rehearseFrom: from, rehearseUntil: until, args: electionArgs(STAND_IN) });
  await operator.metricsPort;
  return operator;
}

beforeAll(async () => {
  cluster = await startCluster({ profile: "controllers", audit: true, log: () => undefined });
  await installChart(cluster, { isLed: false, values: { config: { ports: PORTS } } });
  await allowRehearsal(cluster);
  kubeconfig = await operatorKubeconfig(cluster);
});

afterAll(async () => {
  await operator?.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("of all who claim a block at the same time one has it, and the others are told that it is taken", async () => {
  const transport = new HttpTransport({ config: loadKubeConfig(kubeconfig), mono: realMono, metrics: noMetrics });
  const api = apiPort(new KubeClient({ transport, kinds: OWN_KINDS }));
  const claimants = Array.from({ length: 10 }, (_, n) => api.create(claimObject({ block: { address: EDGE, first: 11105 }, owner: { name: `tenant-${n}`, uid: `uid-${n}` } }, RELEASE.namespace)));
  const outcomes = await Promise.all(claimants);
  await transport.close();
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "taken")).toHaveLength(9);
});

test("tenants that come at once get a block each, which is theirs whatever is lost", async () => {
  await apply(object("ReleaseChannel", "stable", { releases: [{ version: "17.2.1", releasedAt: "2026-10-06T14:00:00Z" }] }), tenant("acme"), tenant("globex"));
  await start("2026-11-30T12:00:00Z", "2026-11-30T13:00:00Z");
  await expect.poll(told, PATIENCE).toEqual(["11110", "11115"]);
  const before = await claims();
  const own = before.find((claim) => claim.endsWith(" acme")) ?? "";
  await cluster.kubectl(["delete", "configmap", ...HOME, own.split(" ")[0] ?? ""]);
  await cluster.kubectl(["patch", "tenant", "acme", "--subresource=status", "--type=merge", "-p", '{"status": null}']);
  await expect.poll(() => claims(), PATIENCE).toEqual(before);
  await expect.poll(told, PATIENCE).toEqual(["11110", "11115"]);
  const shown = await cluster.kubectl(["get", "service", "proxy-us-west-2", "-n", "tenant-acme", "-o", "jsonpath={.spec.ports[?(@.name=='public-ssh')].port}"]);
  expect(own).toContain(`-${shown} `);
});

test("a claim nobody else made is in nobody's hands: it comes into quarantine", async () => {
  await expect.poll(() => claims("released"), PATIENCE).toHaveLength(1);
});

test("without being the leader the operator claims nothing, and as the leader it writes nothing else beside its claims", async () => {
  const claim = claimObject({ block: { address: EDGE, first: 11120 }, owner: { name: "acme", uid: "uid" } }, RELEASE.namespace);
  const create = (body: object, pod: string) =>
    answerOf(cluster.kubectl(["create", "--dry-run=server", "-f", "-", `--as=${RELEASE.user}`, `--as-user-extra=authentication.kubernetes.io/pod-name=${pod}`], { input: stringify(body) }));
  expect(await create(claim, "another-pod")).toContain("not the recorded leader");
  expect(await create(claim, STAND_IN)).toBe("done");
  expect(await create({ ...claim, metadata: { ...claim.metadata, name: "plain" } }, STAND_IN)).toContain("in the namespace of a tenant alone");
  expect(await create({ ...claim, metadata: { ...claim.metadata, labels: {} } }, STAND_IN)).toContain("in the namespace of a tenant alone");
  expect(await create({ ...claim, metadata: { ...claim.metadata, namespace: "default" } }, STAND_IN)).toContain("in the namespace of a tenant alone");
  const remove = answerOf(cluster.kubectl(["delete", "configmap", RELEASE.name, ...HOME, "--dry-run=server", `--as=${RELEASE.user}`, `--as-user-extra=authentication.kubernetes.io/pod-name=${STAND_IN}`]));
  expect(await remove).toContain("in the namespace of a tenant alone");
});

test("a tenant that goes leaves its block in quarantine, and after thirty days it is nobody's", async () => {
  const before = await claims();
  for (const name of ["acme", "globex"]) await deleteTenant(cluster, name);
  expect(await claims()).toEqual([]);
  expect(await claims("released")).toEqual(expect.arrayContaining([...before]));
  await operator?.stop();
  await start("2026-11-30T14:00:00Z", "2027-01-15T12:00:00Z");
  await expect.poll(() => claims("released"), PATIENCE).toEqual([]);
});

test("the chart's rights sufficed", () => {
  const refused = readAudit(cluster).filter((event) => isOperators(event) && [403, 422].includes(event.responseStatus?.code ?? 0));
  // Those that were tried by hand, in its name.
  expect(refused.filter(({ requestURI }) => !requestURI.includes("dryRun=All"))).toEqual([]);
});
