import { describe, expect, it } from "vitest";
import { isStale, type LastRead } from "../../../../src/domain/agents/gate.ts";
import { readingDueAt } from "../../../../src/domain/agents/reading-due.ts";
import type { LaneDecision } from "../../../../src/domain/tenant/decide.ts";
import { HOUR, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import type { PastAttempt } from "../../../../src/domain/tenant/view.ts";
import { pastAttempt } from "../../../fixtures/view.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T02:00:00Z");
const ASKED = NOW - MINUTE;

const IDLE: LaneDecision = { lane: "Major", holds: [], window: { open: true }, predictedMs: 0, approvals: [], fit: "Fits" };

function lane(more: Partial<LaneDecision>): LaneDecision {
  return { ...IDLE, target: "18.1.0", window: { open: false }, ...more };
}

function inMinutes(lastRead: LastRead, major: Partial<LaneDecision>): number {
  return (readingDueAt(lastRead, { major: lane(major), history: [], now: NOW }) - NOW) / MINUTE;
}

const opens = (nextOpensAt: Instant): Partial<LaneDecision> => ({ window: { open: false, nextOpensAt } });

describe("the inventory is read again", () => {
  const read: LastRead = { kind: "complete", readAt: ASKED, askedAt: ASKED };
  it.each<[why: string, lastRead: LastRead, major: Partial<LaneDecision>, minutes: number]>([
    ["at once by a process that has not read it yet", { kind: "never" }, {}, 0],
    ["at once if it was read by a clock that has been set back since", { kind: "complete", readAt: NOW + HOUR, askedAt: NOW + HOUR }, {}, 0],
    ["every six hours", read, {}, 359],
    ["every ten minutes while the window is open", read, { window: { open: true } }, 9],
    ["every ten minutes within two hours of an opening", read, opens(NOW + 2 * HOUR), 9],
    ["from two hours before an opening on", read, opens(NOW + 3 * HOUR), 60],
    ["every six hours while the opening is far", read, opens(NOW + 30 * HOUR), 359],
    ["as often after a reading that failed", { kind: "failed", message: "x", askedAt: ASKED }, opens(NOW + HOUR), 9],
  ])("%s", (_why, lastRead, major, minutes) => {
    expect(inMinutes(lastRead, major)).toBe(minutes);
  });

  it.each<[why: string, past: PastAttempt, minutes: number]>([
    ["at once after a major, for who has still to follow", pastAttempt(NOW - HOUR, { class: "Major", finishedAt: NOW }), 0],
    ["but not for one that it was read after", pastAttempt(NOW - HOUR, { class: "Major", finishedAt: ASKED }), 359],
    ["nor for one that did not succeed", pastAttempt(NOW - HOUR, { class: "Major", succeeded: false, finishedAt: NOW }), 359],
    ["nor for a patch", pastAttempt(NOW - HOUR, { finishedAt: NOW }), 359],
    ["nor for one that ended by a clock that has been set back since", pastAttempt(NOW, { class: "Major", finishedAt: NOW + HOUR }), 359],
  ])("%s", (_why, past, minutes) => {
    expect((readingDueAt(read, { major: IDLE, history: [past], now: NOW }) - NOW) / MINUTE).toBe(minutes);
  });

  it("before a start rests on it, if it was read by a clock that has been set back since", () => {
    const readAt = (instant: Instant): LastRead => ({ kind: "complete", readAt: instant, askedAt: instant });
    expect([readAt(NOW), readAt(NOW + MINUTE)].map((lastRead) => isStale(lastRead, HOUR, NOW))).toEqual([false, true]);
  });

  it("every six hours while the lane has no target, though the window is open", () => {
    expect((readingDueAt(read, { major: IDLE, history: [], now: NOW }) - NOW) / MINUTE).toBe(359);
  });
});
