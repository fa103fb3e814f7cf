import { expect, test } from "vitest";

import { noMetrics } from "../../../src/runtime/metrics.ts";
import { WorkQueue } from "../../../src/runtime/queue.ts";
import { FakeTime, noJitter } from "./fake-time.ts";

function setUp() {
  const time = new FakeTime(1_000);
  const queue = new WorkQueue({ name: "test", clock: time, mono: time, rng: noJitter, metrics: noMetrics });
  return { time, queue };
}

/** What `next` would give without waiting. */
async function ready(queue: WorkQueue, time: FakeTime): Promise<string[]> {
  const got: string[] = [];
  while (queue.stats().ready > 0) got.push((await queue.next()) ?? "closed");
  await time.advance(0);
  return got;
}

test("a key added many times is handed out once, in order of the first add", async () => {
  const { queue, time } = setUp();
  for (const key of ["a", "b", "a", "a", "b"]) queue.add(key);
  expect(await ready(queue, time)).toEqual(["a", "b"]);
});

test("many keys at once go to as many workers as wait", async () => {
  const { queue } = setUp();
  const waiting = [queue.next(), queue.next()];
  queue.addAll(["a", "b", "c"]);
  expect(queue.stats()).toMatchObject({ ready: 1, active: 2 });
  expect(await Promise.all(waiting)).toEqual(["a", "b"]);
});

test("changes overtake the initial list, and a change lifts a key out of it", async () => {
  const { queue, time } = setUp();
  for (const key of ["old-1", "old-2", "old-3"]) queue.add(key, "low");
  queue.add("changed");
  queue.add("old-2");
  queue.add("changed", "low");
  expect(await ready(queue, time)).toEqual(["changed", "old-2", "old-1", "old-3"]);
});

test("a key being worked on is locked and comes again after done", async () => {
  const { queue } = setUp();
  queue.add("a");
  expect(await queue.next()).toBe("a");
  queue.add("a");
  queue.add("a", "low");
  expect(queue.stats()).toEqual({ ready: 0, delayed: 0, retrying: 0, active: 1 });
  queue.done("a");
  expect(queue.stats()).toEqual({ ready: 1, delayed: 0, retrying: 0, active: 0 });
  expect(await queue.next()).toBe("a");
  queue.done("a");
  expect(queue.stats().ready).toBe(0);
});

test("what is re-added at low priority alone stays behind the changes", async () => {
  const { queue, time } = setUp();
  queue.add("a");
  await queue.next();
  queue.add("a", "low");
  queue.done("a");
  queue.add("b");
  expect(await ready(queue, time)).toEqual(["b", "a"]);
});

test("of several instants for a key the earliest wins, and one wake-up is armed for all keys", async () => {
  const { queue, time } = setUp();
  queue.addAt("a", 5_000);
  queue.addAt("a", 9_000);
  queue.addAt("b", 3_000);
  queue.addAt("b", 2_000);
  queue.addAt("c", 4_000);
  expect(time.armed).toBe(1);
  expect(queue.nextDueAt()).toBe(2_000);
  await time.advance(999);
  expect(queue.stats().ready).toBe(0);
  await time.advance(1);
  expect(await ready(queue, time)).toEqual(["b"]);
  await time.advance(3_000);
  expect(await ready(queue, time)).toEqual(["c", "a"]);
  expect(time.armed).toBe(0);
  expect(queue.nextDueAt()).toBeUndefined();
});

test("a key taken for another reason forgets when it was due: the reconcile says so anew", async () => {
  const { queue, time } = setUp();
  queue.addAt("a", 5_000);
  queue.add("a");
  await queue.next();
  queue.addAt("a", 8_000);
  queue.done("a");
  expect(queue.nextDueAt()).toBe(8_000);
  await time.advance(5_000);
  expect(queue.stats().ready).toBe(0);
});

test("a thousand keys come due in order of their instants", async () => {
  const { queue, time } = setUp();
  const instants = Array.from({ length: 1_000 }, (_, n) => 2_000 + ((n * 7_919) % 1_000));
  instants.forEach((at, n) => queue.addAt(`${at}-${n}`, at));
  const taken: string[] = [];
  for (let ms = 0; ms < 2_100; ms += 1) {
    await time.advance(1);
    taken.push(...(await ready(queue, time)));
  }
  expect(taken.map((key) => Number(key.split("-")[0]))).toEqual(instants.toSorted((a, b) => a - b));
});

test("a failing key backs off 50 ms, 100 ms, … to a minute, each key by itself", async () => {
  const { queue, time } = setUp();
  const waits: number[] = [];
  for (let n = 0; n < 14; n += 1) {
    const before = time.now();
    queue.retry("a");
    while (queue.stats().ready === 0) await time.advance(10);
    waits.push(time.now() - before);
    expect(await queue.next()).toBe("a");
    queue.done("a");
  }
  expect(waits.slice(0, 4)).toEqual([50, 100, 200, 400]);
  expect(waits.at(-1)).toBe(60_000);
  queue.retry("b");
  await time.advance(50);
  expect(queue.stats().ready).toBe(1);
});

test("forget begins the backoff anew and a change cuts it short", async () => {
  const { queue, time } = setUp();
  for (let n = 0; n < 8; n += 1) queue.retry("a");
  expect(queue.stats().retrying).toBe(1);
  expect(queue.isBusy()).toBe(false);
  queue.add("a");
  expect(await queue.next()).toBe("a");
  expect(queue.stats().retrying).toBe(0);
  queue.forget("a");
  queue.done("a");
  queue.retry("a");
  expect(queue.isBusy()).toBe(true);
  await time.advance(50);
  expect(queue.stats().ready).toBe(1);
});

test("jitter takes away up to half of a backoff and adds nothing", async () => {
  const time = new FakeTime();
  const queue = new WorkQueue({ name: "test", clock: time, mono: time, rng: { next: () => 0.999 }, metrics: noMetrics });
  queue.retry("a");
  await time.advance(26);
  expect(queue.stats().ready).toBe(1);
});

test("a waiting worker gets undefined at close, and a closed queue takes nothing in", async () => {
  const { queue, time } = setUp();
  const waiting = queue.next();
  queue.addAt("later", 2_000);
  queue.retry("failed");
  queue.close();
  expect(await waiting).toBeUndefined();
  queue.add("a");
  queue.addAt("a", 1);
  queue.retry("a");
  await time.advance(100_000);
  expect(await queue.next()).toBeUndefined();
  expect(queue.stats()).toEqual({ ready: 0, delayed: 0, retrying: 0, active: 0 });
  expect(time.armed).toBe(0);
});

test("what has begun goes before changes, and is lifted there by being asked for again", async () => {
  const { queue, time } = setUp();
  for (const key of ["status-1", "status-2", "starts"]) queue.add(key);
  queue.add("starts", "high");
  queue.add("starts", "low");
  expect(await ready(queue, time)).toEqual(["starts", "status-1", "status-2"]);
});

test("a paused queue hands out nothing, and goes on with everything, what failed included", async () => {
  const { queue, time } = setUp();
  for (let n = 0; n < 12; n += 1) queue.retry("failed");
  queue.pause();
  queue.add("a");
  const got: (string | undefined)[] = [];
  for (let n = 0; n < 3; n += 1) void queue.next().then((key) => got.push(key));
  await time.advance(1_000);
  expect(got).toEqual([]);
  queue.resume();
  await time.advance(0);
  expect(got).toEqual(["a", "failed"]);
  // Its backoff begins anew as well.
  queue.done("failed");
  queue.retry("failed");
  await time.advance(50);
  expect(got).toEqual(["a", "failed", "failed"]);
});
