import { describe, expect, it } from "vitest";
import type { AgentSchedule } from "../../../../src/api/index.ts";
import { afterPublishing, isHopeless, publishingDueAt, takenOver, type Publishing } from "../../../../src/domain/agents/publishing.ts";
import { DAY, MINUTE, SECOND } from "../../../../src/domain/time.ts";

const HOUR: AgentSchedule = { utcStartHour: 5, weekdays: ["Tuesday"] };
const OTHER: AgentSchedule = { utcStartHour: 4, weekdays: ["Tuesday"] };
const NOW = 1_000_000;

function last(more: Partial<Publishing> = {}): Publishing {
  return { wanted: HOUR, published: HOUR, triedAt: NOW, seenAt: NOW, failures: 0, ...more };
}

describe("the hour of agents is published", () => {
  it.each<[why: string, last: Publishing | undefined, dueIn: number]>([
    ["at once when nothing is known of it", undefined, 0],
    ["at once when another one is wanted", last({ wanted: OTHER, published: OTHER, triedAt: NOW - SECOND }), 0],
    ["at once by a clock that was set back since", last({ triedAt: NOW + DAY }), 0],
    ["again after a day, for somebody may have changed it", last(), DAY],
    ["again soon when the cluster says something else: the file is mounted late", last({ published: OTHER, failures: 1 }), 15 * SECOND],
    ["ever more seldom", last({ published: undefined, failures: 4 }), 2 * MINUTE],
    ["but every ten minutes", last({ published: undefined, failures: 40 }), 10 * MINUTE],
  ])("%s", (_why, known, dueIn) => {
    expect(publishingDueAt(HOUR, known, NOW) - NOW).toBe(dueIn);
  });

  it("and what came of it is remembered", () => {
    expect(afterPublishing(HOUR, HOUR, { last: last({ failures: 3 }), now: NOW })).toEqual(last());
    expect(afterPublishing(HOUR, OTHER, { last: last({ failures: 3 }), now: NOW })).toEqual({ wanted: HOUR, published: OTHER, triedAt: NOW, failures: 4 });
    expect(afterPublishing(HOUR, undefined, { last: undefined, now: NOW })).toEqual({ wanted: HOUR, published: undefined, triedAt: NOW, failures: 1 });
  });

  it("and stands for two days while the cluster cannot be asked, not while it says something else", () => {
    const seenAt = NOW - 2 * DAY;
    expect(afterPublishing(HOUR, undefined, { last: last({ seenAt }), now: NOW })).toEqual(last({ seenAt, failures: 1 }));
    expect(afterPublishing(HOUR, undefined, { last: last({ seenAt: seenAt - 1 }), now: NOW }).published).toBeUndefined();
    expect(afterPublishing(HOUR, undefined, { last: last({ seenAt: NOW + 1 }), now: NOW }).published).toBeUndefined();
    expect(afterPublishing(HOUR, OTHER, { last: last({ seenAt }), now: NOW }).published).toEqual(OTHER);
  });

  it("and waited for in three attempts", () => {
    expect([undefined, last({ failures: 2 }), last({ failures: 3 })].map(isHopeless)).toEqual([false, false, true]);
  });

  it("a new process believes a status that says what is wanted, and no other", () => {
    expect(takenOver(HOUR, HOUR, NOW)).toEqual(last());
    expect([takenOver(HOUR, OTHER, NOW), takenOver(HOUR, undefined, NOW)]).toEqual([undefined, undefined]);
  });
});
