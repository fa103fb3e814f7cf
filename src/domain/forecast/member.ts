import type { UpgradeStatus } from "../../api/index.ts";
import type { Claim } from "../fleet/claim.ts";
import type { Durations } from "../fleet/durations.ts";
import type { LedgerTenant } from "../fleet/ledger.ts";
import type { Candidate } from "../fleet/order.ts";
import { majorOf } from "../release/version.ts";
import { decideLanes, type LanesDecision } from "../tenant/decide.ts";
import { nextCheckAt } from "../tenant/next-check.ts";
import type { PastAttempt, TenantView } from "../tenant/view.ts";
import { instantOf, type Instant } from "../time.ts";
import { placeAt } from "../window/place.ts";
import { caughtUp, foreseenAgents } from "./agents.ts";
import { isAssumedToFail, type Assumptions } from "./assumptions.ts";
import { courseFor, coursesOf, type Courses, type Shape } from "./course.ts";
import type { ForeseenChannel } from "./foreseen-channel.ts";
import { rolledForward } from "./onward.ts";
import { endAfter, pastOf, rolledBack, secondOf, stuckStatus, underwayOf, type Underway } from "./underway.ts";

/** A tenant as it is when the forecast begins. */
export interface MemberSource {
  readonly view: TenantView;
  readonly shape: Shape;
  /** The attempt that runs already. */
  readonly running?: UpgradeStatus | undefined;
}

const HISTORY_KEPT = 20;

/** A decision, and what it rests on until then. */
interface Decided {
  readonly channel: TenantView["channel"];
  readonly version: TenantView["version"] | undefined;
  readonly upgrade: TenantView["upgrade"] | undefined;
  readonly lanes: LanesDecision;
  readonly until: Instant;
}

/** A tenant on its way through a forecast. */
export class Member {
  view: TenantView;
  readonly #courses: Courses;
  underway: Underway | undefined;
  /** It could start if there was a slot. */
  candidate: Candidate | undefined;
  /** The last decision by which it could not. */
  held: LanesDecision | undefined;
  /** Which of its lanes excuse it from vouching, as last seen. */
  excuses = "";
  #decided: Decided | undefined;
  /** As its claim saw it: what has ended since is no longer in its view. */
  #claimed: TenantView;
  /** Those that are still to come. */
  #catchUps: readonly Instant[];
  #agents: TenantView["agents"];

  constructor({ view, shape, running }: MemberSource, assumptions: Assumptions, durations: Durations | undefined) {
    this.view = view;
    this.#claimed = view;
    this.#courses = coursesOf(shape, assumptions, durations);
    this.#catchUps = assumptions.catchUps.get(view.name) ?? [];
    this.#agents = view.agents;
    this.underway = running && underwayOf(view, running, { course: courseFor(this.#courses, running.class), fails: isAssumedToFail(assumptions, view.name, running.to) });
  }

  /** The tenant as it will be seen at `now`. */
  look(foreseen: ForeseenChannel, now: Instant): TenantView {
    this.#catchUp(now);
    const { version, freezes, approvals } = this.view;
    this.view = {
      ...this.view,
      channel: foreseen.channel,
      ...(version !== undefined && { lines: foreseen.linesFor(majorOf(version), now), agents: foreseenAgents(this.#agents, version, now) }),
      ...(freezes.some(({ until }) => until <= now) && { freezes: freezes.filter(({ until }) => now < until) }),
      ...(approvals.some(({ expiresAt }) => expiresAt <= now) && { approvals: approvals.filter(({ expiresAt }) => now < expiresAt) }),
    };
    return this.view;
  }

  /** What its lanes say at `now`, if nothing can have changed since that was last asked for. */
  lanesKnownAt(foreseen: ForeseenChannel, now: Instant): LanesDecision | undefined {
    const last = this.#decided;
    const { version, upgrade } = this.view;
    return last?.channel === foreseen.channel && last.version === version && last.upgrade === upgrade && now < last.until ? last.lanes : undefined;
  }

  /** What its lanes say at `now`; asked for again and again, and decided anew only when that may have changed. */
  lanesAt(foreseen: ForeseenChannel, now: Instant): LanesDecision {
    const known = this.lanesKnownAt(foreseen, now);
    if (known !== undefined) return known;
    const view = this.look(foreseen, now);
    const lanes = decideLanes(view, now);
    const until = Math.min(nextCheckAt(view, lanes, now) ?? Number.POSITIVE_INFINITY, ...this.#catchUps);
    this.#decided = { channel: foreseen.channel, version: view.version, upgrade: view.upgrade, lanes, until };
    return lanes;
  }

  /** When the tenant may be able to start though it is not now, or may excuse itself. */
  nextLookAt({ patch, major }: LanesDecision, now: Instant): Instant {
    const { approvals, agents } = this.view;
    const ends = (agents.status?.behind ?? []).map(({ lastSeenAt }) => (instantOf(lastSeenAt) ?? now) + agents.rememberForMs);
    // An approval may open where the window has closed.
    const closes = approvals.length === 0 ? [] : [patch.window.closesAt, major.window.closesAt];
    const instants = [patch.nextEligibleAt, major.nextEligibleAt, ...approvals.flatMap(({ createdAt, expiresAt }) => [createdAt, expiresAt]), ...closes, ...ends, ...this.#catchUps];
    const next = placeAt(this.view.windows.valid, now).next ?? Number.POSITIVE_INFINITY; // every start counts, also inside a merged stretch
    return Math.min(next, ...instants.filter((at) => at !== undefined && at > now).map(Number));
  }

  /** The claim's slot is taken. */
  claim(claim: Claim, assumptions: Assumptions): Underway {
    const { attempt: id, class: upgradeClass, to, claimedAt } = claim;
    const { preflightMs } = courseFor(this.#courses, upgradeClass);
    const underway = { claim, disruptiveAt: undefined, nextAt: claimedAt + preflightMs, fails: isAssumedToFail(assumptions, this.view.name, to), stuck: false };
    this.candidate = undefined;
    this.underway = underway;
    this.#claimed = this.view;
    this.view = { ...this.view, upgrade: { id, class: upgradeClass, to, stuck: false } };
    return underway;
  }

  /** Whether anything but the time that is left has changed since the claim. */
  isDisturbed({ claim }: Underway, foreseen: ForeseenChannel, now: Instant): boolean {
    const { channel, approvals, freezes } = this.#claimed;
    if (channel !== foreseen.channel) return true;
    const edges = [...approvals.flatMap(({ createdAt, expiresAt }) => [createdAt, expiresAt]), ...freezes.flatMap(({ from, until }) => [from, until])];
    return edges.some((at) => claim.claimedAt < at && at <= now);
  }

  /** The first write to a workload: from here on it goes to its end. */
  disrupt(underway: Underway, now: Instant): Underway {
    const { claim, fails } = underway;
    const { workMs, givenUpMs, backMs } = courseFor(this.#courses, claim.class);
    const givenUpFor = claim.class === "Major" ? givenUpMs : givenUpMs + backMs;
    const next = { ...underway, disruptiveAt: now, nextAt: endAfter(this.view, claim, { from: now, ms: fails ? givenUpFor : workMs }) };
    this.underway = next;
    this.view = { ...this.view, upgrade: { id: claim.attempt, class: claim.class, to: claim.to, stuck: false, disruptiveAt: now } };
    return next;
  }

  succeed({ claim, disruptiveAt, stuck }: Underway, now: Instant): void {
    this.#end({ ...pastOf(claim, now), succeeded: true, ...(disruptiveAt !== undefined && { disruptiveAt }) });
    const { templateChanges: _takenAlong, ...view } = this.view;
    this.view = { ...view, version: claim.to, ...(stuck && { ready: true, readySince: secondOf(now) }) };
  }

  /** A stuck major goes on to a newer release, if it may have one by now. */
  rollForward(foreseen: ForeseenChannel, assumptions: Assumptions, now: Instant): Underway | undefined {
    const view = this.look(foreseen, now);
    const { underway } = this;
    const fails = (version: string) => isAssumedToFail(assumptions, view.name, version);
    const next = underway && rolledForward(view, underway, { course: courseFor(this.#courses, "Major"), fails }, now);
    if (next === undefined || view.upgrade === undefined) return undefined;
    this.underway = next;
    this.view = { ...view, upgrade: { ...view.upgrade, to: next.claim.to } };
    return next;
  }

  /** At its disruptive instant something held it: nothing has changed. */
  abort({ claim }: Underway, now: Instant): void {
    this.#end(pastOf(claim, now));
  }

  /** A patch has gone back; a major stays, stuck, and leaves the count of slots (design §8). What the ledger is told of it. */
  fail(underway: Underway, now: Instant): LedgerTenant {
    const { claim, disruptiveAt } = underway;
    const known = { name: this.view.name, uid: this.view.uid };
    if (claim.class === "Major") {
      this.underway = { ...underway, nextAt: Number.POSITIVE_INFINITY, stuck: true };
      this.view = { ...this.view, ready: false, upgrade: { id: claim.attempt, class: claim.class, to: claim.to, stuck: true, ...(disruptiveAt !== undefined && { disruptiveAt }) } };
      return { ...known, upgrade: stuckStatus(claim, now), history: [] };
    }
    this.#end({ ...pastOf(claim, now), failed: true, ...(disruptiveAt !== undefined && { disruptiveAt }) });
    this.view = { ...this.view, readySince: secondOf(now) };
    return { ...known, upgrade: undefined, history: [rolledBack(claim, now)] };
  }

  #end(past: PastAttempt): void {
    this.#catchUp(past.finishedAt);
    const { upgrade: _ended, ...view } = this.view;
    this.underway = undefined;
    this.view = { ...view, history: [past, ...view.history].slice(0, HISTORY_KEPT) };
  }

  /** Whatever they do in the middle of an upgrade, they do it for the version that they know. */
  #catchUp(now: Instant): void {
    const { version } = this.view;
    const left = this.#catchUps.filter((at) => at > now);
    if (version !== undefined && left.length < this.#catchUps.length) this.#agents = caughtUp(this.#agents, version);
    this.#catchUps = left;
  }
}
