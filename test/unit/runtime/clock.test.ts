import { expect, test } from "vitest";

import { DAY } from "../../../src/domain/time.ts";
import { realClock, realMono, sleep } from "../../../src/runtime/clock.ts";

test("a timer beyond Node's 24.8 days doesn't fire at once", async () => {
  let fired = false;
  const cancel = realMono.after(30 * DAY, () => (fired = true));
  await sleep(realMono, 20);
  cancel();
  expect(fired).toBe(false);
});

test("a short timer fires after its time, and not when cancelled", async () => {
  const start = realMono.now();
  let fired = false;
  realMono.after(5, () => (fired = true))();
  await sleep(realMono, 30);
  expect(realMono.now() - start).toBeGreaterThanOrEqual(29);
  expect(fired).toBe(false);
});

test("a wake-up is never early, and one in the past is soon but not synchronous", async () => {
  const clock = realClock(realMono);
  const at = clock.now() + 20;
  const woken = await new Promise<number>((resolve) => clock.wakeAt(at, () => resolve(clock.now())));
  expect(woken).toBeGreaterThanOrEqual(at);
  let fired = false;
  clock.wakeAt(at - DAY, () => (fired = true));
  expect(fired).toBe(false);
  await sleep(realMono, 10);
  expect(fired).toBe(true);
});

test("sleep ends at once when its signal aborts", async () => {
  const start = realMono.now();
  const abort = new AbortController();
  const slept = sleep(realMono, 60_000, abort.signal);
  abort.abort();
  await slept;
  await sleep(realMono, 60_000, abort.signal);
  expect(realMono.now() - start).toBeLessThan(1_000);
});
