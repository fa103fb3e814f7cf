import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentRef, readInventory, type InventoryRow } from "../../../../src/domain/agents/inventory.ts";
import { isoOf, MINUTE } from "../../../../src/domain/time.ts";
import { at } from "../../../fixtures/time.ts";

const READ_AT = at("2026-11-24T02:00:00Z");

function row(id: string, version?: string, more: Partial<InventoryRow> = {}): InventoryRow {
  return { id, version, hostname: `${id}.example`, services: ["Node"], lastSeenAt: "2026-11-24T01:50:00Z", ...more };
}

const AUTH = row("auth-0", "v17.2.1", { services: ["Auth"] });

function read(rows: readonly InventoryRow[], authVersion?: string) {
  return readInventory(rows, { readAt: READ_AT, authVersion });
}

function agentsOf(rows: readonly InventoryRow[]) {
  const reading = read(rows);
  return reading.kind === "complete" ? reading.groups.flatMap(({ first }) => first) : reading.message;
}

describe("a reading is complete", () => {
  it("when every row is understood; the version loses its v", () => {
    const seenAt = at("2026-11-24T01:50:00Z");
    expect(read([row("a", "v17.2.1")])).toEqual({
      kind: "complete",
      readAt: READ_AT,
      total: 1,
      ids: new Set(["a"]),
      groups: [{ major: 17, count: 1, newestSeenAt: seenAt, first: [{ id: "a", hostname: "a.example", version: "17.2.1", major: 17, lastSeenAt: seenAt }] }],
    });
  });

  it("when it is empty", () => {
    expect(agentsOf([])).toEqual([]);
  });

  it.each([[["Auth"]], [["Proxy"]], [["Node", "Proxy"]], [["auth"]], [["PROXY"]]])("without the provider's rows: %j", (services) => {
    expect(agentsOf([row("provider", undefined, { services }), row("a", "17.2.1")])).toHaveLength(1);
  });

  it.each([[["Node"]], [["App", "Db"]], [[]], [undefined], [["AuthConnector"]], [["ReverseProxy"]]])("with everything else: %j", (services) => {
    expect(agentsOf([row("a", "17.2.1", { services })])).toHaveLength(1);
  });

  it.each(["17.2.1-dev.x.15", "17.2.1+ent", "v17.2.1-rc.2"])("with versions that have suffixes: %s", (version) => {
    expect(agentsOf([row("a", version)])).toMatchObject([{ major: 17 }]);
  });
});

describe("a reading is unknown, not fine", () => {
  it.each<[why: string, rows: InventoryRow[], unknownCount: number]>([
    ["an agent without a version", [row("a", "17.2.1"), row("b")], 1],
    ["a version that is none", [row("a", "latest"), row("b", "17")], 2],
    ["a version too long to show", [row("a", `17.2.1-${"x".repeat(64)}`)], 1],
    ["an agent without an id", [row("", "17.2.1")], 1],
    ["an id of nothing but control characters", [row("\u0000\u200b", "17.2.1")], 1],
  ])("for %s", (_why, rows, unknownCount) => {
    expect(read(rows)).toEqual({ kind: "unknown", message: "the inventory has agents without a readable version", unknownCount, readAt: READ_AT });
  });

  it.each<[why: string, rows: InventoryRow[], complete: boolean]>([
    ["no Auth row: somebody else's list, or an empty answer", [row("a", "17.2.1")], false],
    ["an Auth row of another version", [row("auth-0", "17.2.0", { services: ["Auth"] })], false],
    ["an Auth row without a version", [row("auth-0", undefined, { services: ["Auth"] })], false],
    ["a Proxy row at the version", [row("proxy-0", "17.2.1", { services: ["Proxy"] })], false],
    ["a Node at the version, without services", [row("a", "17.2.1", { services: undefined })], false],
    ["an Auth row at the version", [AUTH], true],
    ["one of several at the version", [row("auth-1", "17.2.0", { services: ["Auth"] }), AUTH], true],
  ])("read by Exec: %s", (_why, rows, complete) => {
    expect(read(rows, "17.2.1").kind).toBe(complete ? "complete" : "unknown");
  });
});

describe("what an agent says is the customer's", () => {
  it("control characters go and lengths are bounded", () => {
    const rows = [row(`a\u001b[31m${"i".repeat(300)}`, "17.2.1", { hostname: `h\u202e\n${"h".repeat(300)}` })];
    expect(agentsOf(rows)).toMatchObject([{ id: `a[31m${"i".repeat(123)}`, hostname: `h${"h".repeat(252)}` }]);
  });

  it("half a character is never left at the cut", () => {
    expect(agentsOf([row("a", "17.2.1", { hostname: `${"h".repeat(252)}😀` })])).toMatchObject([{ hostname: `${"h".repeat(252)}\ufffd` }]);
  });

  it.each([
    ["in the future is now", "2027-01-01T00:00:00Z", "2026-11-24T02:00:00Z"],
    ["that is no time is now", "yesterday", "2026-11-24T02:00:00Z"],
    ["that is missing is now", undefined, "2026-11-24T02:00:00Z"],
    ["of long ago is at most the twenty minutes that an agent is listed after it", "2026-11-01T00:00:00Z", "2026-11-24T01:40:00Z"],
  ])("a last heartbeat %s", (_why, lastSeenAt, expected) => {
    const agents = agentsOf([row("a", "17.2.1", { lastSeenAt, hostname: undefined })]);
    expect(typeof agents === "string" ? agents : agents.map(agentRef)).toEqual([{ id: "a", hostname: "", version: "17.2.1", lastSeenAt: expected }]);
  });
});

describe("two rows with one id are not a list of agents", () => {
  const SAME = "the inventory has several rows with the same id";

  it.each<[why: string, rows: InventoryRow[]]>([
    ["at two versions", [row("a", "16.0.0"), row("a", "17.2.1")]],
    ["word for word", [row("a", "17.2.1"), row("a", "17.2.1")]],
    ["that differ by what is not shown", [row("a", "17.2.1"), row("a\u200b", "17.2.1")]],
    ["one of them the provider's", [row("a", "17.2.1"), row("a", "17.2.1", { services: ["Auth"] })]],
    ["both the provider's", [row("b", "17.2.1"), row("a", undefined, { services: ["Proxy"] }), row("a", undefined, { services: ["Proxy"] })]],
  ])("%s, in any order", (_why, rows) => {
    expect([read(rows), read(rows.toReversed())]).toMatchObject([{ kind: "unknown", message: SAME, unknownCount: 1 }, { kind: "unknown", message: SAME, unknownCount: 1 }]);
  });
});

describe("of a long list only what is told is kept", () => {
  const many = (count: number, version: string) => Array.from({ length: count }, (_, index) => row(`${version}-${String(index).padStart(4, "0")}`, version));
  const groupsOf = (rows: readonly InventoryRow[]) => {
    const reading = read(rows);
    return reading.kind === "complete" ? reading.groups : [];
  };

  it("each major's first by id, and how many there are, lowest major first", () => {
    const rows = [...many(300, "17.0.0"), ...many(120, "9.1.0"), ...many(3, "16.4.0")];
    const groups = groupsOf(rows);
    expect(groups.map(({ major, count, first }) => [major, count, first.length])).toEqual([[9, 120, 50], [16, 3, 3], [17, 300, 50]]);
    expect(groups[0]?.first.map(({ id }) => id)).toEqual(many(50, "9.1.0").map(({ id }) => id));
    expect(groupsOf(rows.toReversed())).toEqual(groups);
  });

  it("when the last of a major was seen, listed or not", () => {
    const late = row("zzzz", "17.0.0", { lastSeenAt: "2026-11-24T01:59:00Z" });
    expect(groupsOf([late, ...many(60, "17.0.0")])[0]).toMatchObject({ newestSeenAt: at("2026-11-24T01:59:00Z"), count: 61 });
  });

  it("and more majors than there ever were are no list of agents", () => {
    const majors = (count: number) => Array.from({ length: count }, (_, index) => row(`a${index}`, `${index}.0.0`));
    expect(read(majors(50)).kind).toBe("complete");
    expect(read(majors(51))).toMatchObject({ kind: "unknown", message: "the inventory has agents of more than 50 majors" });
  });
});

it("a reading does not depend on the order of its rows (I8)", () => {
  const anyRow = fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e", "f"), version: fc.constantFrom("v17.2.1", "16.0.0", "15.1.0"), minutes: fc.integer({ min: -30, max: 5 }) });
  fc.assert(
    fc.property(
      fc.array(anyRow, { maxLength: 5 }).chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
      ([one, other]) => {
        const [first, second] = [one, other].map((rows) => read(rows.map(({ id, version, minutes }) => row(id, version, { hostname: "h", lastSeenAt: isoOf(READ_AT + minutes * MINUTE) }))));
        expect(first).toEqual(second);
      },
    ),
    { numRuns: 2000 },
  );
});
