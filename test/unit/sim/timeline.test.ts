import { expect, test } from "vitest";
import { Timeline } from "../../sim/timeline.ts";

const START = Date.parse("2026-11-24T00:00:00Z");
const HOUR = 3_600_000;

function all(timeline: Timeline, quiet: boolean): void {
  for (let steps = 0; steps < 100 && timeline.step(quiet); steps += 1);
}

test("what is planned comes in the order of its time, and what comes at once in the order of planning", () => {
  const timeline = new Timeline(START);
  const seen: string[] = [];
  timeline.after(5, () => seen.push("c"));
  timeline.after(1, () => seen.push("a"));
  timeline.after(1, () => seen.push("b"));
  timeline.after(2, () => seen.push("never"))();
  all(timeline, false);
  expect(seen).toEqual(["a", "b", "c"]);
  expect(timeline.elapsed).toBe(5);
});

test("true time leaps when all is quiet, elapsed time and the wall do not", () => {
  const timeline = new Timeline(START);
  const seen: number[] = [];
  timeline.when(START + HOUR, () => seen.push(timeline.truth - START, timeline.elapsed, timeline.wall - START));
  timeline.after(1000, () => undefined);
  timeline.step(true);
  expect(seen).toEqual([HOUR, 0, 0]);
});

test("while there is work, true time goes with elapsed time", () => {
  const timeline = new Timeline(START);
  const seen: number[] = [];
  timeline.when(START + 500, () => seen.push(timeline.elapsed));
  timeline.after(1000, () => seen.push(timeline.elapsed));
  all(timeline, false);
  expect(seen).toEqual([500, 1000]);
});
