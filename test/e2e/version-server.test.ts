import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCluster, type Cluster } from "../../tools/cluster/cluster.ts";
import { freePort } from "../../tools/cluster/ports.ts";
import { agentsIdOf } from "../../src/reconcile/tenant/agents-id.ts";
import { startReplica, type Replica } from "../support/failover.ts";
import { apply, channel, release, tenant, tenantStatus, window, type Manifest } from "../support/fleet.ts";
import { installChart, SHORT_LEASE } from "../support/operator.ts";

const WITHIN_MS = 90_000;
const CADENCE: Manifest = { patch: { cut: "* * * * *", minAge: "0s", minInterval: "0s" } };
const EVERY_HOUR = "0 * * * *";

let cluster: Cluster;
let leader: Replica;
let standby: Replica;
const ports: { leader: number; standby: number } = { leader: 0, standby: 0 };
let id = "";
let mounting: NodeJS.Timeout | undefined;

beforeAll(async () => {
  cluster = await startCluster({ profile: "full", audit: true, log: () => undefined });
  await installChart(cluster);
  for (const each of ["leader", "standby"] as const) ports[each] = await freePort();
  leader = await startReplica(cluster, "first", [...SHORT_LEASE, `--version-port=${ports.leader}`]);
  await leader.process.waitForLog(({ message }) => message === "running");
  standby = await startReplica(cluster, "second", [...SHORT_LEASE, `--version-port=${ports.standby}`]);
  await standby.process.waitForLog(({ message }) => message === "lease observed");
  const agents = { autoUpdate: true };
  await apply(cluster, channel([release("17.2.1")], CADENCE), window("always", EVERY_HOUR, "3h"), tenant("acme", { windows: ["always"], agents }));
  id = agentsIdOf(await cluster.kubectl(["get", "tenant", "acme", "-o", "jsonpath={.metadata.uid}"]));
});

afterAll(async () => {
  clearInterval(mounting);
  await Promise.all([leader, standby].map((replica) => replica?.process.kill()));
  await cluster?.stop();
});

describe("the version server of a real operator", () => {
  test("answers 404 for an id that nobody has, from every replica", async () => {
    expect(await both("0".repeat(40), "version")).toEqual(["404 not found\n", "404 not found\n"]);
  });

  test("tells no version before the tenant's cluster tells agents their hour", async () => {
    await until("the tenant runs", async () => (await tenantStatus(cluster, "acme")).version === "17.2.1");
    await until("its agents' hour is missing", async () => (await tenantStatus(cluster, "acme")).agentUpdates?.reason === "ScheduleNotPublished");
    expect((await both(id, "version")).map((answer) => answer.slice(0, 3))).toEqual(["503", "503"]);
  });

  test("tells it then, with the exact bodies, from every replica", async () => {
    mounting = setInterval(() => void mount().catch(() => undefined), 500);
    await until("both say so", async () => (await both(id, "version")).every((answer) => answer === "200 v17.2.1"));
    expect(await both(id, "critical")).toEqual(["200 no", "200 no"]);
    const { agentUpdates } = await tenantStatus(cluster, "acme");
    expect(agentUpdates).toMatchObject({ answer: "Version", version: "17.2.1", reason: "Told" });
    expect(agentUpdates?.schedule?.weekdays).toHaveLength(7);
  });

  test("raises it once every pod runs the new version, and not before", async () => {
    // One that waits for no cut and for no next opening: this one goes on for hours.
    await apply(cluster, channel([release("17.2.1"), { ...release("17.2.3"), security: true }], CADENCE));
    const whileTold: string[] = [];
    await until("both say so", async () => {
      const answers = await both(id, "version");
      if (answers.includes("200 v17.2.3")) whileTold.push(...(await versionsOfPods()));
      return answers.every((answer) => answer === "200 v17.2.3");
    });
    expect([...new Set(whileTold)]).toEqual(["17.2.3"]);
    await until("the upgrade has ended", async () => (await tenantStatus(cluster, "acme")).history?.[0]?.result === "Succeeded");
    expect(await both(id, "critical")).toEqual(["200 yes", "200 yes"]);
  });

  test("goes on answering from the other replica when the leader is gone", async () => {
    await leader.process.kill();
    expect(await answerAt(ports.standby, id, "version")).toBe("200 v17.2.3");
    await standby.process.waitForLog(({ message }) => message === "running");
    expect(await answerAt(ports.standby, id, "version")).toBe("200 v17.2.3");
  });
});

/** What a kubelet does: shows Auth what its ConfigMap holds by now. */
async function mount(): Promise<void> {
  const text = await cluster.kubectl(["get", "configmap", "auth-config", "-n", "tenant-acme", "-o", "jsonpath={.data.agents\\.yaml}"]);
  await cluster.setInventory("tenant-acme.agents", text);
}

async function answerAt(port: number, of: string, what: "version" | "critical"): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${of}/stable/cloud/${what}`);
  return `${response.status} ${await response.text()}`;
}

const both = (of: string, what: "version" | "critical") => Promise.all([answerAt(ports.leader, of, what), answerAt(ports.standby, of, what)]);

async function versionsOfPods(): Promise<readonly string[]> {
  const images = await cluster.kubectl(["get", "pods", "-n", "tenant-acme", "-l", "app.kubernetes.io/component in (auth, proxy-us-west-2)", "-o", "jsonpath={.items[*].spec.containers[0].image}"]);
  return [...new Set(images.split(" ").map((image) => image.replace(/@.*$/, "").replace(/^.*:/, "")))];
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(200)) if (await isSo()) return;
  throw new Error(`${what}: not within ${WITHIN_MS / 1000} s; the leader said last:\n${leader.process.tail()}`);
}
