import { describe, expect, it } from "vitest";
import type { AgentStatus } from "../../../../src/api/index.ts";
import { followInstants, followState, mustFollowBy, type FollowTerms } from "../../../../src/domain/agents/follow.ts";
import { DAY } from "../../../../src/domain/time.ts";
import { entryOf } from "../../../fixtures/attempt.ts";
import { at } from "../../../fixtures/time.ts";

const BEHIND: AgentStatus = { total: 3, behindCount: 1 };
const MAJOR = entryOf({ class: "Major", from: "17.2.3", to: "18.1.2", finishedAt: "2026-09-01T02:45:00Z" });
const BY = "2026-11-30T02:45:00Z";

function terms(more: Partial<FollowTerms> = {}): FollowTerms {
  return { version: "18.1.4", history: [entryOf({ from: "18.1.2", to: "18.1.4" }), MAJOR], previous: undefined, withinMs: 90 * DAY, ...more };
}

describe("agents that are behind must follow", () => {
  it("so long after the major ended, whatever patches came since", () => {
    expect(mustFollowBy(BEHIND, terms())).toBe(BY);
  });

  it("until a time that is still known when the history no longer reaches back", () => {
    const previous = { version: "18.1.2", agents: { mustFollowBy: BY } };
    expect(mustFollowBy(BEHIND, terms({ history: [], previous }))).toBe(BY);
  });

  it.each<[why: string, agents: AgentStatus | undefined, terms: Partial<FollowTerms>]>([
    ["none is behind", { total: 3, behindCount: 0 }, {}],
    ["nothing is known of them", undefined, {}],
    ["the tenant's version is not known", BEHIND, { version: undefined }],
    ["the tenant began in its line", BEHIND, { history: [] }],
    ["what was said was of another line", BEHIND, { history: [], previous: { version: "17.2.3", agents: { mustFollowBy: BY } } }],
    ["the major did not succeed", BEHIND, { history: [{ ...MAJOR, result: "Failed" }] }],
    ["it was an older major", BEHIND, { version: "19.1.0" }],
  ])("at no time when %s", (_why, agents, more) => {
    expect(mustFollowBy(agents, terms(more))).toBeUndefined();
  });

  it("also those of which only the number is known", () => {
    expect(mustFollowBy({ behindCount: 0, behindUntil: BY }, terms())).toBe(BY);
  });

  it("and are warned about two weeks before, and after it", () => {
    const until = at(BY);
    expect([until - 15 * DAY, until - 14 * DAY, until - 1, until].map((now) => followState(BY, now))).toEqual(["AgentsBehind", "FollowDueSoon", "FollowDueSoon", "FollowOverdue"]);
    expect(followInstants(BY)).toEqual([until - 14 * DAY, until]);
    expect(followInstants(undefined)).toEqual([]);
    expect(followState("not a time", until)).toBe("FollowOverdue");
  });
});
