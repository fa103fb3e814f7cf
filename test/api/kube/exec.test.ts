import { afterAll, beforeAll, expect, test } from "vitest";

import { loadKubeConfig } from "../../../src/kube/credentials.ts";
import { isNotFound } from "../../../src/kube/errors.ts";
import { execInPod } from "../../../src/kube/exec.ts";
import { startCluster } from "../../../tools/cluster/cluster.ts";
import type { Cluster } from "../../../tools/cluster/cluster.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ profile: "full", log: () => undefined });
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "auth-0" }, spec: { containers: [{ name: "auth", image: "teleport:17.2.1" }] } };
  await cluster.kubectl(["create", "namespace", "tenant-acme"]);
  await cluster.kubectl(["apply", "-n", "tenant-acme", "-f", "-"], { input: JSON.stringify(pod) });
  await cluster.kubectl(["wait", "-n", "tenant-acme", "--for=condition=Ready", "pod/auth-0", "--timeout=60s"]);
});
afterAll(() => cluster.stop());

const run = async (more: { command?: string[]; pod?: string; maxBytes?: number }) => {
  let stdout = "";
  const take = async (chunk: Uint8Array) => void (stdout += Buffer.from(chunk).toString());
  const inventory = ["tctl", "inventory", "ls", "--format=json"];
  const where = { namespace: "tenant-acme", pod: "auth-0", container: "auth", command: inventory, maxBytes: 1_000_000, timeoutMs: 10_000, take };
  return { ...(await execInPod(loadKubeConfig(cluster.kubeconfig), { ...where, ...more })), stdout };
};

test("a command's output comes back through the pods/exec subresource", async () => {
  await cluster.setInventory("tenant-acme", [{ hostname: "agent-1" }]);
  expect(await run({})).toEqual({ stdout: '[{"hostname":"agent-1"}]', exitCode: 0 });
});

test("ten thousand agents fit, and too many are refused", async () => {
  const agents = Array.from({ length: 10_000 }, (_, n) => ({ hostname: `agent-${n}` }));
  await cluster.setInventory("tenant-acme", agents);
  const { stdout } = await run({});
  expect(JSON.parse(stdout)).toEqual(agents);
  await expect(run({ maxBytes: 100_000 })).rejects.toThrow(/more than 100000 bytes of output$/);
});

test("a command that fails is a result; a pod that isn't there is an error", async () => {
  expect(await run({ command: ["tctl", "nonsense"] })).toMatchObject({ stdout: "", exitCode: 2 });
  const error: unknown = await run({ pod: "nobody" }).catch((reason: unknown) => reason);
  expect(isNotFound(error)).toBe(true);
});
