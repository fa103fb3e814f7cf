import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { clientOf, type RunTool } from "../../../tools/cluster/client.ts";
import { findTools } from "../../../tools/cluster/tools.ts";
import { CHART } from "../../support/chart.ts";

const object = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }) });

const folder = mkdtempSync(join(tmpdir(), "chart-"));
let helm: RunTool;

beforeAll(async () => {
  ({ helm } = clientOf(await findTools(() => undefined), join(folder, "no-kubeconfig"), folder));
});
afterAll(() => rmSync(folder, { recursive: true }));

const template = (...flags: readonly string[]) => helm(["template", "it", CHART, "--namespace", "slacktide-system", ...flags]);
async function rendered(...flags: readonly string[]) {
  // What is switched off leaves empty documents.
  const documents = parseAllDocuments(await template(...flags)).map((document): unknown => document.toJS()).filter((each) => each !== null);
  return documents.map((each) => object.parse(each));
}
const monitored = async (...flags: readonly string[]) => (await rendered(...flags)).filter(({ apiVersion }) => apiVersion.startsWith("monitoring.coreos.com/"));

test("nothing is asked of a Prometheus operator unless somebody wants it", async () => {
  expect(await monitored()).toEqual([]);
});

test("a PodMonitor scrapes the port of the metrics, and the alerts come whole", async () => {
  const [monitor, rule, ...others] = await monitored("--set=monitoring.podMonitor=true", "--set=monitoring.alerts=true", "--set=monitoring.labels.release=prometheus");
  expect(others).toEqual([]);
  expect([monitor?.metadata.labels?.["release"], rule?.metadata.labels?.["release"]]).toEqual(["prometheus", "prometheus"]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is, the schema that is asked next says
  for (const each of [new PodMonitor(monitor as never), new PrometheusRule(rule as never)]) expect(() => each.validate()).not.toThrow();
  expect(monitor?.["spec"]).toMatchObject({ selector: { matchLabels: { "app.kubernetes.io/name": "slacktide" } }, podMetricsEndpoints: [{ port: "http", path: "/metrics" }] });
  expect(JSON.stringify(rule)).toContain("{{ $labels.controller }}");
});

test("each of them comes alone", async () => {
  for (const [flag, kind] of [["podMonitor", "PodMonitor"], ["alerts", "PrometheusRule"]] as const) expect((await monitored(`--set=monitoring.${flag}=true`)).map((each) => each.kind)).toEqual([kind]);
});

test("labels of one's own replace none of the release's", async () => {
  const [monitor] = await monitored("--set=monitoring.podMonitor=true", "--set-json=monitoring.labels={\"app.kubernetes.io/name\":\"other\"}");
  expect(monitor?.metadata.labels?.["app.kubernetes.io/name"]).toBe("slacktide");
});

test("proxies of regions in other clusters may ask the version server, from where they come", async () => {
  const cluster = { kubeconfigSecret: { name: "eu" }, authAddress: "{tenant}.auth.example.com:3025", proxyCidrs: ["203.0.113.0/24", "2001:db8::/32"] };
  const policy = async (...flags: readonly string[]) => (await rendered(...flags)).find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name.endsWith("-versions"));
  const here = await policy();
  const abroad = await policy(`--set-json=config.regions=${JSON.stringify([{ name: "us-west-2" }, { name: "eu-central-1", cluster }])}`);
  const from = z.looseObject({ ingress: z.array(z.looseObject({ from: z.array(z.record(z.string(), z.unknown())).optional() })) });
  const [ofTenants, ...more] = from.parse(abroad?.["spec"]).ingress.flatMap((rule) => rule.from ?? []);
  expect([ofTenants]).toEqual(from.parse(here?.["spec"]).ingress.flatMap((rule) => rule.from ?? []));
  expect(more).toEqual(cluster.proxyCidrs.map((cidr) => ({ ipBlock: { cidr } })));
});

test.each(["config", "leaderElection", "policies", "monitoring"])("%s taken away is refused by its name", async (key) => {
  await expect(template(`--set=${key}=null`)).rejects.toThrow(`missing property '${key}'`);
});
