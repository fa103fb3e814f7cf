import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TenantStatus } from "../../src/api/index.ts";
import { isOperators, readAudit } from "../support/audit.ts";
import { allHeld, crash, POINTS } from "../support/crash-points.ts";
import { apply, channel, channelStatus, release, tenant, tenantStatuses, window } from "../support/fleet.ts";
import { expectDoneOnce } from "../support/once.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { FaultProxy } from "../support/proxy.ts";
import { startStage, type Stage } from "../support/stage.ts";

/** Tenants by the point at which their upgrade is when their status is lost. */
const AMIDST = { claimed: POINTS.claimed, "mid-auth": POINTS["mid-auth"], between: POINTS.between, verified: POINTS.verified };
const TENANTS = Object.keys(AMIDST);
const BACK_WITHIN_MS = 15_000;

let stage: Stage;
let proxy: FaultProxy;
let pods: PodWatch;

beforeAll(async () => {
  stage = await startStage();
  pods = await watchPods(stage.cluster);
  proxy = await FaultProxy.start(stage.cluster);
  await publish("17.2.1");
  await apply(stage.cluster, window("nightly", "0 2 * * *"), ...TENANTS.map((name) => tenant(name, { windows: ["nightly"], initialVersion: "17.2.1" })));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
  await publish("17.2.1", "17.2.3");
  await stage.rehearse("2026-12-01T01:55:00Z", "2026-12-01T02:30:00Z");
});

afterAll(async () => {
  await pods?.stop();
  await stage?.stop();
  await proxy?.stop();
});

describe("while nothing is under way", () => {
  test("an operator that runs says it all again, and touches nothing else", async () => {
    const before = await world();
    const operator = stage.start({ from: "2026-12-01T07:00:00Z", until: "2026-12-01T07:30:00Z" });
    await operator.waitForLog(({ message }) => message === "running");
    await wipe();
    await untilSaidAgain();
    await sleep(1_000); // time to do more than it should
    await operator.stop();
    expect(before.tenants).toMatchObject(Object.fromEntries(TENANTS.map((name) => [name, { version: "17.2.3", history: [{ result: "Succeeded" }] }])));
    expect(await world(), stage.lastWords()).toEqual(before);
  });

  test("an operator that starts says it all again, and touches nothing else in the next opening", async () => {
    const before = await world();
    await wipe();
    await stage.rehearse("2026-12-02T01:30:00Z", "2026-12-02T07:00:00Z");
    expect(await world(), stage.lastWords()).toEqual(before);
  });
});

describe("while upgrades are under way", () => {
  test.each([
    { what: "the tenants'", from: "2026-12-03T01:55:00Z", to: "17.2.4", ledgerToo: false },
    { what: "the tenants' and the channel's", from: "2026-12-04T01:55:00Z", to: "17.2.5", ledgerToo: true },
  ])("$what status is lost with the operator: the next one finishes each attempt once", async ({ from, to, ledgerToo }) => {
    await publish("17.2.3", to);
    const diedAt = await crash({ stage, proxy, kubeconfig: proxied(), from, to, points: new Map(Object.entries(AMIDST)) });
    await (ledgerToo ? wipe() : wipeTenants());
    await stage.rehearse(new Date(diedAt).toISOString(), `${from.slice(0, 10)}T02:30:00Z`);
    await expectDoneOnce(stage, endings(to));
    expect(pods.overtakings()).toEqual([]);
  });

  test("all status is lost under an operator that runs: it finishes each attempt of a major once", async () => {
    await publish("17.2.5", "18.1.2");
    const operator = stage.start({ from: "2026-12-05T01:55:00Z", until: "2026-12-05T02:30:00Z", exitAtEnd: true, kubeconfig: proxied() });
    const held = await allHeld({ stage, proxy, to: "18.1.2", points: new Map(Object.entries(AMIDST)) });
    await wipe();
    for (const { write } of held) void write.forward();
    expect(await operator.exited, operator.tail()).toEqual({ code: 0, signal: null });
    await expectDoneOnce(stage, endings("18.1.2"));
    expect(pods.overtakings()).toEqual([]);
  });
});

async function publish(...versions: readonly string[]): Promise<void> {
  const spec = { patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" }, major: { minInterval: "0s" }, lines: [{ major: 18, open: "Always" }] };
  await apply(stage.cluster, channel(versions.map((version) => release(version)), spec));
}

const proxied = () => proxy.kubeconfigBeside(stage.kubeconfig);
const endings = (to: string) => TENANTS.map((name) => ({ tenant: name, to, deployments: 2 }));

/** As a person, or a backup without status, would lose it. */
async function wipe(): Promise<void> {
  await Promise.all([wipeStatus("releasechannel", "stable"), wipeTenants()]);
}

async function wipeTenants(): Promise<void> {
  await Promise.all(TENANTS.map((name) => wipeStatus("tenant", name)));
}

async function wipeStatus(kind: string, name: string): Promise<void> {
  await stage.cluster.kubectl(["patch", kind, name, "--subresource=status", "--type=merge", "-p", '{"status":null}']);
}

async function untilSaidAgain(): Promise<void> {
  for (const end = Date.now() + BACK_WITHIN_MS; Date.now() < end; await sleep(100)) {
    const statuses = Object.values(await tenantStatuses(stage.cluster));
    if (statuses.every(({ version }) => version !== undefined) && (await channelStatus(stage.cluster)).releases !== undefined) return;
  }
  throw new Error(`status did not come back in ${BACK_WITHIN_MS / 1000} s:\n${stage.lastWords()}`);
}

/** What a lost status must not lose, and what must not be touched for it. */
async function world() {
  const statuses = await tenantStatuses(stage.cluster);
  const { slots, lines, halts, releases } = await channelStatus(stage.cluster);
  return {
    tenants: Object.fromEntries(Object.entries(statuses).map(([name, status]) => [name, lasting(status)])),
    ledger: { slots, halts, lines: lines?.map(({ major }) => major), releases: releases?.map(({ version }) => version) },
    pods: await podsNow(),
    writes: operatorsWrites(),
  };
}

/** What a status says of the past: all else is derived from the present. Nothing else records when an attempt ended. */
function lasting({ version, templateRevision, phase, upgrade, history = [] }: TenantStatus) {
  return { version, templateRevision, phase, upgrade, history: history.map((entry) => ({ ...entry, finishedAt: undefined })) };
}

/** Every pod of the tenants, by uid: one that was restarted has another. */
async function podsNow(): Promise<readonly string[]> {
  const uids = await stage.cluster.kubectl(["get", "pods", "-A", "-l", "slacktide.dev/tenant", "-o", "jsonpath={.items[*].metadata.uid}"]);
  return uids.split(" ").sort();
}

/** What the operator wrote, but for status and events. */
function operatorsWrites(): readonly string[] {
  const events = readAudit(stage.cluster).filter((event) => isOperators(event) && event.objectRef?.subresource === undefined && event.objectRef?.resource !== "events");
  return events.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource ?? ""} ${objectRef?.namespace ?? ""}/${objectRef?.name ?? ""}`);
}
