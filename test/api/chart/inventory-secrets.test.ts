import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { inventoryAccess } from "../../../src/inventory-access.ts";
import { KubeClient } from "../../../src/kube/client.ts";
import { loadKubeConfig } from "../../../src/kube/credentials.ts";
import { HttpTransport } from "../../../src/kube/transport.ts";
import { realMono } from "../../../src/runtime/clock.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { startCluster, type Cluster } from "../../../tools/cluster/cluster.ts";
import { installChart, operatorKubeconfig } from "../../support/chart.ts";

let cluster: Cluster;
let kubeconfig: string;
let transport: HttpTransport;
const { signal } = new AbortController();

const secret = (namespace: string, name: string) => ({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData: { token: "s3cret" } });

beforeAll(async () => {
  cluster = await startCluster({ profile: "light", log: () => undefined });
  for (const name of ["tenant-acme", "tenant-b"]) await cluster.kubectl(["create", "namespace", name]);
  const secrets = [secret("tenant-acme", "inventory"), secret("tenant-acme", "other"), secret("tenant-b", "inventory")];
  await cluster.kubectl(["apply", "-f", "-"], { input: secrets.map((each) => stringify(each)).join("---\n") });
  await installChart(cluster, { values: { inventorySecrets: [{ tenant: "acme", name: "inventory" }] } });
  kubeconfig = await operatorKubeconfig(cluster);
  transport = new HttpTransport({ config: loadKubeConfig(kubeconfig), mono: realMono, metrics: noMetrics });
});
afterAll(async () => {
  await transport.close();
  await cluster.stop();
});

test("the operator reads the Secret of an inventory that the chart was told of", async () => {
  const access = inventoryAccess(loadKubeConfig(kubeconfig), new KubeClient({ transport }));
  const found = await access.secret({ namespace: "tenant-acme", name: "inventory" }, signal);
  expect(Buffer.from(found?.data?.["token"] ?? "", "base64").toString()).toBe("s3cret");
});

test.each([
  ["another of the same tenant", "tenant-acme", "other"],
  ["one of another tenant by the same name", "tenant-b", "inventory"],
  ["one that is not there", "tenant-b", "nothing"],
])("and not %s, which it says as a person would want to know it", async (_what, namespace, name) => {
  const access = inventoryAccess(loadKubeConfig(kubeconfig), new KubeClient({ transport }));
  await expect(access.secret({ namespace, name }, signal)).rejects.toThrow(`Slacktide may not read Secret "${namespace}/${name}"`);
});

test("nor does it list any, anywhere", async () => {
  for (const where of [["-n", "tenant-acme"], ["-A"]]) await expect(cluster.kubectl(["get", "secrets", ...where], { kubeconfig })).rejects.toThrow(/forbidden/);
});

test("a Service is where the API server says", async () => {
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "inventory", namespace: "tenant-acme" }, spec: { ports: [{ port: 443 }] } };
  await cluster.kubectl(["apply", "-f", "-"], { input: stringify(service) });
  const access = inventoryAccess(loadKubeConfig(kubeconfig), new KubeClient({ transport }));
  const found = await access.service({ namespace: "tenant-acme", name: "inventory" }, signal);
  expect(found).toMatchObject({ type: "ClusterIP", clusterIPs: [await cluster.kubectl(["get", "service", "inventory", "-n", "tenant-acme", "-o", "jsonpath={.spec.clusterIP}"])] });
  expect(await access.service({ namespace: "tenant-acme", name: "nothing" }, signal)).toBeUndefined();
});
