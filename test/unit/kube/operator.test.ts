import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { expect, test } from "vitest";

import { BaseOperator } from "../../../src/kube/base-operator.ts";
import { Operator, ResourceEventType } from "../../../src/kube/dot-i.ts";
import { latestEvents } from "../../../src/kube/events-of-keys.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { SlacktideOperator } from "../../../src/kube/operator.ts";

const kind = { apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", plural: "tenants", namespaced: false };

/** What the library may go on doing: it calls only methods that are replaced. */
const KEPT = ["constructor", "handleResourceFinalizer"];
/** Private to the library, and called only by methods that are replaced. */
const UNREACHABLE = ["resourceStatusRequest", "errorToJson"];

test("no method of the library that does I/O is left as it is", () => {
  const replaced = new Set([BaseOperator, SlacktideOperator].flatMap((one) => Object.getOwnPropertyNames(one.prototype)));
  const left = Object.getOwnPropertyNames(Operator.prototype).filter((name) => !replaced.has(name));
  expect(left.sort()).toEqual([...KEPT.slice(1), ...UNREACHABLE].sort());
});

test("there is one copy of client-node", async () => {
  const modules = join(import.meta.dirname, "../../../node_modules");
  const copies: string[] = [];
  const search = async (folder: string, depth: number): Promise<void> => {
    if (existsSync(join(folder, "@kubernetes/client-node"))) copies.push(folder);
    if (depth === 0) return;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const scoped = entry.name.startsWith("@") ? await readdir(join(folder, entry.name)) : [""];
      for (const name of scoped) {
        const nested = join(folder, entry.name, name, "node_modules");
        if (entry.isDirectory() && existsSync(nested)) await search(nested, depth - 1);
      }
    }
  };
  await search(modules, 3);
  expect(copies).toEqual([modules]);
  const fromLibrary = createRequire(createRequire(import.meta.url).resolve("@dot-i/k8s-operator"));
  expect(fromLibrary.resolve("@kubernetes/client-node")).toContain(join(modules, "@kubernetes/client-node"));
});

test("a worker tells of each key's latest state: added, modified, deleted", async () => {
  const tenant = (resourceVersion: string): KubeObject => ({ ...kind, metadata: { name: "acme", resourceVersion } });
  let state: KubeObject | undefined = tenant("1");
  const told: [string, string | undefined][] = [];
  let fail = true;
  const reconcile = latestEvents(
    kind,
    () => state,
    async ({ type, object }) => {
      if (fail) throw new Error("try again");
      told.push([type, object.metadata?.resourceVersion]);
      // The library's own finalizer flow changes what it is given.
      object.metadata?.finalizers?.push("x");
    },
  );
  await expect(reconcile("acme")).rejects.toThrow("try again");
  fail = false;
  expect(await reconcile("acme")).toEqual({});
  state = tenant("5");
  await reconcile("acme");
  state = undefined;
  await reconcile("acme");
  await reconcile("acme");
  expect(told).toEqual([
    [ResourceEventType.Added, "1"],
    [ResourceEventType.Modified, "5"],
    [ResourceEventType.Deleted, "5"],
  ]);
});
