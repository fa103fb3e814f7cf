import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReleaseChannelStatus } from "../../../../src/api/index.ts";
import type { Pin } from "../../../../src/domain/release/due.ts";
import { majorTarget, patchTarget, type LaneTarget } from "../../../../src/domain/release/lane-target.ts";
import { HOUR, isoOf } from "../../../../src/domain/time.ts";
import { channelOf, failedOn, linesOf, release, SECURITY, WITHDRAWN, type ChannelInput } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";

/** A Tuesday; the last patch cut was on Monday, 23 November. */
const NOW = "2026-11-24T12:00:00Z";
const YESTERDAY = "2026-11-23T18:00:00Z";
const NEXT_CUT = "2026-11-30T00:00:00Z";

/** What a lane says, in one line. */
function told({ target, next, holds }: LaneTarget): string {
  const held = holds.map((hold) => `${hold.code}${hold.until === undefined ? "" : ` until ${isoOf(hold.until)}`}`);
  return [
    ...(target ? [`${target.class} ${target.version}`] : []),
    ...(next ? [`next ${next.version}${next.eligibleAt === undefined ? "" : ` at ${isoOf(next.eligibleAt)}`}`] : []),
    ...held,
  ].join(", ");
}

function patchLane(input: ChannelInput, { current = "17.2.1", now = NOW, pin }: { current?: string; now?: string; pin?: Pin } = {}): string {
  return told(patchTarget(channelOf({ ...input, now }), current, at(now), { pin }));
}

function pinFrom(opensAt: string, endsAt: string): Pin {
  return { opensAt: at(opensAt), endsAt: at(endsAt) };
}

/** The status of a channel that first saw 17.2.3 then. */
function seen(firstSeenAt: string): ReleaseChannelStatus {
  return { releases: [{ version: "17.2.3", firstSeenAt }] };
}

describe("of releases that no wave has vouched for yet", () => {
  const wave = { before: "canary", vouchedAt: () => undefined };
  const next = (...releases: readonly ReturnType<typeof release>[]) => told(patchTarget(channelOf({ releases, now: NOW }), "17.2.1", at(NOW), { wave }));
  const [AFTER_THAT, MUCH_LATER] = ["2026-12-01T14:00:00Z", "2027-02-10T14:00:00Z"];

  it("the one that is old enough first comes first, however many are yet to be published", () => {
    expect(next(release("17.2.2", YESTERDAY), release("17.2.3", AFTER_THAT), release("17.2.14", MUCH_LATER))).toBe("next 17.2.2, TooYoung");
  });

  it("the newest of those that are old enough together comes first, as it will be the target", () => {
    expect(next(release("17.2.2", YESTERDAY), release("17.2.3", YESTERDAY), release("17.2.14", MUCH_LATER))).toBe("next 17.2.3, TooYoung");
  });

  it("the oldest comes first where no age is ever enough", () => {
    const channel = channelOf({ releases: [release("17.2.2", YESTERDAY), release("17.2.3", YESTERDAY)], spec: { patch: { minAge: "forever" } }, now: NOW });
    expect(patchTarget(channel, "17.2.1", at(NOW), { wave }).next).toEqual({ version: "17.2.2" });
  });
});

describe("the patch lane leads to the newest eligible release of its line", () => {
  it.each<[why: string, input: ChannelInput, expected: string]>([
    ["nothing newer: an idle lane", { releases: [release("17.2.1")] }, ""],
    ["the newest release that is old enough", { releases: [release("17.2.1"), release("17.2.2"), release("17.3.0")] }, "Patch 17.3.0"],
    ["never a release of another line", { releases: [release("16.9.9"), release("18.1.0")] }, ""],
    ["never down", { releases: [release("17.1.9"), release("17.2.0")] }, ""],
    ["never a pre-release", { releases: [release("17.2.3-rc.1"), release("17.3.0-alpha.1")] }, ""],
    ["never a withdrawn one", { releases: [release("17.2.2"), release("17.2.3", undefined, WITHDRAWN)] }, "Patch 17.2.2"],
    ["a leading v makes no difference", { releases: [release("v17.2.3")] }, "Patch 17.2.3"],
    ["exactly minAge old at the cut is old enough", { releases: [release("17.2.3", "2026-11-22T00:00:00Z")] }, "Patch 17.2.3"],
    ["a second too young at the cut waits for the next one", { releases: [release("17.2.3", "2026-11-22T00:00:01Z")] }, `next 17.2.3 at ${NEXT_CUT}, AwaitingCut until ${NEXT_CUT}`],
    ["younger than minAge is too young, until the cut that finds it old enough", { releases: [release("17.2.3", YESTERDAY)] }, `next 17.2.3 at ${NEXT_CUT}, TooYoung until ${NEXT_CUT}`],
    ["of several that wait for one cut the newest is next", { releases: [release("17.2.2", YESTERDAY), release("17.2.3", YESTERDAY)] }, `next 17.2.3 at ${NEXT_CUT}, TooYoung until ${NEXT_CUT}`],
    ["a newer one that is not yet eligible is shown and holds nothing", { releases: [release("17.2.2"), release("17.2.3", YESTERDAY)] }, `Patch 17.2.2, next 17.2.3 at ${NEXT_CUT}`],
    ["a security release waits for no cut", { releases: [release("17.2.3", "2026-11-24T11:59:00Z", SECURITY)] }, "Security 17.2.3"],
    ["a security release waits for its own minAge", { releases: [release("17.2.3", "2026-11-24T11:00:00Z", SECURITY)], spec: { security: { minAge: "4h" } } }, "next 17.2.3 at 2026-11-24T15:00:00Z, TooYoung until 2026-11-24T15:00:00Z"],
    ["a newer release carries the security of an older one", { releases: [release("17.2.2", undefined, SECURITY), release("17.2.3")] }, "Security 17.2.3"],
    ["a security release at or below the running version is behind it", { releases: [release("17.2.1", undefined, SECURITY), release("17.2.3")] }, "Patch 17.2.3"],
    ["a security release above the target does not count", { releases: [release("17.2.2"), release("17.2.3", "2026-11-24T11:00:00Z", SECURITY)], spec: { security: { minAge: "4h" } } }, "Patch 17.2.2, next 17.2.3 at 2026-11-24T15:00:00Z"],
    ["a withdrawn security release counts as well", { releases: [release("17.2.2", undefined, { ...SECURITY, ...WITHDRAWN }), release("17.2.3")] }, "Security 17.2.3"],
    ["away from a withdrawn version is Security and waits for no cut", { releases: [release("17.2.1", undefined, WITHDRAWN), release("17.2.3", "2026-11-22T18:00:00Z")] }, "Security 17.2.3"],
    ["away from a withdrawn version still waits for minAge", { releases: [release("17.2.1", undefined, WITHDRAWN), release("17.2.3", YESTERDAY)] }, "next 17.2.3 at 2026-11-24T18:00:00Z, TooYoung until 2026-11-24T18:00:00Z"],
    ["withdrawn with nothing newer is held", { releases: [release("17.2.1", undefined, WITHDRAWN)] }, "ReleaseWithdrawn"],
    ["every newer one withdrawn is held", { releases: [release("17.2.2", undefined, WITHDRAWN), release("17.2.3", undefined, WITHDRAWN)] }, "ReleaseWithdrawn"],
    ["a halted release is no target, and holds if it is the only one", { releases: [release("17.2.3")], status: failedOn("17.2.3", 2) }, "ReleaseHalted"],
    ["as many failures as maxFailures are allowed", { releases: [release("17.2.3")], status: failedOn("17.2.3", 1) }, "Patch 17.2.3"],
    ["an older release that is not halted is a target", { releases: [release("17.2.2"), release("17.2.3")], status: failedOn("17.2.3", 2) }, "Patch 17.2.2"],
    ["a newer one starts unhalted", { releases: [release("17.2.2"), release("17.2.3")], status: failedOn("17.2.2", 2) }, "Patch 17.2.3"],
    ["after a halted one the next is waited for", { releases: [release("17.2.2"), release("17.2.3", YESTERDAY)], status: failedOn("17.2.2", 2) }, `next 17.2.3 at ${NEXT_CUT}, TooYoung until ${NEXT_CUT}`],
    ["an age that is no length is never reached", { releases: [release("17.2.3")], spec: { patch: { minAge: "soon" } } }, "next 17.2.3, TooYoung"],
    ["also away from a withdrawn version", { releases: [release("17.2.1", undefined, WITHDRAWN), release("17.2.3")], spec: { patch: { minAge: "soon" } } }, "next 17.2.3, TooYoung"],
  ])("%s", (_why, input, expected) => {
    expect(patchLane(input)).toBe(expected);
  });

  it("counts the age from the release or from its appearance, whichever is later", () => {
    const releases = [release("17.2.3", "2026-11-20T00:00:00Z")];
    expect(patchLane({ releases, status: seen("2026-11-22T00:00:01Z") })).toBe(`next 17.2.3 at ${NEXT_CUT}, AwaitingCut until ${NEXT_CUT}`);
    expect(patchLane({ releases, status: seen("2026-11-21T00:00:00Z") })).toBe("Patch 17.2.3");
    expect(patchLane({ releases, status: seen("2026-11-01T00:00:00Z") })).toBe("Patch 17.2.3");
  });

  it("cuts in the channel's zone: Monday in Auckland is Sunday in UTC", () => {
    const spec = { patch: { timeZone: "Pacific/Auckland" } };
    expect(patchLane({ releases: [release("17.2.3", "2026-11-28T11:00:00Z")], spec }, { now: "2026-11-29T11:00:00Z" })).toBe("Patch 17.2.3");
    expect(patchLane({ releases: [release("17.2.3", "2026-11-28T11:00:00Z")], spec }, { now: "2026-11-29T10:59:59Z" })).toContain("TooYoung until 2026-11-29T11:00:00Z");
  });

  it("says that it waits for a cut which is too far away to be known", () => {
    const spec = { patch: { cut: "0 0 29 2 *" } };
    expect(patchLane({ releases: [release("17.2.3", "2096-03-01T00:00:00Z")], spec }, { now: "2096-04-01T00:00:00Z" })).toBe("next 17.2.3, AwaitingCut");
  });
});

describe("an opening pins the patch lane to what was cut by its start", () => {
  const releases = [release("17.2.1"), release("17.2.2"), release("17.2.3", "2026-11-22T12:00:00Z")];
  const now = "2026-11-30T01:00:00Z";
  const pin = pinFrom("2026-11-29T22:00:00Z", "2026-11-30T02:00:00Z");

  it("a cut in the middle of it brings no target before it is over", () => {
    expect(patchLane({ releases }, { now })).toBe("Patch 17.2.3");
    expect(patchLane({ releases }, { now, pin })).toBe("Patch 17.2.2, next 17.2.3 at 2026-11-30T02:00:00Z");
    expect(patchLane({ releases }, { now, current: "17.2.2", pin })).toBe("next 17.2.3 at 2026-11-30T02:00:00Z, AwaitingCut until 2026-11-30T02:00:00Z");
  });

  it("a cut at its very start counts", () => {
    expect(patchLane({ releases }, { now, pin: pinFrom(NEXT_CUT, "2026-11-30T04:00:00Z") })).toBe("Patch 17.2.3");
  });

  it("security, withdrawals and halts count at once", () => {
    const fix = release("17.2.4", "2026-11-30T00:30:00Z", SECURITY);
    expect(patchLane({ releases: [...releases, fix] }, { now, pin })).toBe("Security 17.2.4");
    expect(patchLane({ releases: [...releases, { ...fix, ...WITHDRAWN }] }, { now, pin })).toBe("Patch 17.2.2, next 17.2.3 at 2026-11-30T02:00:00Z");
    expect(patchLane({ releases: [release("17.2.1", undefined, WITHDRAWN), ...releases.slice(1)] }, { now, pin })).toBe("Security 17.2.3");
    expect(patchLane({ releases, status: failedOn("17.2.2", 2) }, { now, pin })).toContain("AwaitingCut");
  });
});

interface MajorInput extends ChannelInput {
  readonly current?: string;
  readonly maxMajor?: number;
  readonly pin?: Pin;
}

function majorLane({ current = "17.2.1", maxMajor, pin, ...input }: MajorInput, now: string = NOW): string {
  const channel = channelOf({ ...input, now });
  return told(majorTarget(channel, { tenant: "acme", current, maxMajor, lines: linesOf(channel, now, [Number(current.split(".")[0])]) }, at(now), { pin }));
}

describe("the major lane leads to the very next line, once it is open", () => {
  it.each<[why: string, input: MajorInput, expected: string]>([
    ["no further line: an idle lane", { releases: [release("17.2.1")] }, ""],
    ["the newest eligible release of the next line", { releases: [release("17.2.1"), release("18.1.0"), release("18.2.0")] }, "Major 18.2.0"],
    ["never two lines up", { releases: [release("17.2.1"), release("18.1.0"), release("19.1.0")] }, "Major 18.1.0"],
    ["a missing next line with a later one is no path", { releases: [release("17.2.1"), release("19.1.0")] }, "NoPath"],
    ["a later line of pre-releases alone is none", { releases: [release("17.2.1"), release("19.0.0-alpha.1")] }, ""],
    ["a next line of pre-releases alone is missing", { releases: [release("17.2.1"), release("18.0.0-rc.1"), release("19.1.0")] }, "NoPath"],
    ["18.0.x is not entered: minor ≥ firstMinor", { releases: [release("17.2.1"), release("18.0.5")], spec: { lines: [{ major: 18, open: "Always" }] } }, ""],
    ["firstMinor 0 enters at 18.0.x", { releases: [release("17.2.1"), release("18.0.5")], spec: { major: { firstMinor: 0 } } }, "Major 18.0.5"],
    ["a line that has not opened holds until it does", { releases: [release("17.2.1"), release("18.1.0", "2026-11-04T12:00:00Z")] }, `next 18.1.0 at ${NEXT_CUT}, LineNotOpen until ${NEXT_CUT}`],
    ["a line that never qualifies holds without an end", { releases: [release("17.2.1"), release("18.0.9")] }, "LineNotOpen"],
    ["Never holds without an end and shows what is there", { releases: [release("17.2.1"), release("18.1.0")], spec: { lines: [{ major: 18, open: "Never" }] } }, "next 18.1.0, LineNotOpen"],
    ["a closed line whose releases were all withdrawn says both", { releases: [release("17.2.1"), release("18.1.0", undefined, WITHDRAWN)] }, "LineNotOpen, ReleaseWithdrawn"],
    [
      "next is the release that will be the target when the line opens, not a newer one that is then too young",
      { releases: [release("17.2.1"), release("18.1.0", "2026-11-04T12:00:00Z"), release("18.2.0", "2026-11-24T11:00:00Z")], spec: { patch: { minAge: "240h" } } },
      `next 18.1.0 at ${NEXT_CUT}, LineNotOpen until ${NEXT_CUT}`,
    ],
    [
      "a line opens before its release is old enough for the patch cut: both hold",
      { releases: [release("17.2.1"), release("18.1.0", "2026-11-20T12:00:00Z")], spec: { patch: { minAge: "336h" }, major: { minAge: "168h" } } },
      "next 18.1.0 at 2026-12-07T00:00:00Z, LineNotOpen until 2026-11-30T00:00:00Z, TooYoung until 2026-12-07T00:00:00Z",
    ],
    ["an open line waits for its newer releases like any", { releases: [release("17.2.1"), release("18.1.0"), release("18.1.1", YESTERDAY)] }, `Major 18.1.0, next 18.1.1 at ${NEXT_CUT}`],
    ["an open line whose release is too young holds", { releases: [release("17.2.1"), release("18.1.0", YESTERDAY)], spec: { lines: [{ major: 18, open: "Always" }] } }, `next 18.1.0 at ${NEXT_CUT}, TooYoung until ${NEXT_CUT}`],
    ["maxMajor below the next line pins, beside whatever else holds", { releases: [release("17.2.1"), release("18.1.0")], maxMajor: 17 }, "Major 18.1.0, PinnedBelow"],
    ["maxMajor at the next line lets it pass", { releases: [release("17.2.1"), release("18.1.0")], maxMajor: 18 }, "Major 18.1.0"],
    ["a halted release is no target", { releases: [release("17.2.1"), release("18.1.0")], status: failedOn("18.1.0", 2) }, "ReleaseHalted"],
    ["a major is never Security", { releases: [release("17.2.1"), release("18.1.0", undefined, SECURITY)] }, "Major 18.1.0"],
    ["an opening pins to a line that was open at its start", { releases: [release("17.2.1"), release("18.1.0")], pin: pinFrom("2026-11-24T10:00:00Z", "2026-11-24T14:00:00Z") }, "Major 18.1.0"],
  ])("%s", (_why, input, expected) => {
    expect(majorLane(input)).toBe(expected);
  });

  it("a line that opens in the middle of an opening waits until that is over", () => {
    const releases = [release("17.2.1"), release("18.1.0", "2026-11-04T12:00:00Z")];
    const pin = pinFrom("2026-11-29T22:00:00Z", "2026-11-30T02:00:00Z");
    expect(majorLane({ releases }, "2026-11-30T01:00:00Z")).toBe("Major 18.1.0");
    expect(majorLane({ releases, pin }, "2026-11-30T01:00:00Z")).toBe("next 18.1.0 at 2026-11-30T02:00:00Z, LineNotOpen until 2026-11-30T02:00:00Z");
    expect(majorLane({ releases, pin }, "2026-11-29T23:00:00Z")).toBe("next 18.1.0 at 2026-11-30T02:00:00Z, LineNotOpen until 2026-11-30T02:00:00Z");
  });

  it("a line that nobody listed counts as closed", () => {
    const channel = channelOf({ releases: [release("17.2.1"), release("18.1.0")] });
    expect(told(majorTarget(channel, { tenant: "acme", current: "17.2.1", lines: [] }, at(NOW)))).toBe("next 18.1.0, LineNotOpen");
  });
});

const START = at("2026-11-01T00:00:00Z");
const anyRelease = fc.record({
  major: fc.integer({ min: 17, max: 19 }),
  minor: fc.integer({ min: 0, max: 2 }),
  patch: fc.integer({ min: 0, max: 2 }),
  rc: fc.boolean(),
  security: fc.boolean(),
  withdrawn: fc.boolean(),
  failures: fc.integer({ min: 0, max: 2 }),
  hours: fc.integer({ min: -3000, max: 600 }),
});
type AnyRelease = typeof anyRelease extends fc.Arbitrary<infer T> ? T : never;
const versionOf = ({ major, minor, patch, rc }: AnyRelease) => `${major}.${minor}.${patch}${rc ? "-rc.1" : ""}`;
const anyCatalogue = fc.uniqueArray(anyRelease, { minLength: 1, maxLength: 10, selector: versionOf });

function anyChannel(releases: readonly AnyRelease[]) {
  return channelOf({
    releases: releases.map((each) => release(versionOf(each), isoOf(START + each.hours * HOUR), { security: each.security, ...(each.withdrawn ? WITHDRAWN : {}) })),
    status: { halts: releases.flatMap((each) => failedOn(versionOf(each), each.failures).halts ?? []) },
  });
}

describe("targets, for any catalogue and time", () => {
  it("never skip a major, never go down, and are never withdrawn, halted, a pre-release or too young (I5, I7)", () => {
    fc.assert(
      fc.property(anyCatalogue, fc.integer({ min: 0, max: 900 }), fc.integer({ min: 17, max: 19 }), fc.integer({ min: 0, max: 2 }), (releases, hours, major, minor) => {
        const channel = anyChannel(releases);
        const [now, current] = [START + hours * HOUR, `${major}.${minor}.1`];
        const patch = patchTarget(channel, current, now).target;
        const next = majorTarget(channel, { tenant: "acme", current, lines: linesOf(channel, now, [major]) }, now).target;
        const raw = (version: string | undefined) => releases.find((each) => versionOf(each) === version);
        const forbidden = (each: AnyRelease) => each.withdrawn || each.failures > 1 || each.rc || START + each.hours * HOUR + (each.security ? 0 : 24 * HOUR) > now;
        const wrong = [
          ...[raw(patch?.version)].filter((each) => each !== undefined && (each.major !== major || each.minor < minor || (each.minor === minor && each.patch <= 1) || forbidden(each))),
          ...[raw(next?.version)].filter((each) => each !== undefined && (each.major !== major + 1 || each.minor < 1 || forbidden(each))),
        ];
        expect(wrong).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it("do not depend on the order in which releases are listed (I8)", () => {
    fc.assert(
      fc.property(
        anyCatalogue.chain((releases) => fc.tuple(fc.constant(releases), fc.shuffledSubarray(releases, { minLength: releases.length }))),
        fc.integer({ min: 0, max: 900 }),
        ([one, other], hours) => {
          const now = START + hours * HOUR;
          const both = [one, other].map((releases) => {
            const channel = anyChannel(releases);
            return [patchTarget(channel, "17.1.1", now), majorTarget(channel, { tenant: "acme", current: "17.1.1", lines: linesOf(channel, now, [17]) }, now)];
          });
          expect(both[0]).toEqual(both[1]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("come when next said they would, and not before, if nothing else changes", () => {
    const young = fc.uniqueArray(fc.record({ patch: fc.integer({ min: 2, max: 9 }), security: fc.boolean(), hours: fc.integer({ min: -200, max: 200 }) }), { minLength: 1, maxLength: 6, selector: ({ patch }) => patch });
    fc.assert(
      fc.property(young, fc.integer({ min: 0, max: 200 }), (releases, hours) => {
        const channel = channelOf({ releases: releases.map((each) => release(`17.1.${each.patch}`, isoOf(START + each.hours * HOUR), { security: each.security })), spec: { security: { minAge: "5h" } } });
        const targetAt = (now: number) => patchTarget(channel, "17.1.1", now).target?.version;
        const { next } = patchTarget(channel, "17.1.1", START + hours * HOUR);
        const from = next?.eligibleAt ?? START;
        const told = next === undefined || (targetAt(from) === next.version && targetAt(from - 1) !== next.version);
        expect({ next, told }).toEqual({ next, told: true });
      }),
      { numRuns: 2000 },
    );
  });
});
