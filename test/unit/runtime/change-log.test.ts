import { expect, it } from "vitest";
import { ChangeLog } from "../../../src/runtime/change-log.ts";

it("gives what changed since a position, in order", () => {
  const log = new ChangeLog();
  log.note("a");
  const { position } = log;
  expect(log.since(position)).toEqual([]);
  log.note("b");
  log.note("a");
  expect([log.since(position), log.since(0), log.position]).toEqual([["b", "a"], ["a", "b", "a"], 3]);
});

it("says that it no longer knows what changed too long ago, rather than leave something out", () => {
  const log = new ChangeLog();
  for (let n = 0; n <= 50_000; n += 1) log.note(String(n));
  expect([log.since(24_999), log.since(25_000)?.[0], log.since(log.position)]).toEqual([undefined, "25000", []]);
});
