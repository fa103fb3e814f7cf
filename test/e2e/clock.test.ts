import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasSucceeded, isOperators, readAudit, upgradesOf } from "../support/audit.ts";
import { apply, channel, channelStatus, release, tenant, tenantStatus, window, type Manifest } from "../support/fleet.ts";
import { FaultProxy } from "../support/proxy.ts";
import { startStage, type RunningOperator, type Stage } from "../support/stage.ts";

const CADENCE: Manifest = { patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" } };

let stage: Stage;
let proxy: FaultProxy;
let operator: RunningOperator;

beforeAll(async () => {
  stage = await startStage();
  proxy = await FaultProxy.start(stage.cluster);
  await apply(stage.cluster, channel([release("17.2.1")], CADENCE), window("nightly", "0 2 * * *"), tenant("acme", { windows: ["nightly"] }));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
  await apply(stage.cluster, channel([release("17.2.1"), release("17.2.3")], CADENCE));
});

afterAll(async () => {
  await operator?.kill();
  await stage?.stop();
  await proxy?.stop();
});

test("while the API server's clock is a minute ahead nothing starts in an open window, and the tenant says why, once", async () => {
  proxy.dateAheadMs = 60_000;
  operator = stage.start({ from: "2026-12-02T01:59:50Z", until: "2026-12-02T02:30:00Z", kubeconfig: proxy.kubeconfigBeside(stage.kubeconfig) });
  await stage.until("the tenant is held in its opening", async () => (await codes()).includes("ClockUntrusted") && !(await codes()).includes("OutsideWindow"));
  const written = statusWrites();
  await sleep(12_000); // longer than it takes to look at the clock again
  expect([statusWrites(), (await channelStatus(stage.cluster)).slots ?? []]).toEqual([written, []]);
  expect(await tenantStatus(stage.cluster, "acme")).toMatchObject({ version: "17.2.1", target: "17.2.3", phase: "Active" });
  expect(upgradesOf(readAudit(stage.cluster))).toEqual([]);
  expect(await events()).toEqual(["ClockUntrusted"]);
  expect(await skewSeconds()).toBeLessThan(-55);
});

test("and once it agrees again the upgrade starts by itself", async () => {
  proxy.dateAheadMs = 0;
  await stage.until("it is upgraded", async () => (await tenantStatus(stage.cluster, "acme")).version === "17.2.3");
  expect(await codes()).not.toContain("ClockUntrusted");
  expect((await events()).toSorted()).toEqual(["ClockTrusted", "ClockUntrusted"]);
  expect(Math.abs(await skewSeconds())).toBeLessThan(2);
  expect(operator.logs.filter(({ message }) => message.startsWith("clock")).map(({ message }) => message)).toEqual(["clock untrusted: nothing starts", "clock trusted again"]);
  expect((await operator.stop()).code).toBe(0);
});

async function codes(): Promise<readonly string[]> {
  return ((await tenantStatus(stage.cluster, "acme")).lanes?.patch?.holds ?? []).map(({ code }) => code);
}

/** Events about the operator as a whole. */
async function events(): Promise<readonly string[]> {
  const found = await stage.cluster.kubectl(["get", "events", "-n", "default", "--field-selector=involvedObject.kind=Leadership", "-o", "jsonpath={.items[*].reason}"]);
  return found.split(" ").filter((reason) => reason !== "");
}

async function skewSeconds(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${await operator.metricsPort}/metrics`)).text();
  return Number(/^slacktide_clock_skew_seconds (.+)$/m.exec(text)?.[1]);
}

function statusWrites(): number {
  return readAudit(stage.cluster).filter((event) => isOperators(event) && hasSucceeded(event) && event.objectRef?.resource === "tenants" && event.objectRef.subresource === "status").length;
}

