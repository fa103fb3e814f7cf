import { getEventListeners } from "node:events";
import { expect, test } from "vitest";

import { KubeError } from "../../../src/kube/errors.ts";
import { NOT_LEADING } from "../../../src/kube/fence.ts";
import { Reachability } from "../../../src/kube/reachability.ts";
import type { HttpCall, Transport } from "../../../src/kube/transport.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { FakeTime } from "../runtime/fake-time.ts";

const CALL: HttpCall = { method: "GET", path: "/api/v1/pods", what: "read pods" };
const failure = (more: { status?: number; reason?: string } = {}) => new KubeError({ what: "read pods", why: "no", outcome: "unknown", ...more });

/** An API server that is up, down, or answers but is not ready. */
function setUp() {
  const time = new FakeTime();
  const server = { call: undefined as KubeError | undefined, probe: undefined as KubeError | "hangs" | undefined, probes: 0 };
  const transport: Transport = {
    request: async <T>(): Promise<T> => {
      if (server.call !== undefined) throw server.call;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody looks at it
      return {} as T;
    },
    stream: async ({ signal }) => {
      server.probes += 1;
      if (server.probe === "hangs") await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(failure({ reason: "AbortError" }))));
      if (server.probe instanceof KubeError) throw server.probe;
      return (async function* () {})();
    },
    serverDate: () => undefined,
  };
  const reachability = new Reachability({ transport, mono: time, log: silentLogger, metrics: noMetrics });
  const changes: boolean[] = [];
  reachability.onChange((isReachable) => changes.push(isReachable));
  const isOut = () => reachability.isCutOff;
  const ask = () => reachability.transport.request(CALL).catch(() => undefined);
  return { time, server, reachability, changes, isOut, ask };
}

test("one failure alone is no outage: the server says that it is ready", async () => {
  const { server, ask, isOut, changes, time } = setUp();
  server.call = failure({ status: 500 });
  await ask();
  await time.advance(5_000);
  expect([isOut(), changes, server.probes]).toEqual([false, [], 1]);
});

test("during an outage one probe a second is sent, however many calls fail, and all go on at once", async () => {
  const { server, ask, isOut, changes, time, reachability } = setUp();
  server.call = server.probe = failure({ reason: "ECONNREFUSED" });
  await Promise.all(Array.from({ length: 50 }, ask));
  await time.advance(0);
  expect([isOut(), changes, server.probes]).toEqual([true, [false], 1]);
  let released = 0;
  for (let n = 0; n < 50; n += 1) void reachability.outage(new AbortController().signal)?.then(() => (released += 1));
  await time.advance(10_500);
  expect([server.probes, released]).toEqual([11, 0]);
  server.probe = undefined;
  await time.advance(500);
  expect([isOut(), changes, released]).toEqual([false, [false, true], 50]);
  await time.advance(60_000);
  expect(server.probes).toBe(12);
});

test("a probe that hangs counts as none, and an answer to anybody ends the outage", async () => {
  const { server, ask, isOut, time } = setUp();
  server.call = failure({ reason: "TimeoutError" });
  server.probe = "hangs";
  await ask();
  await time.advance(2_999);
  expect(isOut()).toBe(false);
  await time.advance(1);
  expect(isOut()).toBe(true);
  server.call = undefined;
  await ask();
  expect(isOut()).toBe(false);
});

test.each([
  ["a refusal", failure({ status: 403 })],
  ["a conflict", failure({ status: 409 })],
  ["the local fence", failure({ reason: NOT_LEADING })],
])("%s says nothing about the server", async (_, error) => {
  const { server, ask, time } = setUp();
  server.call = error;
  await ask();
  await time.advance(5_000);
  expect(server.probes).toBe(0);
});

test("whoever waits is let go when it stops, and no probe is sent after the end", async () => {
  const { server, ask, time, reachability } = setUp();
  server.call = server.probe = failure();
  await ask();
  await time.advance(0);
  const stopping = new AbortController();
  const wait = reachability.outage(stopping.signal);
  stopping.abort();
  await wait;
  reachability.stop();
  const { probes } = server;
  await time.advance(60_000);
  expect(server.probes).toBe(probes);
});

test("an outage leaves nothing behind with a signal that outlives it", async () => {
  const { time, server, ask, reachability } = setUp();
  const { signal } = new AbortController();
  server.call = server.probe = failure({ reason: "ECONNREFUSED" });
  await ask();
  await time.advance(0);
  const waits = Promise.all([1, 2, 3].map(async () => reachability.outage(signal)));
  expect(getEventListeners(signal, "abort")).toHaveLength(3);
  server.probe = undefined;
  await time.advance(1_000);
  await waits;
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
