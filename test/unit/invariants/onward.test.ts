import { describe, expect, it } from "vitest";
import { attempt, broken, OPERATOR, Story, type Attempt } from "./story.ts";

const MAJOR = attempt({ id: "acme-18.1.0-a", class: "Major", to: "18.1.0", predictedEndAt: "2026-11-24T04:40:00Z" });
const NEWER = { ...MAJOR, to: "18.1.1" };
const PUBLISHED = { version: "18.1.1", releasedAt: "2026-11-01T00:00:00Z" };
const STUCK_SINCE = "2026-11-24T04:15:00Z";

type Fields = Readonly<Record<string, unknown>>;

/** A major that is stuck; then the release is published, and status says that the attempt goes on to it. */
function stuck({ releases = [PUBLISHED], stuckSince = STUCK_SINCE, said = NEWER, ...channel }: { releases?: readonly Fields[]; stuckSince?: string | undefined; said?: Attempt; halts?: readonly Fields[]; rollout?: Fields } = {}): Story {
  const story = new Story().announce(MAJOR).deployment("auth", "18.1.0", { attempt: MAJOR });
  story.tenant({ by: OPERATOR, status: { upgrade: { ...MAJOR, step: "Auth", ...(stuckSince && { stuckSince }) } } });
  story.channel({ slots: [MAJOR.id], releases, ...channel }).wait(600_000);
  return story.tenant({ by: OPERATOR, status: { upgrade: { ...said, step: "Auth", ...(stuckSince && { stuckSince }) } } });
}

const goesOn = (story: Story, to: Attempt = NEWER) => broken(() => story.deployment("auth", to.to, { attempt: to }));

describe("an attempt goes on to a newer release", () => {
  it("while it is stuck, once its status says so; proxies and other writes follow", () => {
    const story = stuck();
    expect(goesOn(story)).toBeUndefined();
    expect(broken(() => story.deployment("proxy-us-west-2", "18.1.1", { attempt: NEWER }))).toBeUndefined();
    expect(goesOn(stuck().wait(86_400_000)), "outside of its window").toBeUndefined();
  });

  it.each<[why: string, story: () => Story, to: Attempt, expected: string]>([
    ["never though it is not stuck", () => stuck({ stuckSince: "" }), NEWER, "I1"],
    ["never before its status says so", () => stuck({ said: MAJOR }), NEWER, "I12"],
    ["never into another line", () => stuck({ said: { ...MAJOR, to: "19.1.0" } }), { ...MAJOR, to: "19.1.0" }, "I7"],
    ["never as a patch", () => new Story().announce(attempt()).deployment("auth", "17.2.3", { attempt: attempt() }).announce(attempt({ to: "17.2.4" })), attempt({ to: "17.2.4" }), "I7"],
    ["never to one that was withdrawn", () => stuck({ releases: [{ ...PUBLISHED, withdrawn: { reason: "bad" } }] }), NEWER, "I5"],
    ["never to one that is halted", () => stuck({ halts: [{ version: "18.1.1", failedCount: 1 }] }), NEWER, "I5"],
    ["never to one that came after the last cut", () => stuck({ releases: [{ ...PUBLISHED, releasedAt: "2026-11-23T12:00:00Z" }] }), NEWER, "E"],
    ["never to one that is not in the catalogue", () => stuck({ releases: [] }), NEWER, "E"],
    ["never ahead of its wave", () => stuck({ rollout: { waves: [{ name: "canary", tenantSelector: { matchLabels: { tier: "gold" } } }] } }), NEWER, "I4"],
  ])("%s", (_why, story, to, expected) => {
    expect(goesOn(story(), to)).toBe(expected);
  });

  it("by age alone if it is a security release", () => {
    const releases = [{ ...PUBLISHED, security: true, releasedAt: "2026-11-24T04:00:00Z" }];
    expect(goesOn(stuck({ releases }))).toBeUndefined();
  });

  it("and is told of as an upgrade to that", () => {
    const ended = (to: string) => stuck().deployment("auth", "18.1.1", { attempt: NEWER }).tenant({ by: OPERATOR, status: { version: to, history: [{ id: MAJOR.id, to, result: "Succeeded" }] } });
    expect([broken(() => ended("18.1.1")), broken(() => ended("18.1.0"))]).toEqual([undefined, "I10"]);
  });
});
