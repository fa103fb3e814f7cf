import type { ServerResponse } from "node:http";

import { expect, test } from "vitest";

import { KINDS } from "../../../src/kube/kind.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { Reflector } from "../../../src/kube/reflector.ts";
import type { ReflectorOptions } from "../../../src/kube/reflector.ts";
import { realMono, realRng, sleep } from "../../../src/runtime/clock.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { json, reset, startServer, until } from "./scripted-server.ts";
import type { Seen } from "./scripted-server.ts";

const pod = (name: string, resourceVersion: number, uid = `uid-${name}`): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "ns", uid, resourceVersion: String(resourceVersion), labels: { app: "web" } },
});
const list = (resourceVersion: number, ...items: KubeObject[]) => ({
  metadata: { resourceVersion: String(resourceVersion) },
  // As in a real list, items don't say what they are.
  items: items.map(({ metadata }) => ({ metadata })),
});
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const forbidden = { kind: "Status", code: 422, reason: "Invalid", message: "sendInitialEvents is forbidden for watch" };
const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };

interface Script {
  readonly list?: (seen: Seen, response: ServerResponse) => void;
  /** The status of the n-th watch, if it isn't 200. */
  readonly refuse?: (n: number) => number;
  /** The n-th watch, from 1. */
  readonly watch?: (n: number, response: ServerResponse, seen: Seen) => void;
  /** Whether it knows WatchList; else it must be listed. */
  readonly streams?: boolean;
}

const isWatch = ({ url }: Seen): boolean => url.searchParams.get("watch") === "true";

/** A reflector of pods on a server that follows the script; watches are left open unless it ends them. */
async function setUp(script: Script, options: Partial<ReflectorOptions<KubeObject>> = {}) {
  let watches = 0;
  const server = await startServer((seen, response) => {
    if (!isWatch(seen)) return script.list === undefined ? json(response, list(10, pod("a", 5))) : script.list(seen, response);
    if (seen.url.searchParams.get("sendInitialEvents") !== null && script.streams !== true) return json(response, forbidden, 422);
    watches += 1;
    const status = script.refuse?.(watches) ?? 200;
    if (status !== 200) return json(response, { ...gone, code: status }, status);
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    script.watch?.(watches, response, seen);
  });
  const transport = server.transport();
  const changes: string[] = [];
  const reflector = new Reflector<KubeObject>({
    kind: KINDS.Pod,
    transport,
    mono: realMono,
    rng: realRng,
    log: silentLogger,
    metrics: noMetrics,
    backoff: { firstMs: 5, longestMs: 20 },
    onChange: ({ key, old, now }, initial) => {
      const what = old === undefined ? "+" : now === undefined ? "-" : "~";
      changes.push(`${what}${key}${initial ? " initial" : ""}`);
    },
    ...options,
  });
  reflector.start();
  const stop = async () => {
    await reflector.stop();
    await transport.close();
    await server[Symbol.asyncDispose]();
  };
  const isFollowed = (seen: Seen) => isWatch(seen) && (script.streams === true || seen.url.searchParams.get("sendInitialEvents") === null);
  const versions = () => server.seen.filter(isFollowed).map(({ url }) => url.searchParams.get("resourceVersion"));
  const lists = () => server.seen.filter((seen) => !isWatch(seen)).length;
  return { server, reflector, changes, versions, lists, stop, [Symbol.asyncDispose]: stop };
}

test("lists, says so, and then follows the watch with bookmarks on", async () => {
  await using it = await setUp({
    watch: (_, response) => {
      response.write(line("ADDED", pod("b", 11)));
      response.write(line("MODIFIED", pod("a", 12)));
      response.write(line("DELETED", pod("b", 13)));
    },
  });
  expect(it.reflector.hasSynced()).toBe(false);
  await it.reflector.synced();
  expect(it.reflector.store.get("ns/a")).toMatchObject({ apiVersion: "v1", kind: "Pod" });
  await until(() => it.changes.length === 4, "all events");
  expect(it.changes).toEqual(["+ns/a initial", "+ns/b", "~ns/a", "-ns/b"]);
  expect(it.server.seen.at(-1)?.url.searchParams.get("allowWatchBookmarks")).toBe("true");
});

test("a list comes in pages, and is synced with the last", async () => {
  await using it = await setUp({
    list: (seen, response) => {
      const token = seen.url.searchParams.get("continue");
      if (token === null) json(response, { metadata: { resourceVersion: "10", continue: "more" }, items: [{ metadata: pod("a", 1).metadata }] });
      else json(response, list(10, pod("b", 2)));
    },
  });
  await it.reflector.synced();
  expect(it.changes).toEqual(["+ns/a initial", "+ns/b initial"]);
  expect(it.server.seen.filter((seen) => !isWatch(seen)).map(({ url }) => url.searchParams.get("limit"))).toEqual(["500", "500"]);
});

test("a page whose continue token is too old starts the list again", async () => {
  let expired = false;
  await using it = await setUp({
    list: (seen, response) => {
      if (seen.url.searchParams.get("continue") !== null && !expired) {
        expired = true;
        return json(response, gone, 410);
      }
      if (expired) return json(response, list(20, pod("b", 15)));
      return json(response, { metadata: { resourceVersion: "10", continue: "more" }, items: [{ metadata: pod("a", 1).metadata }] });
    },
  });
  await it.reflector.synced();
  expect(it.reflector.store.list().map(({ metadata }) => metadata.name)).toEqual(["b"]);
});

test("a reset resumes the watch where it was, without listing", async () => {
  await using it = await setUp({
    watch: (n, response) => {
      response.write(line("MODIFIED", pod("a", 11 + n)));
      if (n === 1) setTimeout(() => reset(response), 20);
    },
  });
  await until(() => it.changes.length === 3, "the event after the reset");
  expect(it.versions()).toEqual(["10", "12"]);
  expect(it.lists()).toBe(1);
});

test("a bookmark moves the point to resume from and changes nothing", async () => {
  await using it = await setUp({
    watch: (n, response) => {
      if (n > 1) return;
      response.write(line("BOOKMARK", { kind: "Pod", metadata: { resourceVersion: "99" } }));
      setTimeout(() => reset(response), 20);
    },
  });
  await until(() => it.versions().length === 2, "the second watch");
  expect(it.versions()).toEqual(["10", "99"]);
  expect(it.changes).toEqual(["+ns/a initial"]);
});

test.each<[string, Partial<Script>]>([
  ["an ERROR event", { watch: (n, response) => n === 1 && void response.end(line("ERROR", gone)) }],
  ["an answer", { refuse: (n) => (n === 1 ? 410 : 200) }],
])("410 in %s lists again and reports what has gone meanwhile", async (_, script) => {
  let lists = 0;
  await using it = await setUp({
    list: (_seen, response) => {
      lists += 1;
      json(response, lists === 1 ? list(10, pod("a", 5), pod("b", 6)) : list(30, pod("b", 6), pod("c", 25)));
    },
    ...script,
  });
  await until(() => it.changes.length === 4, "the second list");
  expect(it.changes).toEqual(["+ns/a initial", "+ns/b initial", "+ns/c", "-ns/a"]);
  await until(() => it.versions().length === 2, "the second watch");
  expect(it.versions()).toEqual(["10", "30"]);
});

test("any other ERROR event resumes without listing", async () => {
  await using it = await setUp({
    watch: (n, response) => n === 1 && void response.end(line("ERROR", { kind: "Status", code: 500, message: "etcd" })),
  });
  await until(() => it.versions().length === 2, "the second watch");
  expect([it.versions(), it.lists()]).toEqual([["10", "10"], 1]);
});

test("a server that froze is noticed by its silence, and events then go on", async () => {
  await using it = await setUp(
    { watch: (n, response) => n === 2 && void response.write(line("MODIFIED", pod("a", 12))) },
    { watchdogMs: 60 },
  );
  await until(() => it.changes.includes("~ns/a"), "the event after the freeze");
  expect(it.lists()).toBe(1);
});

test("a watch that goes on sending is not cut", async () => {
  let version = 20;
  await using it = await setUp(
    {
      watch: (_, response) => {
        const timer = setInterval(() => response.write(line("MODIFIED", pod("a", (version += 1)))), 40);
        response.on("close", () => clearInterval(timer));
      },
    },
    { watchdogMs: 600 },
  );
  await sleep(realMono, 1_000);
  expect(it.versions()).toEqual(["10"]);
});

test("a stale event is dropped, and so is a stale list", async () => {
  let lists = 0;
  await using it = await setUp({
    list: (_, response) => {
      lists += 1;
      json(response, lists === 1 ? list(10, pod("a", 9)) : list(30, pod("a", 8)));
    },
    watch: (n, response) => {
      if (n > 1) return;
      response.write(line("MODIFIED", pod("a", 12)));
      response.write(line("MODIFIED", pod("a", 11)));
      response.end(line("ERROR", gone));
    },
  });
  await until(() => it.versions().length === 2, "the second watch");
  expect(it.changes).toEqual(["+ns/a initial", "~ns/a"]);
  expect(it.reflector.store.get("ns/a")?.metadata.resourceVersion).toBe("12");
});

test("our own writes are in the store at once; older events and lists don't undo them", async () => {
  let send: ServerResponse | undefined;
  await using it = await setUp({ watch: (_, response) => void (send = response) });
  await until(() => send !== undefined, "the watch");
  it.reflector.observe(pod("a", 20));
  it.reflector.observe(pod("new", 21));
  expect(it.reflector.store.get("ns/a")?.metadata.resourceVersion).toBe("20");
  for (const version of [15, 20, 22]) send?.write(line("MODIFIED", pod("a", version)));
  await until(() => it.changes.length === 4, "the newer event");
  expect(it.changes).toEqual(["+ns/a initial", "~ns/a", "+ns/new", "~ns/a"]);
});

test("our own writes outside the scope stay out of the store", async () => {
  await using it = await setUp({}, { namespace: "ns", labelSelector: "app=web" });
  await it.reflector.synced();
  it.reflector.observe({ ...pod("b", 20), metadata: { ...pod("b", 20).metadata, labels: { app: "db" } } });
  it.reflector.observe({ ...pod("c", 20), metadata: { ...pod("c", 20).metadata, namespace: "other" } });
  expect(it.reflector.store.list().map(({ metadata }) => metadata.name)).toEqual(["a"]);
  expect(it.server.seen.every(({ url }) => url.searchParams.get("labelSelector") === "app=web")).toBe(true);
  expect(it.server.seen[0]?.url.pathname).toBe("/api/v1/namespaces/ns/pods");
});

test("an object made anew under its name is reported as gone and come", async () => {
  await using it = await setUp({ watch: (_, response) => void response.write(line("MODIFIED", pod("a", 12, "another"))) });
  await until(() => it.changes.length === 3, "the event");
  expect(it.changes).toEqual(["+ns/a initial", "-ns/a", "+ns/a"]);
});

test("lines cut anywhere, even inside a letter, are put together again", async () => {
  const name = "zürich";
  await using it = await setUp({
    watch: (_, response) => {
      const bytes = Buffer.from(line("ADDED", pod(name, 11)) + line("ADDED", pod("b", 12)));
      const cut = bytes.indexOf(0xc3) + 1;
      response.write(bytes.subarray(0, cut));
      setTimeout(() => response.write(bytes.subarray(cut)), 20);
    },
  });
  await until(() => it.changes.length === 3, "both events");
  expect(it.changes).toEqual(["+ns/a initial", `+ns/${name}`, "+ns/b"]);
});

test("a server that is down, then refuses, then answers nonsense, is tried until it works", async () => {
  let tries = 0;
  await using it = await setUp({
    list: (_, response) => {
      tries += 1;
      if (tries === 1 || tries === 2) reset(response);
      else if (tries === 3) json(response, { kind: "Status" }, 500);
      else if (tries === 4) response.end("<html>");
      else json(response, list(10, pod("a", 5)));
    },
    watch: (n, response) => n === 1 && void response.end("nonsense\n"),
  });
  await it.reflector.synced();
  await until(() => it.versions().length === 2, "the watch after nonsense");
  expect(it.lists()).toBe(5);
});

test("a handler that throws hinders nobody", async () => {
  const seen: string[] = [];
  await using it = await setUp(
    { watch: (_, response) => void response.write(line("ADDED", pod("b", 11))) },
    {
      onChange: ({ key }) => {
        seen.push(key);
        throw new Error("handler");
      },
    },
  );
  await until(() => seen.length === 2, "both changes");
  expect(it.reflector.store.size).toBe(2);
});

test("a server that ends every watch at once is not hammered", async () => {
  await using it = await setUp({ watch: (_, response) => void response.end() }, { backoff: { firstMs: 100, longestMs: 100 } });
  await it.reflector.synced();
  await sleep(realMono, 350);
  expect(it.versions().length).toBeLessThanOrEqual(7);
});

test("after stop nothing is asked any more, also when stopped while backing off", async () => {
  const it = await setUp({ watch: (_, response) => reset(response) }, { backoff: { firstMs: 10_000, longestMs: 10_000 } });
  await until(() => it.versions().length === 1, "the first watch");
  await sleep(realMono, 20);
  await it.reflector.stop();
  const asked = it.server.seen.length;
  await sleep(realMono, 50);
  expect(it.server.seen).toHaveLength(asked);
  await it.stop();
});

const END = { kind: "Pod", metadata: { resourceVersion: "10", annotations: { "k8s.io/initial-events-end": "true" } } };

test("a server that can stream everything is never listed, and is synced when it says so", async () => {
  let send: ServerResponse | undefined;
  await using it = await setUp({ streams: true, watch: (_, response) => void (send = response) });
  await until(() => send !== undefined, "the watch");
  send?.write(line("ADDED", pod("a", 5)) + line("ADDED", pod("b", 6)) + line("BOOKMARK", { kind: "Pod", metadata: { resourceVersion: "8" } }));
  await until(() => it.changes.length === 2, "both objects");
  expect(it.reflector.hasSynced()).toBe(false);
  send?.write(line("BOOKMARK", END) + line("DELETED", pod("b", 11)));
  await it.reflector.synced();
  await until(() => it.changes.length === 3, "the deletion");
  expect(it.changes).toEqual(["+ns/a initial", "+ns/b initial", "-ns/b"]);
  expect([it.lists(), it.versions()]).toEqual([0, [null]]);
});

test("a stream that breaks before everything was sent begins anew; one that breaks after goes on", async () => {
  await using it = await setUp({
    streams: true,
    watch: (n, response) => {
      response.write(n === 3 ? line("MODIFIED", pod("a", 12)) : line("ADDED", pod("a", 5)));
      if (n === 2) response.write(line("BOOKMARK", END));
      if (n < 3) setTimeout(() => reset(response), 20);
    },
  });
  await until(() => it.changes.length === 2, "the event after the second break");
  expect(it.versions()).toEqual([null, null, "10"]);
});

test("what went while nobody watched is reported when everything was streamed again", async () => {
  await using it = await setUp({
    streams: true,
    watch: (n, response) => {
      if (n === 1) response.end(line("ADDED", pod("a", 5)) + line("ADDED", pod("b", 6)) + line("BOOKMARK", END) + line("ERROR", gone));
      else response.write(line("ADDED", pod("b", 6)) + line("BOOKMARK", { ...END, metadata: { ...END.metadata, resourceVersion: "20" } }));
    },
  });
  await until(() => it.changes.length === 3, "the deletion");
  expect(it.changes).toEqual(["+ns/a initial", "+ns/b initial", "-ns/a"]);
});

test("an audit finds what the watch has lost, and everything is taken in anew", async () => {
  let lists = 0;
  const missed: unknown[] = [];
  await using it = await setUp(
    {
      list: (_, response) => {
        lists += 1;
        json(response, lists === 1 ? list(10, pod("a", 5), pod("b", 6)) : list(30, pod("a", 25), pod("c", 26)));
      },
      // Its bookmarks claim to be up to date, though it never told of b, c and the newer a.
      watch: (n, response) => n === 1 && void response.write(line("BOOKMARK", { kind: "Pod", metadata: { resourceVersion: "40" } })),
    },
    { metrics: { ...noMetrics, increment: (...call: unknown[]) => void missed.push(call) } },
  );
  await until(() => it.versions().length === 1, "the watch");
  await sleep(realMono, 20);
  expect(await it.reflector.audit()).toBe(3);
  expect(missed).toContainEqual(["slacktide_cache_missed_events_total", { kind: "Pod" }, 3]);
  await until(() => it.versions().length === 2, "the watch after the audit");
  expect(it.reflector.store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)).toEqual(["a@25", "c@26"]);
  expect(await it.reflector.audit()).toBe(0);
});

test("metadata alone is asked for and kept, also of our own writes", async () => {
  await using it = await setUp(
    { streams: true, watch: (_, response) => void response.write(line("ADDED", { ...pod("a", 5), apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" }) + line("BOOKMARK", END)) },
    { metadataOnly: true },
  );
  await it.reflector.synced();
  expect(it.server.seen[0]?.headers.accept).toContain("as=PartialObjectMetadata");
  const written: KubeObject & { readonly spec: object } = { ...pod("b", 20), spec: {} };
  it.reflector.observe(written);
  expect(it.reflector.store.list()).toEqual([pod("a", 5), pod("b", 20)]);
});

test("an outage is waited out, however long the backoff would be", async () => {
  const back = Promise.withResolvers<void>();
  await using it = await setUp(
    { watch: (n, response) => n === 1 && reset(response) },
    { backoff: { firstMs: 60_000, longestMs: 60_000 }, outage: () => back.promise },
  );
  await until(() => it.versions().length === 1, "the first watch");
  await sleep(realMono, 30);
  expect(it.versions()).toHaveLength(1);
  back.resolve();
  await until(() => it.versions().length === 2, "the watch after the outage");
});
