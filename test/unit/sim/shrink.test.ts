import { expect, test } from "vitest";
import type { Result } from "../../sim/run.ts";
import { shrink } from "../../sim/shrink.ts";

const EVENTS = Array.from({ length: 20 }, (_, n) => `event-${n}`);

/** A story in which these events, together, lead to a failure of that kind; `other` alone leads to another one. */
const story = (needed: readonly string[]) => async (seed: number, { without }: { readonly without: readonly string[] }): Promise<Result> => {
  const events = EVENTS.filter((event) => !without.includes(event));
  const fails = needed.every((event) => events.includes(event));
  const failure = fails ? { kind: "I1", message: "too late" } : { kind: "I7", message: "another one" };
  return { seed, events, writes: 0, operatorWrites: 0, hash: "", counts: {}, failure };
};

test.each([[["event-3"]], [["event-0", "event-19"]], [["event-4", "event-5", "event-11"]]])("what is left of a failing story is what it needs: %j", async (needed) => {
  const play = story(needed);
  const { result } = await shrink(await play(7, { without: [] }), play);
  expect(result.events).toEqual(needed);
  expect(result.failure?.kind).toBe("I1");
});
