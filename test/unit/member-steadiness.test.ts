import { expect, it } from "vitest";
import { Steadiness } from "../../src/member-steadiness.ts";

const MINUTE = 60_000;

/** Lost and answering again at that instant: how many seconds of answers make it count as back. */
function secondsToBack(steadiness: Steadiness, at: number): number {
  steadiness.lost(at);
  steadiness.silent();
  for (let seconds = 0; seconds < 1_000; seconds += 1) {
    if (!steadiness.isEnough(at + seconds * 1_000)) continue;
    steadiness.back(at + seconds * 1_000);
    return seconds;
  }
  return Infinity;
}

it("asks nothing of a cluster that was lost once, and more each time of one that comes and goes", () => {
  const steadiness = new Steadiness();
  const waits: number[] = [];
  for (let [n, at] = [0, 0]; n < 7; n += 1) {
    waits.push(secondsToBack(steadiness, at));
    at += (waits.at(-1) ?? 0) * 1_000 + MINUTE;
  }
  expect(waits).toEqual([0, 30, 60, 120, 240, 300, 300]);
});

it("forgets what was ten minutes after it came back", () => {
  const steadiness = new Steadiness();
  expect([secondsToBack(steadiness, 0), secondsToBack(steadiness, MINUTE), secondsToBack(steadiness, 12 * MINUTE)]).toEqual([0, 30, 0]);
});

it("begins anew with every silence", () => {
  const steadiness = new Steadiness();
  secondsToBack(steadiness, 0);
  steadiness.lost(1_000);
  expect([steadiness.isEnough(2_000), steadiness.isWaiting]).toEqual([false, true]);
  steadiness.silent();
  expect(steadiness.isWaiting).toBe(false);
  expect([steadiness.isEnough(20_000), steadiness.isEnough(32_000), steadiness.isEnough(50_000)]).toEqual([false, false, true]);
});
