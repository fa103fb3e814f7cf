import { describe, expect, it } from "vitest";
import type { AgentSchedule } from "../../../../src/api/index.ts";
import { afterPublishing, publishingDueAt, takenOver, type Publishing } from "../../../../src/domain/agents/publishing.ts";
import { DAY, MINUTE, SECOND } from "../../../../src/domain/time.ts";

const HOUR: AgentSchedule = { utcStartHour: 5, weekdays: ["Tuesday"] };
const OTHER: AgentSchedule = { utcStartHour: 4, weekdays: ["Tuesday"] };
const NOW = 1_000_000;

function last(more: Partial<Publishing> = {}): Publishing {
  return { wanted: HOUR, published: HOUR, triedAt: NOW, failures: 0, ...more };
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
    expect(afterPublishing(HOUR, OTHER, { last: last({ failures: 3 }), now: NOW })).toEqual(last({ published: OTHER, failures: 4 }));
    expect(afterPublishing(HOUR, undefined, { last: undefined, now: NOW })).toEqual(last({ published: undefined, failures: 1 }));
  });

  it("a new process believes a status that says what is wanted, and no other", () => {
    expect(takenOver(HOUR, HOUR, NOW)).toEqual(last());
    expect([takenOver(HOUR, OTHER, NOW), takenOver(HOUR, undefined, NOW)]).toEqual([undefined, undefined]);
  });
});
