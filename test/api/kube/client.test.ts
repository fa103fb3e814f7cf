import { afterAll, beforeAll, expect, test } from "vitest";

import { KubeClient } from "../../../src/kube/client.ts";
import { isAlreadyExists, isConflict, isInvalid } from "../../../src/kube/errors.ts";
import { KINDS } from "../../../src/kube/kind.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { Recorder } from "../../../src/kube/recorder.ts";
import { realClock, realMono } from "../../../src/runtime/clock.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { configMap, connect, failureOf } from "./connect.ts";
import type { ConfigMap } from "./connect.ts";

let it: Awaited<ReturnType<typeof connect>>;
beforeAll(async () => {
  it = await connect();
});
afterAll(() => it.stop());

const ref = (name: string) => ({ namespace: "default", name });

test("what isn't there is undefined on get and success on remove", async () => {
  expect(await it.client.get(KINDS.ConfigMap, ref("nobody"))).toBeUndefined();
  await it.client.remove(KINDS.ConfigMap, ref("nobody"));
});

test("create takes a name once", async () => {
  const made = await it.client.create(configMap("once"));
  expect(made.metadata.uid).toMatch(/-/);
  expect(isAlreadyExists(await failureOf(it.client.create(configMap("once"))))).toBe(true);
});

test("applying the same again changes nothing, and what is no longer applied goes", async () => {
  const first = await it.client.apply(configMap("same", { a: "1", b: "2" }));
  const again = await it.client.apply(configMap("same", { a: "1", b: "2" }));
  expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  const less = await it.client.apply(configMap("same", { a: "1" }));
  expect(less.data).toEqual({ a: "1" });
});

test("a uid or resourceVersion that differs is a conflict, and nothing is written", async () => {
  const made = await it.client.apply(configMap("guarded", { a: "1" }));
  const changed = configMap("guarded", { a: "2" });
  const withUid = { ...changed, metadata: { ...changed.metadata, uid: "00000000-0000-0000-0000-000000000000" } };
  expect(isConflict(await failureOf(it.client.apply(withUid)))).toBe(true);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", uid: withUid.metadata.uid }, status: { phase: "Active" } };
  expect(isConflict(await failureOf(it.client.applyStatus(namespace)))).toBe(true);
  const withVersion = { ...changed, metadata: { ...changed.metadata, resourceVersion: "1" } };
  expect(isConflict(await failureOf(it.client.apply(withVersion)))).toBe(true);
  const right = { ...changed, metadata: { ...changed.metadata, uid: made.metadata.uid ?? "", resourceVersion: made.metadata.resourceVersion ?? "" } };
  expect((await it.client.apply(right)).data).toEqual({ a: "2" });
});

test("an object that has gone isn't made anew by an apply with its uid", async () => {
  const { metadata } = await it.client.apply(configMap("went"));
  await it.client.remove(KINDS.ConfigMap, ref("went"));
  const stale = configMap("went", { a: "1" });
  expect(isConflict(await failureOf(it.client.apply({ ...stale, metadata: { ...stale.metadata, uid: metadata.uid ?? "" } })))).toBe(true);
  expect(await it.client.get(KINDS.ConfigMap, ref("went"))).toBeUndefined();
});

test("remove spares another object of that name, and one that has changed", async () => {
  const { metadata } = await it.client.apply(configMap("spared", { a: "1" }));
  const wrongUid = it.client.remove(KINDS.ConfigMap, ref("spared"), { uid: "00000000-0000-0000-0000-000000000000" });
  expect(isConflict(await failureOf(wrongUid))).toBe(true);
  await it.client.apply(configMap("spared", { a: "2" }));
  const old = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
  expect(isConflict(await failureOf(it.client.remove(KINDS.ConfigMap, ref("spared"), old)))).toBe(true);
  await it.client.remove(KINDS.ConfigMap, ref("spared"), { uid: metadata.uid });
  expect(await it.client.get(KINDS.ConfigMap, ref("spared"))).toBeUndefined();
});

test("applyIfChanged writes once, and again after somebody's change", async () => {
  const desired = configMap("drift", { a: "1" });
  const first = await it.client.applyIfChanged(desired, undefined);
  expect(await it.client.applyIfChanged(desired, first)).toBe(first);
  const theirs = await it.client.mergePatch<ConfigMap>(KINDS.ConfigMap, ref("drift"), { data: { a: "theirs" } });
  const repaired = await it.client.applyIfChanged(desired, theirs);
  expect(repaired.data).toEqual({ a: "1" });
  expect(await it.client.applyIfChanged(desired, repaired)).toBe(repaired);
});

test("a deployment as the server completes it is up to date", async () => {
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "auth", namespace: "default", labels: { app: "auth" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "auth" } },
      template: {
        metadata: { labels: { app: "auth" } },
        spec: {
          automountServiceAccountToken: false,
          volumes: [{ name: "tmp", emptyDir: {} }],
          containers: [
            {
              name: "auth",
              image: "teleport:17.2.1",
              ports: [{ name: "grpc", containerPort: 3025 }],
              env: [{ name: "EMPTY", value: "" }],
              resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
              volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
            },
          ],
        },
      },
    },
  };
  const live = await it.client.applyIfChanged(deployment, undefined);
  expect(await it.client.applyIfChanged(deployment, live)).toBe(live);
});

test("status is applied by itself, and only that", async () => {
  await it.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "with-status" } });
  const condition = { type: "NamespaceContentRemaining", status: "False", reason: "X", message: "y", lastTransitionTime: "2026-01-01T00:00:00Z" };
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "with-status", labels: { not: "written" } }, status: { phase: "Active", conditions: [condition] } };
  const live: KubeObject = await it.client.applyStatus(object);
  expect(live).toMatchObject({ status: { conditions: [condition] } });
  expect(live.metadata.labels?.["not"]).toBeUndefined();
});

test("what others have written into a status goes when ours is applied, and nothing is written twice", async () => {
  const condition = (type: string) => ({ type, status: "False", reason: "X", message: "y", lastTransitionTime: "2026-01-01T00:00:00Z" });
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "status-of-two" }, status: { phase: "Active", conditions: [condition("NamespaceContentRemaining")] } };
  await it.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "status-of-two" } });
  await it.cluster.kubectl(["patch", "namespace", "status-of-two", "--subresource=status", "--type=merge", "-p", JSON.stringify({ status: { conditions: [condition("NamespaceFinalizersRemaining")] } })]);
  const live: KubeObject = await it.client.applyStatus(object);
  expect(live).toMatchObject({ status: object.status });
  const again: KubeObject = await it.client.applyStatus(object);
  expect(again.metadata.resourceVersion).toBe(live.metadata.resourceVersion);
});

test("an invalid object is refused for good, with the server's words", async () => {
  const error = await failureOf(it.client.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "Not_A_Name", namespace: "default" } }));
  expect(isInvalid(error)).toBe(true);
  expect(error.message).toMatch(/^create ConfigMap "default\/Not_A_Name": 422 Invalid: .*metadata.name/);
  expect(error.details[0]?.field).toBe("metadata.name");
});

test("a list goes over all its pages", async () => {
  await it.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "many" } });
  const names = Array.from({ length: 1_203 }, (_, n) => `cm-${String(n).padStart(4, "0")}`);
  await Promise.all(
    names.map((name) => it.client.create({ ...configMap(name), metadata: { name, namespace: "many", labels: { half: name.endsWith("0") ? "yes" : "no" } } })),
  );
  const all = await it.client.list<ConfigMap>(KINDS.ConfigMap, { namespace: "many" });
  expect(all.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(all[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
  expect(await it.client.list(KINDS.ConfigMap, { namespace: "many", labelSelector: "half=yes" })).toHaveLength(121);
});

test("every write shows what it returned", async () => {
  const written: KubeObject[] = [];
  const client = new KubeClient({ transport: it.transport, onWritten: (object) => void written.push(object) });
  await client.apply({ ...configMap("shown"), metadata: { name: "shown", namespace: "default", finalizers: ["slacktide.dev/test"] } });
  await client.remove(KINDS.ConfigMap, ref("shown"));
  await client.mergePatch(KINDS.ConfigMap, ref("shown"), { metadata: { finalizers: null } });
  expect(written.map(({ metadata }) => [metadata.name, metadata.deletionTimestamp !== undefined])).toEqual([
    ["shown", false],
    ["shown", true],
    ["shown", true],
  ]);
  expect(await client.get(KINDS.ConfigMap, ref("shown"))).toBeUndefined();
});

test("events are accepted by the API server, and a repetition becomes a series", async () => {
  const regarding = await it.client.apply(configMap("eventful"));
  const options = { client: it.client, clock: realClock(realMono), mono: realMono, log: silentLogger, metrics: noMetrics, instance: "test-0" };
  const recorder = new Recorder(options);
  for (let n = 0; n < 3; n += 1) recorder.record({ regarding, type: "Warning", reason: "Held", action: "Upgrade", note: "Held the upgrade" });
  await recorder.flush();
  const events = await it.client.list<KubeObject & { readonly reason?: string; readonly series?: { readonly count: number } }>(KINDS.Event, { namespace: "default" });
  const ours = events.filter(({ reason }) => reason === "Held");
  expect(ours.map(({ series }) => series?.count)).toEqual([3]);
});

test("the server's date is near our own", async () => {
  await it.client.get(KINDS.Namespace, { name: "default" });
  const date = it.transport.serverDate()?.date ?? 0;
  expect(Math.abs(date - Date.now())).toBeLessThan(30_000);
});
