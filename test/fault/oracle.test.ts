import { expect, test } from "vitest";
import type { KubeObject } from "../../src/kube/kind.ts";
import { endingOf, Reference } from "./oracle/reference.ts";
import { strikesAt } from "./catalogue.ts";
import { STRIKES } from "./kinds/strike.ts";
import { narrowed } from "./narrow.ts";
import { addressOf } from "./proxy/call.ts";
import { namesOf, World } from "./world.ts";

let revision = 0;

/** A world in which these objects were created, one after the other, and some deleted. */
function worldOf(id: string, created: readonly KubeObject[], deleted: readonly KubeObject[] = []): World {
  const world = new World(namesOf(id));
  const take = (before: KubeObject | undefined, after: KubeObject | undefined) => {
    revision += 1;
    const object = after ?? before;
    world.take({ revision, kind: object?.kind ?? "", key: `${object?.metadata.namespace ?? ""}/${object?.metadata.name ?? ""}`, before, after, at: revision }, revision);
  };
  for (const object of created) take(undefined, object);
  for (const object of deleted) take(object, undefined);
  return world;
}

const configMap = (id: string, data: Readonly<Record<string, string>>, name = "auth-config") => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: `tenant-${id}-a`, uid: crypto.randomUUID(), resourceVersion: String(Math.random()) },
  data,
});

test("runs that differ only in names, times and identities end the same", () => {
  const ending = (id: string, at: string) => endingOf(worldOf(id, [configMap(id, { domain: `${id}-a.teleport.example`, at, job: "preflight-17-2-3-20261202t020000z" })]));
  const reference = new Reference([ending("f00001", "2026-12-02T02:00:00Z")]);
  expect(reference.differencesOf(ending("f00002", "2026-12-02T02:00:07.123Z"))).toEqual([]);
});

test("another value, an object too many and one too few are differences", () => {
  const reference = new Reference([endingOf(worldOf("f00001", [configMap("f00001", { a: "1" }), configMap("f00001", {}, "other")]))]);
  const differences = reference.differencesOf(endingOf(worldOf("f00002", [configMap("f00002", { a: "2" }), configMap("f00002", {}, "more")])));
  expect(differences.some((each) => each.startsWith('ConfigMap tenant-{plan}-a/auth-config.data.a: "2" instead of "1"'))).toBe(true);
  expect(differences).toContain("ConfigMap tenant-{plan}-a/more: 1 created, 0 deleted instead of (absent)");
  expect(differences).toContain("ConfigMap tenant-{plan}-a/other: (absent) instead of 1 created, 0 deleted");
});

test("an object that was made twice is a difference, though the end is the same", () => {
  const object = configMap("f00001", {});
  const reference = new Reference([endingOf(worldOf("f00001", [object]))]);
  const again = worldOf("f00001", [object, object]);
  expect(reference.differencesOf(endingOf(again))).toEqual(["ConfigMap tenant-{plan}-a/auth-config: 2 created, 0 deleted instead of 1 created, 0 deleted"]);
});

test("what undisturbed runs differ in is not compared, and all else is", () => {
  const ending = (chance: string, fixed: string) => endingOf(worldOf("f00001", [configMap("f00001", { chance, fixed })]));
  const reference = new Reference([ending("a", "same"), ending("b", "same")]);
  expect([...reference.masked]).toEqual(["ConfigMap tenant-{plan}-a/auth-config.data.chance"]);
  expect(reference.differencesOf(ending("c", "same"))).toEqual([]);
  expect(reference.differencesOf(ending("c", "other"))).toHaveLength(1);
});

test("every write gets every fault, a 500 and a hang both ways in turn", () => {
  const strikes = strikesAt(["one", "two", "three"]);
  expect(strikes).toHaveLength(3 * STRIKES.length);
  for (const kind of ["500", "hang"]) expect(new Set(strikes.filter((each) => each.kind === kind).map((each) => each.isCarriedOut))).toEqual(new Set([true, false]));
});

test.each([
  ["/apis/slacktide.dev/v1alpha1/tenants?limit=500", "labelSelector=fault.test%2Fplan%3Df00001"],
  ["/api/v1/pods?watch=true&labelSelector=slacktide.dev%2Ftenant", "labelSelector=slacktide.dev%2Ftenant+in+%28f00001-a%29"],
])("an operator sees its own plan alone: %s", (url, expected) => {
  const { pathname: path, searchParams: query } = new URL(url, "http://server.invalid");
  expect(narrowed({ method: "GET", url, path, query, headers: {}, body: Buffer.alloc(0), replica: "one" }, namesOf("f00001"))).toContain(expected);
});

test.each([
  ["/api/v1/namespaces/tenant-a", { plural: "namespaces", name: "tenant-a" }],
  ["/api/v1/namespaces/tenant-a/services/auth", { plural: "services", namespace: "tenant-a", name: "auth" }],
  ["/apis/apps/v1/deployments", { plural: "deployments" }],
  ["/apis/slacktide.dev/v1alpha1/tenants/a/status", { plural: "tenants", name: "a", subresource: "status" }],
  ["/version", undefined],
])("knows what %s addresses", (path, expected) => {
  const { plural, namespace, name, subresource } = addressOf(path) ?? {};
  const found = Object.fromEntries(Object.entries({ plural, namespace, name, subresource }).filter(([, value]) => value !== undefined));
  expect(addressOf(path) === undefined ? undefined : found).toEqual(expected);
});
