import { expect, test } from "vitest";
import { KINDS, type KubeObject } from "../../../src/kube/kind.ts";
import { Reflector } from "../../../src/kube/reflector.ts";
import { realMono, realRng } from "../../../src/runtime/clock.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { json, startServer, until } from "./scripted-server.ts";

const END = { type: "BOOKMARK", object: { apiVersion: "v1", kind: "Pod", metadata: { resourceVersion: "10", annotations: { "k8s.io/initial-events-end": "true" } } } };

test("knows for how long it has not followed: not at all while a watch is open, and always before the first", async () => {
  let watches = 0;
  await using server = await startServer((_seen, response) => {
    watches += 1;
    if (watches > 1) return json(response, { kind: "Status", code: 500 }, 500);
    response.writeHead(200, { "content-type": "application/json" }).write(`${JSON.stringify(END)}\n`);
    setTimeout(() => response.destroy(), 50);
  });
  const transport = server.transport();
  let now = 1_000;
  const parts = { kind: KINDS.Pod, transport, mono: { ...realMono, now: () => now }, rng: realRng, log: silentLogger, metrics: noMetrics };
  const reflector = new Reflector<KubeObject>({ ...parts, backoff: { firstMs: 5, longestMs: 20 }, onChange: () => undefined });
  expect(reflector.behindMs()).toBe(Number.POSITIVE_INFINITY);
  reflector.start();
  await until(() => reflector.isFollowing(), "the first watch");
  now = 500_000;
  expect(reflector.behindMs()).toBe(0);
  await until(() => !reflector.isFollowing(), "its end");
  now += 61_000;
  expect(reflector.behindMs()).toBe(61_000);
  await reflector.stop();
  await transport.close();
});
