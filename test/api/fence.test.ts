import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { loadKubeConfig } from "../../src/kube/credentials.ts";
import { isFenced } from "../../src/kube/errors.ts";
import { execInPod } from "../../src/kube/exec.ts";
import { KINDS, type Kind } from "../../src/kube/kind.ts";
import { LEADERSHIP_KIND } from "../../src/kube/leadership.ts";
import { HttpTransport } from "../../src/kube/transport.ts";
import { OWN_KINDS } from "../../src/operator.ts";
import { realMono } from "../../src/runtime/clock.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { installChart, operatorKubeconfig, RELEASE } from "../support/operator.ts";
import { recordLeader } from "../support/chart.ts";

// No operator runs, and the local fence is not in the way: what former leaders send is sent by hand, with their own tokens.
let cluster: Cluster;
let old: Pod;
let young: Pod;

interface Pod {
  readonly client: KubeClient;
  readonly exec: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const IN_FORCE = { timeout: 10_000, interval: 50 };
const labels = { "slacktide.dev/tenant": "acme", "slacktide.dev/tenant-uid": "uid" };
const NAMESPACE = "tenant-acme";
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } };
const inNamespace = (apiVersion: string, kind: string, more: object = {}) => ({ apiVersion, kind, metadata: { name: "auth", namespace: NAMESPACE, labels }, ...more });
const template = { metadata: { labels }, spec: { restartPolicy: "Always", containers: [{ name: "auth", image: "none" }] } };
const OBJECTS = [
  namespace,
  inNamespace("v1", "ServiceAccount"),
  inNamespace("v1", "ConfigMap"),
  inNamespace("v1", "Service", { spec: { ports: [{ port: 1 }] } }),
  inNamespace("v1", "PersistentVolumeClaim", { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } }),
  inNamespace("apps/v1", "Deployment", { spec: { replicas: 0, selector: { matchLabels: labels }, template } }),
  inNamespace("batch/v1", "Job", { spec: { suspend: true, template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } } }),
];
const own = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const TENANT = own("Tenant", "acme", { domain: "acme.teleport.example", region: "us-west-2" });
const WINDOW = own("MaintenanceWindow", "tuesday", { schedule: "0 3 * * 2", duration: "4h" });
const CHANNEL = own("ReleaseChannel", "stable", { releases: [] });

beforeAll(async () => {
  cluster = await startCluster({ profile: "light", log: () => undefined });
  await installChart(cluster);
  await cluster.kubectl(["apply", "-f", "-"], { input: [TENANT, WINDOW, CHANNEL].map((object) => stringify(object)).join("---\n") });
  [old, young] = await Promise.all([podNamed("old"), podNamed("young")]);
});
afterAll(async () => {
  await Promise.all([old.close(), young.close()]);
  await cluster.stop();
});

async function podNamed(name: string): Promise<Pod> {
  const config = loadKubeConfig(await operatorKubeconfig(cluster, name));
  const transport = new HttpTransport({ config, mono: realMono, metrics: noMetrics });
  const command = ["tctl", "inventory", "ls", "--format=json"];
  const exec = () => execInPod(config, { namespace: NAMESPACE, pod: "auth", container: "auth", command, maxBytes: 100, timeoutMs: 5_000, take: () => Promise.resolve() });
  return { client: new KubeClient({ transport, kinds: [...OWN_KINDS, LEADERSHIP_KIND] }), exec, close: () => transport.close() };
}

/** Every kind of write that the operator does; all objects are there afterwards. */
function writesOf({ client }: Pod): readonly (readonly [what: string, () => Promise<unknown>])[] {
  const kindOf = (object: { apiVersion: string; kind: string }): Kind => client.kinds.byName(object.apiVersion, object.kind);
  return [
    // First: what isn't there anymore is deleted by anybody.
    ["delete Service", () => client.remove(KINDS.Service, { namespace: NAMESPACE, name: "auth" })],
    ["delete Deployment", () => client.remove(KINDS.Deployment, { namespace: NAMESPACE, name: "auth" })],
    ...OBJECTS.map((object) => [`apply ${object.kind}`, () => client.apply(object)] as const),
    ["finalizers of Tenant", () => client.mergePatch(kindOf(TENANT), { name: "acme" }, { metadata: { annotations: { note: String(Math.random()) } } })],
    ...[TENANT, WINDOW, CHANNEL].map((object) => [`status of ${object.kind}`, () => client.applyStatus({ ...object, status: { observedGeneration: 1 } })] as const),
    ["create Event", () => client.create(eventOf())],
  ];
}

const eventOf = () => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: `probe-${Math.random().toString(36).slice(2)}`, namespace: "default" },
  eventTime: "2026-11-24T02:00:00.000000Z",
  reportingController: "probe",
  reportingInstance: "probe",
  action: "Probe",
  reason: "Probe",
  type: "Normal",
  regarding: { kind: "Namespace", name: "default" },
});

const answerOf = (action: () => Promise<unknown>) => action().then(() => "done", (error: unknown) => (isFenced(error) ? "fenced" : String(error)));

async function answers(pod: Pod): Promise<readonly string[]> {
  const given: string[] = [];
  for (const [what, write] of writesOf(pod)) given.push(`${what}: ${await answerOf(write)}`);
  return given;
}

const all = (answer: string) => writesOf(old).map(([what]) => `${what}: ${answer}`);
const inForce = async (pod: Pod) => {
  await expect.poll(() => answerOf(() => pod.client.apply(namespace)), IN_FORCE).toBe("done");
};

test("a former leader's every write is refused, although its token is as good as before", async () => {
  await recordLeader(cluster, "old", 2);
  await inForce(old);
  expect(await answers(old)).toEqual(all("done"));
  expect(await answers(young)).toEqual(all("fenced"));
  await recordLeader(cluster, "young", 3);
  await inForce(young);
  expect(await answers(old)).toEqual(all("fenced"));
  expect(await answers(young)).toEqual(all("done"));
});

test("a former leader reads no inventory", async () => {
  // A WebSocket's refusal is told by its status alone: a policy's is 403, and 404 means that only the pod is missing.
  expect(String(await old.exec().catch(String))).toContain("403");
  expect(String(await young.exec().catch(String))).toContain("404");
});

test("a token that is bound to no pod is refused", async () => {
  const unbound = cluster.kubectl(["create", "-f", "-", `--as=${RELEASE.user}`], { input: stringify(eventOf()) });
  expect(await unbound.catch(String)).toContain('pod "" of slacktide-system/slacktide is not the recorded leader, which is pod "young"');
});

test("everybody but the operator goes on as before", async () => {
  expect(await cluster.kubectl(["create", "-f", "-"], { input: stringify(eventOf()) })).toContain("created");
  expect(await cluster.kubectl(["label", "namespace", NAMESPACE, "team=blue"])).toContain("labeled");
});

test("a replica that does not lead may compete", async () => {
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "slacktide", namespace: RELEASE.namespace }, spec: { holderIdentity: "old" } };
  expect(await answerOf(() => old.client.create(lease))).toBe("done");
  expect(await answerOf(() => old.client.mergePatch(KINDS.Lease, lease.metadata, { spec: { holderIdentity: "" } }))).toBe("done");
  const found = await old.client.get(LEADERSHIP_KIND, { name: "slacktide" });
  const again = { metadata: { resourceVersion: found?.metadata.resourceVersion } };
  expect(await answerOf(() => old.client.mergePatch(LEADERSHIP_KIND, { name: "slacktide" }, again))).toBe("done");
});

test("a record goes to another leader only with a higher epoch", async () => {
  const back = old.client.mergePatch(LEADERSHIP_KIND, { name: "slacktide" }, { spec: { holder: "old" } });
  expect(await back.catch(String)).toContain("a former leader cannot record itself again");
});

test("the record is deleted by nobody, for without it everybody could write", async () => {
  expect(await cluster.kubectl(["delete", "leadership", "slacktide"]).catch(String)).toContain("a Leadership is not deleted");
});

test("nobody else is refused where no leader was ever recorded", async () => {
  await cluster.kubectl(["delete", "validatingadmissionpolicybinding", `${RELEASE.name}-leader-record`]);
  await expect.poll(() => cluster.kubectl(["delete", "leadership", "--all"]).catch(String), IN_FORCE).not.toContain("not deleted");
  expect(await cluster.kubectl(["label", "namespace", NAMESPACE, "team=red", "--overwrite"])).toContain("labeled");
  expect(await cluster.kubectl(["annotate", "tenant", "acme", "note=red", "--overwrite"])).toContain("annotated");
});
