import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { readPids } from "../../tools/cluster/state.ts";
import { kubeconfigText } from "../support/chart.ts";
import { apply, authRow, channel, channelStatus, release, tenant, tenantStatus, window } from "../support/fleet.ts";
import { deleteTenant, FAST_PLATFORM, RELEASE, type LogLine } from "../support/operator.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { FaultProxy, type Write } from "../support/proxy.ts";
import { startStage, type RunningOperator, type Stage } from "../support/stage.ts";

const ROOT = join(import.meta.dirname, "../..");
const [OLD, NEW] = ["17.2.1", "18.1.2"];
const [HOME, ABROAD] = ["us-west-2", "eu-central-1"];
const PROXIES = `proxy-${ABROAD}`;
const CONFIG = {
  regions: [{ name: HOME }, { name: ABROAD, cluster: { kubeconfigSecret: { name: "europe" }, authAddress: "{tenant}.auth.teleport.example:443", proxyCidrs: ["203.0.113.0/24"] } }],
};

const folder = mkdtempSync(join(tmpdir(), "slacktide-regions-"));
let stage: Stage;
let member: Cluster;
let proxy: FaultProxy;
let pods: PodWatch;
let operator: RunningOperator;
/** All that operators logged. */
const said: (readonly LogLine[])[] = [];

beforeAll(async () => {
  [stage, member] = await Promise.all([startStage({ values: { config: CONFIG } }), startCluster({ profile: "full", regions: [ABROAD], log: () => undefined })]);
  proxy = await FaultProxy.start(stage.cluster);
  await introduce();
  pods = await watchPods(stage.cluster, member);
  await stage.cluster.setInventory("tenant-acme", [authRow]);
  await stage.cluster.setInventory("tenant-globex", [authRow]);
  const spec = { windows: ["nightly"], initialVersion: OLD };
  await apply(stage.cluster, channel([release(OLD), release(NEW)], { lines: [{ major: 18, open: "Always" }] }), window("nightly", "0 2 * * *"), tenant("acme", { ...spec, proxyRegions: [HOME, ABROAD] }), tenant("globex", spec));
  run("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
});

afterAll(async () => {
  if (member !== undefined) tellApiServer("SIGCONT");
  await operator?.kill();
  await pods?.stop();
  await stage?.stop();
  await proxy?.stop();
  await member?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As docs/regions.md has it: the operator's identity there, with its rights and no more, and a Secret here. */
async function introduce(): Promise<void> {
  await member.kubectl(["apply", "-f", join(ROOT, "docs/regions-member.yaml")]);
  const token = await member.kubectl(["create", "token", "slacktide-region", "--namespace", "slacktide", "--duration=24h"]);
  const kubeconfig = kubeconfigText(member, token.trim());
  await stage.cluster.kubectl(["apply", "-f", "-"], { input: stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "europe", namespace: RELEASE.namespace }, stringData: { kubeconfig } }) });
}

function run(from: string, end: string): void {
  const configFile = join(folder, "platform.yaml");
  writeFileSync(configFile, stringify({ ...FAST_PLATFORM, ...CONFIG }));
  operator = stage.start({ from, until: end, kubeconfig: proxy.kubeconfigBeside(stage.kubeconfig), configFile, args: [`--lease-namespace=${RELEASE.namespace}`] });
  said.push(operator.logs);
}

/** To the API server of the other cluster, a process of this test's own: stopped, it holds every connection and answers nobody. */
function tellApiServer(signal: "SIGSTOP" | "SIGCONT"): void {
  const pid = readPids(member.dir)?.components["kube-apiserver"]?.pid;
  if (pid === undefined) throw new Error("the other cluster has no API server");
  process.kill(pid, signal);
}

const status = () => tenantStatus(stage.cluster, "acme");
const isRolling = ({ method, path, body }: Write) => method === "PATCH" && path.endsWith("/tenant-acme/deployments/auth") && JSON.stringify(body).includes(`:${NEW}`);

async function why(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, "bin/slacktide.js"), "why", "acme", `--kubeconfig=${stage.cluster.kubeconfig}`]);
  return stdout;
}

const imageAbroad = () => member.kubectl(["get", "deployment", PROXIES, "-n", "tenant-acme", "-o", "jsonpath={.spec.template.spec.containers[0].image}"]);
const readyReason = async () => (await status()).conditions?.find(({ type }) => type === "Ready")?.reason;

describe("a tenant with a region in another cluster", () => {
  test("has its proxies there, and Auth and its data here", async () => {
    await stage.until("it is Ready", async () => (await readyReason()) === "Available");
    expect(await status()).toMatchObject({ version: OLD, regions: [{ name: ABROAD, versions: [OLD], reachable: true }] });
    const names = (cluster: Cluster) => cluster.kubectl(["get", "deployments,persistentvolumeclaims", "-n", "tenant-acme", "-o", "jsonpath={.items[*].metadata.name}"]);
    expect([await names(stage.cluster), await names(member)]).toEqual([`auth proxy-${HOME} auth-data`, PROXIES]);
    expect(await member.kubectl(["get", "namespaces", "tenant-globex", "--ignore-not-found", "-o", "name"])).toBe("");
    await operator.stop();
  });

  test("lets the identity there write in tenants' namespaces alone", async () => {
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "stray", namespace: "default" } };
    const refused = member.kubectl(["apply", "--as=system:serviceaccount:slacktide:slacktide-region", "--as-group=system:authenticated", "-f", "-"], { input: stringify(account) });
    await expect(refused).rejects.toThrow("Slacktide may write in the namespace of a tenant alone");
  });

  test("takes a major while that cluster goes out of reach: Auth and the other region end", async () => {
    const first = proxy.hold(isRolling);
    run("2026-12-01T01:59:50Z", "2026-12-01T05:00:00Z");
    const held = await first;
    tellApiServer("SIGSTOP");
    await held.forward();
    await stage.until("the region is known to be out of reach", async () => (await status()).regions?.[0]?.reachable === false);
    expect(await why()).toContain(`Region ${ABROAD}: out of reach`);
    await stage.until("the attempt ended", async () => (await status()).history !== undefined);
    expect((await status()).history?.[0]).toMatchObject({ class: "Major", from: OLD, to: NEW, result: "Succeeded", message: `out of reach, and to follow: ${ABROAD}` });
    expect((await status()).history?.[0]?.stuckSince).toBeUndefined();
    expect(await stage.cluster.kubectl(["get", "deployment", `proxy-${HOME}`, "-n", "tenant-acme", "-o", "jsonpath={.spec.template.spec.containers[0].image}"])).toContain(`:${NEW}`);
  });

  test("frees its slot, and keeps nobody else from the same upgrade", async () => {
    await stage.until("the other tenant is up", async () => (await tenantStatus(stage.cluster, "globex")).version === NEW);
    await stage.until("no slot is held", async () => ((await channelStatus(stage.cluster)).slots ?? []).length === 0);
    expect((await tenantStatus(stage.cluster, "globex")).history?.[0]).toMatchObject({ to: NEW, result: "Succeeded" });
  });

  test("says all along which region it cannot see, and at which version that may be", async () => {
    const said = await why();
    expect(said).toContain(`Region ${ABROAD}: out of reach; its proxies may run ${OLD}`);
    expect(await readyReason()).toBe("RegionOutOfReach");
  });

  test("a process that begins meanwhile becomes ready all the same", async () => {
    await operator.stop();
    run("2026-12-01T05:00:00Z", "2026-12-01T06:00:00Z");
    await operator.waitForLog(({ message }) => message === "running");
    expect(await operator.waitForLog(({ message }) => message === "region out of reach")).toMatchObject({ regions: ABROAD });
    expect(await readyReason()).toBe("RegionOutOfReach");
  });

  test("has that region follow as soon as its cluster is back", async () => {
    tellApiServer("SIGCONT");
    await stage.until("all is Ready", async () => (await readyReason()) === "Available" && (await status()).regions?.[0]?.versions.join() === NEW);
    expect(await imageAbroad()).toContain(`:${NEW}`);
    expect(await why()).not.toContain("out of reach");
    expect((await status()).history).toHaveLength(1);
  });

  test("leaves nothing behind in either cluster when it is deleted", async () => {
    await deleteTenant(stage.cluster, "acme");
    const left = (cluster: Cluster) => cluster.kubectl(["get", "namespaces", "tenant-acme", "--ignore-not-found", "-o", "jsonpath={.metadata.name}"]);
    expect([await left(stage.cluster), await left(member)]).toEqual(["", ""]);
  });
});

test("at no instant was a proxy above Auth, in either cluster", () => {
  expect(pods.count()).toBeGreaterThan(30);
  expect(pods.overtakings()).toEqual([]);
});

test("the operator never said what is in the kubeconfig", () => {
  expect(JSON.stringify(said)).not.toMatch(/eyJ[A-Za-z0-9_-]{20}/);
});
