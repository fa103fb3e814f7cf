import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { allowRehearsal, installChart, operatorKubeconfig, type OperatorProcess, startOperator } from "../../support/operator.ts";
import { ownedBy } from "./owned.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const GOLDEN = join(import.meta.dirname, "golden");

/** Each example, whose it is, and its pods by component. */
const OWNERS = [
  { example: "tenant-minimal", tenant: "acme", pods: ["auth", "proxy-us-west-2", "proxy-us-west-2"] },
  { example: "tenant-large", tenant: "globex", pods: ["auth", "proxy-eu-central-1", "proxy-eu-central-1", "proxy-eu-central-1", "proxy-us-west-2", "proxy-us-west-2", "proxy-us-west-2"] },
] as const;

let cluster: Cluster;
let operator: OperatorProcess | undefined;

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", regions: ["us-west-2", "eu-central-1"], log: () => undefined });
  await installChart(cluster);
  await allowRehearsal(cluster);
  for (const { example } of OWNERS) await cluster.kubectl(["apply", "-f", join(EXAMPLES, example)]);
  // The platform's defaults: the files show what a real tenant owns.
  const configFile = join(cluster.dir, "platform.yaml");
  writeFileSync(configFile, "{}\n");
  operator = startOperator({ cluster, configFile, kubeconfig: await operatorKubeconfig(cluster), rehearseFrom: "2026-12-01T12:00:00Z", rehearseUntil: "2026-12-01T13:00:00Z" });
  await cluster.kubectl(["wait", "--for=jsonpath={.status.phase}=Active", ...OWNERS.map(({ tenant }) => `tenant/${tenant}`), "--timeout=90s"]);
  await operator.stop();
});

afterAll(async () => {
  await operator?.kill();
  await cluster?.stop();
});

const fileOf = (object: string) => `${object.replace(" ", "-").toLowerCase()}.yaml`;

// `npx vitest run --project api test/api/examples -u` writes them anew, and looks for files too many the next time.
describe.each(OWNERS)("$example", ({ example, tenant, pods }) => {
  test("owns exactly these objects, each as its file says", async () => {
    const owned = await ownedBy(cluster, tenant);
    for (const [object, yaml] of owned) await expect(yaml).toMatchFileSnapshot(join(GOLDEN, example, fileOf(object)));
    expect(readdirSync(join(GOLDEN, example)).sort()).toEqual([...owned.keys()].map(fileOf).sort());
  });

  test("has no pod of which the API server warns", async () => {
    const namespaced = ["label", "--dry-run=server", "--overwrite", "namespace", `tenant-${tenant}`, "pod-security.kubernetes.io/enforce=restricted"];
    expect(await cluster.kubectl(namespaced)).not.toContain("violate");
    const components = await cluster.kubectl(["get", "pods", "-n", `tenant-${tenant}`, "-o", "jsonpath={.items[*].metadata.labels.app\\.kubernetes\\.io/component}"]);
    expect(components.split(" ").sort()).toEqual(pods);
  });
});
