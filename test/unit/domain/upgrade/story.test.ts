import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UpgradeStatus } from "../../../../src/api/index.ts";
import { compareVersions } from "../../../../src/domain/release/version.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { ClusterModel, type Event } from "../../../fixtures/cluster-model.ts";
import { at } from "../../../fixtures/time.ts";

const START = at("2026-11-24T02:00:00Z");
const PATCH = upgradeOf();
const MAJOR = upgradeOf({ class: "Major", from: "17.2.3", to: "18.1.0" });

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: "look" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash" } as const) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("move" as const), workload: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("preflightEnds" as const), succeeds: fc.constantFrom(true, true, true, false) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), overdue: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("publish" as const), version: fc.constantFrom("18.1.1", "18.1.2") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("bar" as const), barred: fc.boolean() }) },
);

const anyStory = fc.record({
  upgrade: fc.constantFrom(PATCH, MAJOR),
  brokenAt: fc.array(fc.constantFrom("none", "to", "to and newer"), { minLength: 3, maxLength: 3 }),
  replicas: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
  events: fc.array(anyEvent, { maxLength: 80 }),
});
type Story = typeof anyStory extends fc.Arbitrary<infer T> ? T : never;

/** The rest of a story: everybody does his part in turn, and nothing crashes any more. */
const FAIR: readonly Event[] = [
  { kind: "look" },
  { kind: "preflightEnds", succeeds: true },
  { kind: "move", workload: 0 },
  { kind: "move", workload: 1 },
  { kind: "move", workload: 2 },
];

const BROKEN = { none: () => [], to: (to: string) => [to], "to and newer": (to: string) => [to, "18.1.1"] } as const;

interface Told {
  readonly model: ClusterModel;
  /** Every moment at which a proxy pod was above an Auth pod. */
  readonly overtaken: readonly string[];
}

function tell({ upgrade, brokenAt, replicas, events }: Story): Told {
  const model = new ClusterModel(upgrade, { broken: brokenAt.map((each) => BROKEN[each](upgrade.to)), replicas, now: START });
  const overtaken: string[] = [];
  const play = (event: Event) => {
    model.play(event);
    const { auth, proxies } = model.versions();
    if (proxies.some((proxy) => auth.some((each) => compareVersions(proxy, each) > 0))) overtaken.push(`${JSON.stringify(event)}: auth ${auth.join()}, proxies ${proxies.join()}`);
  };
  for (const event of events) play(event);
  for (let round = 0; round < 300 && model.upgrade !== undefined; round += 1) {
    for (const event of FAIR) play(event);
    // Healthy pods get the time to be verified; steps of broken ones run out.
    if (round % 30 === 29) play({ kind: "time", overdue: true });
    else if (round % 10 === 9) play({ kind: "time", overdue: false });
  }
  return { model, overtaken };
}

function isStuckMajor(upgrade: UpgradeStatus | undefined): boolean {
  return upgrade?.class === "Major" && upgrade.stuckSince !== undefined;
}

/** The versions that were given to a workload, one after the other. */
const rolledTo = ({ actions }: ClusterModel, name: string) => actions.flatMap((action) => (action.kind === "roll" && action.workload === name ? [action.version] : []));

describe("an attempt, whatever the cluster does and whenever the operator crashes", () => {
  it("ends with exactly one entry, unless it is a major that is stuck", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { model } = tell(story);
        expect([model.entries.length, model.upgrade === undefined || isStuckMajor(model.upgrade)]).toEqual([model.upgrade === undefined ? 1 : 0, true]);
      }),
      { numRuns: 800 },
    );
  });

  it("never has a proxy above Auth (I14)", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        expect(tell(story).overtaken).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it("ends as it says: all at the new version, or all at the old one", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { model } = tell(story);
        const [entry] = model.entries;
        const wanted = entry === undefined ? [] : [entry.result === "Succeeded" ? entry.to : entry.from];
        const running = entry === undefined ? [] : [...new Set(model.deployments.map((each) => each.version))];
        expect(running).toEqual(wanted);
      }),
      { numRuns: 700 },
    );
  });

  it("works when nothing is broken and no time runs out", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const events = story.events.filter((event) => event.kind !== "time" && (event.kind !== "preflightEnds" || event.succeeds));
        const { model } = tell({ ...story, brokenAt: [], events });
        expect(model.entries.map((entry) => entry.result)).toEqual(["Succeeded"]);
      }),
      { numRuns: 500 },
    );
  });

  it("never rolls a major back, and writes nothing before it has announced itself (I7)", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { model } = tell(story);
        const rolls = model.actions.filter((action) => action.kind === "roll");
        const announced = model.actions.findIndex((action) => action.kind === "announce");
        const first = model.actions.findIndex((action) => action.kind === "roll");
        expect([story.upgrade.class === "Major" && rolls.some((roll) => roll.back), first >= 0 && (announced < 0 || announced > first)]).toEqual([false, false]);
      }),
      { numRuns: 700 },
    );
  });

  it("rolls forward upwards alone, and says so before it is done", () => {
    let forward = 0;
    fc.assert(
      fc.property(anyStory, (story) => {
        const { model } = tell({ ...story, upgrade: MAJOR });
        const down = model.deployments.filter(({ name }) => rolledTo(model, name).some((version, n, all) => n > 0 && compareVersions(version, all[n - 1] ?? "") < 0));
        const unsaid = model.actions.filter((action, n) => action.kind === "roll" && action.version !== MAJOR.to && !model.actions.slice(0, n).some((each) => each.kind === "goOn" && each.onward.version === action.version));
        forward += Number(model.entries.some(({ to, stuckOn }) => to !== MAJOR.to && stuckOn?.[0]?.version === MAJOR.to));
        expect([down, unsaid]).toEqual([[], []]);
      }),
      { numRuns: 500 },
    );
    expect(forward).toBeGreaterThan(0);
  });

  it("rolls Auth before any proxy on the way up, and after every proxy on the way down", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const rolls = tell(story).model.actions.filter((action) => action.kind === "roll");
        const up = rolls.filter((roll) => !roll.back).map((roll) => roll.workload);
        const down = rolls.filter((roll) => roll.back).map((roll) => roll.workload);
        expect([up.length > 0 && up[0] !== "auth", down.includes("auth") && down.lastIndexOf("auth") < Math.max(down.lastIndexOf("proxy-eu-central-1"), down.lastIndexOf("proxy-us-west-2"))]).toEqual([false, false]);
      }),
      { numRuns: 500 },
    );
  });
});
