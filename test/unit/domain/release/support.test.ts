import { describe, expect, it } from "vitest";
import { supportInstants, supportOf, supportReason, supportSaid, supportWish } from "../../../../src/domain/release/support.ts";
import { DAY } from "../../../../src/domain/time.ts";
import { channelOf, LONG_AGO, release } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";

const END = "2027-08-01T00:00:00Z";
const channel = channelOf({ releases: [release("17.2.1", LONG_AGO, { endOfLife: END, minimumClient: "v16.0.0" }), release("17.2.3"), release("17.2.4", LONG_AGO, { minimumClient: "16.0.0" })] });

describe("the support window of a tenant's release", () => {
  it("is what the catalogue says of it", () => {
    expect(supportSaid(supportOf(channel, "17.2.1"))).toEqual({ endOfLife: END, minimumClient: "16.0.0" });
    expect(supportSaid(supportOf(channel, "17.2.4"))).toEqual({ minimumClient: "16.0.0" });
  });

  it.each([
    ["the catalogue says nothing of it", channel, "17.2.3"],
    ["it is not in the catalogue", channel, "17.2.9"],
    ["the version is not known", channel, undefined],
    ["the channel cannot be used", { kind: "invalid" as const, name: "stable", problems: [] }, "17.2.1"],
    ["there is none", undefined, "17.2.1"],
  ])("is not known when %s", (_why, from, version) => {
    expect(supportSaid(supportOf(from, version))).toBeUndefined();
  });

  it.each([
    [61, "Supported"],
    [60, "EndOfLifeWithin60Days"],
    [30, "EndOfLifeWithin30Days"],
    [7, "EndOfLifeWithin7Days"],
    [0, "EndOfLife"],
    [-1, "EndOfLife"],
  ])("%s days before its end says %s", (days, reason) => {
    expect(supportReason(at(END), at(END) - days * DAY)).toBe(reason);
  });

  it("changes at these instants alone", () => {
    const instants = supportInstants(supportOf(channel, "17.2.1"));
    expect(instants.map((instant) => (at(END) - instant) / DAY)).toEqual([60, 30, 7, 0]);
    for (const instant of instants) expect(supportReason(at(END), instant - 1)).not.toBe(supportReason(at(END), instant));
    expect(supportInstants(supportOf(channel, "17.2.4"))).toEqual([]);
    expect(supportInstants(undefined)).toEqual([]);
  });

  it("is a condition where the end is known, False only past it, and forces nothing", () => {
    const wish = (days: number) => supportWish(supportOf(channel, "17.2.1"), "17.2.1", at(END) - days * DAY).map(({ status, reason }) => `${status} ${reason}`);
    expect([wish(90), wish(20), wish(0)]).toEqual([["True Supported"], ["True EndOfLifeWithin30Days"], ["False EndOfLife"]]);
    expect(supportWish(supportOf(channel, "17.2.4"), "17.2.4", at(END))).toEqual([]);
    expect(supportWish(supportOf(channel, "17.2.1"), undefined, at(END))).toEqual([]);
  });
});
