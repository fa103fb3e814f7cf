import { beforeEach, describe, expect, it } from "vitest";
import type { ReleaseChannelStatus } from "../../../src/api/index.ts";
import { DAY, HOUR, isoOf, MINUTE } from "../../../src/domain/time.ts";
import { Compiled } from "../../../src/reconcile/compiled.ts";
import { KeptOutlook } from "../../../src/reconcile/channel/outlook.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { channelSpec, release } from "../../fixtures/channel.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

/** The release has been eligible for an hour; there are two short openings before the second cut from here. */
const NOW = at("2026-11-23T01:00:00Z");
const NAMES = Array.from({ length: 8 }, (_, n) => `t${n}`);
const MESSAGE = "For want of slots alone 17.2.3 will not reach t0, t1, t2, t3, t6 and 1 more within two cuts: raise rollout.maxParallel, or spread the windows";

let world: World;
let now: number;
let isAsked: boolean;

beforeEach(() => {
  world = new World(NOW);
  now = NOW;
  world.env = { ...world.env, clock: { now: () => now, wakeAt: () => () => undefined }, enqueue: (controller) => void (isAsked ||= controller === "channel") };
  putChannel(1);
  putWindow("22m");
  for (const name of NAMES) putTenant(name);
});

function putChannel(maxParallel: number, patches: readonly number[] = [1, 3]): void {
  const releases = patches.map((patch) => release(`17.2.${patch}`, isoOf(NOW - (8 - patch) * HOUR)));
  const known = world.get("ReleaseChannel", "stable");
  world.put("ReleaseChannel", { name: "stable", ...(known === undefined && { generation: 1 }) }, { spec: channelSpec(releases, { patch: { cut: "0 0 * * *", minAge: "0s" }, rollout: { maxParallel } }), status: known?.status });
}

function putWindow(duration: string): void {
  world.put("MaintenanceWindow", { name: "night", ...(world.get("MaintenanceWindow", "night") === undefined && { generation: 1 }) }, { spec: { schedule: "0 2 * * *", duration, timeZone: "UTC", tenantSelector: {} } });
}

function putTenant(name: string, status: object = { version: "17.2.1" }): void {
  world.put("Tenant", { name, generation: 1 }, { spec: { ...tenantSpec(), domain: `${name}.teleport.example` }, status });
}

/** Passes for as long as each asks for another one; how many. */
async function passes(): Promise<number> {
  for (let n = 1; ; n += 1) {
    isAsked = false;
    await world.reconcileChannel("stable");
    if (!isAsked) return n;
  }
}

function status(): ReleaseChannelStatus {
  return statusAs<ReleaseChannelStatus>(world.get("ReleaseChannel", "stable") ?? { apiVersion: "", kind: "", metadata: { name: "" } });
}

function shortage(): string | undefined {
  return status().conditions?.find(({ type }) => type === "CapacityShort")?.message;
}

describe("a channel that is short of slots", () => {
  it("says so in its status, and no longer when that was mended", async () => {
    await passes();
    expect(status().conditions).toContainEqual({ type: "CapacityShort", status: "True", reason: "CapacityShort", message: MESSAGE, lastTransitionTime: "2026-11-23T01:00:00Z", observedGeneration: 1 });
    putChannel(4);
    await passes();
    expect(status().conditions?.map(({ type }) => type)).toEqual(["Ready"]);
  });

  it.each<[string, () => void]>([
    ["the channel is edited", () => putChannel(1, [1, 2, 3])],
    ["a window is edited", () => putWindow("23m")],
    ["a freeze comes", () => world.put("Freeze", { name: "sale", creationTimestamp: isoOf(NOW) }, { spec: { until: isoOf(NOW + 20 * DAY), tenantSelector: {}, reason: "a sale" } })],
    ["another tenant is up", () => putTenant("late")],
    ["a tenant goes", () => world.drop("Tenant", { name: "t1" })],
    ["a cut has passed", () => void (now += DAY)],
  ])("is judged anew when %s", async (_, change) => {
    await passes();
    const before = status().outlook;
    change();
    expect(await passes()).toBeGreaterThan(2);
    expect(status().outlook).not.toBe(before);
  });

  it.each<[string, () => void]>([
    ["a tenant was upgraded", () => putTenant("t0", { version: "17.2.3" })],
    ["a tenant is upgraded", () => putTenant("t0", { version: "17.2.1", upgrade: upgradeOf({ id: "t0-1" }) })],
    ["time goes by", () => void (now += 22 * HOUR)],
    ["another tenant is not up yet", () => putTenant("late", {})],
    ["a process has just begun", () => world.restart()],
    ["a process has just begun, and sees all in another order", () => (world.restart(), (world.env = { ...world.env, compiled: new Compiled({ ...world.env.caches, list: (kind) => world.env.caches.list(kind).toReversed() }) }))],
  ])("is not judged anew when %s", async (_, change) => {
    world.put("MaintenanceWindow", { name: "day" }, { spec: { schedule: "0 14 * * *", duration: "1h", timeZone: "UTC" } });
    await passes();
    const before = status().outlook;
    change();
    expect([await passes(), status().outlook, shortage()]).toEqual([1, before, MESSAGE]);
  });
});

it("a channel whose spec cannot be used keeps what was said of it", async () => {
  await passes();
  world.put("ReleaseChannel", { name: "stable" }, { spec: channelSpec([], { patch: { cut: "wrong" } }), status: status() });
  expect(await passes()).toBe(1);
  expect(shortage()).toBe(MESSAGE);
});

it("what takes long is left off again and again; claims are written first, and what was said stays meanwhile", async () => {
  await passes();
  now = at("2026-11-24T02:00:00Z") + MINUTE;
  putChannel(2);
  let elapsed = 0;
  world.env = { ...world.env, mono: { now: () => (elapsed += 4), after: (_ms, run) => (queueMicrotask(run), () => undefined) } };
  isAsked = false;
  await world.reconcileChannel("stable");
  expect([status().slots?.length, isAsked, shortage()]).toEqual([2, true, MESSAGE]);
  await world.reconcileChannel("stable");
  expect([isAsked, shortage()]).toEqual([true, MESSAGE]);
  expect(await passes()).toBeGreaterThan(4);
  const inSlices = shortage();
  world.env = { ...world.env, mono: world.time };
  world.restart();
  world.put("ReleaseChannel", { name: "stable" }, { spec: world.get("ReleaseChannel", "stable")?.spec, status: { ...status(), outlook: undefined } });
  await passes();
  expect(shortage()).toBe(inSlices);
});

it("while terms go on changing nothing is foreseen", () => {
  const outlook = new KeptOutlook();
  let begun = 0;
  const pass = (tenants: number) => {
    const found = outlook.under({ rules: "", calendar: "", tenants, cutAt: NOW });
    outlook.goOn(world.time, () => void (begun += 1));
    return found;
  };
  for (let tenants = 1; tenants < 5; tenants += 1) pass(tenants);
  expect(begun).toBe(0);
  expect([pass(4), begun]).toEqual([undefined, 1]);
  expect(pass(4)).toEqual({ of: outlook.of, shortage: undefined });
});
