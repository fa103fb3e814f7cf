import { describe, expect, it } from "vitest";
import { initialVersion, type InitialQuery } from "../../../../src/domain/release/initial-version.ts";
import { channelOf, failedOn, linesOf, release, WITHDRAWN, type ChannelInput } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = "2026-11-24T12:00:00Z";
const TODAY = "2026-11-24T11:00:00Z";
const OVER = { endOfLife: "2026-11-01T00:00:00Z" };

function first(input: ChannelInput, query: Omit<InitialQuery, "lines"> = {}): string | undefined {
  const channel = channelOf(input);
  return initialVersion(channel, { lines: linesOf(channel, NOW), ...query }, at(NOW));
}

describe("a new tenant begins at", () => {
  it.each<[why: string, input: ChannelInput, query: Omit<InitialQuery, "lines">, expected: string | undefined]>([
    ["what it asks for, whatever the channel offers", { releases: [release("18.1.0")] }, { initialVersion: "v17.2.1" }, "17.2.1"],
    ["nothing, if what it asks for is no version", { releases: [release("18.1.0")] }, { initialVersion: "latest" }, undefined],
    ["the newest eligible release of the newest open line", { releases: [release("17.2.1"), release("18.1.0"), release("18.1.1"), release("18.1.2", TODAY)] }, {}, "18.1.1"],
    ["a line below one that has not opened", { releases: [release("17.2.1"), release("18.1.0", TODAY)] }, {}, "17.2.1"],
    ["a line below maxMajor", { releases: [release("17.2.1"), release("18.1.0")] }, { maxMajor: 17 }, "17.2.1"],
    ["a release that is neither withdrawn nor a pre-release", { releases: [release("17.2.1"), release("17.2.2", undefined, WITHDRAWN), release("17.3.0-rc.1")] }, {}, "17.2.1"],
    ["a release that is not halted", { releases: [release("17.2.1"), release("17.2.2")], status: failedOn("17.2.2", 2) }, {}, "17.2.1"],
    ["a release that is still supported, though of a lower line", { releases: [release("17.2.1"), release("18.1.0", undefined, OVER)] }, {}, "17.2.1"],
    ["the newest eligible of the newest open line, if none is supported", { releases: [release("17.2.1", undefined, OVER), release("18.1.0", undefined, OVER)] }, {}, "18.1.0"],
    ["a release that ends its life later is supported", { releases: [release("17.2.1"), release("18.1.0", undefined, { endOfLife: "2026-12-01T00:00:00Z" })] }, {}, "18.1.0"],
    ["a release that tenants of the line below could be upgraded to, not at its line's first minor", { releases: [release("17.2.1"), release("18.0.5"), release("18.1.0", undefined, WITHDRAWN)], spec: { lines: [{ major: 18, open: "Always" }] } }, {}, "17.2.1"],
    ["the first minor of the oldest line, if that is all there is", { releases: [release("18.0.5")] }, {}, "18.0.5"],
    ["the newest of the oldest line, if nothing is eligible yet", { releases: [release("17.2.1", TODAY), release("17.2.2", TODAY), release("18.1.0", TODAY)] }, {}, "17.2.2"],
    ["the newest of the oldest line, if nothing ever will be, as an age is no length", { releases: [release("17.2.1"), release("18.1.0")], spec: { patch: { minAge: "long" } } }, {}, "17.2.1"],
    ["but never one that was withdrawn", { releases: [release("17.2.1", TODAY), release("17.2.2", TODAY, WITHDRAWN)] }, {}, "17.2.1"],
    ["nothing, if the oldest line was withdrawn whole", { releases: [release("17.2.1", TODAY, WITHDRAWN)] }, {}, undefined],
    ["nothing, if every line is above maxMajor", { releases: [release("17.2.1")] }, { maxMajor: 16 }, undefined],
    ["nothing, if the channel is empty", { releases: [] }, {}, undefined],
  ])("%s", (_why, input, query, expected) => {
    expect(first(input, query)).toBe(expected);
  });

  it("nothing of an open line that the catalogue does not have", () => {
    const channel = channelOf({ releases: [release("17.2.1")] });
    const lines = [...linesOf(channel, NOW), { major: 19, open: true, openedAt: 0, fromStart: true } as const];
    expect(initialVersion(channel, { lines }, at(NOW))).toBe("17.2.1");
  });
});
