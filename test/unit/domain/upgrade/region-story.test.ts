import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions } from "../../../../src/domain/release/version.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { ClusterModel, type Event } from "../../../fixtures/cluster-model.ts";
import { at } from "../../../fixtures/time.ts";

const PATCH = upgradeOf();
const MAJOR = upgradeOf({ class: "Major", from: "17.2.3", to: "18.1.0" });

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "look" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash" } as const) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("move" as const), workload: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "preflightEnds", succeeds: true } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), overdue: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cut" as const), away: fc.boolean() }) },
);

const anyStory = fc.record({
  upgrade: fc.constantFrom(PATCH, MAJOR),
  brokenAt: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  replicas: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 3, maxLength: 3 }),
  events: fc.array(anyEvent, { maxLength: 100 }),
});
type Story = typeof anyStory extends fc.Arbitrary<infer T> ? T : never;

/** Everybody but the region's cluster does his part in turn. */
const FAIR: readonly Event[] = [{ kind: "look" }, { kind: "preflightEnds", succeeds: true }, { kind: "move", workload: 0 }, { kind: "move", workload: 1 }, { kind: "move", workload: 2 }];

/** Tells the story, and its rest with the region away or back; every moment at which a proxy pod was above an Auth pod. */
function tell({ upgrade, brokenAt, replicas, events }: Story, away: boolean): { readonly model: ClusterModel; readonly overtaken: readonly string[] } {
  const model = new ClusterModel(upgrade, { broken: brokenAt.map((isBroken) => (isBroken ? [upgrade.to] : [])), replicas, now: at("2026-11-24T02:00:00Z"), hasRegionAbroad: true });
  const overtaken: string[] = [];
  const play = (event: Event) => {
    model.play(event);
    const { auth, proxies } = model.versions();
    if (proxies.some((proxy) => auth.some((each) => compareVersions(proxy, each) > 0))) overtaken.push(`${JSON.stringify(event)}: auth ${auth.join()}, proxies ${proxies.join()}`);
  };
  for (const event of events) play(event);
  play({ kind: "cut", away });
  for (let round = 0; round < 120 && model.upgrade !== undefined; round += 1) {
    for (const event of FAIR) play(event);
    if (round % 30 === 29) play({ kind: "time", overdue: true });
    else if (round % 10 === 9) play({ kind: "time", overdue: false });
  }
  return { model, overtaken };
}

describe("an attempt, whenever a region goes out of reach and comes back", () => {
  it("never has a proxy above Auth (I14), seen or unseen", () => {
    fc.assert(
      fc.property(anyStory, fc.boolean(), (story, away) => {
        expect(tell(story, away).overtaken).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it("ends though the region stays away, unless it is a stuck major, or the region may run what Auth is to leave", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { upgrade, entries } = tell(story, true).model;
        const waits = upgrade?.step === "RollBack" && upgrade.asked !== undefined;
        expect([entries.length, upgrade === undefined || upgrade.stuckSince !== undefined || waits]).toEqual([upgrade === undefined ? 1 : 0, true]);
      }),
      { numRuns: 700 },
    );
  });

  it("succeeds where nothing but the region fails, however long that is away, and says whether it has to follow", () => {
    fc.assert(
      fc.property(anyStory, fc.boolean(), (story, away) => {
        const events = story.events.filter(({ kind }) => kind !== "time");
        const { entries, deployments } = tell({ ...story, brokenAt: [], events }, away).model;
        const [entry] = entries;
        expect(entry?.result).toBe("Succeeded");
        // It may have arrived, and gone out of reach only then.
        const isThere = deployments[1]?.version === story.upgrade.to;
        expect([isThere || away, entry?.message !== undefined || isThere]).toEqual([true, true]);
      }),
      { numRuns: 700 },
    );
  });

  it("ends at one version everywhere when the region is back before that", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { entries: [entry], deployments } = tell(story, false).model;
        const wanted = entry === undefined || entry.message?.startsWith("out of reach") ? [] : [entry.result === "Succeeded" ? entry.to : entry.from];
        expect(wanted.length === 0 ? [] : [...new Set(deployments.map(({ version }) => version))]).toEqual(wanted);
      }),
      { numRuns: 700 },
    );
  });
});
