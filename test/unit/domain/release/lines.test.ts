import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LineState } from "../../../../src/domain/release/lines.ts";
import { DAY, isoOf, type Instant } from "../../../../src/domain/time.ts";
import { channelOf, linesOf, release, WITHDRAWN, type ChannelInput } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { replayLines } from "./lines-oracle.ts";

/** Three lines whose newer two have been old enough for years. */
const OLD = [release("17.2.1", "2024-01-01T00:00:00Z"), release("18.1.0", "2026-01-01T00:00:00Z"), release("19.1.0", "2026-01-02T00:00:00Z")];

function told(states: readonly LineState[]): Record<string, string> {
  return Object.fromEntries(states.map((line) => [line.major, line.open ? `open since ${isoOf(line.openedAt)}${line.fromStart ? " from the start" : ""}` : line.opensAt === undefined ? "closed" : `opens ${isoOf(line.opensAt)}`]));
}

function linesAt(input: ChannelInput & { runs?: readonly number[] }, now: string): Record<string, string> {
  return told(linesOf(channelOf({ ...input, now }), now, input.runs));
}

describe("a major line opens once", () => {
  it.each<[why: string, input: ChannelInput & { runs?: readonly number[] }, now: string, expected: Record<string, string>]>([
    ["the catalogue's oldest line is open from the start", { releases: [release("17.0.0")] }, "2026-11-24T12:00:00Z", { 17: "open since 2026-11-23T00:00:00Z from the start" }],
    [
      "a line opens at the first patch cut at which a release with minor ≥ firstMinor is minAge old",
      { releases: [release("17.2.1"), release("18.1.0", "2026-11-04T12:00:00Z")] },
      "2026-11-24T12:00:00Z",
      { 17: "open since 2026-11-23T00:00:00Z from the start", 18: "opens 2026-11-30T00:00:00Z" },
    ],
    [
      "a release exactly minAge old at the cut is old enough",
      { releases: [release("17.2.1"), release("18.1.0", "2026-11-02T00:00:00Z")] },
      "2026-11-23T00:00:00Z",
      { 17: "open since 2026-11-23T00:00:00Z from the start", 18: "open since 2026-11-23T00:00:00Z" },
    ],
    [
      "openedAt is the cut, not the time at which anybody looked",
      { releases: [release("17.2.1"), release("18.1.0", "2026-10-06T00:00:00Z")] },
      "2026-12-24T12:00:00Z",
      { 17: "open since 2026-12-21T00:00:00Z from the start", 18: "open since 2026-11-02T00:00:00Z" },
    ],
    ["18.0.x alone opens nothing: the first minor is waited for", { releases: [release("17.2.1"), release("18.0.9")] }, "2026-11-24T12:00:00Z", { 17: "open since 2026-11-23T00:00:00Z from the start", 18: "closed" }],
    ["a withdrawn release does not qualify its line", { releases: [release("17.2.1"), release("18.1.0", undefined, WITHDRAWN)] }, "2026-11-24T12:00:00Z", { 17: "open since 2026-11-23T00:00:00Z from the start", 18: "closed" }],
    [
      "a pre-release makes no line, not even the oldest",
      { releases: [release("16.1.0-rc.1"), release("17.2.1"), release("18.1.0-beta.2")] },
      "2026-11-24T12:00:00Z",
      { 17: "open since 2026-11-23T00:00:00Z from the start" },
    ],
    [
      "of two that qualify the lower opens first, the other after the next major cut",
      { releases: OLD },
      "2026-02-20T12:00:00Z",
      { 17: "open since 2026-02-16T00:00:00Z from the start", 18: "open since 2026-01-26T00:00:00Z", 19: "opens 2026-04-06T00:00:00Z" },
    ],
    [
      "a line that tenants run is open from the start and uses no turn",
      { releases: OLD, runs: [18] },
      "2026-02-20T12:00:00Z",
      { 17: "open since 2026-02-16T00:00:00Z from the start", 18: "open since 2026-02-16T00:00:00Z from the start", 19: "open since 2026-01-26T00:00:00Z" },
    ],
    [
      "Always opens a line without a turn, however young it is",
      { releases: [...OLD, release("20.0.0", "2026-02-19T00:00:00Z")], spec: { lines: [{ major: 20, open: "Always" }] } },
      "2026-02-20T12:00:00Z",
      { 17: "open since 2026-02-16T00:00:00Z from the start", 18: "open since 2026-01-26T00:00:00Z", 19: "opens 2026-04-06T00:00:00Z", 20: "open since 2026-02-16T00:00:00Z from the start" },
    ],
    [
      "Never closes a line and leaves its turn to the next",
      { releases: OLD, spec: { lines: [{ major: 18, open: "Never" }] } },
      "2026-02-20T12:00:00Z",
      { 17: "open since 2026-02-16T00:00:00Z from the start", 18: "closed", 19: "open since 2026-01-26T00:00:00Z" },
    ],
    [
      "what status recorded stays open, though its releases were withdrawn since",
      { releases: [release("17.2.1"), release("18.1.0", undefined, WITHDRAWN)], status: { lines: [{ major: 18, openedAt: "2026-02-02T00:00:00Z" }] } },
      "2026-11-24T12:00:00Z",
      { 17: "open since 2026-11-23T00:00:00Z from the start", 18: "open since 2026-02-02T00:00:00Z" },
    ],
    [
      "a recorded opening has used the turn of its quarter",
      { releases: OLD, status: { lines: [{ major: 18, openedAt: "2026-07-06T00:00:00Z" }] } },
      "2026-08-01T00:00:00Z",
      { 17: "open since 2026-07-27T00:00:00Z from the start", 18: "open since 2026-07-06T00:00:00Z", 19: "opens 2026-10-05T00:00:00Z" },
    ],
    [
      "a recorded line that was open from the start has used none",
      { releases: OLD, status: { lines: [{ major: 18, openedAt: "2026-07-06T00:00:00Z", fromStart: true }] } },
      "2026-08-01T00:00:00Z",
      { 17: "open since 2026-07-27T00:00:00Z from the start", 18: "open since 2026-07-06T00:00:00Z from the start", 19: "open since 2026-01-26T00:00:00Z" },
    ],
    [
      "a recorded line without a readable instant counts as opened now",
      { releases: OLD.slice(0, 2), status: { lines: [{ major: 18, openedAt: "soon" }] } },
      "2026-08-01T00:00:00Z",
      { 17: "open since 2026-07-27T00:00:00Z from the start", 18: "open since 2026-08-01T00:00:00Z" },
    ],
    [
      "a line too young yet does not keep a higher one that qualifies from its turn",
      { releases: [release("17.2.1"), release("18.1.0", "2026-02-10T00:00:00Z"), release("19.1.0", "2026-01-02T00:00:00Z")] },
      "2026-02-20T12:00:00Z",
      { 17: "open since 2026-02-16T00:00:00Z from the start", 18: "opens 2026-04-06T00:00:00Z", 19: "open since 2026-01-26T00:00:00Z" },
    ],
    [
      "a cut that is further away than three years is unknown",
      { releases: OLD.slice(0, 2), spec: { patch: { cut: "0 0 29 2 *" } } },
      "2025-08-01T00:00:00Z",
      { 17: "open since 2024-02-29T00:00:00Z from the start", 18: "opens 2028-02-29T00:00:00Z" },
    ],
  ])("%s", (_why, input, now, expected) => {
    expect(linesAt(input, now)).toEqual(expected);
  });

  it("a major cut that never comes again gives no further turn", () => {
    const spec = { major: { cut: "0 0 29 2 *" } };
    const status = { lines: [{ major: 18, openedAt: "2096-03-05T00:00:00Z" }] };
    const releases = [release("17.2.1"), release("18.1.0"), release("19.1.0")];
    expect(linesAt({ releases, spec, status }, "2096-04-01T00:00:00Z")[19]).toBe("closed");
  });
});

const START = at("2026-01-05T00:00:00Z");
const day = fc.integer({ min: -40, max: 300 }).map((days) => START + days * DAY + 3_600_000);
const catalogue = fc.uniqueArray(
  fc.record({ major: fc.integer({ min: 10, max: 14 }), minor: fc.integer({ min: 0, max: 2 }), releasedAt: day, withdrawn: fc.boolean() }),
  { minLength: 1, maxLength: 8, selector: ({ major, minor }) => `${major}.${minor}` },
);

function catalogueChannel(releases: readonly { major: number; minor: number; releasedAt: Instant; withdrawn: boolean }[], recorded?: ChannelInput["status"]) {
  return channelOf({
    releases: releases.map(({ major, minor, releasedAt, withdrawn }) => release(`${major}.${minor}.0`, isoOf(releasedAt), withdrawn ? WITHDRAWN : {})),
    ...(recorded && { status: recorded }),
  });
}

/** A line as it was told before, when its time has come. */
function grown(line: LineState, now: Instant): LineState {
  if (line.open || line.opensAt === undefined || line.opensAt > now) return line;
  return { major: line.major, open: true, openedAt: line.opensAt, fromStart: false };
}

describe("lines, for any catalogue", () => {
  const runsOf = fc.array(fc.integer({ min: 10, max: 14 }), { maxLength: 2 });

  it("open as a replay of every cut since the beginning opens them", () => {
    fc.assert(
      fc.property(catalogue, runsOf, fc.integer({ min: 0, max: 500 }), (releases, runs, days) => {
        const now = START + days * DAY;
        const opened = linesOf(catalogueChannel(releases), now, runs).flatMap((line) => (line.open && !line.fromStart ? [[line.major, line.openedAt]] : []));
        expect(Object.fromEntries(opened)).toEqual(replayLines(releases, runs, now));
      }),
      { numRuns: 2000 },
    );
  });

  it("once open stay open, with the same openedAt, and what was said to open does", () => {
    fc.assert(
      fc.property(catalogue, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 100 }), (releases, days, later) => {
        const channel = catalogueChannel(releases);
        const now = START + (days + later) * DAY;
        const turns = linesOf(channel, START + days * DAY).filter((line) => (line.open ? !line.fromStart : line.opensAt !== undefined));
        const majors = new Set(turns.map((line) => line.major));
        expect(linesOf(channel, now).filter((line) => majors.has(line.major))).toEqual(turns.map((line) => grown(line, now)));
      }),
      { numRuns: 2000 },
    );
  });

  it("are the same whether status recorded those that had opened or is computed anew", () => {
    fc.assert(
      fc.property(catalogue, fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 100 }), (releases, days, later) => {
        const opened = linesOf(catalogueChannel(releases), START + days * DAY).flatMap((line) => (line.open && !line.fromStart ? [{ major: line.major, openedAt: isoOf(line.openedAt) }] : []));
        const now = START + (days + later) * DAY;
        expect(linesOf(catalogueChannel(releases, { lines: opened }), now)).toEqual(linesOf(catalogueChannel(releases), now));
      }),
      { numRuns: 1000 },
    );
  });
});
