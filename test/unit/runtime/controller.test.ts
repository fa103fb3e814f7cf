import { expect, test } from "vitest";

import { Controller } from "../../../src/runtime/controller.ts";
import type { ErrorClass, Outcome, ReconcileContext, Rest } from "../../../src/runtime/controller.ts";
import type { Logger } from "../../../src/runtime/logger.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { WorkQueue } from "../../../src/runtime/queue.ts";
import { FakeTime, noJitter, settle } from "./fake-time.ts";

interface SetUp {
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Outcome>;
  readonly classify?: (error: unknown) => ErrorClass;
  readonly workers?: number;
  readonly rest?: Rest;
}

function setUp({ reconcile, classify = () => "retry", workers = 2, rest = {} }: SetUp) {
  const time = new FakeTime(10_000);
  const queue = new WorkQueue({ name: "test", clock: time, mono: time, rng: noJitter, metrics: noMetrics });
  const lines: string[] = [];
  const say = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const log: Logger = { ...silentLogger, debug: say("debug"), warn: say("warn"), error: say("error") };
  const controller = new Controller({ name: "test", queue, workers, reconcile, classify, log, metrics: noMetrics, mono: time, rest });
  controller.start();
  return { time, queue, controller, lines };
}

test("a key is never reconciled twice at a time, and a change meanwhile is not lost", async () => {
  let running = 0;
  let most = 0;
  const runs: string[] = [];
  const gate: (() => void)[] = [];
  const { queue } = setUp({
    workers: 3,
    reconcile: async (key) => {
      running += 1;
      most = Math.max(most, running);
      runs.push(key);
      await new Promise<void>((resolve) => gate.push(resolve));
      running -= 1;
      return {};
    },
  });
  queue.add("a");
  await settle();
  queue.add("a");
  queue.add("a");
  await settle();
  expect(runs).toEqual(["a"]);
  gate.shift()?.();
  await settle();
  expect(runs).toEqual(["a", "a"]);
  gate.shift()?.();
  await settle();
  expect([runs, most]).toEqual([["a", "a"], 1]);
});

test("an outcome's instant brings the key back then", async () => {
  const at: number[] = [];
  const { time, queue } = setUp({
    reconcile: async () => {
      at.push(time.now());
      return at.length === 1 ? { requeueAt: 50_000 } : {};
    },
  });
  queue.add("a");
  await time.advance(100_000);
  expect(at).toEqual([10_000, 50_000]);
});

test("an outcome that is due already comes back with backoff instead of spinning", async () => {
  let runs = 0;
  const { time, queue } = setUp({
    reconcile: async () => {
      runs += 1;
      return { requeueAt: 1 };
    },
  });
  queue.add("a");
  await time.advance(10_000);
  expect(runs).toBeGreaterThan(3);
  expect(runs).toBeLessThan(12);
});

test("what could not be finished is tried again with backoff, and looked at when it is due as well", async () => {
  const at: number[] = [];
  const { time, queue } = setUp({
    reconcile: async () => {
      at.push(time.now());
      return { unfinished: true, requeueAt: 100_000 };
    },
  });
  queue.add("a");
  await time.advance(90_001);
  expect(at.slice(0, 4)).toEqual([10_000, 10_050, 10_150, 10_350]);
  expect(at).toContain(100_000);
});

test("a conflict comes back soon and says nothing above debug", async () => {
  let runs = 0;
  const { time, queue, lines } = setUp({
    classify: () => "conflict",
    reconcile: async () => {
      runs += 1;
      if (runs === 1) throw new Error("409");
      return {};
    },
  });
  queue.add("a");
  await time.advance(60);
  expect([runs, lines]).toEqual([2, ["debug reconcile lost a race"]]);
});

test("an error is logged once a try and tried again with backoff", async () => {
  let runs = 0;
  const { time, queue, lines } = setUp({
    reconcile: async () => {
      runs += 1;
      if (runs < 3) throw new Error("broken");
      return {};
    },
  });
  queue.add("a");
  await time.advance(1_000);
  expect([runs, lines]).toEqual([3, ["error reconcile failed", "error reconcile failed"]]);
});

test("a terminal error is logged once a try and tried again when something changes, or after ten minutes", async () => {
  const at: number[] = [];
  const { time, queue, lines } = setUp({
    classify: () => "terminal",
    reconcile: async () => {
      at.push(time.now());
      throw new Error("invalid");
    },
  });
  queue.add("a");
  await time.advance(600_000 - 1);
  expect(at, "neither at once nor with backoff").toEqual([10_000]);
  await time.advance(1);
  expect(at).toEqual([10_000, 610_000]);
  await time.advance(60_000);
  queue.add("a");
  await time.advance(600_000);
  expect(at, "a change starts the ten minutes anew").toEqual([10_000, 610_000, 670_000, 1_270_000]);
  expect(lines).toEqual(Array.from(at, () => "error reconcile failed, next try in ten minutes"));
});

test("a key that lost its appointment to a terminal error is looked at again once what refused it is mended", async () => {
  let isMended = false;
  const at: number[] = [];
  const { time, queue } = setUp({
    classify: () => "terminal",
    reconcile: async () => {
      at.push(time.now());
      if (!isMended) throw new Error("invalid");
      return {};
    },
  });
  queue.addAt("a", 20_000);
  await time.advance(100_000);
  isMended = true; // which makes no event
  await time.advance(10_000_000);
  expect(at).toEqual([20_000, 620_000]);
});

test("a synchronous throw is contained and the worker goes on", async () => {
  const runs: string[] = [];
  const { time, queue } = setUp({
    workers: 1,
    reconcile: (key) => {
      runs.push(key);
      if (key === "bad") throw new TypeError("bug");
      return Promise.resolve({});
    },
  });
  queue.add("bad");
  queue.add("good");
  await time.advance(10);
  expect(runs).toEqual(["bad", "good"]);
});

test("a reconcile past its deadline has its signal aborted", async () => {
  const { time, queue, lines } = setUp({
    reconcile: (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  queue.add("a");
  await time.advance(59_999);
  expect(lines).toEqual([]);
  await time.advance(1);
  expect(lines).toEqual(["error reconcile failed"]);
});

test("settling keys keep the controller busy until they settle or fail", async () => {
  let outcome: Outcome = { settling: true };
  const { time, queue, controller } = setUp({ reconcile: async () => outcome });
  queue.add("a");
  await time.advance(1_000);
  expect([controller.settling(), controller.isBusy()]).toEqual([["a"], true]);
  outcome = {};
  queue.add("a");
  await time.advance(10);
  expect([controller.settling(), controller.isBusy()]).toEqual([[], true]);
  await time.advance(100);
  expect(controller.isBusy()).toBe(false);
});

test("stop aborts running work, waits for the request it is at, and reports no error", async () => {
  const asked: string[] = [];
  const { time, queue, controller, lines } = setUp({
    reconcile: async (_key, { signal }) => {
      for (const request of ["first", "second"]) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => void time.after(100, resolve));
        asked.push(request);
      }
      return {};
    },
  });
  queue.add("acme");
  await settle();
  const stopped = controller.stop(1_000);
  await time.advance(99);
  expect(asked).toEqual([]);
  await time.advance(500);
  expect(await stopped).toBe(true);
  expect(asked).toEqual(["first"]);
  expect(lines).toEqual(["debug reconcile ended by the stop"]);
});

test("stop reports work that doesn't even end when aborted", async () => {
  const { time, queue, controller } = setUp({ reconcile: () => new Promise(() => undefined) });
  queue.add("stuck");
  await settle();
  const stopped = controller.stop(1_000);
  await time.advance(5_000);
  expect(await stopped).toBe(false);
});

test("changes within moments of each other cost one look, and no worker waits for a rest to end", async () => {
  const at: [string, number][] = [];
  const { time, queue } = setUp({
    workers: 1,
    rest: { atLeastMs: 50 },
    reconcile: async (key) => {
      at.push([key, time.now()]);
      return {};
    },
  });
  for (let n = 0; n < 4; n += 1) {
    queue.add("acme");
    queue.add("beta");
    await time.advance(20);
  }
  await time.advance(1_000);
  expect(at).toEqual([
    ["acme", 10_000],
    ["beta", 10_000],
    ["acme", 10_050],
    ["beta", 10_050],
    ["acme", 10_100],
    ["beta", 10_100],
  ]);
});

test("a key that is costly to look at rests in proportion, and what wakes it meanwhile counts once", async () => {
  const at: number[] = [];
  const { time, queue, controller } = setUp({
    rest: { times: 5 },
    reconcile: async () => {
      at.push(time.now());
      await new Promise<void>((resolve) => void time.after(40, resolve));
      return {};
    },
  });
  for (let n = 0; n < 60; n += 1) {
    queue.add("channel");
    await time.advance(10);
  }
  // 40 ms of work, 200 ms of rest.
  expect(at).toEqual([10_000, 10_240, 10_480]);
  await time.advance(1_000);
  queue.add("channel");
  await time.advance(50);
  const stopped = controller.stop(0);
  await time.advance(0);
  expect(await stopped, "a rest doesn't delay the end").toBe(true);
});
