import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { freePort } from "../../tools/cluster/ports.ts";
import { failover, giveWork, leaderAtWork, type Replica, startReplica, untilWrites, writesOf } from "../support/failover.ts";
import { recordLeader } from "../support/chart.ts";
import { installChart, SHORT_LEASE, startOperator } from "../support/operator.ts";

const USUAL = ["--lease-duration=15s", "--renew-deadline=10s", "--retry-period=2s"];
const PAUSE_MS = 20_000;

let cluster: Cluster;
let replicas: Replica[] = [];
let count = 0;

beforeAll(async () => {
  cluster = await startCluster({ profile: "light", audit: true, log: () => undefined });
  await installChart(cluster);
});
beforeEach(() => void (replicas = []));
afterAll(() => cluster.stop());

async function leaderAndStandby(timing?: readonly string[]): Promise<readonly [Replica, Replica]> {
  count += 1;
  const [leader, standby] = await leaderAtWork(cluster, `work-${count}`, timing);
  replicas.push(leader, standby);
  expect(writesOf(cluster, standby.pod)).toEqual([]);
  return [leader, standby];
}

const endAll = () => Promise.all(replicas.map(({ process }) => process.stop()));
const page = (port: number, path: string) => fetch(`http://127.0.0.1:${port}/${path}`).then((answer) => answer.text(), String);
const said = ({ process }: Replica) => process.logs.map(({ message }) => message);

describe("a change of leader", () => {
  test("told to stop, the leader gives the lease back, and the other one writes within 3 s", async () => {
    const [from, to] = await leaderAndStandby();
    const at = Date.now();
    expect(await from.process.stop()).toEqual({ code: 0, signal: null });
    await untilWrites(cluster, to);
    const { ms, late } = failover(cluster, { from, to, at });
    console.log(`SIGTERM: the other's first write after ${ms} ms`);
    expect([ms < 3_000, late]).toEqual([true, []]);
    expect(said(from)).toContain("lease released");
    await endAll();
  });

  test("killed, with the usual lease of 15 s, it is followed within 18 s", async () => {
    const [from, to] = await leaderAndStandby(USUAL);
    const at = Date.now();
    await from.process.kill();
    await untilWrites(cluster, to);
    const { ms, late } = failover(cluster, { from, to, at });
    console.log(`SIGKILL, 15 s lease: the other's first write after ${ms} ms`);
    expect([ms > 10_000 && ms < 18_000, late]).toEqual([true, []]);
    await endAll();
  });

  test("paused and woken up again, it writes nothing after the new one's first write, and ends", async () => {
    const [from, to] = await leaderAndStandby();
    const at = Date.now();
    process.kill(from.process.pid ?? 0, "SIGSTOP");
    await untilWrites(cluster, to);
    await giveWork(cluster, `while-${count}`);
    await sleep(PAUSE_MS);
    process.kill(from.process.pid ?? 0, "SIGCONT");
    expect((await from.process.exited).code).toBe(1);
    const { ms, late } = failover(cluster, { from, to, at });
    console.log(`SIGSTOP: the other's first write after ${ms} ms`);
    expect([ms < 10_000, late]).toEqual([true, []]);
    expect(said(from)).toContain("lease lost");
    expect(said(from)).not.toContain("lease released");
    await endAll();
  });
});

describe("a replica", () => {
  test("that stands by is ready, writes nothing, and ends in order", async () => {
    const port = await freePort();
    count += 1;
    const leader = await startReplica(cluster, `first-${count}`);
    await leader.process.waitForLog(({ message }) => message === "running");
    const standby = await startReplica(cluster, `second-${count}`, [...SHORT_LEASE, `--metrics-port=${port}`]);
    await standby.process.waitForLog(({ message }) => message === "lease observed");
    expect(await page(port, "readyz")).toBe("ok\n");
    expect(await page(port, "metrics")).toContain('leader_election_master_status{name="slacktide"} 0');
    expect(await standby.process.stop()).toEqual({ code: 0, signal: null });
    expect(writesOf(cluster, standby.pod)).toEqual([]);
    expect(said(standby)).not.toContain("lease released");
    await leader.process.stop();
  });

  test("that is no longer the recorded leader ends at its next write", async () => {
    count += 1;
    const leader = await startReplica(cluster, `first-${count}`);
    await leader.process.waitForLog(({ message }) => message === "running");
    const epoch = Number(await cluster.kubectl(["get", "leadership", "slacktide", "-o", "jsonpath={.spec.epoch}"]));
    await recordLeader(cluster, "somebody", epoch + 1);
    await giveWork(cluster, `dethroned-${count}`);
    expect((await leader.process.exited).code).toBe(1);
    expect(leader.process.logs.find(({ message }) => message === "lease lost")?.["why"]).toBe('recorded as the leader: pod "somebody" of "slacktide-system/slacktide"');
  });
});

describe("a second installation", () => {
  test("does not act while the first one is alive, and says so; it does when that one is gone", async () => {
    const first = await startReplica(cluster, "theirs");
    await first.process.waitForLog(({ message }) => message === "running");
    const port = await freePort();
    const args = ["--leader-elect", "--identity=ours", "--lease-namespace=default", "--lease-name=second", ...SHORT_LEASE, `--metrics-port=${port}`];
    const second = startOperator({ cluster, args });
    await second.waitForLog(({ message }) => message === "refusing to act: another installation leads this cluster");
    expect(await page(port, "readyz")).toBe('another installation leads this cluster: pod "theirs" of "slacktide-system/slacktide"\n');
    const alone = startOperator({ cluster });
    expect((await alone.exited).code).toBe(1);
    expect(alone.tail()).toContain('the cluster is led by pod \\"theirs\\" of \\"slacktide-system/slacktide\\": stop it, or join it with --leader-elect');
    await first.process.kill();
    await second.waitForLog(({ message }) => message === "running");
    expect(await page(port, "readyz")).toBe("ok\n");
    await second.stop();
  });
});

describe("schemas", () => {
  test.each([
    { what: "of another version", change: "slacktide.dev/schema-version=9.9.9-0123456789ab", says: "has schema 9.9.9-0123456789ab, this operator knows" },
    { what: "of no version", change: "slacktide.dev/schema-version-", says: "has schema of no version" },
  ])("$what keep it from starting, in one line", async ({ change, says }) => {
    await cluster.kubectl(["annotate", "--overwrite", "crd", "tenants.slacktide.dev", change]);
    const started = startOperator({ cluster });
    expect((await started.exited).code).toBe(1);
    const lines = started.tail().split("\n").filter((line) => line.includes("CustomResourceDefinition"));
    expect(lines).toEqual([expect.stringContaining(says)]);
    expect(lines[0]).toContain("install the CustomResourceDefinitions of this version");
  });
});
