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
  return reading.kind === "complete" ? reading.agents : reading.message;
}

describe("a reading is complete", () => {
  it("when every row is understood; the version loses its v", () => {
    expect(read([row("a", "v17.2.1")])).toEqual({
      kind: "complete",
      readAt: READ_AT,
      agents: [{ id: "a", hostname: "a.example", version: "17.2.1", major: 17, lastSeenAt: at("2026-11-24T01:50:00Z") }],
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

describe("two rows of one agent", () => {
  const early = { lastSeenAt: isoOf(READ_AT - 10 * MINUTE) };
  const late = { lastSeenAt: isoOf(READ_AT - 5 * MINUTE) };

  it.each<[why: string, rows: InventoryRow[], version: string]>([
    ["the later heartbeat counts", [row("a", "16.0.0", early), row("a", "17.2.1", late)], "17.2.1"],
    ["also when it is lower", [row("a", "17.2.1", early), row("a", "16.0.0", late)], "16.0.0"],
    ["of two at once the lower one", [row("a", "17.2.1", late), row("a", "16.0.0", late)], "16.0.0"],
  ])("%s, in any order", (_why, rows, version) => {
    expect([agentsOf(rows), agentsOf(rows.toReversed())]).toMatchObject([[{ version }], [{ version }]]);
  });
});

it("a reading does not depend on the order of its rows (I8)", () => {
  const anyRow = fc.record({ id: fc.constantFrom("a", "b", "c"), version: fc.constantFrom("v17.2.1", "16.0.0", "15.1.0"), minutes: fc.integer({ min: -30, max: 5 }) });
  fc.assert(
    fc.property(
      fc.array(anyRow, { maxLength: 8 }).chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
      ([one, other]) => {
        const sorted = [one, other].map((rows) => {
          const agents = agentsOf(rows.map(({ id, version, minutes }) => row(id, version, { hostname: "h", lastSeenAt: isoOf(READ_AT + minutes * MINUTE) })));
          return typeof agents === "string" ? agents : agents.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        });
        expect(sorted[0]).toEqual(sorted[1]);
      },
    ),
    { numRuns: 2000 },
  );
});
