import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideLanes, type LanesDecision } from "../../../../src/domain/tenant/decide.ts";
import { nextCheckAt } from "../../../../src/domain/tenant/next-check.ts";
import type { TenantView } from "../../../../src/domain/tenant/view.ts";
import { DAY, HOUR, isoOf, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import { approvalOf } from "../../../fixtures/approval.ts";
import { channelOf, predicting, release, SECURITY } from "../../../fixtures/channel.ts";
import { freezeOf } from "../../../fixtures/freeze.ts";
import { at, shown } from "../../../fixtures/time.ts";
import { agentsFine, bound, linesFor, MAJOR_CHANNEL, NO_WINDOW, pastAttempt, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);

function checkAt(input: ViewInput, now: Instant = NOW): string | undefined {
  const view = viewOf({ agents: agentsFine(now), ...input, now });
  return shown(nextCheckAt(view, decideLanes(view, now), now));
}

const behindSince = (lastSeenAt: Instant) => ({ ...agentsFine(NOW), status: { behind: [{ id: "a", hostname: "h", version: "16.0.0", lastSeenAt: isoOf(lastSeenAt) }] } });

describe("the next look is due", () => {
  it.each<[why: string, input: ViewInput, now: string, expected: string | undefined]>([
    ["when the window opens", {}, "2026-11-24T00:00:00Z", TUESDAY_2AM],
    ["when a major no longer fits", { slotFree: false }, TUESDAY_2AM, "2026-11-24T05:15:00.001Z"],
    ["when a patch no longer fits", { slotFree: false }, "2026-11-24T05:30:00Z", "2026-11-24T05:40:00.001Z"],
    ["when a release is old enough and waits for the cut", { channel: channelOf({ releases: [release("17.2.3", "2026-11-27T12:00:00Z")] }) }, "2026-11-28T11:00:00Z", "2026-11-28T12:00:00Z"],
    ["never at an instant that an age which is no length gives", { channel: channelOf({ releases: [release("17.2.3")], spec: { patch: { minAge: "long" } } }) }, "2026-11-24T00:00:00Z", TUESDAY_2AM],
    ["when a patch no longer fits by what was measured", { slotFree: false, channel: channelOf({ releases: [release("17.2.1"), release("17.2.3")], status: predicting({ patch: [30, 25] }) }) }, "2026-11-24T05:20:00Z", "2026-11-24T05:30:00.001Z"],
    ["when a patch no longer fits before its Approval expires", { slotFree: false, approvals: [approvalOf({ lifts: ["OutsideWindow"], expiresAt: "2026-11-24T08:00:00Z" })] }, "2026-11-24T07:30:00Z", "2026-11-24T07:40:00.001Z"],
    ["when the window closes", {}, "2026-11-24T05:45:00Z", "2026-11-24T06:00:00Z"],
    ["when a freeze begins", { freezes: [freezeOf({ from: "2026-11-28T00:00:00Z", until: "2026-11-29T00:00:00Z" })] }, "2026-11-27T23:59:00Z", "2026-11-28T00:00:00Z"],
    ["when a freeze ends", { freezes: [freezeOf({ from: "2026-11-28T00:00:00Z", until: "2026-11-29T00:00:00Z" })] }, "2026-11-28T12:00:00Z", "2026-11-29T00:00:00Z"],
    ["when a major no longer fits before a freeze", { freezes: [freezeOf()] }, TUESDAY_2AM, "2026-11-24T02:15:00.001Z"],
    ["when a hold ends", { history: [pastAttempt("2026-11-23T07:00:00Z")] }, TUESDAY_2AM, "2026-11-24T03:00:00Z"],
    ["when the next patch cut comes", {}, "2026-11-29T12:00:00Z", "2026-11-30T00:00:00Z"],
    ["at the next start inside the stretch", { windows: bound(windowOf(), windowOf({ schedule: "30 3 * * 2" }, "later")) }, TUESDAY_2AM, "2026-11-24T03:30:00Z"],
    [
      "when a security release is old enough, though there is another target",
      { channel: channelOf({ releases: [release("17.2.3"), release("17.2.4", "2026-11-24T01:30:00Z", SECURITY)], spec: { security: { minAge: "1h" } } }) },
      TUESDAY_2AM,
      "2026-11-24T02:30:00Z",
    ],
    ["when a remembered agent is forgotten", { channel: MAJOR_CHANNEL, version: "17.2.3", agents: behindSince(NOW - 7 * DAY + HOUR) }, TUESDAY_2AM, "2026-11-24T03:00:00Z"],
    ["when the agents that no longer fit the list are", { channel: MAJOR_CHANNEL, version: "17.2.3", agents: { ...agentsFine(NOW), status: { behindUntil: "2026-11-24T02:30:00Z" } } }, TUESDAY_2AM, "2026-11-24T02:30:00Z"],
    ["never for an agent whose last heartbeat is no time", { windows: NO_WINDOW, agents: { ...agentsFine(NOW), status: { behind: [{ id: "a", hostname: "h", version: "16.0.0", lastSeenAt: "soon" }] } } }, TUESDAY_2AM, "2026-11-30T00:00:00Z"],
    ["at the cut, if no window binds it", { windows: NO_WINDOW }, TUESDAY_2AM, "2026-11-30T00:00:00Z"],
    ["never, if no cut is near enough to be known", { windows: NO_WINDOW, channel: channelOf({ releases: [], spec: { patch: { cut: "0 0 29 2 *" } } }), lines: [] }, "2096-03-01T00:00:00Z", undefined],
  ])("%s", (_why, input, now, expected) => {
    expect(checkAt(input, at(now))).toBe(expected);
  });

  it("when a line opens", () => {
    const lines = [{ major: 18, open: false, opensAt: NOW + MINUTE } as const, { major: 19, open: false } as const];
    expect(checkAt({ lines })).toBe("2026-11-24T02:01:00Z");
  });
});

/** What a decision shows, without what only says how long ago or how far away something is. */
function shownOf({ patch, major, start }: LanesDecision): unknown {
  const lanes = [patch, major].map(({ target, class: upgradeClass, next, holds, nextEligibleAt, window, fit }) => ({ target, upgradeClass, next, holds, nextEligibleAt, window, fit }));
  return { lanes, start: start && { ...start, predictedEndAt: 0 } };
}

it("nothing that a decision shows changes before the next look, for any tenant", () => {
  const view = fc
    .record({
      now: fc.integer({ min: 0, max: 40 * 24 * 60 }).map((minutes) => at("2026-11-01T00:00:00Z") + minutes * MINUTE),
      releases: fc.uniqueArray(fc.record({ version: fc.constantFrom("17.2.2", "17.2.3", "17.2.4", "18.1.0", "18.1.1"), hours: fc.integer({ min: -1200, max: 200 }), security: fc.boolean() }), { maxLength: 5, selector: ({ version }) => version }),
      windows: fc.array(fc.record({ schedule: fc.constantFrom("0 2 * * 2", "30 3 * * 2", "0 22 * * 0", "0 */6 * * *", "15 1 1 * *"), duration: fc.constantFrom("15m", "40m", "4h", "7h") }), { maxLength: 2 }),
      disruptedHoursAgo: fc.option(fc.integer({ min: 0, max: 800 })),
      succeeded: fc.boolean(),
      seenHoursAgo: fc.option(fc.integer({ min: 0, max: 200 })),
      approved: fc.option(fc.record({ version: fc.constantFrom("17.2.3", "18.1.0"), lifts: fc.subarray(["OutsideWindow", "WindowTooShort", "TooYoung", "AwaitingCut"] as const), hoursAgo: fc.integer({ min: 0, max: 40 }) })),
      took: fc.option(fc.record({ patch: fc.tuple(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 5, max: 40 })), major: fc.tuple(fc.integer({ min: 5, max: 90 }), fc.integer({ min: 5, max: 90 })) })),
    })
    .map(({ now, releases, windows, disruptedHoursAgo, succeeded, seenHoursAgo, approved, took }): { view: TenantView; now: Instant } => {
      const all = [release("17.2.1"), ...releases.map((each) => release(each.version, isoOf(at("2026-11-01T00:00:00Z") + each.hours * HOUR), { security: each.security }))];
      const channel = channelOf({ releases: all, spec: { security: { minAge: "3h" } }, ...(took !== null && { status: predicting(took) }) });
      return {
        now,
        view: viewOf({
          now,
          channel,
          windows: bound(...windows.map((spec, index) => windowOf(spec, `w${index}`))),
          history: disruptedHoursAgo === null ? [] : [pastAttempt(now - disruptedHoursAgo * HOUR, { succeeded, finishedAt: now - disruptedHoursAgo * HOUR })],
          approvals: approved === null ? [] : [approvalOf({ version: approved.version, lifts: approved.lifts, expiresAt: isoOf(now + 2 * DAY) }, { createdAt: isoOf(now - approved.hoursAgo * HOUR) })],
          agents: seenHoursAgo === null ? agentsFine(now) : { ...behindSince(now - seenHoursAgo * HOUR), lastRead: { kind: "complete", readAt: now, askedAt: now } },
        }),
      };
    });
  fc.assert(
    fc.property(view, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ({ view: before, now }, part) => {
      const check = nextCheckAt(before, decideLanes(before, now), now) ?? now + 30 * DAY;
      const then = Math.min(check - 1, now + Math.floor(part * (check - now)));
      // Lines move with time as well; the view is gathered anew at each look.
      const after = { ...before, lines: linesFor(before.channel, before.version, then) };
      expect(shownOf(decideLanes(after, then))).toEqual(shownOf(decideLanes(before, now)));
    }),
    { numRuns: 3000 },
  );
});
