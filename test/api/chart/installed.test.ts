import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { isOperators, readAudit } from "../../support/audit.ts";
import { allowRehearsal, deleteTenant, electionArgs, installChart, operatorKubeconfig, type OperatorProcess, RELEASE, STAND_IN, startOperator } from "../../support/operator.ts";
import { AS_OPERATOR } from "../../support/chart.ts";
import { FaultProxy } from "../../support/proxy.ts";
import { rightsOf, rightsUsed } from "./rights.ts";

const folder = mkdtempSync(join(tmpdir(), "slacktide-requests-"));
const requests = join(folder, "requests");

let cluster: Cluster;
let kubeconfig: string;
let operator: OperatorProcess;
let proxy: FaultProxy;

// From a Monday to the Tuesday after, whose opening brings a patch.
const FROM = "2026-11-30T12:00:00Z";
const UNTIL = "2026-12-01T20:00:00Z";

const object = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const release = (version: string, day: string) => ({ version, releasedAt: `${day}T14:00:00Z` });
const tenant = (name: string, spec: object = {}) =>
  object("Tenant", name, { domain: `${name}.teleport.example`, region: "us-west-2", initialVersion: "17.2.1", windows: ["noon"], ...spec });
const inADay = () => new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, "");
const FLEET = [
  object("ReleaseChannel", "stable", { releases: [release("17.2.1", "2026-11-03"), release("17.2.3", "2026-11-26"), release("18.1.2", "2026-11-03")], lines: [{ major: 18, open: "Never" }] }),
  object("MaintenanceWindow", "noon", { schedule: "0 12 * * 2", duration: "4h" }),
  tenant("acme", { proxyRegions: ["us-west-2", "eu-central-1"] }),
  tenant("listed", { agents: { inventory: { type: "ConfigMap", name: "agents" } } }),
  tenant("fickle"),
  object("Freeze", "calm", { until: inADay(), tenantSelector: { matchLabels: { "slacktide.dev/name": "nobody" } }, owner: "sre", reason: "holidays" }),
  object("Approval", "chg-1", { tenants: ["acme"], version: "18.1.2", lifts: ["Frozen"], requestedBy: "bob", approver: "admin", reason: "CHG-1", expiresAt: inADay() }),
];

/** A restore point that an earlier attempt began, whose Job never came to an end. */
const begunPoint = (uid: string) => {
  const metadata = {
    name: "restore-20261101t120000z",
    namespace: "tenant-fickle",
    labels: { "slacktide.dev/tenant": "fickle", "slacktide.dev/tenant-uid": uid, "app.kubernetes.io/component": "restore-point" },
    annotations: { "slacktide.dev/taken-at": "2026-11-01T12:00:00Z", "slacktide.dev/taken-for": "fickle-earlier", "slacktide.dev/version": "17.2.1" },
  };
  return [
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    { apiVersion: "batch/v1", kind: "Job", metadata, spec: { activeDeadlineSeconds: 1, template: { spec: { restartPolicy: "Never", containers: [{ name: "copy", image: "none" }] } } } },
  ];
};

const apply = (...objects: readonly object[]) => cluster.kubectl(["apply", "-f", "-"], { input: objects.map((each) => stringify(each)).join("---\n") });
const patch = (name: string, change: object) => cluster.kubectl(["patch", name, "--type=merge", "-p", JSON.stringify(change)]);
const field = (name: string, path: string, ...flags: readonly string[]) => cluster.kubectl(["get", name, ...flags, "-o", `jsonpath=${path}`]);
const answerOf = (action: Promise<string>) => action.then(() => "done", String);

const PATIENCE = { timeout: 60_000, interval: 250 };

async function started(rehearseFrom: string, rehearseUntil: string, by = kubeconfig): Promise<OperatorProcess> {
  const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "record-requests.ts")}`, SLACKTIDE_TEST_REQUESTS: requests };
  const process = startOperator({ cluster, kubeconfig: by, rehearseFrom, rehearseUntil, env, args: electionArgs(STAND_IN, []) });
  await process.metricsPort;
  return process;
}

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", audit: true, regions: ["us-west-2", "eu-central-1"], log: () => undefined });
  await installChart(cluster, { isLed: false });
  await allowRehearsal(cluster);
  kubeconfig = await operatorKubeconfig(cluster);
  proxy = await FaultProxy.start(cluster);
  await apply(...FLEET);
  operator = await started(FROM, UNTIL);
});

afterAll(async () => {
  await operator.stop();
  await proxy.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("with the chart's identity the operator", () => {
  test("provisions a tenant and upgrades it, and gives up the proxies of a region", async () => {
    await expect.poll(() => field("tn", "{.items[*].status.version}"), PATIENCE).toBe("17.2.3 17.2.3 17.2.3");
    await patch("tn/acme", { spec: { proxyRegions: ["us-west-2"] } });
    await expect.poll(() => field("deployments,services", "{.items[*].metadata.name}", "-n", "tenant-acme"), PATIENCE).toBe("auth proxy-us-west-2 auth proxy-us-west-2");
    await expect.poll(() => field("poddisruptionbudgets", "{.items[*].metadata.name}", "-n", "tenant-acme"), PATIENCE).toBe("auth proxy-us-west-2");
  });

  test("reads a tenant's agents from its ConfigMap, and from tctl in its Auth pod", async () => {
    const agents = JSON.stringify([{ metadata: { name: "a" }, spec: { version: "v16.5.0", services: ["Node"], hostname: "old" } }]);
    await cluster.kubectl(["create", "configmap", "agents", "-n", "tenant-listed", `--from-literal=inventory.json=${agents}`]);
    await cluster.setInventory("tenant-acme", [{ metadata: { name: "auth" }, spec: { version: "v@AUTH_VERSION@", services: ["Auth"] } }, { metadata: { name: "b" }, spec: { version: "v16.4.0", services: ["Node"] } }]);
    // A new process reads every inventory before it trusts it. To this one the API server is of those that must be listed.
    await operator.stop();
    proxy.listsOnly = true;
    operator = await started(UNTIL, "2026-12-01T23:00:00Z", proxy.kubeconfigBeside(kubeconfig));
    await expect.poll(() => field("tn/acme", "{.status.agents.behind[*].id}"), PATIENCE).toBe("b");
    await expect.poll(() => field("tn/listed", "{.status.agents.behind[*].id}"), PATIENCE).toBe("a");
  });

  test("leaves alone what no longer says whose it is, and names it", async () => {
    const stripped = ["service/auth", "serviceaccount/auth", "pvc/auth-data", "networkpolicy/auth", "resourcequota/tenant", "poddisruptionbudget/auth"];
    const message = () => field("tn/listed", "{.status.conditions[?(@.type=='Stalled')].message}");
    // As the operator, since a policy keeps everybody else from doing so to a volume.
    const label = (mark: string) => cluster.kubectl(["label", "-n", "tenant-listed", ...stripped, mark, ...AS_OPERATOR]);
    await label("slacktide.dev/tenant-");
    for (const named of ['Service "auth"', 'ServiceAccount "auth"', 'PersistentVolumeClaim "auth-data"']) await expect.poll(message, PATIENCE).toContain(named);
    await label("slacktide.dev/tenant=listed");
    await expect.poll(message, PATIENCE).toBe("");
  });

  test("takes a restore point before a major, and makes room for it", async () => {
    await operator.stop();
    await patch("rch/stable", { spec: { lines: [{ major: 18, open: "Always" }] } });
    for (const name of ["tn/acme", "tn/listed"]) await patch(name, { spec: { upgrades: { maxMajor: 17 } } });
    await cluster.setInventory("tenant-fickle", [{ metadata: { name: "auth" }, spec: { version: "v@AUTH_VERSION@", services: ["Auth"] } }]);
    await apply(...begunPoint(await field("tn/fickle", "{.metadata.uid}")));
    operator = await started("2026-12-08T11:00:00Z", "2026-12-08T20:00:00Z");
    await expect.poll(() => field("tn/fickle", "{.status.version} {.status.restorePoints[*].version} {.status.restorePoints[*].confirmed}"), PATIENCE).toBe("18.1.2 17.2.3 true");
    expect(await field("pvc", "{.items[*].metadata.name}", "-n", "tenant-fickle")).toMatch(/^auth-data restore-20261208t12\S+$/);
    const job = `jobs/${(await field("tn/fickle", "{.status.restorePoints[0].name}"))}`;
    expect(await field(job, "{.status.conditions[?(@.type=='Complete')].status} {.spec.template.spec.containers[0].image}", "-n", "tenant-fickle")).toMatch(/^True slacktide:/);
  });

  test("goes back to it, in a volume of its own, when somebody confirms that", async () => {
    const point = await field("tn/fickle", "{.status.restorePoints[0].name}");
    const volume = point.replace("restore-", "data-");
    const ready = () => field("tn/fickle", "{.status.conditions[?(@.type=='RestoreReady')].reason}");
    await cluster.kubectl(["annotate", "tn/fickle", `slacktide.dev/restore-to=${point}`]);
    await expect.poll(ready, PATIENCE).toBe("ConfirmationNeeded");
    await cluster.kubectl(["annotate", "tn/fickle", `slacktide.dev/confirm-restore=${await field(`pvc/${volume}`, "{.metadata.uid}", "-n", "tenant-fickle")}`]);
    await expect.poll(() => field("tn/fickle", "{.status.version} {.status.phase}"), PATIENCE).toBe("17.2.3 Active");
    const mounted = "{.spec.template.spec.volumes[?(@.name=='data')].persistentVolumeClaim.claimName}";
    expect(await field("deployment/auth", mounted, "-n", "tenant-fickle")).toBe(volume);
    const remove = () => answerOf(cluster.kubectl(["delete", "pvc/auth-data", "-n", "tenant-fickle", "--wait=false"]));
    expect(await remove()).toContain("delete the Tenant instead");
    await cluster.kubectl(["annotate", "pvc/auth-data", "-n", "tenant-fickle", `slacktide.dev/confirm-delete=${await field("pvc/auth-data", "{.metadata.uid}", "-n", "tenant-fickle")}`]);
    expect(await remove()).toBe("done");
  });

  test("writes an Event once more, as a series, if the same happens again", async () => {
    const stalls = () => patch("tn/fickle", { spec: { channel: "none" } });
    const stalledBy = () => field("tn/fickle", "{.status.conditions[?(@.type=='Stalled')].reason}");
    await stalls();
    await expect.poll(stalledBy, PATIENCE).toBe("ChannelNotFound");
    await patch("tn/fickle", { spec: { channel: "stable" } });
    await expect.poll(stalledBy, PATIENCE).toBe("");
    await stalls();
    await expect.poll(() => field("events.events.k8s.io", "{.items[?(@.reason=='ChannelNotFound')].series.count}", "-n", "default"), PATIENCE).toBe("2");
  });
});

describe("with the chart's identity, a week later, the operator", () => {
  const LAPSED = { subscription: { lapsedAt: "2026-11-01T00:00:00Z", retention: "168h" } };

  test("deletes the data of tenants that lapsed, and leaves their tombstones", async () => {
    for (const name of ["listed", "fickle"]) await patch(`tn/${name}`, { spec: LAPSED });
    await expect.poll(() => field("tn", "{.items[*].status.lapse.purgeAt}"), PATIENCE).toMatch(/^2026-12-15T2\S+ 2026-12-15T2\S+$/);
    expect(await cluster.kubectl(["get", "tn/listed", "-o", "wide"])).toMatch(/ PURGE-AT [^]+ Lapsed [^]+ True [^]+ 2026-12-15T2/);
    await operator.stop();
    operator = await started("2026-12-15T23:59:00Z", "2026-12-16T00:00:00Z");
    await expect.poll(() => field("tn", "{.items[*].status.phase}"), PATIENCE).toBe("Active Purged Purged");
    expect(await field("tn/listed", "{.status.lapse.purged}")).toBe('["Namespace tenant-listed","PersistentVolumeClaim tenant-listed/auth-data"]');
    expect(await field("tn/listed", "{.metadata.finalizers}")).toBe("");
    expect(await field("purgeledger/slacktide", "{.spec.purges[*].tenant}")).toMatch(/^(listed fickle|fickle listed)$/);
    expect((await cluster.kubectl(["get", "tn/listed", "--no-headers"])).split(/ +/)).toContain("Purged");
    expect(await cluster.kubectl(["get", "namespace/tenant-listed", "namespace/tenant-fickle", "--ignore-not-found"])).toBe("");
  });
});

// What bounds the operator and protects tenants is told in policies.test.ts; here a tenant is taken down for good.
describe("the policies", () => {
  test("protect what the operator made, even from an administrator", async () => {
    expect(await answerOf(cluster.kubectl(["delete", "namespace", "tenant-acme", "--wait=false"]))).toContain("delete the Tenant instead");
    expect(await answerOf(cluster.kubectl(["delete", "pvc", "--all", "-n", "tenant-acme", "--wait=false"]))).toContain("delete the Tenant instead");
    expect(await field("namespace/tenant-acme", "{.status.phase}")).toBe("Active");
    expect(await field("pvc/auth-data", "{.metadata.deletionTimestamp}", "-n", "tenant-acme")).toBe("");
  });

  test("refuse to delete a Tenant that nobody confirmed, and say how to confirm it", async () => {
    const uid = await field("tn/acme", "{.metadata.uid}");
    const command = `kubectl annotate tenant acme slacktide.dev/confirm-delete=${uid}`;
    expect(await answerOf(cluster.kubectl(["delete", "tenant", "acme"]))).toContain(command);
    expect(await answerOf(cluster.kubectl(["delete", "tenant", "--all"]))).toContain(command);
    await cluster.kubectl(["annotate", "tenant", "acme", "slacktide.dev/confirm-delete=yes"]);
    expect(await answerOf(cluster.kubectl(["delete", "tenant", "acme"]))).toContain(command);
    expect(await field("tn/acme", "{.metadata.deletionTimestamp}")).toBe("");
  });

  test("let a confirmed deletion through, which takes everything along", async () => {
    await deleteTenant(cluster, "acme");
    expect(await cluster.kubectl(["get", "namespace/tenant-acme", "clusterrolebinding/tenant-acme-token-review", "--ignore-not-found"])).toBe("");
  });
});

describe("the chart's rights", () => {
  const REFUSED = [403, 422]; // by its role, by a policy
  const rolesOf = async () => [
    JSON.parse(await cluster.kubectl(["get", "clusterrole", RELEASE.name, "-o", "json"])) as unknown,
    JSON.parse(await cluster.kubectl(["get", "role", `${RELEASE.name}-events`, "-n", "default", "-o", "json"])) as unknown,
    JSON.parse(await cluster.kubectl(["get", "role", `${RELEASE.name}-leader`, "-n", RELEASE.namespace, "-o", "json"])) as unknown,
  ];

  test("are all used, and no other is asked for", async () => {
    const granted = (await rolesOf()).flatMap(rightsOf);
    expect(new Set(granted).size).toBe(granted.length);
    expect([...rightsUsed(requests)].sort()).toEqual([...granted].sort());
  });

  test("hold no wildcard", async () => {
    expect((await rolesOf()).flatMap(rightsOf).filter((right) => right.includes("*"))).toEqual([]);
  });

  test("sufficed: nothing that the operator asked for was forbidden", () => {
    const own = readAudit(cluster).filter(isOperators);
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter(({ responseStatus }) => REFUSED.includes(responseStatus?.code ?? 0))).toEqual([]);
    expect(operator.logs.filter((line) => JSON.stringify(line).includes("forbidden"))).toEqual([]);
  });

  test("end where they should", async () => {
    const may = (...args: readonly string[]) => cluster.kubectl(["auth", "can-i", ...args], { kubeconfig }).then(() => "yes", () => "no");
    expect(await may("get", "secrets", "--all-namespaces")).toBe("no");
    expect(await may("delete", "volumesnapshots.snapshot.storage.k8s.io", "--all-namespaces")).toBe("no");
    expect(await may("delete", "tenants")).toBe("no");
    expect(await may("create", "clusterroles")).toBe("no");
    expect(await may("bind", "clusterroles/cluster-admin")).toBe("no");
    expect(await may("create", "events.events.k8s.io", "--namespace=kube-system")).toBe("no");
    expect(await may("create", "events.events.k8s.io", "--namespace=default")).toBe("yes");
  });
});
