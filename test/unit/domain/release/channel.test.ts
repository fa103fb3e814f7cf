import { describe, expect, it } from "vitest";
import type { ReleaseChannelStatus } from "../../../../src/api/index.ts";
import { compileChannel, deployable, isHalted, slotLimit } from "../../../../src/domain/release/channel.ts";
import { compileCut } from "../../../../src/domain/release/cut.ts";
import { compareVersions, isNewer, isPrerelease, majorOf, minorOf, parseVersion } from "../../../../src/domain/release/version.ts";
import { isoOf } from "../../../../src/domain/time.ts";
import { channelOf, channelSpec, failedOn, predicting, release, SECURITY, WITHDRAWN } from "../../../fixtures/channel.ts";
import { slotOf } from "../../../fixtures/attempt.ts";
import { at, shown } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T12:00:00Z");

it.each(["0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"])("a release of %s makes the channel unusable: its age cannot be reckoned", (releasedAt) => {
  expect(compileChannel("stable", { spec: channelSpec([release("17.2.1", releasedAt)]) }, NOW)).toMatchObject({
    kind: "invalid",
    problems: ["spec.releases: releasedAt of 17.2.1 must lie between the years 2000 and 2999"],
  });
});

describe("versions are full semver", () => {
  it.each([
    ["17.2.1", "17.2.1"],
    ["v17.2.1", "17.2.1"],
    ["17.2.1-rc.1", "17.2.1-rc.1"],
    ["17.2.1+build", "17.2.1"],
    ["17.2", undefined],
    ["17", undefined],
    ["latest", undefined],
    ["", undefined],
  ])("%s reads as %s", (text, expected) => {
    expect(parseVersion(text)).toBe(expected);
  });

  it("compares by number, and a pre-release below its release", () => {
    expect(["17.10.0", "17.9.0", "18.0.0-rc.1", "18.0.0"].sort(compareVersions)).toEqual(["17.9.0", "17.10.0", "18.0.0-rc.1", "18.0.0"]);
    expect([isNewer("17.10.0", "17.9.9"), isNewer("17.9.9", "17.9.9")]).toEqual([true, false]);
    expect([majorOf("17.2.1"), minorOf("17.2.1"), isPrerelease("17.2.1"), isPrerelease("17.2.1-rc.1")]).toEqual([17, 2, false, true]);
  });
});

describe("a cut", () => {
  const cut = compileCut("spec.patch", { cut: "0 0 * * 1", timeZone: "UTC" });

  it("is the last match ≤ now and the first ≥ an instant", () => {
    const told = cut.kind === "valid" ? [cut.lastAt(NOW), cut.lastAt(at("2026-11-23T00:00:00Z")), cut.firstFrom(at("2026-11-23T00:00:00Z")), cut.firstFrom(NOW)].map(shown) : [];
    expect(told).toEqual(["2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z"]);
  });

  it("that comes once a quarter or a year is the last one however long it was ago", () => {
    const last = (schedule: string, now: string) => {
      const rare = compileCut("spec.major", { cut: schedule, timeZone: "UTC" });
      return rare.kind === "valid" ? shown(rare.lastAt(at(now))) : undefined;
    };
    expect(last("0 0 1 1,4,7,10 *", "2026-12-31T23:59:59Z")).toBe("2026-10-01T00:00:00Z");
    expect(last("0 0 29 2 *", "2027-02-28T00:00:00Z")).toBe("2024-02-29T00:00:00Z");
  });

  it.each([
    [{ cut: "0 0 30 2 *", timeZone: "UTC" }, "spec.patch.cut: "],
    [{ cut: "@weekly", timeZone: "UTC" }, "spec.patch.cut: "],
    [{ cut: "0 0 * * 1", timeZone: "Mars/Olympus" }, 'spec.patch.timeZone: "Mars/Olympus" is not an IANA time zone'],
  ])("that cannot be read names its field: %j", (spec, problem) => {
    expect(compileCut("spec.patch", spec)).toMatchObject({ kind: "invalid", problem: expect.stringContaining(problem) });
  });
});

/** From when the age of 17.2.3 counts, released on the twentieth, in a channel with this status. */
function born(status: ReleaseChannelStatus | undefined): readonly string[] {
  const channel = channelOf({ releases: [release("17.2.3", "2026-11-20T00:00:00Z")], ...(status && { status }), now: NOW });
  return channel.releases.map(({ bornAt }) => isoOf(bornAt));
}

describe("a channel", () => {
  it("compiles with the catalogue sorted, its releases judged and its lengths in milliseconds", () => {
    const images = { auth: `sha256:${"a".repeat(64)}`, proxy: `sha256:${"b".repeat(64)}` };
    const channel = channelOf({
      releases: [release("18.0.0", undefined, SECURITY), release("v17.10.0", undefined, { images }), release("17.9.0", undefined, { ...WITHDRAWN, endOfLife: "2027-01-01T00:00:00Z" })],
      status: { ...failedOn("18.0.0", 2), slots: [slotOf()] },
    });
    expect(channel.releases).toEqual([
      { version: "17.9.0", major: 17, minor: 9, bornAt: at("2026-01-01T00:00:00Z"), security: false, withdrawn: true, halted: false, endOfLife: at("2027-01-01T00:00:00Z"), images: {} },
      { version: "17.10.0", major: 17, minor: 10, bornAt: at("2026-01-01T00:00:00Z"), security: false, withdrawn: false, halted: false, images },
      { version: "18.0.0", major: 18, minor: 0, bornAt: at("2026-01-01T00:00:00Z"), security: true, withdrawn: false, halted: true, images: {} },
    ]);
    expect([channel.patch.minAgeMs, channel.major.minAgeMs, channel.expectedMs.patch, channel.slots.length]).toEqual([86_400_000, 1_814_400_000, 1_200_000, 1]);
  });

  it("predicts how long upgrades take from what was measured, up to twice what is expected", () => {
    const { predictions } = channelOf({ releases: [release("17.2.3")], status: predicting({ patch: [50, 12] }) });
    expect(predictions).toEqual({ patch: { fromClaimMs: 2_400_000, fromDisruptionMs: 720_000 }, major: undefined });
  });

  it("takes releases that were there when it was first seen at their word", () => {
    expect(born(undefined)).toEqual(["2026-11-20T00:00:00Z"]);
    expect(born({})).toEqual(["2026-11-20T00:00:00Z"]);
  });

  it("counts a release that it did not know from now, one it knows from when it was seen", () => {
    expect(born({ releases: [] })).toEqual(["2026-11-24T12:00:00Z"]);
    expect(born({ releases: [{ version: "v17.2.3", firstSeenAt: "2026-11-22T00:00:00Z" }] })).toEqual(["2026-11-22T00:00:00Z"]);
    expect(born({ releases: [{ version: "17.2.3", firstSeenAt: "once" }] })).toEqual(["2026-11-24T12:00:00Z"]);
  });

  it("tells every problem at once, and none of it is used", () => {
    const spec = channelSpec([release("17.2"), release("17.2.3", "yesterday")], { patch: { cut: "nope" }, major: { timeZone: "Local" } });
    const compiled = compileChannel("stable", { spec }, NOW);
    expect(compiled).toMatchObject({
      kind: "invalid",
      name: "stable",
      problems: [
        expect.stringContaining("spec.patch.cut"),
        'spec.major.timeZone: "Local" is not an IANA time zone such as Europe/Berlin',
        'spec.releases: version "17.2" is not semantic: write it as 17.2.1',
        "spec.releases: releasedAt of 17.2.3 is not an RFC 3339 time",
      ],
    });
  });

  it("that lists a release twice, with and without its v, is told so", () => {
    const compiled = compileChannel("stable", { spec: channelSpec([release("17.2.3"), release("v17.2.3", "2026-11-20T00:00:00Z"), release("17.2.4")]) }, NOW);
    expect(compiled).toMatchObject({ kind: "invalid", problems: ["spec.releases: 17.2.3 is listed twice: remove one of them"] });
  });

  it("offers no pre-release", () => {
    const channel = channelOf({ releases: [release("17.2.3-rc.1"), release("17.2.2"), release("18.0.0")] });
    expect(deployable(channel, 17).map(({ version }) => version)).toEqual(["17.2.2"]);
  });
});

describe("a halt", () => {
  it.each([
    [1, 0, true],
    [0, 0, false],
    [1, 1, false],
    [2, 1, true],
    [499, 1000, false],
  ])("after %i failures with maxFailures %i: %s", (failedCount, maxFailures, expected) => {
    expect(isHalted({ failedCount }, maxFailures)).toBe(expected);
  });

  it("comes at the latest when no further failure could be told from the known ones", () => {
    expect(isHalted({ failedCount: 500 }, 1000)).toBe(true);
  });

  it("without a readable instant is one all the same", () => {
    const channel = channelOf({ releases: [release("17.2.3")], status: { halts: [{ version: "17.2.3", failed: ["a"], failedCount: 2, since: "then" }] } });
    expect([channel.halts[0]?.since, channel.releases[0]?.halted]).toEqual([0, true]);
  });
});

describe("slots", () => {
  it.each<[limit: number | string, tenants: number, expected: number]>([
    [10, 3, 10],
    ["10%", 100, 10],
    ["10%", 101, 11],
    ["1%", 1, 1],
    ["1%", 0, 0],
    ["7%", 100, 7],
    ["100%", 42, 42],
    [10_000, 20_000, 1000],
    ["100%", 20_000, 1000],
  ])("%s of %i tenants are %i: percentages round up, and no more than status has room for", (limit, tenants, expected) => {
    expect(slotLimit(limit, tenants)).toBe(expected);
  });
});
