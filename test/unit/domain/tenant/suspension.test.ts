import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replicasOf, suspensionOf } from "../../../../src/domain/tenant/suspension.ts";
import { allOf, isAvailable, type Workload, type Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { workload, workloadsAt } from "../../../fixtures/workloads.ts";

const V = "17.2.1";
const OFF: Partial<Workload> = { desired: 0, podVersions: [] };
const ENDING: Partial<Workload> = { ...OFF, podVersions: [V] };
const STARTING: Partial<Workload> = { available: 0 };
const GONE: Partial<Workload> = { exists: false, desired: 1, total: 0, podVersions: [] };
const ALL_OFF = { auth: OFF, abroad: OFF, home: OFF };

/** How many pods Auth and the two proxies are to have, when the spec says one for Auth and three for a proxy. */
function sizes(suspended: boolean, workloads: Workloads): readonly number[] {
  return allOf(workloads).map((each) => replicasOf(each, each.name === "auth" ? 1 : 3, { suspended, workloads }));
}

describe("switched off: proxies first, then Auth", () => {
  it.each<[why: string, workloads: Workloads, expected: readonly number[]]>([
    ["proxies at once, Auth stays", workloadsAt(V), [1, 0, 0]],
    ["Auth stays while one proxy has to go", workloadsAt(V, { abroad: OFF }), [1, 0, 0]],
    ["and while pods of it are ending", workloadsAt(V, { abroad: OFF, home: ENDING }), [1, 0, 0]],
    ["and until the controller has seen it", workloadsAt(V, { abroad: OFF, home: { ...OFF, observed: false } }), [1, 0, 0]],
    ["and while it still counts pods", workloadsAt(V, { abroad: OFF, home: { ...OFF, total: 1 } }), [1, 0, 0]],
    ["and while a region that was given up has pods", { ...workloadsAt(V, { abroad: OFF, home: OFF }), leaving: [V] }, [1, 0, 0]],
    ["Auth goes when the last proxy pod has ended", workloadsAt(V, { abroad: OFF, home: OFF }), [0, 0, 0]],
    ["all stay off", workloadsAt(V, ALL_OFF), [0, 0, 0]],
    ["Auth that is off already does not come back for a proxy that somebody raised", workloadsAt(V, { auth: OFF, abroad: OFF }), [0, 0, 0]],
    ["what is missing is made without pods", workloadsAt(V, { auth: GONE, abroad: GONE, home: GONE }), [0, 0, 0]],
    ["a proxy that is missing is off", workloadsAt(V, { abroad: GONE, home: OFF }), [0, 0, 0]],
  ])("%s", (_why, workloads, expected) => {
    expect(sizes(true, workloads)).toEqual(expected);
  });
});

describe("switched on: Auth first, then proxies", () => {
  it.each<[why: string, workloads: Workloads, expected: readonly number[]]>([
    ["Auth at once, proxies wait", workloadsAt(V, ALL_OFF), [1, 0, 0]],
    ["until Auth is available", workloadsAt(V, { ...ALL_OFF, auth: STARTING }), [1, 0, 0]],
    ["then all together", workloadsAt(V, { ...ALL_OFF, auth: {} }), [1, 3, 3]],
    ["a region that was added meanwhile waits with them", workloadsAt(V, { auth: OFF, abroad: GONE, home: OFF }), [1, 0, 0]],
    ["what runs goes on, whatever Auth does", workloadsAt(V, { auth: STARTING, abroad: { desired: 2 } }), [1, 3, 3]],
    ["a proxy that somebody scaled down is restored", workloadsAt(V, { home: OFF }), [1, 3, 3]],
    ["a tenant that is new is made at once", workloadsAt(V, { auth: GONE, abroad: GONE, home: GONE }), [1, 3, 3]],
  ])("%s", (_why, workloads, expected) => {
    expect(sizes(false, workloads)).toEqual(expected);
  });
});

describe("the state in one word", () => {
  it.each<[wanted: boolean, workloads: Workloads, expected: string | undefined]>([
    [true, workloadsAt(V), "Suspending"],
    [true, workloadsAt(V, { abroad: OFF, home: OFF }), "Suspending"],
    [true, workloadsAt(V, { ...ALL_OFF, auth: ENDING }), "Suspending"],
    [true, { ...workloadsAt(V, ALL_OFF), leaving: [V] }, "Suspending"],
    [true, workloadsAt(V, ALL_OFF), "Suspended"],
    [true, workloadsAt(V, { auth: GONE, abroad: GONE, home: GONE }), "Suspended"],
    [false, workloadsAt(V, ALL_OFF), "Resuming"],
    [false, workloadsAt(V, { ...ALL_OFF, auth: STARTING }), "Resuming"],
    [false, workloadsAt(V, { ...ALL_OFF, auth: {} }), undefined],
    [false, workloadsAt(V), undefined],
    [false, workloadsAt(V, { auth: STARTING }), undefined],
    [false, workloadsAt(V, { home: OFF }), undefined],
    [false, workloadsAt(V, { auth: GONE, abroad: GONE, home: GONE }), undefined],
  ])("%j %j is %s", (wanted, workloads, expected) => {
    expect(suspensionOf(wanted, workloads)).toBe(expected);
  });
});

it("a Deployment without pods is not available: it serves nobody", () => {
  expect(isAvailable(workload("auth", V, OFF))).toBe(false);
});

/** A Deployment whose pods come and go one at a time, seen by its controller when it moves. */
class Model {
  readonly names = ["auth", "proxy-a", "proxy-b"];
  readonly desired = new Map(this.names.map((name) => [name, 0]));
  readonly ready = new Map(this.names.map((name) => [name, 0]));
  readonly seen = new Map(this.names.map((name) => [name, true]));

  workloads(): Workloads {
    const [auth, ...proxies] = this.names.map((name) => this.#workload(name));
    return { auth: auth as Workload, proxies, leaving: [] }; // there are three
  }

  look(suspended: boolean, fulls: readonly number[]): void {
    const workloads = this.workloads();
    allOf(workloads).forEach((each, n) => {
      const replicas = replicasOf(each, fulls[n] ?? 1, { suspended, workloads });
      if (replicas !== this.desired.get(each.name)) this.seen.set(each.name, false);
      this.desired.set(each.name, replicas);
    });
  }

  move(name: string): void {
    const [have = 0, want = 0] = [this.ready.get(name), this.desired.get(name)];
    this.seen.set(name, true);
    this.ready.set(name, have + Math.sign(want - have));
  }

  #workload(name: string): Workload {
    const [have = 0, want = 0] = [this.ready.get(name), this.desired.get(name)];
    return workload(name, V, { desired: want, updated: have, available: have, total: have, observed: this.seen.get(name) ?? true, podVersions: Array.from({ length: have }, () => V) });
  }
}

const event = fc.oneof(
  fc.record({ kind: fc.constant("look" as const) }),
  fc.record({ kind: fc.constant("switch" as const) }),
  fc.record({ kind: fc.constant("resize" as const), proxies: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("move" as const), which: fc.integer({ min: 0, max: 2 }) }),
);

it("whatever is switched, resized and looked at, and however slow pods are: no proxy comes up without Auth, none outlives it, and it ends as the spec says", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const model = new Model();
      let [suspended, proxies] = [true, 2];
      for (const each of events) {
        const before = model.workloads();
        if (each.kind === "switch") suspended = !suspended;
        else if (each.kind === "resize") proxies = each.proxies;
        else if (each.kind === "move") model.move(model.names[each.which] ?? "auth");
        else model.look(suspended, [1, proxies, proxies]);
        const after = model.workloads();
        const raised = after.proxies.some((proxy, n) => before.proxies[n]?.desired === 0 && proxy.desired > 0);
        expect(!raised || isAvailable(before.auth)).toBe(true);
        const lowered = before.auth.desired > 0 && after.auth.desired === 0;
        expect(lowered ? before.proxies.flatMap(({ podVersions }) => podVersions) : []).toEqual([]);
      }
      for (let n = 0; n < 40; n += 1) {
        model.look(suspended, [1, proxies, proxies]);
        for (const name of model.names) model.move(name);
      }
      expect([...model.ready.values()]).toEqual(suspended ? [0, 0, 0] : [1, proxies, proxies]);
      expect(suspensionOf(suspended, model.workloads())).toBe(suspended ? "Suspended" : undefined);
    }),
    { numRuns: 1_000 },
  );
});
