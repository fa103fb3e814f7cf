import type { ReleaseChannelSpec, ReleaseChannelStatus } from "../../api/index.ts";
import type { Approval } from "../approval/approval.ts";
import { learnedLength, predictedSeconds } from "../fleet/durations.ts";
import { keepLedger, type LedgerTenant } from "../fleet/ledger.ts";
import { haltedVersions } from "../fleet/plan-fleet.ts";
import { vouch, type HeldLanes, type Vouching, type WaveMember } from "../fleet/promotions.ts";
import { compileChannel, type Channel } from "../release/channel.ts";
import { lineStates, type LineState } from "../release/lines.ts";
import { majorOf } from "../release/version.ts";
import type { LanesDecision } from "../tenant/decide.ts";
import type { TenantView } from "../tenant/view.ts";
import { SECOND, type Instant } from "../time.ts";
import type { ForecastEvent } from "./forecast.ts";
import type { Underway } from "./underway.ts";

/** A channel as it is written, to be carried into the future. */
export interface ChannelSource {
  readonly name: string;
  readonly spec: ReleaseChannelSpec;
  readonly status?: ReleaseChannelStatus | undefined;
  /** Those that name a tenant of the channel. */
  readonly approvals: readonly Approval[];
}

/** Whatever carries a tenant through the forecast. */
interface Carrier {
  readonly view: TenantView;
  /** Both lanes as they are then, as far as that has been decided before. */
  lanesKnownAt(foreseen: ForeseenChannel, now: Instant): LanesDecision | undefined;
  lanesAt(foreseen: ForeseenChannel, now: Instant): LanesDecision;
}

const NOT_DECIDED: HeldLanes = { patch: { holds: [] }, major: { holds: [] } };

/** The channel of a forecast: its ledger is kept, and its waves vouch, by the same rules as the real one. */
export class ForeseenChannel {
  readonly #source: ChannelSource;
  readonly #members: Carrier[] = [];
  /** Those on whom a wave's word rests. */
  readonly #onTrial: Carrier[] = [];
  readonly #lines = new Map<number, readonly LineState[]>();
  readonly #stalled = new Set<string>();
  #status: ReleaseChannelStatus;
  #channel: Channel;
  #nextAt: Instant = Number.POSITIVE_INFINITY;
  /** Failures so far: the ledger is told of them each time, as histories tell of them. */
  readonly #failed: LedgerTenant[] = [];
  #hasNews = true;
  #majors: ReadonlySet<number> | undefined;
  /** What of the ledger tenants are judged by. */
  #rules = "";

  /** Slots are not kept here: whoever foresees upgrades knows which run. */
  constructor(source: ChannelSource, channel: Channel) {
    this.#source = source;
    this.#status = { ...source.status, slots: [] };
    this.#channel = channel;
  }

  /** One more that follows it, before anything happens. */
  add(member: Carrier): void {
    this.#members.push(member);
    if (this.isOnTrial(member.view)) this.#onTrial.push(member);
  }

  /** Another object whenever something has changed that tenants are judged by. */
  get channel(): Channel {
    return this.#channel;
  }

  /** When a line may open, a wave vouch, or a release become eligible. */
  get nextAt(): Instant {
    return this.#nextAt;
  }

  /** The lines as a tenant of this major sees them. */
  linesFor(major: number, now: Instant): readonly LineState[] {
    const known = this.#lines.get(major);
    if (known !== undefined) return known;
    const lines = lineStates(this.#channel, new Set([major]), now);
    this.#lines.set(major, lines);
    return lines;
  }

  /** Whether a wave's word rests on the tenant: the last wave gives none. */
  isOnTrial({ wave }: TenantView): boolean {
    return wave < this.#channel.waves.length - 1;
  }

  /** An upgrade has succeeded: its wave may vouch once it has soaked, and how long it took is learned from. */
  noteSuccess(view: TenantView, { claim, disruptiveAt = claim.claimedAt, stuck }: Underway, now: Instant): void {
    const { durations } = this.#status;
    const seconds = (since: Instant) => Math.round((now - since) / SECOND);
    // Security counts for neither lane, and what was stuck for none: they are never told of to be learned from (design §7).
    const lane = claim.class === "Major" ? "major" : claim.class === "Patch" ? "patch" : undefined;
    if (lane !== undefined && !stuck) this.#status = { ...this.#status, durations: learnedLength(lane, { fromClaim: seconds(claim.claimedAt), fromDisruption: seconds(disruptiveAt) }, durations) };
    if (predictedSeconds(durations).join() !== predictedSeconds(this.#status.durations).join()) this.#hasNews = true;
    if (this.isOnTrial(view)) this.#nextAt = Math.min(this.#nextAt, now + (this.#channel.waves[view.wave]?.soakMs ?? 0));
  }

  noteFailure(failed: LedgerTenant): void {
    this.#failed.push(failed);
    this.#hasNews = true;
  }

  /** Another tenant excuses itself from vouching, or no longer does. */
  noteExcuse(): void {
    this.#hasNews = true;
  }

  /** Brings the ledger up to date, if anything has happened that it takes notice of; with a rest after each tenant that is looked at for it. */
  *learn(now: Instant): Generator<void, readonly ForecastEvent[]> {
    const events: ForecastEvent[] = [];
    // What it has learned may change what the waves say: a release that is halted gives way to the one below it.
    while (this.#hasNews || now >= this.#nextAt) events.push(...(yield* this.#learnOnce(now)));
    return events;
  }

  *#learnOnce(now: Instant): Generator<void, readonly ForecastEvent[]> {
    this.#hasNews = false;
    const before = this.#channel;
    const lines = lineStates(before, this.#runs(), now);
    const vouching = yield* this.#vouch(lines, now);
    this.#keep(vouching, lines, now);
    this.#nextAt = vouching.nextAt ?? Number.POSITIVE_INFINITY;
    if (this.#channel !== before) this.#hasNews = true;
    return this.#told(before, vouching, now);
  }

  /** A line that a tenant comes to has opened before: only those that they run at first matter. */
  #runs(): ReadonlySet<number> {
    this.#majors ??= new Set(this.#members.flatMap(({ view }) => (view.version === undefined ? [] : [majorOf(view.version)])));
    return this.#majors;
  }

  #keep({ promotions: vouched }: Vouching, lines: readonly LineState[], now: Instant): void {
    const { name, spec, approvals } = this.#source;
    const ledger = keepLedger({ spec, status: this.#status, tenants: this.#failed, lines, claims: [], freed: new Set(), vouched, approvals, now });
    this.#status = { ...this.#status, ...ledger, slots: [] };
    const { lines: recorded, halts, promotions, releases, durations } = ledger;
    const rules = JSON.stringify([recorded, halts, promotions, releases, predictedSeconds(durations)]);
    if (rules === this.#rules) return;
    this.#rules = rules;
    const compiled = compileChannel(name, { spec, status: this.#status }, now);
    if (compiled.kind === "valid") this.#channel = compiled;
    this.#lines.clear();
  }

  /** What holds a tenant is decided only where the waves ask for it, which shows when they are judged; of a wave it may be thousands. */
  *#vouch(lines: readonly LineState[], now: Instant): Generator<void, Vouching> {
    const decided = new Map<Carrier, HeldLanes>();
    for (;;) {
      const asked: Carrier[] = [];
      const lanesOf = (member: Carrier): HeldLanes => {
        const lanes = decided.get(member) ?? member.lanesKnownAt(this, now);
        if (lanes === undefined) asked.push(member);
        return lanes ?? NOT_DECIDED;
      };
      const vouching = vouch(this.#channel, { members: this.#trial(lanesOf), lines }, now);
      if (asked.length === 0) return vouching;
      for (const member of asked) {
        decided.set(member, member.lanesAt(this, now));
        yield;
      }
    }
  }

  #trial(lanesOf: (member: Carrier) => HeldLanes): readonly (readonly WaveMember[])[] {
    const members = this.#onTrial.map((member) => ({
      view: member.view,
      get lanes() {
        return lanesOf(member);
      },
    }));
    return this.#channel.waves.map((_, index) => members.filter(({ view }) => view.wave === index));
  }

  #told(before: Channel, { promotions, waves }: Vouching, at: Instant): readonly ForecastEvent[] {
    const { channel } = this;
    const base = { at, channel: channel.name };
    const [linesBefore, haltsBefore] = [new Set(before.lines.map(({ major }) => major)), new Set(haltedVersions(before))];
    const opened = channel.lines.filter(({ major, fromStart }) => !linesBefore.has(major) && !fromStart);
    const stalled = waves.flatMap(({ name, stalled: versions }) => versions.map((version) => ({ wave: name, version }))).filter(({ wave, version }) => !this.#stalled.has(`${wave} ${version}`));
    for (const { wave, version } of stalled) this.#stalled.add(`${wave} ${version}`);
    return [
      ...opened.map(({ major }) => ({ ...base, kind: "lineOpened" as const, major })),
      ...promotions.map(({ wave, version }) => ({ ...base, kind: "vouched" as const, wave, version })),
      ...haltedVersions(channel).filter((version) => !haltsBefore.has(version)).map((version) => ({ ...base, kind: "halted" as const, version })),
      ...stalled.map((each) => ({ ...base, kind: "waveStalled" as const, ...each })),
    ];
  }
}
