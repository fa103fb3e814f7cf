import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksIn, blockAt, blockText, compareBlocks, describeBlock, nextBlock, pageOf, parseBlock, portsOf, type Block, type PortRange, type Taken } from "../../../../src/domain/ports/block.ts";

const EDGE = "203.0.113.7";

describe("a block of ports", () => {
  it("gives each service its own, in the order that the documents show", () => {
    expect(portsOf({ address: EDGE, first: 11105 })).toEqual({ ssh: 11105, tunnel: 11106, kube: 11107, mysql: 11108, postgres: 11109 });
  });

  it("is read back from its text, and from nothing that is no block", () => {
    expect(parseBlock(blockText({ address: EDGE, first: 11105 }))).toEqual({ address: EDGE, first: 11105 });
    for (const text of [undefined, "", EDGE, `${EDGE}:11107`, `${EDGE}:1020`, `${EDGE}:65535`, `:11105`, `${EDGE}:11105 `, `${EDGE}:1e4`]) expect([text, parseBlock(text)]).toEqual([text, undefined]);
    expect(blockAt("", 11105)).toBeUndefined();
  });

  it("is told to people by both its ends", () => {
    expect(describeBlock({ address: EDGE, first: 11105 })).toBe("11105–11109 of 203.0.113.7");
  });
});

/** As `isFull` has it, a page is passed over. */
function next(ranges: readonly PortRange[], blocks: Iterable<Block>, isPageFull: Taken["isPageFull"] = () => false): Block | undefined {
  const taken = new Set([...blocks].map(blockText));
  return nextBlock(ranges, { has: (block) => taken.has(blockText(block)), isPageFull });
}

describe("the next block", () => {
  const ranges = [{ address: "b.example", first: 11103, last: 11116 }, { address: "a.example", first: 11105, last: 11109 }];

  it("is the first whole one of the ranges, in their order, that is not taken", () => {
    expect([...blocksIn(ranges)].map(blockText)).toEqual(["b.example:11105", "b.example:11110", "a.example:11105"]);
    expect(next(ranges, [])).toEqual({ address: "b.example", first: 11105 });
    expect(next(ranges, [{ address: "b.example", first: 11105 }])).toEqual({ address: "b.example", first: 11110 });
    expect(next(ranges, [...blocksIn(ranges)].slice(0, 2))).toEqual({ address: "a.example", first: 11105 });
  });

  it("is none when all are taken, and none of a range without room", () => {
    expect(next(ranges, blocksIn(ranges))).toBeUndefined();
    expect(next([{ address: EDGE, first: 11106, last: 11113 }], [])).toBeUndefined();
  });

  it("is the same where full pages are passed over, of which none is looked through", () => {
    const range = { address: EDGE, first: 11155, last: 11449 };
    const all = [...blocksIn([range])];
    fc.assert(
      fc.property(fc.subarray(all, { minLength: all.length - 3 }), (given) => {
        const isFull = ({ first }: Block) => first >= 11200 && given.filter((block) => pageOf(block.first) === pageOf(first)).length === 20;
        expect(next([range], given, isFull)).toEqual(next([range], given));
      }),
    );
    const asked: number[] = [];
    nextBlock([range], { has: ({ first }) => asked.push(first) > 0, isPageFull: ({ first }) => [112, 113].includes(pageOf(first)) });
    expect([asked.at(0), asked.find((port) => port >= 11200), asked.at(-1)]).toEqual([11155, 11400, 11445]);
  });

  it("shares no port with any other, whatever the ranges are", () => {
    const range = fc.record({ address: fc.constantFrom("a.example", "b.example"), first: fc.integer({ min: 1024, max: 1100 }), last: fc.integer({ min: 1024, max: 1130 }) });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 4 }), fc.array(range, { maxLength: 4 }), (before, after) => {
        // Given from ranges that were then changed: a block of either is free or wholly taken.
        const given = [...blocksIn(before)];
        const found = next(after, given);
        if (found === undefined) return;
        for (const each of given) expect(each.address !== found.address || Math.abs(each.first - found.first) >= 5).toBe(true);
        expect(after.some(({ address, first, last }) => address === found.address && first <= found.first && found.first + 4 <= last)).toBe(true);
      }),
    );
  });

  it("comes before those of higher ports, and of addresses that follow", () => {
    const blocks = [{ address: "b", first: 11105 }, { address: "a", first: 20000 }, { address: "a", first: 11105 }];
    expect(blocks.toSorted(compareBlocks).map(blockText)).toEqual(["a:11105", "a:20000", "b:11105"]);
  });
});
