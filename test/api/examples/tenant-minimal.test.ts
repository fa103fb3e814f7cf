import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { allowRehearsal, installChart, operatorKubeconfig, type OperatorProcess, startOperator } from "../../support/operator.ts";
import { ownedBy } from "./owned.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/tenant-minimal");
const GOLDEN = join(import.meta.dirname, "golden/tenant-minimal");

let cluster: Cluster;
let operator: OperatorProcess | undefined;

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", regions: ["us-west-2"], log: () => undefined });
  await installChart(cluster);
  await allowRehearsal(cluster);
  await cluster.kubectl(["apply", "-f", EXAMPLE]);
  // The platform's defaults: the files show what a real tenant owns.
  const configFile = join(cluster.dir, "platform.yaml");
  writeFileSync(configFile, "{}\n");
  operator = startOperator({ cluster, configFile, kubeconfig: await operatorKubeconfig(cluster), rehearseFrom: "2026-12-01T12:00:00Z", rehearseUntil: "2026-12-01T13:00:00Z" });
  await cluster.kubectl(["wait", "--for=jsonpath={.status.phase}=Active", "tenant/acme", "--timeout=90s"]);
  await operator.stop();
});

afterAll(async () => {
  await operator?.kill();
  await cluster?.stop();
});

const fileOf = (object: string) => `${object.replace(" ", "-").toLowerCase()}.yaml`;

// `npx vitest run --project api test/api/examples -u` writes them anew, and looks for files too many the next time.
test("the minimal tenant owns exactly these objects, each as its file says", async () => {
  const owned = await ownedBy(cluster, "acme");
  for (const [object, yaml] of owned) await expect(yaml).toMatchFileSnapshot(join(GOLDEN, fileOf(object)));
  expect(readdirSync(GOLDEN).sort()).toEqual([...owned.keys()].map(fileOf).sort());
});

test("no pod of it made the API server warn of pod security", async () => {
  const namespaced = ["label", "--dry-run=server", "--overwrite", "namespace", "tenant-acme", "pod-security.kubernetes.io/enforce=restricted"];
  expect(await cluster.kubectl(namespaced)).not.toContain("violate");
  const pods = await cluster.kubectl(["get", "pods", "-n", "tenant-acme", "-o", "jsonpath={.items[*].metadata.labels.app\\.kubernetes\\.io/component}"]);
  expect(pods.split(" ").sort()).toEqual(["auth", "proxy-us-west-2", "proxy-us-west-2"]);
});
