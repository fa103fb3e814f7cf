import { candidate, inOrder, type Candidate } from "../fleet/order.ts";
import { claimOf } from "../fleet/plan-fleet.ts";
import { EXCUSING } from "../fleet/promotions.ts";
import { Heap } from "../heap.ts";
import { slotLimit, type Channel } from "../release/channel.ts";
import { decideLanes, type LanesDecision } from "../tenant/decide.ts";
import { laneOf } from "../tenant/view.ts";
import type { Instant } from "../time.ts";
import type { Assumptions } from "./assumptions.ts";
import { ForeseenChannel, type ChannelSource } from "./foreseen-channel.ts";
import { onwardLookAt } from "./onward.ts";
import { missedOf, startOf, waitsOf, type ChannelForecast, type ForecastEvent, type ForecastStart, type ForecastTenant, type ForecastWait } from "./forecast.ts";
import { Member, type MemberSource } from "./member.ts";
import type { Underway } from "./underway.ts";

export interface ChannelInput {
  readonly source: ChannelSource;
  readonly channel: Channel;
  readonly members: Iterable<MemberSource>;
  readonly assumptions: Assumptions;
}

interface Due {
  readonly at: Instant;
  readonly member: Member;
}

interface Waiting extends Candidate {
  readonly member: Member;
  /** When it was decided. */
  readonly at: Instant;
}

/** The future of one channel, an instant after the other, by the decisions that count for real. */
export class ChannelRun {
  readonly #input: ChannelInput;
  readonly #from: Instant;
  readonly #foreseen: ForeseenChannel;
  readonly #members: Member[] = [];
  readonly #approved: Member[] = [];
  /** May hold more than one entry for a member; looking once too often does no harm. */
  readonly #agenda = new Heap<Due>((a, b) => a.at < b.at);
  readonly #waiting = new Heap<Waiting>((a, b) => inOrder(a, b) < 0);
  readonly #starts: ForecastStart[] = [];
  readonly #waits: ForecastWait[] = [];
  readonly #events: ForecastEvent[] = [];
  /** Those whose major did not work: they hold no slot, and go on to a newer release when they may. */
  readonly #stuck = new Set<Member>();
  #running = 0;
  /** What is left to do at the present instant. */
  #present: Generator<void> | undefined;

  constructor(input: ChannelInput, from: Instant) {
    this.#input = input;
    this.#from = from;
    this.#foreseen = new ForeseenChannel(input.source, input.channel);
    this.#present = this.#gather();
  }

  /**
   * Goes on with the next instant at which something may happen, or with what is left of the last one; false if there is none until
   * then. It is left off after so many looks at tenants: at some instants there are as many as tenants.
   */
  step(until: Instant, looks = Number.POSITIVE_INFINITY): boolean {
    this.#present ??= this.#next(until);
    if (this.#present === undefined) return false;
    for (let n = 0; n < looks; n += 1) {
      if (this.#present.next().done !== true) continue;
      this.#present = undefined;
      break;
    }
    return true;
  }

  /** What has happened so far. */
  get events(): readonly ForecastEvent[] {
    return this.#events;
  }

  /** What was foreseen, and the tenants as they are then. */
  result(until: Instant): ChannelForecast {
    const tenants = this.#tenantsAt(until);
    const starts = this.#starts.toSorted((a, b) => a.startsAt - b.startsAt || (a.tenant < b.tenant ? -1 : 1));
    return { channel: this.#foreseen.channel, from: this.#from, until, starts, waits: this.#waits, events: this.#events, tenants };
  }

  /** The tenants as they are judged at `at`, before any of them takes a slot then. */
  judge(at: Instant): readonly ForecastTenant[] {
    while (this.step(at - 1));
    for (const learning = this.#foreseen.learn(at); learning.next().done !== true; );
    return this.#tenantsAt(at);
  }

  /** They may be as many as are looked at in the first instant. */
  *#gather(): Generator<void> {
    const { members, assumptions, source } = this.#input;
    for (const each of members) {
      const member = new Member(each, assumptions, source.status?.durations);
      this.#members.push(member);
      this.#foreseen.add(member);
      if (member.view.approvals.length > 0) this.#approved.push(member);
      this.#agenda.push({ at: this.#from, member });
      if (member.underway !== undefined) this.#goOn(member, member.underway);
      yield;
    }
  }

  #next(until: Instant): Generator<void> | undefined {
    const at = Math.min(this.#agenda.peek()?.at ?? Number.POSITIVE_INFINITY, this.#foreseen.nextAt);
    return at <= until ? this.#happen(at) : undefined;
  }

  /** Everything that happens at an instant, in this order however often it is left off. */
  *#happen(at: Instant): Generator<void> {
    const due = this.#takeDue(at);
    const before = this.#foreseen.channel;
    for (const member of due) if (member.underway !== undefined && member.underway.nextAt <= at) this.#advance(member, member.underway, at);
    this.#events.push(...(yield* this.#foreseen.learn(at)));
    yield* this.#lookAll(this.#concerned(due, before), at);
    const { channel } = this.#foreseen;
    // What holds a tenant decides whether its wave waits for it.
    this.#events.push(...(yield* this.#foreseen.learn(at)));
    if (channel !== this.#foreseen.channel) yield* this.#lookAll(this.#concerned(due, channel), at);
    yield* this.#claim(at);
  }

  #tenantsAt(at: Instant): readonly ForecastTenant[] {
    return this.#members.map((member) => {
      const view = member.look(this.#foreseen, at);
      return { view, lanes: decideLanes(view, at), underway: member.underway };
    });
  }

  /** What runs already has its slot. */
  #goOn(member: Member, { stuck, nextAt }: Underway): void {
    if (stuck) this.#stuck.add(member);
    else this.#running += 1;
    this.#agenda.push({ at: Math.max(this.#from, nextAt), member });
  }

  #takeDue(at: Instant): ReadonlySet<Member> {
    const due = new Set<Member>();
    for (let top = this.#agenda.peek(); top !== undefined && top.at <= at; top = this.#agenda.peek()) {
      this.#agenda.pop();
      due.add(top.member);
    }
    return due;
  }

  /** Who has an approval may start at any time, in an opening of its own, and who is stuck go on; for all others a change counts from their next opening. */
  #concerned(due: ReadonlySet<Member>, before: Channel): ReadonlySet<Member> {
    if (before === this.#foreseen.channel) return due;
    return new Set([...due, ...this.#approved.filter(({ view }) => view.approvals.length > 0), ...this.#stuck]);
  }

  /** An attempt comes to its disruptive instant, or to its end. */
  #advance(member: Member, underway: Underway, now: Instant): void {
    if (underway.disruptiveAt === undefined) return this.#disrupt(member, underway, now);
    if (!this.#stuck.delete(member)) this.#running -= 1;
    if (underway.fails) {
      this.#foreseen.noteFailure(member.fail(underway, now));
      if (member.underway !== undefined) this.#stuck.add(member);
      return;
    }
    member.succeed(underway, now);
    this.#foreseen.noteSuccess(member.view, underway, now);
  }

  #disrupt(member: Member, underway: Underway, now: Instant): void {
    if (!this.#stillPasses(member, underway, now)) {
      this.#running -= 1;
      return member.abort(underway, now);
    }
    const next = member.disrupt(underway, now);
    // From here on it is no longer waited for on the line that it leaves.
    if (this.#foreseen.isOnTrial(member.view)) this.#foreseen.noteExcuse();
    this.#agenda.push({ at: next.nextAt, member });
    this.#starts.push(startOf(member, next));
  }

  /** All gates once more (design §3.2), if any of them can have changed its mind. */
  #stillPasses(member: Member, underway: Underway, now: Instant): boolean {
    if (!member.isDisturbed(underway, this.#foreseen, now)) return true;
    const { claim } = underway;
    const lanes = decideLanes(member.look(this.#foreseen, now), now, { id: claim.attempt, predictedEndAt: claim.predictedEndAt });
    const lane = laneOf(claim.class) === "Major" ? lanes.major : lanes.patch;
    return lane.target !== undefined && lane.holds.length === 0;
  }

  *#lookAll(members: ReadonlySet<Member>, now: Instant): Generator<void> {
    for (const member of members) {
      if (member.underway !== undefined && !member.underway.stuck) continue;
      if (member.underway === undefined) this.#look(member, now);
      else this.#lookAtStuck(member, now);
      yield;
    }
  }

  #lookAtStuck(member: Member, now: Instant): void {
    const next = member.rollForward(this.#foreseen, this.#input.assumptions, now);
    this.#agenda.push({ at: next?.nextAt ?? onwardLookAt(member.view, now), member });
  }

  #look(member: Member, now: Instant): void {
    const view = member.look(this.#foreseen, now);
    const lanes = decideLanes(view, now);
    this.#noteExcuses(member, lanes);
    if (member.candidate !== undefined) this.#events.push(...missedOf(member.candidate, lanes, now));
    member.candidate = undefined;
    if (lanes.start === undefined) {
      member.held = lanes;
      this.#waits.push(...waitsOf(view.name, lanes, now));
    } else {
      member.candidate = candidate(view, lanes.start);
      this.#waiting.push({ ...member.candidate, member, at: now });
    }
    this.#agenda.push({ at: member.nextLookAt(lanes, now), member });
  }

  /** Whether a wave waits for a tenant depends on some of its holds. */
  #noteExcuses(member: Member, { patch, major }: LanesDecision): void {
    if (!this.#foreseen.isOnTrial(member.view)) return;
    const excuses = [patch, major].map(({ holds }) => holds.some(({ code }) => EXCUSING.has(code))).join();
    if (excuses !== member.excuses) this.#foreseen.noteExcuse();
    member.excuses = excuses;
  }

  /** Free slots go to whoever is first in order and can still start. */
  *#claim(now: Instant): Generator<void> {
    const limit = slotLimit(this.#foreseen.channel.maxParallel, this.#members.length);
    while (this.#running < limit) {
      const next = this.#waiting.pop();
      if (next === undefined) return;
      const { member } = next;
      if (member.candidate?.start !== next.start) continue;
      yield;
      const { start } = next.at === now ? next : decideLanes(member.look(this.#foreseen, now), now);
      if (start === undefined) {
        this.#look(member, now);
        continue;
      }
      const { nextAt } = member.claim(claimOf(member.view, start, now), this.#input.assumptions);
      this.#running += 1;
      this.#agenda.push({ at: nextAt, member });
    }
  }
}
