import { afterAll, beforeAll, expect, test } from "vitest";
import { isOperators, readAudit, type AuditEvent } from "../support/audit.ts";
import { agent, apply, authRow, channel, release, tenant, tenantStatuses, window, type Manifest } from "../support/fleet.ts";
import { FaultProxy } from "../support/proxy.ts";
import { startStage, type Stage } from "../support/stage.ts";

/** A week in which no cut falls, between those of the first of December and of January. */
const WEEK = { from: "2026-12-02T00:00:00Z", until: "2026-12-09T00:00:00Z" };
const NO_CUT: Manifest = { patch: { cut: "0 0 1 * *", timeZone: "UTC" }, lines: [{ major: 18, open: "Always" }] };
/** All that begins or ends in it, written by hand: the window opens for two hours on Thursday and on Tuesday. */
const EDGES = ["2026-12-03T02:00:00Z", "2026-12-03T04:00:00Z", "2026-12-08T02:00:00Z", "2026-12-08T04:00:00Z"];
/** From here on a major, which takes 45 min, no longer fits: a held one says so. */
const TOO_SHORT = ["2026-12-03T03:15:00Z", "2026-12-08T03:15:00Z"];
/** The clock runs at real speed while fifty tenants are looked at. */
const SOON_MS = 60_000;

const name = (kind: string, n: number) => `${kind}-${String(n).padStart(2, "0")}`;
/** By exec, or from a ConfigMap, which is quicker to read. */
const QUIET = Array.from({ length: 18 }, (_, n) => name("quiet", n));
const LISTED = Array.from({ length: 30 }, (_, n) => name("listed", n));
const HELD = Array.from({ length: 2 }, (_, n) => name("held", n));
const ALL = [...QUIET, ...LISTED, ...HELD];

let stage: Stage;
let proxy: FaultProxy;
let events: readonly AuditEvent[];
let requests: readonly string[];

beforeAll(async () => {
  stage = await startStage();
  const { cluster } = stage;
  proxy = await FaultProxy.start(cluster);
  const rows = [agent("a-1", "old-box.example", "16.4.7"), agent("a-2", "new-box.example", "17.2.1")];
  await Promise.all([...QUIET, ...HELD].map((each) => cluster.setInventory(`tenant-${each}`, [authRow, ...rows])));
  await apply(
    cluster,
    channel([release("17.2.1")], NO_CUT),
    channel([release("17.2.1"), release("18.1.2")], NO_CUT, "next"),
    window("nights", "0 2 * * 2,4", "2h"),
    ...QUIET.map((each) => tenant(each, { windows: ["nights"] })),
    ...LISTED.map((each) => tenant(each, { windows: ["nights"], agents: { inventory: { type: "ConfigMap", name: "inventory" } } })),
    ...HELD.map((each) => tenant(each, { windows: ["nights"], channel: "next", initialVersion: "17.2.1" })),
  );
  await stage.rehearse("2026-12-01T06:30:00Z", "2026-12-01T07:00:00Z");
  await apply(cluster, ...LISTED.map((each) => inventory(each, rows)));
  await stage.rehearse("2026-12-01T08:00:00Z", "2026-12-01T08:10:00Z");

  const audited = readAudit(cluster).length;
  await stage.rehearse(WEEK.from, WEEK.until, { kubeconfig: proxy.kubeconfigBeside(stage.kubeconfig) });
  events = readAudit(cluster).slice(audited).filter(isOperators);
  requests = proxy.requests;
});

afterAll(async () => {
  await stage?.stop();
  await proxy?.stop();
});

test("fifty tenants are there, and nothing is under way", async () => {
  const statuses = await tenantStatuses(stage.cluster);
  expect(Object.keys(statuses)).toHaveLength(50);
  for (const [each, status] of Object.entries(statuses)) {
    expect(status, each).toMatchObject({ version: "17.2.1", phase: "Active", agents: { total: 2, behindCount: 1 } });
    expect(status.history ?? [], each).toEqual([]);
  }
  for (const each of HELD) {
    expect(statuses[each]?.lanes?.major?.target, each).toBe("18.1.2");
    expect(statuses[each]?.lanes?.major?.holds?.map(({ code }) => code), each).toContain("AgentsBehind");
  }
});

test("in a week the operator writes only what an opening begins or ends, once to each object that shows it", () => {
  const written = events.filter((event) => event.objectRef?.subresource !== "exec").map((event) => `${objectOf(event)} ${edgeBefore(event)}`);
  const shown = (object: string, edges: readonly string[]) => edges.map((edge) => `${object} ${edge}`);
  const expected = [
    ...shown("maintenancewindows/nights/status", EDGES),
    ...ALL.flatMap((each) => shown(`tenants/${each}/status`, EDGES)),
    ...HELD.flatMap((each) => shown(`tenants/${each}/status`, TOO_SHORT)),
  ];
  expect(written.sort(), stage.lastWords()).toEqual(expected.sort());
});

test("inventories are read every six hours", () => {
  const reads = (each: string) => (LISTED.includes(each) ? listReads(each) : execs(each));
  const counts = [...QUIET, ...LISTED].map((each) => ({ each, count: reads(each) }));
  expect(counts.filter(({ count }) => count < 28 || count > 29)).toEqual([]);
});

test("those that hold a major are read every ten minutes from two hours before an opening until its end, else as seldom", () => {
  const often = 2 * 4 * 6;
  const seldom = Math.ceil((7 * 24 - 2 * 4) / 6);
  const counts = HELD.map(execs);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(often);
  expect(Math.max(...counts)).toBeLessThanOrEqual(often + seldom + EDGES.length);
});

function inventory(each: string, rows: readonly unknown[]): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "inventory", namespace: `tenant-${each}` }, data: { "inventory.json": JSON.stringify(rows) } };
}

function objectOf({ objectRef }: AuditEvent): string {
  const { resource = "", subresource, namespace, name: object = "" } = objectRef ?? {};
  return [resource, namespace, object, subresource].filter((part) => part !== undefined).join("/");
}

/** What was the occasion of a write; its own instant if there was none. */
function edgeBefore({ requestReceivedTimestamp }: AuditEvent): string {
  const at = stage.toRehearsed(Date.parse(requestReceivedTimestamp));
  const since = (edge: string) => at - Date.parse(edge);
  return [...EDGES, ...TOO_SHORT].find((edge) => since(edge) >= 0 && since(edge) < SOON_MS) ?? new Date(at).toISOString();
}

function execs(each: string): number {
  return events.filter(({ stage: at, objectRef }) => at === "ResponseComplete" && objectRef?.subresource === "exec" && objectRef.namespace === `tenant-${each}`).length;
}

function listReads(each: string): number {
  return requests.filter((request) => request === `GET /api/v1/namespaces/tenant-${each}/configmaps/inventory`).length;
}
