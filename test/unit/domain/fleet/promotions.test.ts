import { describe, expect, it } from "vitest";
import { tellsTheSame, vouch, type Vouching, type WaveMember } from "../../../../src/domain/fleet/promotions.ts";
import type { Channel } from "../../../../src/domain/release/channel.ts";
import { lineStates } from "../../../../src/domain/release/lines.ts";
import { majorOf } from "../../../../src/domain/release/version.ts";
import { decideLanes } from "../../../../src/domain/tenant/decide.ts";
import { DAY, HOUR, isoOf } from "../../../../src/domain/time.ts";
import { channelOf, failedOn, release, type SpecInput } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { knowledge, linesFor, NO_WINDOW, TUESDAY_2AM, viewOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);
const REACHED = NOW - 2 * DAY;
const RELEASES = [release("17.2.1"), release("17.2.3"), release("18.1.0")];
const canary = (more: object = {}) => ({ name: "canary", tenantSelector: { matchLabels: { ring: "0" } }, required: "100%", soak: "24h", timeout: "336h", ...more });
const waves = (...all: readonly object[]): SpecInput => ({ rollout: { waves: all as never } });

function channelWith({ wave = {}, status, promotions = [] }: { wave?: object; status?: object; promotions?: readonly object[] } = {}): Channel {
  return channelOf({ releases: RELEASES, spec: waves(canary(wave)), status: { ...status, promotions: promotions as never } });
}

/** A canary that came to 17.2.3 two days ago and has been Ready since; what a test is about is given. */
function member(input: ViewInput, channel: Channel) {
  const version = input.version ?? "17.2.3";
  const history = version === "17.2.1" ? [] : [{ class: "Patch", to: version, succeeded: true, finishedAt: REACHED } as const];
  const view = viewOf({ channel, history, readySince: REACHED, lines: linesFor(channel, version, NOW), ...input, version });
  return { view, lanes: decideLanes(view, NOW) };
}

function vouchFor(channel: Channel, members: readonly WaveMember[]): Vouching {
  const runs = new Set(members.flatMap(({ view: { version } }) => (version === undefined ? [] : [majorOf(version)])));
  return vouch(channel, { members: channel.waves.map((_, wave) => members.filter(({ view }) => view.wave === wave)), lines: lineStates(channel, runs, NOW) }, NOW);
}

function vouched(inputs: readonly ViewInput[], channel = channelWith()): readonly string[] {
  return vouchFor(channel, inputs.map((input) => member(input, channel))).promotions.map(({ version, wave }) => `${wave}: ${version}`);
}

const BEHIND: ViewInput = { version: "17.2.1" };
const PAST = (finishedAt: number) => [{ class: "Patch", to: "17.2.3", succeeded: true, finishedAt } as const];

describe("a wave vouches for a release", () => {
  it.each<[why: string, members: readonly ViewInput[]]>([
    ["that all of it have run well for long enough", [{}, {}]],
    ["though somebody is held for agents that are behind: nobody knows when they will come", [{}, { ...BEHIND, windows: NO_WINDOW }]],
    ["though somebody is switched off", [{}, { ...BEHIND, suspension: "Wanted" }]],
    ["though somebody waits for an approval", [{}, { ...BEHIND, manual: true }]],
    ["that most run by way of a newer one: it has soaked since they came to it or above", [{ version: "17.2.3", history: [...PAST(NOW - HOUR), ...PAST(REACHED)] }]],
    ["whatever other waves do", [{}, { ...BEHIND, wave: 1 }]],
  ])("%s", (_why, members) => {
    expect(vouched(members)).toContain("canary: 17.2.3");
  });

  it.each<[why: string, members: readonly ViewInput[]]>([
    ["that somebody still waits to take", [{}, BEHIND]],
    ["that somebody has not run for long enough", [{}, { history: PAST(NOW - DAY + 1) }]],
    ["while somebody has not been Ready for long enough", [{}, { readySince: NOW - DAY + 1 }]],
    ["while somebody is not Ready", [{}, { ready: false, readySince: undefined as never }]],
    ["that nobody runs, though everybody is excused", [{ ...BEHIND, manual: true }]],
  ])("not for one %s", (_why, members) => {
    expect(vouched(members)).not.toContain("canary: 17.2.3");
  });

  it("not while it failed too often", () => {
    expect(vouched([{}], channelWith({ status: failedOn("17.2.3", 2) }))).not.toContain("canary: 17.2.3");
  });

  it("at once if it has no members: nobody there, or all began at it or above", () => {
    expect(vouched([])).toEqual(["canary: 17.2.3", "canary: 18.1.0"]);
    expect(vouched([{ history: [] }])).toContain("canary: 17.2.3");
  });

  it("nor does new pods of the same version make one a member that began at it", () => {
    const again: ViewInput = { history: [{ class: "Config", to: "17.2.3", succeeded: true, finishedAt: NOW - HOUR }] };
    expect(vouched([again])).toContain("canary: 17.2.3");
    expect(vouched([{ history: [...(again.history ?? []), ...PAST(REACHED)] }])).toContain("canary: 17.2.3");
  });

  it("not while nobody is there yet: whoever is still coming up may well begin below it", () => {
    const [channel, coming] = [channelWith(), { version: undefined, provisioned: false, ready: false }];
    const waiting = (more: ViewInput) => {
      const view = viewOf({ channel, lines: linesFor(channel, "17.2.1", NOW), ...coming, ...more });
      return vouchFor(channel, [{ view, lanes: decideLanes(view, NOW) }]).promotions;
    };
    expect(waiting({})).toEqual([]);
    expect(waiting({ suspension: "Wanted" })).not.toEqual([]);
    expect(waiting({ wave: 1 })).not.toEqual([]);
  });

  it("when as many as it says have, rounded up, and no more than there are", () => {
    const half = channelWith({ wave: { required: "50%" } });
    expect([[{}, BEHIND], [{}, BEHIND, BEHIND]].map((members) => vouched(members, half).includes("canary: 17.2.3"))).toEqual([true, false]);
    expect(vouched([{}], channelWith({ wave: { required: 5 } }))).toContain("canary: 17.2.3");
  });

  it("once; and for nothing older afterwards", () => {
    const channel = channelWith({ promotions: [{ line: 17, version: "17.2.3", wave: "canary", at: isoOf(NOW - HOUR) }] });
    expect(vouched([{}], channel)).toEqual([]);
  });

  it("of the next line by those who came up to it, with the ones below waited for unless agents hold them", () => {
    const up: ViewInput = { version: "18.1.0", history: [{ class: "Major", to: "18.1.0", succeeded: true, finishedAt: REACHED }] };
    expect(vouched([up, {}])).not.toContain("canary: 18.1.0");
    expect(vouched([up, { agents: knowledge({ kind: "never" }) }])).toContain("canary: 18.1.0");
  });

  it("and says when the next soak ends", () => {
    const channel = channelWith();
    expect(vouchFor(channel, [member({ history: PAST(NOW - HOUR), readySince: NOW - HOUR }, channel)])).toMatchObject({ nextAt: NOW + 23 * HOUR });
  });

  it("after the wave before it, one after the other", () => {
    const spec = waves(canary(), { name: "early", tenantSelector: { matchLabels: { ring: "1" } }, required: "100%", soak: "0s", timeout: "336h" });
    const channel = channelOf({ releases: RELEASES.slice(0, 2), spec });
    expect(vouched([BEHIND, { wave: 1 }], channel)).toEqual(["canary: 17.2.1", "early: 17.2.1"]);
    expect(vouched([{}, { wave: 1 }], channel)).toEqual(["canary: 17.2.3", "early: 17.2.3"]);
  });
});

describe("how far the waves are", () => {
  const progress = (inputs: readonly ViewInput[], channel = channelWith()) => vouchFor(channel, inputs.map((input) => member(input, channel))).waves;

  const lines = [17, 18].map((major) => ({ major, openedAt: "2026-06-01T00:00:00Z", ...(major === 17 && { fromStart: true }) }));

  it("is told of each: its tenants, what it vouches for, and what is on trial", () => {
    expect(progress([{}, BEHIND, { ...BEHIND, wave: 1 }], channelWith({ status: { lines } }))).toMatchObject([
      { name: "canary", tenants: 2, vouchesFor: ["17.2.1"], onTrial: ["17.2.3", "18.1.0"], stalled: ["17.2.3", "18.1.0"] },
      { name: "(rest)", tenants: 1, vouchesFor: [], onTrial: [], stalled: [] },
    ]);
  });

  it("a wave loses its patience a timeout after it could take the release", () => {
    const channel = channelOf({ releases: [release("17.2.1"), release("17.2.3", "2026-11-20T00:00:00Z")], spec: waves(canary()) });
    expect(vouchFor(channel, [member(BEHIND, channel)])).toMatchObject({ waves: [{ onTrial: ["17.2.3"], stalled: [] }, {}], nextAt: at("2026-11-23T00:00:00Z") + 336 * HOUR });
  });
});

describe("a wave's patience", () => {
  const stalled = (openedAt: string | undefined, versions = ["17.2.3", "18.1.0"]) => {
    const lines = openedAt === undefined ? [] : [{ major: 17, openedAt, fromStart: true }, { major: 18, openedAt }];
    const channel = channelOf({ releases: versions.map((version) => release(version)), spec: { ...waves(canary()), ...(openedAt === undefined && { major: { minAge: "8784h" } }) }, status: { lines } });
    const { onTrial, stalled } = vouchFor(channel, [member({}, channel)]).waves[0] ?? {};
    return { onTrial, stalled };
  };

  it("is not tried before the line has opened: nobody could take the release until then", () => {
    expect(stalled(undefined)).toEqual({ onTrial: [], stalled: [] });
    expect(stalled(isoOf(NOW - 335 * HOUR))).toEqual({ onTrial: ["18.1.0"], stalled: [] });
    expect(stalled(isoOf(NOW - 336 * HOUR))).toEqual({ onTrial: ["18.1.0"], stalled: ["18.1.0"] });
  });

  it("nor before Slacktide has seen the channel, though the release is much older", () => {
    expect(stalled(isoOf(NOW - HOUR), ["17.2.3", "17.2.4"])).toEqual({ onTrial: ["17.2.4"], stalled: [] });
  });
});

describe("a tenant of a later wave", () => {
  const promoted = { line: 17, version: "17.2.3", wave: "canary", at: "2026-11-23T12:00:00Z" };
  const patchLane = (channel: Channel, input: ViewInput = {}, now = NOW) => {
    const { patch } = decideLanes(viewOf({ channel, wave: 1, version: "17.2.1", ...input, now }), now);
    return { target: patch.target, class: patch.class, holds: patch.holds.map(({ code }) => code) };
  };

  it("takes what was vouched for, and waits for what was not", () => {
    expect(patchLane(channelWith({ promotions: [promoted] }))).toEqual({ target: "17.2.3", class: "Patch", holds: [] });
    expect(patchLane(channelWith())).toEqual({ target: undefined, class: undefined, holds: ["WaveNotReached"] });
  });

  it("takes the newest that was vouched for, not one that is newer", () => {
    const channel = channelOf({ releases: [...RELEASES, release("17.2.4")], spec: waves(canary()), status: { promotions: [promoted] } });
    expect(patchLane(channel).target).toBe("17.2.3");
  });

  it("takes what was vouched for in the middle of an opening when that is over", () => {
    const channel = channelWith({ promotions: [{ ...promoted, at: "2026-11-24T02:30:00Z" }] });
    expect(patchLane(channel, {}, at("2026-11-24T03:00:00Z"))).toMatchObject({ target: undefined, holds: ["AwaitingCut"] });
    expect(patchLane(channel, {}, at("2026-12-01T02:00:00Z"))).toMatchObject({ target: "17.2.3", holds: [] });
  });

  it("does not wait for security releases, unless the channel says so", () => {
    const releases = [release("17.2.1"), release("17.2.3", undefined, { security: true }), release("17.2.4")];
    expect(patchLane(channelOf({ releases, spec: waves(canary()) }))).toEqual({ target: "17.2.3", class: "Security", holds: [] });
    expect(patchLane(channelOf({ releases, spec: { ...waves(canary()), security: { waves: "Follow" } } })).holds).toEqual(["WaveNotReached"]);
  });
});

describe("a member tells its wave the same", () => {
  const channel = channelWith();
  const told = (more: ViewInput) => tellsTheSame(member({}, channel), member(more, channel));

  it("as long as nothing has changed that the wave's word rests on", () => {
    expect([told({}), told({ ready: false }), told({ clockTrusted: false }), told({ windows: NO_WINDOW })]).toEqual([true, true, true, false]);
  });

  it.each<[what: string, more: ViewInput]>([
    ["its version has", { version: "17.2.1" }],
    ["an upgrade has begun", { upgrade: { id: "x", class: "Patch", to: "17.2.3", stuck: false, disruptiveAt: NOW } }],
    ["it is Ready since another time", { readySince: NOW }],
    ["it came there at another time", { history: PAST(NOW) }],
    ["it came there once more", { history: [...PAST(NOW), ...PAST(REACHED)] }],
    ["it has excused itself", { suspension: "Wanted" }],
  ])("but not when %s", (_what, more) => {
    expect(told(more)).toBe(false);
  });
});
