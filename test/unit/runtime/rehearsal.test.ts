import { expect, test } from "vitest";

import { DAY, HOUR, SECOND, instantOf } from "../../../src/domain/time.ts";
import type { Anchor } from "../../../src/runtime/anchors.ts";
import { RehearsalClock } from "../../../src/runtime/rehearsal.ts";
import type { RehearsalOptions } from "../../../src/runtime/rehearsal.ts";
import { FakeTime } from "./fake-time.ts";

const FROM = instantOf("2026-11-01T00:00:00Z") ?? 0;
const REAL = instantOf("2026-06-01T12:00:00.250Z") ?? 0;

function setUp(options: Partial<RehearsalOptions> = {}) {
  const time = new FakeTime(REAL);
  const anchors: Anchor[] = [];
  const onAnchor = (anchor: Anchor) => void anchors.push(anchor);
  const clock = new RehearsalClock({ from: FROM, mono: time, real: time, onAnchor, ...options });
  let busy = false;
  clock.addProbe(() => busy);
  const setBusy = (now: boolean) => void (busy = now);
  return { time, clock, anchors, setBusy };
}

test("runs at real speed while something is busy, however far the next instant is", async () => {
  const { time, clock, setBusy } = setUp();
  setBusy(true);
  clock.wakeAt(FROM + DAY, () => undefined);
  clock.start();
  await time.advance(10 * SECOND);
  expect(clock.now()).toBe(FROM + 10 * SECOND);
});

test("leaps to the earliest due instant once all has been quiet for the settle time", async () => {
  const { time, clock } = setUp();
  const woken: number[] = [];
  clock.wakeAt(FROM + 2 * DAY, () => woken.push(clock.now()));
  clock.wakeAt(FROM + DAY, () => woken.push(clock.now()));
  clock.start();
  await time.advance(140);
  expect(clock.now()).toBe(FROM + 140);
  await time.advance(20);
  expect(woken).toEqual([FROM + DAY]);
  await time.advance(200);
  expect(woken).toEqual([FROM + DAY, FROM + 2 * DAY]);
});

test("settles anew after being busy and after a wake-up", async () => {
  const { time, clock, setBusy } = setUp();
  clock.wakeAt(FROM + DAY, () => undefined);
  clock.start();
  await time.advance(120);
  setBusy(true);
  await time.advance(40);
  setBusy(false);
  await time.advance(120);
  expect(clock.now()).toBeLessThan(FROM + HOUR);
  await time.advance(80);
  expect(clock.now()).toBeGreaterThanOrEqual(FROM + DAY);
});

test("a cancelled wake-up is neither leapt to nor run, and one in the past runs at the next tick", async () => {
  const { time, clock } = setUp();
  const woken: string[] = [];
  clock.wakeAt(FROM + DAY, () => woken.push("cancelled"))();
  clock.wakeAt(FROM - DAY, () => woken.push("past"));
  expect(woken).toEqual([]);
  clock.start();
  await time.advance(SECOND);
  expect([woken, clock.now()]).toEqual([["past"], FROM + SECOND]);
});

test("never leaps past its end, reports it once when all is quiet, and then goes on at real speed", async () => {
  const ends: number[] = [];
  const { time, clock, setBusy } = setUp({ until: FROM + HOUR, onEnd: () => ends.push(clock.now()) });
  const woken: string[] = [];
  clock.wakeAt(FROM + HOUR, () => {
    woken.push("at the end");
    setBusy(true);
  });
  clock.wakeAt(FROM + DAY, () => woken.push("beyond"));
  clock.start();
  await time.advance(SECOND);
  expect([woken, ends]).toEqual([["at the end"], []]);
  setBusy(false);
  await time.advance(SECOND);
  expect(ends).toHaveLength(1);
  expect(clock.now()).toBeLessThan(FROM + HOUR + 3 * SECOND);
  expect(woken).toEqual(["at the end"]);
});

test("leaps to its end when all that is due lies beyond it", async () => {
  const ends: number[] = [];
  const { time, clock } = setUp({ until: FROM + HOUR, onEnd: () => ends.push(clock.now()) });
  clock.wakeAt(FROM + DAY, () => undefined);
  clock.start();
  await time.advance(SECOND);
  expect(ends).toHaveLength(1);
  expect(clock.now()).toBeGreaterThanOrEqual(FROM + HOUR);
  expect(clock.now()).toBeLessThan(FROM + HOUR + SECOND);
});

test("now never goes back", async () => {
  const { time, clock } = setUp();
  let last = 0;
  for (let n = 1; n < 50; n += 1) clock.wakeAt(FROM + n * HOUR, () => undefined);
  clock.start();
  for (let n = 0; n < 2_000; n += 1) {
    await time.advance(7);
    expect(clock.now()).toBeGreaterThanOrEqual(last);
    last = clock.now();
  }
  expect(last).toBeGreaterThan(FROM + 49 * HOUR);
});

test("every change of pace is an anchor, and real times convert through them", async () => {
  const { time, clock, anchors } = setUp();
  clock.wakeAt(FROM + DAY, () => undefined);
  clock.start();
  await time.advance(SECOND);
  expect(anchors.map(({ pace }) => pace)).toEqual(["real", "leap", "real"]);
  expect(anchors[0]).toEqual({ real: "2026-06-01T12:00:00.250Z", rehearsed: "2026-11-01T00:00:00Z", pace: "real" });
  expect(anchors[2]?.rehearsed).toBe("2026-11-02T00:00:00Z");
  const leptAt = instantOf(anchors[2]?.real) ?? 0;
  expect(clock.toRehearsed(leptAt - 1)).toBe(FROM + (leptAt - 1 - REAL));
  expect(clock.toRehearsed(leptAt + 5)).toBe(FROM + DAY + 5);
  expect(clock.toRehearsed(REAL - HOUR)).toBe(FROM - HOUR);
});

test("a timestamp cut to its second is never taken as older than it can be, nor as later than now", async () => {
  const { time, clock } = setUp();
  clock.wakeAt(FROM + DAY, () => undefined);
  clock.start();
  await time.advance(500);
  const created = instantOf("2026-06-01T12:00:00Z") ?? 0;
  expect(clock.toRehearsed(created)).toBe(clock.now());
});

test("stop fires nothing more", async () => {
  const { time, clock } = setUp();
  const woken: string[] = [];
  clock.wakeAt(FROM + DAY, () => woken.push("late"));
  clock.start();
  clock.stop();
  await time.advance(DAY + SECOND);
  expect([woken, time.armed]).toEqual([[], 0]);
});
