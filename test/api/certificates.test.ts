import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { isOperators, readAudit } from "../support/audit.ts";
import { CERTIFICATES } from "../support/cert-manager.ts";
import { electionArgs, FAST_PLATFORM, installChart, operatorKubeconfig, type OperatorProcess, STAND_IN, startOperator } from "../support/operator.ts";

const certificates = { issuerRef: { name: "letsencrypt" } };
const folder = mkdtempSync(join(tmpdir(), "slacktide-certificates-"));
const PATIENCE = { timeout: 60_000, interval: 250 };

let cluster: Cluster;
let kubeconfig: string;
let operator: OperatorProcess | undefined;

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const apply = (...objects: readonly object[]) => cluster.kubectl(["apply", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const condition = (type: string) => cluster.kubectl(["get", "tn", "acme", "-o", `jsonpath={.status.conditions[?(@.type=='${type}')].reason}`]);

async function start(): Promise<void> {
  const configFile = join(folder, "platform.yaml");
  writeFileSync(configFile, stringify({ ...FAST_PLATFORM, certificates }));
  operator = startOperator({ cluster, kubeconfig, configFile, args: electionArgs(STAND_IN) });
  await operator.metricsPort;
}

beforeAll(async () => {
  cluster = await startCluster({ profile: "controllers", audit: true, log: () => undefined });
  await installChart(cluster, { isLed: false, values: { config: { certificates } } });
  kubeconfig = await operatorKubeconfig(cluster);
  await apply(object("ReleaseChannel", "stable", { releases: [{ version: "17.2.1", releasedAt: "2025-10-06T14:00:00Z" }] }), object("Tenant", "acme", { domain: "acme.teleport.example", region: "us-west-2" }));
});

afterAll(async () => {
  await operator?.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("without a cert-manager the operator runs, makes no new tenant, and says why", async () => {
  await start();
  await expect.poll(() => condition("Stalled"), PATIENCE).toBe("CertManagerMissing");
  expect(operator?.logs.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([expect.stringContaining("cert-manager is not installed")]);
  expect(await cluster.kubectl(["get", "namespace", "tenant-acme", "--ignore-not-found"])).toBe("");
  expect(await operator?.stop()).toEqual({ code: 0, signal: null });
});

test("with one it asks for the tenant's certificate, and sees when it is issued", async () => {
  await apply(CERTIFICATES);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd/certificates.cert-manager.io", "--timeout=30s"]);
  await start();
  await expect.poll(() => condition("CertificateReady"), PATIENCE).toBe("NotIssued");
  expect(await cluster.kubectl(["get", "certificates.cert-manager.io", "web", "-n", "tenant-acme", "-o", "jsonpath={.spec.dnsNames[*]} {.spec.issuerRef.kind}"])).toBe("acme.teleport.example *.acme.teleport.example ClusterIssuer");
  await cluster.kubectl(["patch", "certificates.cert-manager.io", "web", "-n", "tenant-acme", "--subresource=status", "--type=merge", "-p", '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}']);
  await expect.poll(() => condition("CertificateReady"), PATIENCE).toBe("Issued");
  await cluster.kubectl(["patch", "certificates.cert-manager.io", "web", "-n", "tenant-acme", "--type=merge", "-p", '{"spec": {"dnsNames": ["elsewhere.example"]}}']);
  await expect.poll(() => cluster.kubectl(["get", "certificates.cert-manager.io", "web", "-n", "tenant-acme", "-o", "jsonpath={.spec.dnsNames[0]}"]), PATIENCE).toBe("acme.teleport.example");
});

test("the chart's rights sufficed", () => {
  const refused = readAudit(cluster).filter((event) => isOperators(event) && [403, 422].includes(event.responseStatus?.code ?? 0));
  expect(refused).toEqual([]);
});
