import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { eventually } from "./support.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", audit: true, podGoneMs: 1_000 });
});

afterAll(async () => {
  await cluster.stop();
});

const IMAGE = "registry.example/teleport";

/** One container, and no longer grace than the stand-in kubelet needs. */
const podSpec = (container: string, tag: string, more: object = {}) => ({
  terminationGracePeriodSeconds: 1,
  containers: [{ name: container, image: `${IMAGE}:${tag}` }],
  ...more,
});

const deployment = (name: string, spec: object, replicas = 1) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
});

const job = (name: string, tag: string) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: { backoffLimit: 0, template: { spec: podSpec("preflight", tag, { restartPolicy: "Never" }) } },
});

async function inNamespace(namespace: string, ...objects: readonly object[]): Promise<void> {
  await cluster.kubectl(["create", "namespace", namespace]);
  await cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
}

const rolledOut = (namespace: string, name: string) => cluster.kubectl(["rollout", "status", "-n", namespace, `deployment/${name}`, "--timeout=30s"]);
const tctl = (namespace: string, ...args: readonly string[]) => cluster.kubectl(["exec", "-n", namespace, "deployment/auth", "-c", "auth", "--", "tctl", ...args]);
const inventory = (namespace: string) => tctl(namespace, "inventory", "ls", "--format=json");
const field = async (namespace: string, object: string, path: string) => cluster.kubectl(["get", "-n", namespace, object, "-o", `jsonpath=${path}`]);

describe("a full cluster", () => {
  test("has a node in each of four zones", async () => {
    const zones = await cluster.kubectl(["get", "nodes", "-o", "jsonpath={.items[*].metadata.labels.topology\\.kubernetes\\.io/zone}"]);
    expect(zones.split(" ").sort()).toEqual(["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"]);
  });

  test("brings a Deployment of two with a volume to Ready, spread over zones, behind its Service", async () => {
    const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "auth" }, spec: { selector: { app: "auth" }, ports: [{ port: 3025 }] } };
    const spec = podSpec("auth", "17.2.1", {
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "auth" } } }],
    });
    await inNamespace("volume", claim, service, deployment("auth", spec, 2));
    await rolledOut("volume", "auth");
    expect(await field("volume", "deployment/auth", "{.status.readyReplicas}")).toBe("2");
    expect(await field("volume", "pvc/data", "{.status.phase}")).toBe("Bound");
    expect(new Set((await field("volume", "pods", "{.items[*].spec.nodeName}")).split(" ")).size).toBe(2);
    await eventually("both pods are endpoints", async () => (await field("volume", "endpointslices", "{.items[*].endpoints[*].conditions.ready}")) === "true true");
  });

  test("lets a Job succeed, and fail by its image's tag or digest", async () => {
    const bad = ["18.0.0-preflight-fails", `18.0.0-preflight-fails@sha256:${"0".repeat(64)}`, `18.0.0@sha256:${"e".repeat(64)}`];
    await inNamespace("jobs", job("fine", "18.0.0"), ...bad.map((tag, n) => job(`bad-${n}`, tag)));
    await cluster.kubectl(["wait", "-n", "jobs", "--for=condition=Complete", "job/fine", "--timeout=30s"]);
    await cluster.kubectl(["wait", "-n", "jobs", "--for=condition=Failed", "job/bad-0", "job/bad-1", "job/bad-2", "--timeout=30s"]);
    expect(await field("jobs", "pods", "{.items[?(@.status.phase=='Failed')].status.containerStatuses[0].state.terminated.exitCode}")).toBe("1 1 1");
  });

  test.each([
    ["tag", "stuck", "18.0.0-never-ready"],
    ["digest", "stuck-by-digest", `18.0.0@sha256:${"f".repeat(64)}`],
  ])("never makes a pod Ready whose image says never-ready by its %s, though its Job succeeds", async (_, namespace, tag) => {
    await inNamespace(namespace, deployment("auth", podSpec("auth", tag)), job("preflight", tag));
    await cluster.kubectl(["wait", "-n", namespace, "--for=condition=Complete", "job/preflight", "--timeout=30s"]);
    await eventually("its pod runs", async () => (await field(namespace, "pods", "{.items[?(@.metadata.labels.app=='auth')].status.phase}")) === "Running");
    await new Promise((resolve) => { setTimeout(resolve, 1_500); }); // several times what a pod takes to become Ready
    expect(await field(namespace, "deployment/auth", "{.status.readyReplicas}")).toBe("");
    await cluster.kubectl(["set", "image", "-n", namespace, "deployment/auth", `auth=${IMAGE}:18.0.1`]);
    await rolledOut(namespace, "auth");
  });

  test("shows a deleted pod terminating for a while", async () => {
    await inNamespace("leaving", deployment("auth", podSpec("auth", "17.2.1")));
    await rolledOut("leaving", "auth");
    const pod = await field("leaving", "pods", "{.items[0].metadata.name}");
    await cluster.kubectl(["delete", "pod", "-n", "leaving", pod, "--wait=false"]);
    expect(await field("leaving", `pod/${pod}`, "{.metadata.deletionTimestamp}")).not.toBe("");
    await cluster.kubectl(["wait", "-n", "leaving", "--for=delete", `pod/${pod}`, "--timeout=15s"]);
  });
});

const rows = (version: string) => [{ spec: { version: "v@AUTH_VERSION@", services: ["Auth"] } }, { spec: { version, services: ["Node"] } }];

describe("exec into container auth", () => {
  beforeAll(async () => {
    await Promise.all(["acme", "beta"].map((name) => inNamespace(name, deployment("auth", podSpec("auth", "17.2.1")))));
    await Promise.all(["acme", "beta"].map((name) => rolledOut(name, "auth")));
  });

  test("prints an inventory of the Auth row alone where none was set, at the pod's version", async () => {
    expect(JSON.parse(await inventory("beta"))).toMatchObject([{ kind: "instance", spec: { version: "v17.2.1", services: ["Auth"] } }]);
  });

  test("prints the namespace's own inventory, follows a change, and fills in the Auth version", async () => {
    await cluster.setInventory("acme", rows("v16.0.0"));
    expect(JSON.parse(await inventory("acme"))).toMatchObject([{ spec: { version: "v17.2.1" } }, { spec: { version: "v16.0.0" } }]);
    await cluster.setInventory("acme", rows("v17.0.0"));
    expect(JSON.parse(await inventory("acme"))).toMatchObject([{}, { spec: { version: "v17.0.0" } }]);
    expect(JSON.parse(await inventory("beta"))).toHaveLength(1);
    await cluster.setInventory("acme", "not JSON at all");
    expect(await inventory("acme")).toBe("not JSON at all");
    await cluster.setInventory("acme", undefined);
    expect(JSON.parse(await inventory("acme"))).toHaveLength(1);
  });

  test("carries an inventory of 30 MB whole", async () => {
    const row = { metadata: { name: "x".repeat(200) }, spec: { version: "v17.2.1", services: ["Node"] } };
    const many = Array.from({ length: 100_000 }, () => row);
    await cluster.setInventory("acme", many);
    expect(JSON.parse(await inventory("acme"))).toHaveLength(many.length);
    await cluster.setInventory("acme", undefined);
  });

  test("passes on the exit code, and runs no other program of this machine", async () => {
    await expect(tctl("beta", "rm", "everything")).rejects.toThrow("exit 2");
    await expect(cluster.kubectl(["exec", "-n", "beta", "deployment/auth", "--", "sh", "-c", "true"])).rejects.toThrow("no such file");
    await expect(cluster.kubectl(["exec", "-n", "beta", "deployment/auth", "--", "../fakebin/tctl"])).rejects.toThrow("bare name");
  });

  test("works again after the API server was killed and restarted", async () => {
    await cluster.restartApiServer();
    expect(JSON.parse(await inventory("beta"))).toHaveLength(1);
  });
});

describe("at the end", () => {
  test("a deleted namespace goes, and its volume with it", async () => {
    await cluster.kubectl(["delete", "namespace", "volume", "--timeout=60s"]);
    await eventually("no volume is left", async () => (await cluster.kubectl(["get", "pv", "-o", "name"])) === "");
    expect(await cluster.kubectl(["get", "namespace", "volume", "--ignore-not-found"])).toBe("");
  });
});
