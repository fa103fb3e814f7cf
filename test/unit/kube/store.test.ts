import { expect, test } from "vitest";

import type { KubeObject } from "../../../src/kube/kind.ts";
import { matchesSelector } from "../../../src/kube/label-selector.ts";
import { Store, isOlder } from "../../../src/kube/store.ts";

interface Thing extends KubeObject {
  readonly size?: number;
}

const thing = (name: string, resourceVersion: string, more: { uid?: string; size?: number; tenant?: string } = {}): Thing => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name, namespace: "ns", uid: more.uid ?? `uid-${name}`, resourceVersion, labels: { tenant: more.tenant ?? "t1" } },
  ...(more.size === undefined ? {} : { size: more.size }),
});

test("takes in what is newer and drops what is older or the same", () => {
  const store = new Store<Thing>();
  expect(store.put(thing("a", "9"))).toEqual([{ key: "ns/a", now: thing("a", "9") }]);
  expect(store.put(thing("a", "9"))).toEqual([]);
  expect(store.put(thing("a", "8"))).toEqual([]);
  expect(store.put(thing("a", "10"))).toHaveLength(1);
  expect(store.get("ns/a")?.metadata.resourceVersion).toBe("10");
});

test("compares versions as numbers of any size", () => {
  expect([isOlder("9", "10"), isOlder("10", "9"), isOlder("9", "9")]).toEqual([true, false, false]);
  expect(isOlder("99999999999999999998", "99999999999999999999")).toBe(true);
});

test("an object that was deleted and made again is a deletion and an addition", () => {
  const store = new Store<Thing>();
  const [before, after] = [thing("a", "5", { uid: "first" }), thing("a", "7", { uid: "second" })];
  store.put(before);
  expect(store.put(after)).toEqual([
    { key: "ns/a", old: before },
    { key: "ns/a", now: after },
  ]);
  expect(store.put(thing("a", "6", { uid: "first" }))).toEqual([]);
  expect(store.remove(thing("a", "6", { uid: "first" }))).toEqual([]);
  expect(store.size).toBe(1);
});

test("a late answer to a write doesn't bring a deleted object back", () => {
  const store = new Store<Thing>();
  store.put(thing("a", "5"));
  expect(store.remove(thing("a", "8"))).toHaveLength(1);
  expect(store.put(thing("a", "7"))).toEqual([]);
  expect(store.size).toBe(0);
  // The same object may come back into a labelled scope with a later version.
  expect(store.put(thing("a", "9"))).toHaveLength(1);
});

test("a whole list removes what isn't in it, but not what a write of ours has made since", () => {
  const store = new Store<Thing>();
  for (const object of [thing("stays", "1"), thing("went", "2"), thing("ours", "30")]) store.put(object);
  const relist = store.relist();
  const changes = [...[thing("stays", "1"), thing("came", "19")].flatMap((object) => relist.put(object)), ...relist.end("20")];
  expect(changes.map(({ key, old, now }) => [key, old === undefined, now === undefined])).toEqual([
    ["ns/came", true, false],
    ["ns/went", false, true],
  ]);
  expect(store.list().map(({ metadata }) => metadata.name)).toEqual(["stays", "ours", "came"]);
});

test("indexes follow changes and deletions", () => {
  const byTenant = (object: Thing) => [object.metadata.labels?.["tenant"] ?? ""];
  const store = new Store<Thing>({ indexes: { byTenant } });
  store.put(thing("a", "1"));
  store.put(thing("b", "2"));
  store.put(thing("a", "3", { tenant: "t2" }));
  const names = (value: string) => store.byIndex("byTenant", value).map(({ metadata }) => metadata.name);
  expect([names("t1"), names("t2"), names("t3")]).toEqual([["b"], ["a"], []]);
  store.remove(thing("a", "4"));
  expect(names("t2")).toEqual([]);
  expect(() => store.byIndex("byColour", "red")).toThrow('look up index "byColour": the store has byTenant');
  expect(() => store.addIndexes({ late: byTenant })).toThrow("the store is in use already");
});

test("keeps no managedFields, and only what the projection keeps", () => {
  const store = new Store<Thing>({ project: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }) });
  const full = thing("a", "1", { size: 5 });
  const managed = { ...full, metadata: { ...full.metadata, managedFields: [{ manager: "x" }] } };
  store.put(managed);
  expect(store.get("ns/a")).toEqual(thing("a", "1"));
  expect(managed.metadata.managedFields).toHaveLength(1);
});

test("a selector of a query matches labels as the API server does, or nothing if it is beyond us", () => {
  const labels = { app: "web", tier: "gold" };
  expect(matchesSelector(undefined, labels)).toBe(true);
  expect(matchesSelector("app=web,tier", labels)).toBe(true);
  expect(matchesSelector("app==web", labels)).toBe(true);
  expect(matchesSelector("app=db", labels)).toBe(false);
  expect(matchesSelector("zone", labels)).toBe(false);
  expect(matchesSelector("app in (web)", labels)).toBe(false);
  expect(matchesSelector("app!=db", labels)).toBe(false);
});

test("what a delete of ours has ended is gone at once, and late events don't bring it back", () => {
  const store = new Store<Thing>();
  store.put(thing("a", "5"));
  expect(store.forget("ns/a", "uid-of-another")).toEqual([]);
  expect(store.forget("ns/a", "uid-a")).toEqual([{ key: "ns/a", old: thing("a", "5") }]);
  expect(store.put(thing("a", "5"))).toEqual([]);
  expect(store.forget("ns/a", "uid-a")).toEqual([]);
});

test("differs from a list by what it lost and by what is gone, not by what is newer than the list", () => {
  const store = new Store<Thing>();
  for (const object of [thing("same", "1"), thing("newer", "30"), thing("ghost", "3"), thing("stale", "4"), thing("buried", "5")]) store.put(object);
  store.remove(thing("buried", "22"));
  store.put(thing("new", "25"));
  const listed = [thing("same", "1"), thing("newer", "2"), thing("stale", "6"), thing("lost", "7"), thing("buried", "5")];
  const metas = new Map(listed.map(({ metadata }) => [`ns/${metadata.name}`, metadata]));
  expect(store.differences(metas, "20")).toEqual(["ns/ghost", "ns/lost", "ns/stale"]);
});
