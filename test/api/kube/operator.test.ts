import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { isConflict } from "../../../src/kube/errors.ts";
import type { ResourceEvent } from "../../../src/kube/dot-i.ts";
import { ResourceEventType } from "../../../src/kube/dot-i.ts";
import { KINDS } from "../../../src/kube/kind.ts";
import type { Kind, KubeObject } from "../../../src/kube/kind.ts";
import { SlacktideOperator } from "../../../src/kube/operator.ts";
import type { ReadStore } from "../../../src/kube/store.ts";
import { realClock, realMono, realRng } from "../../../src/runtime/clock.ts";
import type { Outcome } from "../../../src/runtime/controller.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { configMap, connect, failureOf, until } from "./connect.ts";
import type { ConfigMap } from "./connect.ts";

const BOAT: Kind = { apiVersion: "test.slacktide.dev/v1", kind: "Boat", plural: "boats", namespaced: false };
const FINALIZER = "test.slacktide.dev/moored";
const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.test.slacktide.dev}
spec:
  group: test.slacktide.dev
  scope: Cluster
  names: {plural: boats, singular: boat, kind: Boat}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
            status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

interface Boat extends KubeObject {
  readonly spec?: { readonly sails?: number };
  readonly status?: { readonly sails?: number; readonly kept?: string };
}

/** Copies spec.sails to status.sails, holds a finalizer, and watches ConfigMaps labelled with a boat's name. */
class Harbour extends SlacktideOperator {
  readonly story: string[] = [];
  readonly cargo: string[] = [];
  maps: ReadStore<ConfigMap> | undefined;
  failOnce = false;
  crdFile = "";
  boatMeta: ResourceEvent["meta"] | undefined;

  protected override async init(): Promise<void> {
    const { group, plural, versions } = await this.registerCustomResourceDefinition(this.crdFile);
    await this.watchResource(group, versions[0]?.name ?? "", plural, (event) => this.moor(event));
    this.register<ConfigMap>(KINDS.ConfigMap, {
      namespace: "default",
      labelSelector: "cargo",
      workers: 2,
      reconcile: async (key): Promise<Outcome> => {
        this.cargo.push(key);
        return {};
      },
    });
    this.maps = this.watchSecondary<ConfigMap>(KINDS.ConfigMap, {
      labelSelector: "boat",
      indexes: { boat: ({ metadata }) => [metadata.labels?.["boat"] ?? ""] },
      keysOf: ({ metadata }) => [{ controller: "boats", key: metadata.labels?.["boat"] ?? "" }],
    });
  }

  async moor(event: ResourceEvent): Promise<void> {
    const { name } = event.meta;
    this.boatMeta = event.meta;
    this.story.push(`${event.type} ${name}`);
    if (event.type === ResourceEventType.Deleted) return;
    const isDone = await this.handleResourceFinalizer(event, FINALIZER, async () => void this.story.push(`unmoored ${name}`));
    if (isDone) return;
    if (this.failOnce) {
      this.failOnce = false;
      throw new Error("the rope broke");
    }
    const boat = await this.client.get<Boat>(BOAT, { name });
    if (boat === undefined || boat.status?.sails === boat.spec?.sails) return;
    await this.setResourceStatus(event.meta, { sails: boat.spec?.sails });
  }

  // The library's methods are protected; the tests go through these.
  status = (meta: ResourceEvent["meta"], status: object) => this.setResourceStatus(meta, status);
  patch = (meta: ResourceEvent["meta"], status: object) => this.patchResourceStatus(meta, status);
  finalizers = (meta: ResourceEvent["meta"], names: string[]) => this.setResourceFinalizers(meta, names);
  uri = () => this.getCustomResourceApiUri("test.slacktide.dev", "v1", "boats");
}

let it: Awaited<ReturnType<typeof connect>>;
let harbour: Harbour;
let dir: string;
beforeAll(async () => {
  it = await connect();
  dir = await mkdtemp(join(tmpdir(), "slacktide-"));
  harbour = new Harbour({
    config: it.config,
    transport: it.transport,
    kinds: [BOAT],
    http: { start: async () => undefined, stop: async () => undefined },
    clock: realClock(realMono),
    mono: realMono,
    rng: realRng,
    log: silentLogger,
    metrics: noMetrics,
  });
  harbour.crdFile = join(dir, "crd.yaml");
  await writeFile(harbour.crdFile, CRD);
  await harbour.start();
});
afterAll(async () => {
  await harbour.shutdown();
  await rm(dir, { recursive: true });
  await it.stop();
});

const boat = (name: string, sails: number): Boat => ({ apiVersion: BOAT.apiVersion, kind: BOAT.kind, metadata: { name }, spec: { sails } });
const read = (name: string) => harbour.client.get<Boat>(BOAT, { name });
const sailsOf = async (name: string) => (await read(name))?.status?.sails;

/** Waits until a boat's status has that many sails. */
async function untilSails(name: string, sails: number): Promise<void> {
  for (const end = Date.now() + 30_000; (await sailsOf(name)) !== sails; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error(`boat "${name}" never had ${sails} sails`);
  }
}

test("is ready after start, and knows where its objects live", () => {
  expect(harbour.unreadyReason()).toBeUndefined();
  expect(harbour.uri()).toBe(`${it.cluster.server}/apis/test.slacktide.dev/v1/boats`);
});

test("an object gets its finalizer and status, follows changes, and leaves through the finalizer", async () => {
  await harbour.client.create(boat("gull", 2));
  await untilSails("gull", 2);
  expect((await read("gull"))?.metadata.finalizers).toEqual([FINALIZER]);
  await harbour.client.mergePatch(BOAT, { name: "gull" }, { spec: { sails: 3 } });
  await untilSails("gull", 3);
  await harbour.client.remove(BOAT, { name: "gull" });
  await until(() => harbour.story.includes("DELETED gull"), "the deletion");
  expect(harbour.story.filter((line) => line.endsWith("gull")).at(0)).toBe("ADDED gull");
  expect(harbour.story).toContain("unmoored gull");
  expect(await read("gull")).toBeUndefined();
});

test("a worker that failed is called again", async () => {
  await harbour.client.create({ ...boat("tern", 1), metadata: { name: "tern", finalizers: [FINALIZER] } });
  await untilSails("tern", 1);
  harbour.failOnce = true;
  await harbour.client.mergePatch(BOAT, { name: "tern" }, { spec: { sails: 5 } });
  await untilSails("tern", 5);
  expect(harbour.failOnce).toBe(false);
});

test("writes with an old meta are conflicts that throw; nobody's finalizer is lost", async () => {
  await harbour.client.create(boat("heron", 1));
  await untilSails("heron", 1);
  const object = await read("heron");
  const meta = { name: "heron", id: "x", apiVersion: BOAT.apiVersion, kind: BOAT.kind, resourceVersion: object?.metadata.resourceVersion ?? "" };
  await harbour.client.mergePatch(BOAT, { name: "heron" }, { metadata: { finalizers: [FINALIZER, "example.com/theirs"] } });
  expect(isConflict(await failureOf(harbour.finalizers(meta, [])))).toBe(true);
  expect(isConflict(await failureOf(harbour.status(meta, { sails: 9 })))).toBe(true);
  expect(isConflict(await failureOf(harbour.patch(meta, { kept: "no" })))).toBe(true);
  const now = { ...meta, resourceVersion: (await read("heron"))?.metadata.resourceVersion ?? "" };
  const patched = await harbour.patch(now, { kept: "yes" });
  expect((await read("heron"))?.status).toEqual({ sails: 1, kept: "yes" });
  await harbour.finalizers({ ...meta, resourceVersion: patched.resourceVersion }, ["example.com/theirs"]);
});

test("a change of a secondary object brings its owner's key, before and after", async () => {
  await harbour.client.create(boat("swan", 1));
  await untilSails("swan", 1);
  const count = () => harbour.story.filter((line) => line === "MODIFIED swan").length;
  await until(() => !harbour.isBusy(), "quiet");
  const before = count();
  const map = configMap("swan-cargo", { a: "1" });
  await harbour.client.apply({ ...map, metadata: { ...map.metadata, labels: { boat: "swan" } } });
  // Our own write is in the cache at once, before any watch can have brought it.
  expect(harbour.maps?.byIndex("boat", "swan").map(({ metadata }) => metadata.name)).toEqual(["swan-cargo"]);
  await until(() => count() > before, "the reconcile after the change");
  await until(() => !harbour.isBusy(), "quiet");
  const between = count();
  await it.cluster.kubectl(["delete", "configmap", "swan-cargo"]);
  await until(() => count() > between, "the reconcile after the deletion");
  expect(harbour.maps?.byIndex("boat", "swan")).toEqual([]);
});

test("goes on after a crash of the API server and misses nothing", async () => {
  await it.cluster.kubectl(["create", "configmap", "before"]);
  await it.cluster.kubectl(["label", "configmap", "before", "cargo=yes"]);
  await until(() => harbour.cargo.includes("default/before"), "the first object");
  await it.cluster.restartApiServer();
  await it.cluster.kubectl(["create", "configmap", "after"]);
  await it.cluster.kubectl(["label", "configmap", "after", "cargo=yes"]);
  await until(() => harbour.cargo.includes("default/after"), "the object made after the crash");
  await harbour.client.create(boat("albatross", 4));
  await untilSails("albatross", 4);
  expect(harbour.unreadyReason()).toBeUndefined();
});

test("registering twice, and enqueueing to nobody, are refused", () => {
  expect(() => Reflect.get(harbour, "enqueue").call(harbour, "nobody", "key")).toThrow('there is no controller "nobody"');
  expect(() => Reflect.get(harbour, "register").call(harbour, BOAT, { workers: 1, reconcile: async () => ({}) })).toThrow("there is a controller of that name");
});

test("shutdown ends cleanly, and the operator says that it isn't ready", async () => {
  expect(await harbour.shutdown()).toBe(true);
  expect(harbour.unreadyReason()).toBe("stopped");
});
