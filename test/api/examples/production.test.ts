import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { ACK_PLURALS, installAck, runAck } from "../../support/ack.ts";
import { CERTIFICATES, ISSUERS } from "../../support/cert-manager.ts";
import { allowRehearsal, installChart, operatorKubeconfig, type OperatorProcess, RELEASE, startOperator } from "../../support/operator.ts";
import { ownedBy } from "./owned.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const PLATFORM = join(EXAMPLES, "platform-production.yaml");
const GOLDEN = join(import.meta.dirname, "golden/tenant-production");
const REGIONS = ["us-west-2", "us-east-1", "eu-central-1", "ap-south-1", "ap-southeast-1", "sa-east-1"];
const OF_OTHERS = ["issuers.cert-manager.io", "certificates.cert-manager.io", ...ACK_PLURALS];

let cluster: Cluster;
let operator: OperatorProcess | undefined;
const ending = new AbortController();
let ack: Promise<void> | undefined;

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", regions: REGIONS, log: () => undefined });
  const config: unknown = parse(readFileSync(PLATFORM, "utf8"));
  await installChart(cluster, { values: { config } });
  await allowRehearsal(cluster);
  await cluster.kubectl(["apply", "-f", "-"], { input: [CERTIFICATES, ISSUERS].map((each) => stringify(each)).join("---\n") });
  await installAck(cluster);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd/certificates.cert-manager.io", "crd/issuers.cert-manager.io", "--timeout=30s"]);
  ack = runAck(cluster, ending.signal);
  await cluster.kubectl(["apply", "-f", join(EXAMPLES, "tenant-production")]);
  operator = startOperator({ cluster, configFile: PLATFORM, kubeconfig: await operatorKubeconfig(cluster), rehearseFrom: "2026-12-01T12:00:00Z", rehearseUntil: "2026-12-01T13:00:00Z", args: [`--lease-namespace=${RELEASE.namespace}`] });
  await cluster.kubectl(["wait", "--for=jsonpath={.status.phase}=Active", "tenant/initech", "--timeout=100s"]);
  await operator.stop();
});

afterAll(async () => {
  ending.abort();
  await ack?.catch(() => undefined);
  await operator?.kill();
  await cluster?.stop();
});

const fileOf = (object: string) => `${object.replace(" ", "-").toLowerCase()}.yaml`;

// `npx vitest run --project api test/api/examples -u` writes them anew.
test("a tenant in six regions, on AWS, with a bucket of the customer's own, owns exactly these objects", async () => {
  const owned = await ownedBy(cluster, "initech", OF_OTHERS);
  for (const [object, yaml] of owned) await expect(yaml).toMatchFileSnapshot(join(GOLDEN, fileOf(object)));
  expect(readdirSync(GOLDEN).sort()).toEqual([...owned.keys()].map(fileOf).sort());
});

test("its storage is in AWS, and no object stands for the customer's bucket", async () => {
  expect(await cluster.kubectl(["get", "tn", "initech", "-o", "jsonpath={.status.conditions[?(@.type=='StorageReady')].reason}"])).toBe("Synced");
  expect(await cluster.kubectl(["get", "buckets.s3.services.k8s.aws", "--all-namespaces", "-o", "name"])).toBe("");
});

test("it has two pods of Auth, and two proxies in each of the six regions", async () => {
  const components = await cluster.kubectl(["get", "pods", "-n", "tenant-initech", "-o", "jsonpath={.items[*].metadata.labels.app\\.kubernetes\\.io/component}"]);
  expect(components.split(" ").sort()).toEqual(["auth", ...REGIONS.map((region) => `proxy-${region}`)].flatMap((each) => [each, each]).sort());
});
