import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentStatus } from "../../../../src/api/index.ts";
import { agentHolds, holdingAgents, isStale, type LastRead } from "../../../../src/domain/agents/gate.ts";
import { readInventory, type InventoryRow } from "../../../../src/domain/agents/inventory.ts";
import { rememberAgents, turnedEmpty, type MemoryTerms } from "../../../../src/domain/agents/memory.ts";
import { saidAgents } from "../../../../src/domain/agents/said.ts";
import { DAY, HOUR, isoOf, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import { at } from "../../../fixtures/time.ts";
import { knowledge } from "../../../fixtures/view.ts";

const T0 = at("2026-11-24T02:00:00Z");
const WEEK = 7 * DAY;

type Seen = readonly [id: string, version: string, minutesAgo?: number];

function terms(now: Instant, more: Partial<MemoryTerms> = {}): MemoryTerms {
  return { currentMajor: 17, rememberForMs: WEEK, now, ...more };
}

/** The memory after a reading of these agents, each seen five minutes ago unless said otherwise. */
function after(previous: AgentStatus | undefined, seen: readonly Seen[], now: Instant = T0, more: Partial<MemoryTerms> = {}): AgentStatus | undefined {
  const rows = seen.map(([id, version, minutesAgo = 5]): InventoryRow => ({ id, version, hostname: `${id}.example`, lastSeenAt: isoOf(now - minutesAgo * MINUTE) }));
  return rememberAgents(previous, readInventory(rows, { readAt: now }), terms(now, more));
}

function complete(readAt: Instant): LastRead {
  return { kind: "complete", readAt, askedAt: readAt };
}

/** The codes that hold a major at `now`, the inventory last read then unless said otherwise. */
function held(status: AgentStatus | undefined, now: Instant = T0, { readAt = now, ...more }: Partial<MemoryTerms> & { readAt?: Instant } = {}): readonly string[] {
  return agentHolds("acme", knowledge(complete(readAt), { status }), terms(now, more)).map((hold) => hold.code);
}

function message(agents: readonly Seen[]): string | undefined {
  return agentHolds("acme", knowledge(complete(T0), { status: after(undefined, agents) }), terms(T0))[0]?.message;
}

const many = (count: number, version = "16.0.0"): Seen[] => Array.from({ length: count }, (_, index) => [`agent-${String(index).padStart(3, "0")}`, version]);

describe("a major waits until every agent runs the current major", () => {
  it.each<[why: string, agents: Seen[], expected: string[]]>([
    ["a tenant that never had agents is open", [], []],
    ["agents at the current major are fine", [["a", "17.0.0"], ["b", "17.9.9"]], []],
    ["a pre-release of the current major is of that major", [["a", "17.0.0-alpha.1"]], []],
    ["agents above are fine", [["a", "18.0.0"], ["b", "19.0.0"]], []],
    ["one agent a major behind holds", [["a", "17.2.1"], ["b", "16.9.9"]], ["AgentsBehind"]],
    ["one two majors behind holds", [["a", "15.0.0"]], ["AgentsBehind"]],
  ])("%s", (_why, agents, expected) => {
    expect(held(after(undefined, agents))).toEqual(expected);
  });

  it("one that was last seen long before the reading holds without being remembered, at whatever millisecond it was read", () => {
    const readAt = T0 + 421;
    const status = after(undefined, [["a", "16.4.0", 12 * 60]], readAt, { rememberForMs: 0 });
    expect(held(status, readAt, { rememberForMs: 0 })).toEqual(["AgentsBehind"]);
  });

  it("the message names ids, hostnames and versions, the oldest first, at most three", () => {
    expect(message([["b", "16.1.0"], ["a", "16.2.0"], ["c", "15.0.0"]])).toBe("agents must run 17 first: c (c.example) at 15.0.0, a (a.example) at 16.2.0, b (b.example) at 16.1.0");
    expect(message(many(4))).toBe("agents must run 17 first: agent-000 (agent-000.example) at 16.0.0, agent-001 (agent-001.example) at 16.0.0, agent-002 (agent-002.example) at 16.0.0 and others");
    expect(message(many(4))).toBe(message(many(4).toReversed()));
  });

  it("one that was read before the tenant came to its major holds all the same", () => {
    const before = after(undefined, [["a", "17.2.1"], ["b", "17.0.0"], ["c", "18.0.0"]]);
    expect(held(before, T0, { currentMajor: 18 })).toEqual(["AgentsBehind"]);
    expect(agentHolds("acme", knowledge(complete(T0), { status: before }), terms(T0, { currentMajor: 18 }))[0]?.message).toBe("agents must run 18 first: agents at 17");
    expect(held(after(before, [["a", "18.0.0"], ["b", "18.0.0"]], T0, { currentMajor: 18 }), T0, { currentMajor: 18 })).toEqual([]);
  });

  it("says so when an agent has no hostname", () => {
    const status = rememberAgents(undefined, readInventory([{ id: "a", version: "16.0.0" }], { readAt: T0 }), terms(T0));
    expect(agentHolds("acme", knowledge(complete(T0), { status }), terms(T0))[0]?.message).toBe("agents must run 17 first: a (no hostname) at 16.0.0");
  });

  it("the memory counts by major and lists those that are more than one major ahead", () => {
    expect(after(undefined, [["a", "17.2.1"], ["b", "9.0.0"], ["c", "17.1.0"], ["d", "19.0.0"], ["e", "18.0.0"]])).toEqual({
      total: 5,
      byMajor: { "9": 1, "17": 2, "18": 1, "19": 1 },
      behind: [{ id: "b", hostname: "b.example", version: "9.0.0", lastSeenAt: "2026-11-24T01:55:00Z" }],
      behindCount: 1,
      tooNew: [{ id: "d", hostname: "d.example", version: "19.0.0", lastSeenAt: "2026-11-24T01:55:00Z" }],
      unknownCount: 0,
    });
  });
});

describe("an agent that vanished while it was behind", () => {
  const seen = after(undefined, [["a", "17.2.1"], ["b", "16.0.0"]]);

  it.each<[why: string, status: AgentStatus | undefined, now: Instant, expected: string[]]>([
    ["goes on holding", after(seen, [["a", "17.2.1"]], T0 + HOUR), T0 + HOUR, ["AgentsBehind"]],
    ["until rememberFor is over, to the millisecond", after(seen, [["a", "17.2.1"]], T0 + HOUR), T0 - 5 * MINUTE + WEEK - 1, ["AgentsBehind"]],
    ["and then no longer", after(seen, [["a", "17.2.1"]], T0 + HOUR), T0 - 5 * MINUTE + WEEK, []],
    ["no longer when it comes back upgraded", after(seen, [["a", "17.2.1"], ["b", "17.2.1"]], T0 + HOUR), T0 + HOUR, []],
    ["anew from when it was seen again", after(seen, [["b", "16.0.0"]], T0 + DAY), T0 - 5 * MINUTE + WEEK + DAY - 1, ["AgentsBehind"]],
  ])("%s", (_why, status, now, expected) => {
    expect(held(status, now)).toEqual(expected);
  });

  it("is dropped from the memory by the first reading after its time", () => {
    expect(after(seen, [["a", "17.2.1"]], T0 + WEEK)?.behindCount).toBe(0);
    expect(after(seen, [["a", "17.2.1"]], T0 + WEEK - HOUR)?.behindCount).toBe(1);
  });

  it("was seen now at the latest, if a clock was set back since", () => {
    const ahead = after(undefined, [["a", "17.2.1"], ...many(60)], T0 + DAY);
    const known = after(ahead, [["a", "17.2.1"]], T0);
    expect(known?.behind?.[0]?.lastSeenAt).toBe("2026-11-24T02:00:00Z");
    expect([known?.behindUntil, held(known, T0 + WEEK - 1), held(known, T0 + WEEK)]).toEqual(["2026-12-01T02:00:00Z", ["AgentsBehind"], []]);
  });

  it("is passed by when the tenant's major comes down to its own", () => {
    expect(held(seen, T0, { currentMajor: 16 })).toEqual([]);
  });
});

describe("an agent of the last complete reading", () => {
  it.each<[why: string, rememberForMs: number, minutesAgo: number]>([
    ["however short rememberFor is", 0, 5],
    ["though its heartbeat is older than rememberFor", 10 * MINUTE, 19],
    ["though the list says that it was last seen a month ago", WEEK, 43_200],
  ])("holds as long as that reading stands, %s", (_why, rememberForMs, minutesAgo) => {
    const status = after(undefined, [["a", "16.0.0", minutesAgo]], T0, { rememberForMs });
    expect(held(status, T0 + 6 * HOUR, { rememberForMs, readAt: T0 })).toEqual(["AgentsBehind"]);
  });

  it("holds no longer when a later reading no longer has it, and nothing is remembered", () => {
    const before = after(undefined, [["a", "16.0.0"], ["b", "17.0.0"]], T0, { rememberForMs: 0 });
    const status = after(before, [["b", "17.0.0"]], T0 + 10 * MINUTE, { rememberForMs: 0 });
    expect(held(status, T0 + 10 * MINUTE, { rememberForMs: 0 })).toEqual([]);
  });
});

describe("an inventory that is not complete", () => {
  const seen = after(undefined, [["a", "17.2.1"], ["b", "16.0.0"]]);

  it("leaves the memory as it was, but for the count of rows not understood", () => {
    const reading = readInventory([{ id: "x" }], { readAt: T0 });
    expect(rememberAgents(seen, reading, terms(T0))).toEqual({ ...seen, unknownCount: 1 });
    expect(rememberAgents(undefined, reading, terms(T0))).toEqual({ unknownCount: 1 });
  });

  it.each<[why: string, previous: AgentStatus | undefined, expected: boolean]>([
    ["agents were known", seen, true],
    ["only remembered ones were", { behindCount: 2 }, true],
    ["it was attested to be empty before, and only remembered ones are left", { total: 0, behindCount: 2 }, false],
    ["there never were any", after(undefined, []), false],
    ["nothing is known at all", undefined, false],
    ["every reading so far was unknown", { unknownCount: 3 }, false],
  ])("turned empty is not believed if %s", (_why, previous, expected) => {
    const empty = readInventory([], { readAt: T0 });
    expect(turnedEmpty(previous, empty)).toBe(expected);
    expect(rememberAgents(previous, empty, terms(T0)) === previous && expected).toBe(expected);
  });

  describe("and that it is empty was attested", () => {
    const attested = after(seen, [], T0 + HOUR, { emptyAttested: true });

    it("leaves those that were behind remembered, for as long as any", () => {
      expect(attested).toMatchObject({ total: 0, byMajor: {}, behindCount: 1, behind: [{ id: "b" }] });
      const later = after(attested, [], T0 + DAY);
      expect([held(later, T0 + DAY), held(later, T0 - 5 * MINUTE + WEEK)]).toEqual([["AgentsBehind"], []]);
    });

    it("needs no second word when the first is over: they are forgotten in time", () => {
      const over = after(attested, [], T0 + WEEK);
      expect(over).toMatchObject({ total: 0, behindCount: 0, behind: [] });
      expect(turnedEmpty(attested, readInventory([], { readAt: T0 + WEEK }))).toBe(false);
    });

    it("counts no longer once an agent was back", () => {
      const back = after(attested, [["c", "17.0.0"]], T0 + 2 * HOUR);
      expect(turnedEmpty(back, readInventory([], { readAt: T0 + 3 * HOUR }))).toBe(true);
    });
  });

  it("is not empty when it is unknown, nor when it has agents", () => {
    expect(turnedEmpty(seen, readInventory([{ id: "x" }], { readAt: T0 }))).toBe(false);
    expect(turnedEmpty(seen, readInventory([{ id: "x", version: "17.0.0" }], { readAt: T0 }))).toBe(false);
  });

  it.each<[lastRead: LastRead, message: string]>([
    [{ kind: "never" }, "the inventory has not been read yet"],
    [{ kind: "failed", message: "tctl exited with 1", askedAt: T0 }, "tctl exited with 1"],
  ])("holds a major: %j", (lastRead, message) => {
    expect(agentHolds("acme", knowledge(lastRead), terms(T0))).toMatchObject([{ code: "InventoryUnknown", message, scope: "Tenant", source: { kind: "Tenant", name: "acme" } }]);
  });

  it.each<[why: string, now: Instant, expected: readonly string[]]>([
    ["leaves the last complete one standing", T0 + 30 * MINUTE, []],
    ["until that is older than maxAge", T0 + 30 * MINUTE + 1, ["tctl exited with 1"]],
  ])("a reading that failed %s", (_why, now, expected) => {
    const failed: LastRead = { kind: "failed", message: "tctl exited with 1", askedAt: T0 + 10 * MINUTE, standing: T0 };
    expect(agentHolds("acme", knowledge(failed), terms(now)).map((hold) => hold.message)).toEqual(expected);
  });

  it("holds beside the agents that are remembered", () => {
    const codes = agentHolds("acme", knowledge({ kind: "failed", message: "x", askedAt: T0 }, { status: seen }), terms(T0)).map((hold) => hold.code);
    expect(codes).toEqual(["AgentsBehind", "InventoryUnknown"]);
  });

  it.each<[lastRead: LastRead, now: Instant, expected: boolean]>([
    [complete(T0), T0 + 30 * MINUTE, false],
    [complete(T0), T0 + 30 * MINUTE + 1, true],
    [{ kind: "failed", message: "x", askedAt: T0 }, T0, true],
    [{ kind: "failed", message: "x", askedAt: T0, standing: T0 }, T0, false],
    [{ kind: "never" }, T0, true],
  ])("%j at %i is stale: %s", (lastRead, now, expected) => {
    expect(isStale(lastRead, 30 * MINUTE, now)).toBe(expected);
  });
});

describe("agents that overflow the list", () => {
  const seen = after(undefined, many(60));

  it("are counted, and the list keeps the oldest", () => {
    expect([seen?.behind?.length, seen?.behindCount, seen?.behind?.at(-1)?.id]).toEqual([50, 60, "agent-049"]);
    expect(seen?.behindUntil).toBe(isoOf(T0 - 5 * MINUTE + WEEK));
  });

  it("hold together until the newest of them would be forgotten, though all that are listed came back upgraded", () => {
    const status = after(seen, many(50, "17.0.0"), T0 + HOUR);
    expect(status).toMatchObject({ behind: [], behindCount: 0, behindUntil: isoOf(T0 - 5 * MINUTE + WEEK) });
    expect([held(status, T0 - 5 * MINUTE + WEEK - 1), held(status, T0 - 5 * MINUTE + WEEK)]).toEqual([["AgentsBehind"], []]);
    expect(agentHolds("acme", knowledge(complete(T0), { status }), terms(T0))[0]?.message).toBe("agents must run 17 first: agents that no longer fit the list");
  });

  it("hold until the last of their major would be forgotten, whoever of it is listed", () => {
    const status = after(undefined, [...many(60).map(([id, version]): Seen => [id, version, 15]), ["zzz", "16.0.0", 1]]);
    expect(status?.behindUntil).toBe(isoOf(T0 - MINUTE + WEEK));
  });

  it("are only those of a major that is not listed whole", () => {
    const status = after(undefined, [...many(60).map(([id, version]): Seen => [id, version, 15]), ["zzz", "15.0.0", 1]]);
    expect([status?.behindCount, status?.behind?.[0]?.id, status?.behindUntil]).toEqual([61, "zzz", isoOf(T0 - 15 * MINUTE + WEEK)]);
  });

  it("may be those that were remembered, when new ones take their place", () => {
    const before = after(undefined, many(50, "16.4.0"));
    const status = after(before, Array.from({ length: 50 }, (_, index): Seen => [`older-${index}`, "15.0.0"]), T0 + HOUR);
    expect([status?.behindCount, status?.behind?.every(({ version }) => version === "15.0.0"), status?.behindUntil]).toEqual([100, true, isoOf(T0 - 5 * MINUTE + WEEK)]);
  });

  it("are no longer spoken of when their time is over", () => {
    const status = { ...after(undefined, [["a", "16.0.0"]]), behindUntil: isoOf(T0) };
    expect(agentHolds("acme", knowledge(complete(T0), { status }), terms(T0))[0]?.message).toBe("agents must run 17 first: a (a.example) at 16.0.0");
  });

  it("leave no trace when their time is over", () => {
    expect(after(seen, [["x", "17.0.0"]], T0 + WEEK)).not.toHaveProperty("behindUntil");
  });

  it("hold as far as an instant can be written, if rememberFor is no length", () => {
    const status = after(undefined, many(60), T0, { rememberForMs: Number.POSITIVE_INFINITY });
    expect(status?.behindUntil).toBe("9999-12-31T23:59:59Z");
    expect(held(status, T0 + 400 * DAY, { rememberForMs: Number.POSITIVE_INFINITY })).toEqual(["AgentsBehind"]);
  });
});

describe("the gate, for any history of readings (I13)", () => {
  const fleet = fc.array(
    fc.record({
      seen: fc.uniqueArray(fc.record({ id: fc.constantFrom("a", "b", "c", "d"), major: fc.integer({ min: 15, max: 18 }), minutesAgo: fc.integer({ min: 0, max: 19 }) }), { maxLength: 4, selector: ({ id }) => id }),
      hoursLater: fc.integer({ min: 1, max: 100 }),
    }),
    { minLength: 1, maxLength: 5 },
  );

  it("is shut while any agent of the last reading is behind, or any that vanished behind is remembered, and open otherwise", () => {
    fc.assert(
      fc.property(fleet, fc.integer({ min: 0, max: 400 }), fc.constantFrom(0, 10 * MINUTE, DAY, WEEK), (readings, hoursAfter, rememberForMs) => {
        let [status, now] = [undefined as AgentStatus | undefined, T0];
        let [readAt, emptied] = [T0, false];
        let listed: readonly { id: string; major: number }[] = [];
        const lastSeen = new Map<string, { major: number; at: Instant }>();
        for (const { seen, hoursLater } of readings) {
          now += hoursLater * HOUR;
          const rows = seen.map(({ id, major, minutesAgo }) => ({ id, version: `${major}.0.0`, lastSeenAt: isoOf(now - minutesAgo * MINUTE) }));
          const reading = readInventory(rows, { readAt: now });
          emptied = turnedEmpty(status, reading);
          status = rememberAgents(status, reading, terms(now, { rememberForMs }));
          if (emptied) continue;
          [readAt, listed] = [now, seen];
          for (const { id, major, minutesAgo } of seen) lastSeen.set(id, { major, at: now - minutesAgo * MINUTE });
        }
        now += hoursAfter * HOUR;
        const isRemembered = [...lastSeen.values()].some(({ major, at: seenAt }) => major < 17 && seenAt + rememberForMs > now);
        const expected = isRemembered || (!emptied && listed.some(({ major }) => major < 17));
        const lastRead: LastRead = emptied ? { kind: "failed", message: "turned empty", askedAt: readAt } : complete(readAt);
        const codes = agentHolds("acme", knowledge(lastRead, { status }), terms(now, { rememberForMs })).map((hold) => hold.code);
        expect(codes).toEqual([...(expected ? ["AgentsBehind"] : []), ...(emptied ? ["InventoryUnknown"] : [])]);
      }),
      { numRuns: 5000 },
    );
  });
});

it("whoever has read nothing yet believes all that was written, however long ago: a restart clears no hold", () => {
  const status = after(undefined, [["a", "16.0.0"], ["b", "17.0.0"]]);
  const later = terms(T0 + 100 * DAY);
  expect(agentHolds("acme", knowledge({ kind: "never" }, { status }), later).map(({ code }) => code)).toEqual(["AgentsBehind", "InventoryUnknown"]);
});

it("remembered agents are told from those that no longer hold", () => {
  const status = after(undefined, [["a", "16.0.0"], ["b", "15.0.0"]]);
  expect(holdingAgents(status, terms(T0)).map(({ id }) => id)).toEqual(["b", "a"]);
  expect(holdingAgents(status, terms(T0, { currentMajor: 16 })).map(({ id }) => id)).toEqual(["b"]);
  expect(holdingAgents(undefined, terms(T0))).toEqual([]);
});

describe("status follows agents, not their heartbeats", () => {
  const said = after(undefined, [["a", "16.0.0"], ["b", "17.0.0"]]);
  const later = T0 + 3 * WEEK;

  it("keeps its instants while nothing else changes", () => {
    expect(saidAgents(said, after(said, [["b", "17.0.0"], ["a", "16.0.0"]], later))).toBe(said);
    expect(saidAgents(undefined, said)).toBe(said);
    expect(saidAgents(said, undefined)).toBeUndefined();
  });

  it.each<[what: string, seen: Seen[]]>([
    ["an agent was upgraded", [["a", "16.0.1"], ["b", "17.0.0"]]],
    ["one is new", [["a", "16.0.0"], ["b", "17.0.0"], ["c", "17.0.0"]]],
    ["one is gone", [["b", "17.0.0"]]],
    ["one is too new", [["a", "16.0.0"], ["b", "19.0.0"]]],
  ])("moves them all when %s", (_what, seen) => {
    const known = after(said, seen, T0 + HOUR);
    expect(saidAgents(said, known)).toBe(known);
  });

  it("but not one that was gone before: it was remembered, not listed", () => {
    const gone = after(said, [["c", "16.0.0"]], T0 + HOUR);
    const known = after(gone, [["c", "16.0.0"]], T0 + 6 * DAY, { isFirst: true });
    expect([held(known, T0 + WEEK - HOUR), known?.behind?.map(({ id }) => id)]).toEqual([["AgentsBehind"], ["a", "c"]]);
    expect(after(known, [["c", "17.0.0"]], T0 + WEEK + HOUR)?.behind).toEqual([]);
  });

  it("a process that reads for the first time takes a listed agent that is gone for just gone", () => {
    const known = after(said, [["b", "17.0.0"]], later, { isFirst: true });
    expect(known?.behind).toMatchObject([{ id: "a", lastSeenAt: "2026-12-15T02:00:00Z" }]);
    expect([held(known, later + WEEK - MINUTE), held(known, later + WEEK)]).toEqual([["AgentsBehind"], []]);
    expect(after(said, [["b", "17.0.0"]], later)?.behind).toEqual([]);
  });

  it("and one that was gone before since it was", () => {
    const gone = after(said, [["b", "17.0.0"]], T0 + HOUR);
    expect(after(gone, [["b", "17.0.0"]], T0 + 2 * HOUR, { isFirst: true })?.behind).toEqual(gone?.behind);
  });

  it("holds for agents that did not fit the list as long as if they were just gone", () => {
    const full = after(undefined, many(60));
    expect(after(full, [["b", "17.0.0"]], later, { isFirst: true })?.behindUntil).toBe("2026-12-22T02:00:00Z");
    expect(after(full, [["b", "17.0.0"]], later, { isFirst: true, rememberForMs: Number.POSITIVE_INFINITY })?.behindUntil).toBe("9999-12-31T23:59:59Z");
  });
});
