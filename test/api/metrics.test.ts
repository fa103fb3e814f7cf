import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { newAuthority } from "../../tools/cluster/pki.ts";
import { isOperators, readAudit } from "../support/audit.ts";
import { CERTIFICATES, ISSUERS } from "../support/cert-manager.ts";
import { electionArgs, FAST_PLATFORM, installChart, operatorKubeconfig, type OperatorProcess, STAND_IN, startOperator } from "../support/operator.ts";

const metrics = { clientCa: newAuthority("monitoring").cert };
const folder = mkdtempSync(join(tmpdir(), "slacktide-metrics-"));
const PATIENCE = { timeout: 60_000, interval: 250 };
const NAMESPACE = ["-n", "tenant-acme"];

let cluster: Cluster;
let operator: OperatorProcess | undefined;

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const apply = (...objects: readonly object[]) => cluster.kubectl(["apply", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const field = (what: string, name: string, path: string) => cluster.kubectl(["get", what, name, ...(what === "tn" ? [] : NAMESPACE), "-o", `jsonpath=${path}`]);
const condition = (type: string) => field("tn", "acme", `{.status.conditions[?(@.type=='${type}')].reason}`);

beforeAll(async () => {
  cluster = await startCluster({ profile: "controllers", audit: true, log: () => undefined });
  await installChart(cluster, { isLed: false, values: { config: { metrics } } });
  await apply(CERTIFICATES, ISSUERS);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd/certificates.cert-manager.io", "crd/issuers.cert-manager.io", "--timeout=30s"]);
  await apply(object("ReleaseChannel", "stable", { releases: [{ version: "17.2.1", releasedAt: "2025-10-06T14:00:00Z" }] }), object("Tenant", "acme", { domain: "acme.teleport.example", region: "us-west-2" }));
  const configFile = join(folder, "platform.yaml");
  writeFileSync(configFile, stringify({ ...FAST_PLATFORM, metrics }));
  operator = startOperator({ cluster, kubeconfig: await operatorKubeconfig(cluster), configFile, args: electionArgs(STAND_IN) });
  await operator.metricsPort;
});

afterAll(async () => {
  await operator?.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a tenant's own Issuer and Certificate are asked for, and its pods have what comes of them", async () => {
  await expect.poll(() => condition("MetricsReady"), PATIENCE).toBe("NotIssued");
  expect(await field("issuers.cert-manager.io", "metrics", "{.spec}")).toBe('{"selfSigned":{}}');
  expect(await field("certificates.cert-manager.io", "metrics", "{.spec.dnsNames[*]} {.spec.issuerRef.kind} {.spec.secretName}")).toBe("metrics.tenant-acme.svc Issuer metrics-tls");
  expect(await field("configmap", "metrics-clients", "{.data.clients\\.crt}")).toBe(metrics.clientCa);
  await expect.poll(() => field("deployment", "auth", "{.spec.template.spec.volumes[?(@.name=='metrics')].projected.sources[*]['secret','configMap'].name}"), PATIENCE).toBe("metrics-tls metrics-clients");
  expect(await field("networkpolicy", "auth", "{.spec.ingress[*].ports[*].port}")).toBe("3025 3081");
});

test("that it is issued is seen, and what somebody changes is put right", async () => {
  await cluster.kubectl(["patch", "certificates.cert-manager.io", "metrics", ...NAMESPACE, "--subresource=status", "--type=merge", "-p", '{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}']);
  await expect.poll(() => condition("MetricsReady"), PATIENCE).toBe("Issued");
  await cluster.kubectl(["patch", "certificates.cert-manager.io", "metrics", ...NAMESPACE, "--type=merge", "-p", '{"spec": {"dnsNames": ["metrics.tenant-bravo.svc"]}}']);
  await expect.poll(() => field("certificates.cert-manager.io", "metrics", "{.spec.dnsNames[*]}"), PATIENCE).toBe("metrics.tenant-acme.svc");
  await cluster.kubectl(["delete", "issuers.cert-manager.io", "metrics", ...NAMESPACE]);
  await expect.poll(() => field("issuers.cert-manager.io", "metrics", "{.kind}").catch(String), PATIENCE).toBe("Issuer");
  await cluster.kubectl(["patch", "configmap", "metrics-clients", ...NAMESPACE, "--type=merge", "-p", '{"data": {"clients.crt": "others"}}']);
  await expect.poll(() => field("configmap", "metrics-clients", "{.data.clients\\.crt}"), PATIENCE).toBe(metrics.clientCa);
});

test("it comes to rest: nothing is written while nothing changes", async () => {
  const written = () => readAudit(cluster).filter((event) => isOperators(event) && ["patch", "create", "update"].includes(event.verb) && event.objectRef?.namespace === "tenant-acme").length;
  let before = -1;
  await expect.poll(() => { const now = written(); const isSame = now === before; before = now; return isSame; }, { timeout: 30_000, interval: 3_000 }).toBe(true);
});

test("the chart's rights sufficed", () => {
  const refused = readAudit(cluster).filter((event) => isOperators(event) && [403, 422].includes(event.responseStatus?.code ?? 0));
  expect(refused).toEqual([]);
});
