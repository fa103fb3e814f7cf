import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { newAuthority } from "../../tools/cluster/pki.ts";
import { isOperators, readAudit } from "../support/audit.ts";
import { AS_OPERATOR } from "../support/chart.ts";
import { electionArgs, FAST_PLATFORM, installChart, operatorKubeconfig, type OperatorProcess, STAND_IN, startOperator } from "../support/operator.ts";

const monitoring = newAuthority("monitoring");
const metrics = { clientCa: monitoring.cert, keysFrom: "Slacktide" };
const folder = mkdtempSync(join(tmpdir(), "slacktide-metrics-keys-"));
const PATIENCE = { timeout: 60_000, interval: 250 };

let cluster: Cluster;
let kubeconfig: string;
let operator: OperatorProcess | undefined;

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const tenant = (name: string) => object("Tenant", name, { domain: `${name}.teleport.example`, region: "us-west-2" });
const apply = (...objects: readonly object[]) => cluster.kubectl(["apply", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const field = (what: string, name: string, path: string, of = "acme") => cluster.kubectl(["get", what, name, ...(what === "tn" ? [] : ["-n", `tenant-${of}`]), "-o", `jsonpath=${path}`]);
const condition = (type: string, of = "acme") => field("tn", of, `{.status.conditions[?(@.type=='${type}')].reason}`);
const text = (base64: string) => Buffer.from(base64, "base64").toString();
const answerOf = (action: Promise<string>) => action.then(() => "done", String);

async function start(): Promise<OperatorProcess> {
  const configFile = join(folder, "platform.yaml");
  writeFileSync(configFile, stringify({ ...FAST_PLATFORM, metrics }));
  const started = startOperator({ cluster, kubeconfig, configFile, args: electionArgs(STAND_IN) });
  await started.metricsPort;
  return started;
}

beforeAll(async () => {
  cluster = await startCluster({ profile: "controllers", audit: true, log: () => undefined });
  await installChart(cluster, { isLed: false, values: { config: { metrics } } });
  kubeconfig = await operatorKubeconfig(cluster);
  await apply(object("ReleaseChannel", "stable", { releases: [{ version: "17.2.1", releasedAt: "2025-10-06T14:00:00Z" }] }), tenant("acme"), tenant("bravo"));
  operator = await start();
});

afterAll(async () => {
  await operator?.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("without a cert-manager each tenant has a key of its own, and its certificate is shown", async () => {
  for (const name of ["acme", "bravo"]) {
    await expect.poll(() => condition("MetricsReady", name), PATIENCE).toBe("Issued");
    const shown = await field("configmap", "metrics-certificate", "{.data.tls\\.crt}", name);
    expect(text(await field("secret", "metrics-own", "{.data.tls\\.crt}", name))).toBe(shown);
    expect(new X509Certificate(shown).subjectAltName).toBe(`DNS:metrics.tenant-${name}.svc`);
  }
});

test("a server with it shows its metrics to the platform's client alone, which knows it by what is shown", async () => {
  const material = async (name: string) => ({ key: text(await field("secret", "metrics-own", "{.data.tls\\.key}", name)), cert: await field("configmap", "metrics-certificate", "{.data.tls\\.crt}", name) });
  const [acme, bravo] = [await material("acme"), await material("bravo")];
  const server = createServer({ ...acme, ca: await field("configmap", "metrics-clients", "{.data.clients\\.crt}"), requestCert: true, rejectUnauthorized: true }, (socket) => socket.on("error", () => undefined).end("metrics"));
  server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  const read = (own: object, ca = acme.cert) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, ca, servername: "metrics.tenant-acme.svc", ...own });
      let got = "";
      socket.on("data", (data) => (got += data.toString())).on("error", () => resolve("refused")).on("close", () => resolve(got === "" ? "refused" : got));
    });
  const prometheus = monitoring.issue({ name: "prometheus" });
  expect([await read(prometheus), await read(prometheus, bravo.cert), await read(bravo), await read(newAuthority("monitoring").issue({ name: "prometheus" })), await read({})]).toEqual(["metrics", "refused", "refused", "refused", "refused"]);
  server.close();
});

test("it stays the same across a restart, and nobody can change it, nor remove it unless confirmed", async () => {
  const before = await field("secret", "metrics-own", "{.metadata.uid} {.metadata.resourceVersion}");
  expect(await operator?.stop()).toEqual({ code: 0, signal: null });
  await cluster.kubectl(["delete", "configmap", "metrics-certificate", "-n", "tenant-acme"]);
  operator = await start();
  await expect.poll(() => answerOf(field("configmap", "metrics-certificate", "{.kind}")), PATIENCE).toBe("done");
  expect(await field("secret", "metrics-own", "{.metadata.uid} {.metadata.resourceVersion}")).toBe(before);
  expect(await answerOf(cluster.kubectl(["delete", "secret", "metrics-own", "-n", "tenant-acme"]))).toContain("pods with this Secret do not start without it; to confirm its deletion: kubectl annotate secret metrics-own -n tenant-acme slacktide.dev/confirm-delete=");
  expect(await answerOf(cluster.kubectl(["patch", "secret", "metrics-own", "-n", "tenant-acme", "--type=merge", "-p", '{"stringData": {"tls.key": "mine"}}']))).toContain("immutable");
});

test("the operator may make no other Secret, nor read another one", async () => {
  const as = (...args: readonly string[]) => answerOf(cluster.kubectl([...args, "-n", "tenant-acme", ...AS_OPERATOR]));
  expect(await as("create", "secret", "generic", "another")).toContain("Slacktide may make the Secret metrics-own");
  expect(await as("get", "secrets")).toContain("forbidden");
  expect(await as("get", "secret", "web-tls")).toContain("forbidden");
  expect(await as("delete", "secret", "metrics-own")).toContain("forbidden");
});

test("the chart's rights sufficed, no Secret was listed, and no key is in what the operator wrote", async () => {
  const events = readAudit(cluster).filter((event) => isOperators(event));
  expect(events.filter((event) => [403, 422].includes(event.responseStatus?.code ?? 0) && event.objectRef?.name !== "another" && !["get", "list", "delete"].includes(event.verb))).toEqual([]);
  const made = events.filter((event) => event.objectRef?.resource === "secrets" && event.verb === "create" && event.responseStatus?.code === 201);
  expect(new Set(made.map((event) => event.objectRef?.namespace))).toEqual(new Set(["tenant-acme", "tenant-bravo"]));
  expect(made.length).toBe(2);
  const line = text(await field("secret", "metrics-own", "{.data.tls\\.key}")).split("\n")[1] ?? "";
  expect(line.length).toBeGreaterThan(20);
  expect(JSON.stringify(operator?.logs)).not.toContain(line);
});
