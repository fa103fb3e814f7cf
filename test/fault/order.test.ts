import { expect, test } from "vitest";
import { loadPlatform } from "../../src/adapters/config.ts";
import { LABEL } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import { violationIn } from "./oracle/invariants.ts";
import { inOneOrder, type Happening } from "./oracle/order.ts";
import { endingOf, Reference } from "./oracle/reference.ts";
import { namesOf, World } from "./world.ts";
import { WriteLog } from "./write-log.ts";

const NAMES = namesOf("f00001");
const [TENANT = ""] = NAMES.tenants;

interface Told extends Happening {
  readonly name: string;
}

const happening = (name: string, revision: number, at: number, known?: Readonly<Record<string, number>>): Told => ({ name, kind: "Pod", revision, at, ...(known && { writer: { known: new Map(Object.entries(known)) } }) });
const order = (home: readonly Told[], abroad: readonly Told[]) => inOneOrder(home, abroad).map(({ happening: { name } }) => name);

test("two clusters are one story by the time at which things were seen", () => {
  expect(order([happening("a", 1, 10), happening("c", 2, 30)], [happening("b", 900, 20), happening("d", 901, 40)])).toEqual(["a", "b", "c", "d"]);
});

test("what its writer had been told of comes before a write, however late it was seen", () => {
  const home = [happening("gone", 7, 100), happening("later", 8, 110)];
  expect(order(home, [happening("write", 900, 50, { pods: 7 }), happening("pod", 901, 60)])).toEqual(["gone", "write", "pod", "later"]);
});

test("and so it is the other way round", () => {
  const abroad = [happening("gone", 900, 100), happening("later", 901, 120)];
  expect(order([happening("write", 7, 50, { pods: 900 }), happening("pod", 8, 60)], abroad)).toEqual(["gone", "write", "pod", "later"]);
});

test("what it had not been told of may come after it", () => {
  expect(order([happening("unheard", 7, 100)], [happening("write", 900, 50, { pods: 6, deployments: 9 })])).toEqual(["write", "unheard"]);
});

let revision = 0;

function pod(component: string, version: string): KubeObject & { readonly spec: object } {
  revision += 1;
  const labels = { [LABEL.tenant]: TENANT, [LABEL.tenantUid]: "u", [LABEL.component]: component };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: `${component}-${version}`, namespace: `tenant-${TENANT}`, uid: `${component}-${version}`, resourceVersion: String(revision), labels }, spec: { containers: [{ image: `registry.example/teleport:${version}` }] } };
}

/** A world in which these pods came up, at these times. */
function worldOf(...pods: readonly { readonly object: KubeObject; readonly at: number }[]): World {
  const world = new World(NAMES);
  for (const { object, at } of pods) world.take({ revision: Number(object.metadata.resourceVersion), kind: "Pod", key: `tenant-${TENANT}/${object.metadata.name}`, before: undefined, after: object, at }, at);
  return world;
}

test("a proxy above Auth is found, though one is here and the other there (I14)", () => {
  const story = (version: string) => ({ world: worldOf({ object: pod("auth", "17.2.1"), at: 10 }), abroad: worldOf({ object: pod("proxy-eu-central-1", version), at: 20 }), log: new WriteLog(NAMES), platform: loadPlatform(undefined), endedAt: 30 });
  expect(violationIn(story("17.2.1"))).toBeUndefined();
  expect(violationIn(story("18.1.2"))).toContain("I14");
});

test("what is there is part of how a run ends", () => {
  const ending = (version: string) => endingOf(worldOf({ object: pod("auth", "18.1.2"), at: 10 }), worldOf({ object: pod("proxy-eu-central-1", version), at: 20 }));
  const reference = new Reference([ending("18.1.2")]);
  expect(reference.differencesOf(ending("18.1.2"))).toEqual([]);
  expect(reference.differencesOf(ending("17.2.1")).join("\n")).toContain("abroad: Pods tenant-{plan}-a/proxy-eu-central-1@17.2.1: 1 instead of (absent)");
});
