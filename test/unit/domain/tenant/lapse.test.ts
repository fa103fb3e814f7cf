import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LapseStatus } from "../../../../src/api/index.ts";
import { lapseSaid } from "../../../../src/domain/status/lapse-status.ts";
import { holdsFor, isOffFor, KEPT_AT_LEAST_MS, lapseInstants, lapseOf, type Lapse, type LapseSight } from "../../../../src/domain/tenant/lapse.ts";
import { DAY, HOUR, isoOf, instantOf, SECOND, type Instant } from "../../../../src/domain/time.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T12:00:00Z");
const GRACE = 72 * HOUR;
const days = (n: number): string => isoOf(NOW + n * DAY);

interface Case extends Partial<Omit<LapseSight, "subscription">> {
  readonly lapsedAt?: string;
  readonly retention?: string;
}

function sightOf({ lapsedAt, retention = "720h", ...more }: Case): LapseSight {
  return { subscription: { retention, ...(lapsedAt !== undefined && { lapsedAt }) }, said: undefined, isStatusLost: false, noted: undefined, marked: undefined, isEmptied: false, graceMs: GRACE, clockTrusted: true, isSwitchedOff: false, ...more };
}

const judged = (given: Case, now = NOW) => lapseOf(sightOf(given), now);
/** When it was seen, and when what follows; in days from now. */
const told = (lapse: Lapse) => (lapse.kind === "lapsed" ? [lapse.observedAt, lapse.suspendAt, lapse.purgeAt].map((instant) => (instant - NOW) / DAY) : lapse.kind);

describe("a lapse", () => {
  it.each<[why: string, given: Case, expected: readonly number[] | string]>([
    ["is none while the subscription runs", {}, "none"],
    ["is none again when it runs again, whatever was recorded", { said: { observedAt: days(-9) }, noted: days(-9) }, "none"],
    ["is coming while its day is not", { lapsedAt: days(1) }, "coming"],
    ["counts from its own day if it is seen at once", { lapsedAt: days(0) }, [0, 3, 30]],
    ["counts from when it was first seen if it is backdated", { lapsedAt: days(-300), retention: "168h" }, [0, 3, 7]],
    ["counts from its own day if that was moved on", { lapsedAt: days(-1), said: { observedAt: days(-5) } }, [-5, 2, 29]],
    ["is not seen anew as long as it lasts", { lapsedAt: days(-9), said: { observedAt: days(-5) }, noted: days(-5) }, [-5, -2, 25]],
    ["is known from the namespace if status is lost", { lapsedAt: days(-9), isStatusLost: true, noted: days(-5) }, [-5, -2, 25]],
    ["keeps its data by the later of two records", { lapsedAt: days(-9), said: { observedAt: days(-5) }, noted: days(-4) }, [-5, -2, 26]],
    ["also if status is the later one", { lapsedAt: days(-9), said: { observedAt: days(-3) }, noted: days(-4) }, [-3, 0, 27]],
    ["is seen anew if status tells of none: the namespace's record is an earlier one's", { lapsedAt: days(-1), noted: days(-40) }, [0, 3, 30]],
    ["is seen anew if no record can be read", { lapsedAt: days(-9), isStatusLost: true, noted: "soon" }, [0, 3, 30]],
    ["is not seen by a clock that cannot be believed", { lapsedAt: days(-9), clockTrusted: false }, "unseen"],
    ["stays what it was for a clock that was set back", { lapsedAt: days(1), said: { observedAt: days(1) } }, [1, 4, 31]],
    ["is over when its day is moved ahead", { lapsedAt: days(1), said: { observedAt: days(-5) } }, "coming"],
    ["keeps data for a week at least, whatever the spec says", { lapsedAt: days(0), retention: "1h" }, [0, 3, 7]],
    ["and for thirty days if what it says is no length", { lapsedAt: days(0), retention: "a month" }, [0, 3, 30]],
    ["and at most", { lapsedAt: days(0), retention: "9000h" }, [0, 3, 30]],
  ])("%s", (_, given, expected) => {
    expect(told(judged(given))).toEqual(expected);
  });

  it("leaves a tenant off whose record was lost and is written anew, and its data for as long again", () => {
    const lost = { lapsedAt: days(-20), said: { observedAt: days(-20) }, retention: "168h" };
    expect(judged(lost)).toMatchObject({ isOff: true, isDue: false, isUnrecorded: true, notedAt: NOW });
    expect(told(judged({ ...lost, noted: days(0) }))).toEqual([-20, -17, 7]);
    expect(judged({ ...lost, noted: days(0) })).toMatchObject({ isOff: true, isDue: false, isUnrecorded: false, notedAt: NOW });
    expect(judged({ ...lost, isEmptied: true }), "there is nothing to keep").toMatchObject({ isDue: true, isUnrecorded: false });
  });

  it("is recorded up to the whole second, so that nothing goes early", () => {
    expect(lapseSaid(judged({ lapsedAt: days(-1) }, NOW + 1))).toMatchObject({ observedAt: isoOf(NOW + SECOND) });
  });

  it("is not seen anew when status is wiped again and again", () => {
    const noted = lapseSaid(judged({ lapsedAt: days(0) }))?.observedAt;
    expect(told(judged({ lapsedAt: days(0), isStatusLost: true, noted }, NOW + 6 * DAY))).toEqual([0, 3, 30]);
  });
});

describe("what follows from a lapse", () => {
  const lapsed = (seen: number, more: Case = {}) => judged({ lapsedAt: days(seen), said: { observedAt: days(seen) }, noted: days(seen), retention: "168h", ...more });
  const follows = (lapse: Lapse) => [holdsFor(lapse), isOffFor(lapse), lapse.kind === "lapsed" && lapse.isDue];

  it.each<[why: string, lapse: Lapse, expected: readonly boolean[]]>([
    ["holds every upgrade at once, and the tenant serves on", lapsed(-1), [true, false, false]],
    ["switches the tenant off after the grace", lapsed(-3), [true, true, false]],
    ["deletes its data after the retention", lapsed(-7), [true, true, true]],
    ["a clock that cannot be believed deletes nothing", lapsed(-70, { clockTrusted: false }), [true, false, false]],
    ["nor does it switch on what is off", lapsed(-1, { clockTrusted: false, isSwitchedOff: true }), [true, true, false]],
    ["one that is coming holds nothing", judged({ lapsedAt: days(1) }), [false, false, false]],
    ["nor does one that nobody has seen", judged({ lapsedAt: days(-1), clockTrusted: false }), [false, false, false]],
    ["nothing that the namespace does not record is due", lapsed(-70, { noted: undefined }), [true, true, false]],
    ["data that is being deleted stays off", judged({ lapsedAt: days(-9), noted: days(-8), said: { observedAt: days(-8), purgeStartedAt: days(-1) } }), [true, true, false]],
  ])("%s", (_, lapse, expected) => {
    expect(follows(lapse)).toEqual(expected);
  });

  it("is looked at again whenever it means something else", () => {
    expect(lapseInstants(judged({ lapsedAt: days(1) }))).toEqual([NOW + DAY]);
    expect(lapseInstants(judged({ lapsedAt: days(0) }))).toEqual([NOW + 3 * DAY, NOW + 30 * DAY]);
    expect(lapseInstants(judged({}))).toEqual([]);
  });
});

describe("a deletion that has begun", () => {
  const begun = { said: { observedAt: days(-8), purgeStartedAt: days(-1) }, noted: days(-8) };

  it("is not begun by whoever writes so into status, who saw no lapse seven days before", () => {
    const forged = (said: Case["said"], marked?: number) => judged({ lapsedAt: days(-40), said, noted: days(-40), marked }).kind;
    expect([forged({ purgeStartedAt: days(-1) }), forged({ observedAt: days(-2), purgeStartedAt: days(-1) }), judged({ said: { purgeStartedAt: days(-1) } }).kind]).toEqual(["lapsed", "lapsed", "none"]);
    expect(forged({ observedAt: days(-2), purgeStartedAt: days(-1) }, NOW - DAY), "the Tenant is marked: things are gone already").toBe("purging");
  });

  it.each<[why: string, given: Case]>([
    ["where the namespace records no lapse", { noted: undefined }],
    ["where it records one of less than seven days", { noted: days(-6) }],
    ["however late it is said to have begun", { noted: days(-6), said: { observedAt: days(-8), purgeStartedAt: days(900) } }],
  ])("is not begun by a status alone, %s", (_, given) => {
    expect(judged({ ...begun, lapsedAt: days(-40), ...given }).kind).toBe("lapsed");
    expect(judged({ ...begun, ...given, marked: NOW - DAY }).kind, "the Tenant is marked: things are gone already").toBe("purging");
  });

  it("goes on, and says that a renewal comes too late", () => {
    expect(judged({ ...begun, lapsedAt: days(-9) })).toMatchObject({ kind: "purging", isRenewed: false });
    expect(judged(begun)).toMatchObject({ kind: "purging", isRenewed: true, said: begun.said });
    expect(judged({ ...begun, lapsedAt: days(9) })).toMatchObject({ isRenewed: true });
  });

  it("goes on by a clock that is somewhat behind that of who began it, and by one that cannot be believed", () => {
    const said = { observedAt: days(-7), purgeStartedAt: days(0) };
    expect([-30, -61].map((seconds) => lapseOf(sightOf({ said, noted: days(-7), lapsedAt: days(-7) }), NOW + seconds * SECOND).kind)).toEqual(["purging", "lapsed"]);
    expect(lapseOf(sightOf({ said, noted: days(-7), clockTrusted: false }), NOW - DAY).kind).toBe("purging");
  });

  it("is known from the Tenant's own mark if status is lost and nothing is there, and from nothing else", () => {
    const marked = NOW - DAY;
    expect(judged({ marked, isEmptied: true, isStatusLost: true })).toMatchObject({ kind: "purging", said: { purgeStartedAt: days(-1) } });
    expect(judged({ marked, isStatusLost: true }).kind).toBe("none"); // a mark alone deletes nothing
    expect(judged({ isEmptied: true, isStatusLost: true }).kind).toBe("none");
  });
});

/** A world in which a tenant lapses, and the operator looks at it now and then. */
type Step =
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "lapse"; readonly agoMs: number }
  | { readonly kind: "renew" | "wipeStatus" | "stripNote" | "crash" }
  /** Somebody writes into status that the lapse was seen long ago, and its deletion begun. */
  | { readonly kind: "forge"; readonly agoMs: number }
  | { readonly kind: "retention"; readonly hours: number }
  | { readonly kind: "setClock"; readonly ms: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 4 * DAY }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("lapse" as const), agoMs: fc.integer({ min: -3 * DAY, max: 400 * DAY }) }) },
    fc.record({ kind: fc.constantFrom("renew" as const, "wipeStatus" as const, "stripNote" as const, "crash" as const) }),
    fc.record({ kind: fc.constant("forge" as const), agoMs: fc.integer({ min: 0, max: 40 * DAY }) }),
    fc.record({ kind: fc.constant("retention" as const), hours: fc.integer({ min: 0, max: 900 }) }),
    fc.record({ kind: fc.constant("setClock" as const), ms: fc.integer({ min: -40 * DAY, max: 40 * DAY }) }),
  ),
  { minLength: 5, maxLength: 40 },
);

describe("no data goes before the seventh day after its lapse was first seen (I16)", () => {
  it("under any edits, clocks that are set, lost records and crashes", () => {
    let deletions = 0;
    fc.assert(fc.property(steps, (all) => {
      const world = new LapsingTenant();
      for (const step of all) {
        world.perform(step);
        const purgedAt = world.look();
        if (purgedAt === undefined) continue;
        deletions += 1;
        // Of what somebody wrote into status the date of the subscription is not asked: a renewal may have come too late.
        expect(purgedAt - Math.max(world.firstSeenAt, world.isForged ? world.firstSeenAt : world.lapsedAt)).toBeGreaterThanOrEqual(KEPT_AT_LEAST_MS);
        return;
      }
    }), { numRuns: 10_000 });
    expect(deletions).toBeGreaterThan(1_000);
  });
});

/** What is recorded of one tenant, and when by the true clock the operator first saw its lapse. */
class LapsingTenant {
  firstSeenAt = Number.POSITIVE_INFINITY;
  isForged = false;
  #truth = NOW;
  #clockOff = 0;
  #lapsedAt: string | undefined;
  #retention = "168h";
  #status: LapseStatus | undefined = {};
  #noted: string | undefined;
  #crashes = false;

  get lapsedAt(): Instant {
    return instantOf(this.#lapsedAt) ?? Number.NEGATIVE_INFINITY;
  }

  perform(step: Step): void {
    if (step.kind === "pass") this.#truth += step.ms;
    if (step.kind === "lapse") this.#lapsedAt = isoOf(this.#truth - step.agoMs);
    if (step.kind === "renew") this.#lapsedAt = undefined;
    if (step.kind === "retention") this.#retention = `${step.hours}h`;
    if (step.kind === "wipeStatus") this.#status = undefined;
    if (step.kind === "forge") this.#status = { observedAt: isoOf(this.#truth - step.agoMs - 8 * DAY), purgeStartedAt: isoOf(this.#truth - step.agoMs) };
    if (step.kind === "stripNote") this.#noted = undefined;
    if (step.kind === "setClock") this.#clockOff = Math.abs(step.ms) < 30 * SECOND ? 0 : step.ms;
    if (step.kind === "crash") this.#crashes = true;
  }

  /** One look of the operator, which ends between its two writes if it crashes; when it may delete, by the true clock. */
  look(): Instant | undefined {
    const now = this.#truth + this.#clockOff;
    const lapse = lapseOf(sightOf({ ...(this.#lapsedAt !== undefined && { lapsedAt: this.#lapsedAt }), retention: this.#retention, said: this.#status, isStatusLost: this.#status === undefined, noted: this.#noted, clockTrusted: this.#clockOff === 0 }), now);
    this.isForged = lapse.kind === "purging";
    if (this.isForged || (lapse.kind === "lapsed" && lapse.isDue)) return this.#truth;
    if (lapse.kind === "lapsed") this.firstSeenAt = Math.min(this.firstSeenAt, this.#truth);
    else this.firstSeenAt = Number.POSITIVE_INFINITY;
    this.#noted = lapse.kind === "lapsed" && lapse.notedAt !== undefined ? isoOf(lapse.notedAt) : undefined;
    if (!this.#crashes) this.#status = lapseSaid(lapse) ?? {};
    this.#crashes = false;
    return undefined;
  }
}
