import { createHash } from "node:crypto";
import type { Fleet } from "../../domain/fleet/fleet.ts";
import { usualAssumptions } from "../../domain/forecast/assumptions.ts";
import { ChannelRun } from "../../domain/forecast/channel-run.ts";
import { shortageIn } from "../../domain/forecast/findings.ts";
import type { MemberSource } from "../../domain/forecast/member.ts";
import type { Channel } from "../../domain/release/channel.ts";
import type { Outlook } from "../../domain/status/channel-status.ts";
import { DAY, type Instant } from "../../domain/time.ts";
import type { Mono } from "../../runtime/clock.ts";
import type { ChannelDecision } from "./decide.ts";
import type { ChannelEnv } from "./env.ts";
import type { GatheredChannel } from "./gather.ts";

/** What an outlook rests on. Upgrades are what it foresees: none of them is a reason for another one. */
export interface OutlookTerms {
  readonly rules: string;
  /** All windows, freezes and approvals, as text. */
  readonly calendar: string;
  /** How many tenants are up. */
  readonly tenants: number;
  /** The last patch cut. */
  readonly cutAt: Instant | undefined;
}

/** A forecast takes seconds where there are ten thousand tenants. A pass spends no more on it than this. */
const SLICE_MS = 5;
/** After so many the clock is looked at. */
const LOOKS = 10;
/** Cuts may be years apart. */
const FARTHEST_MS = 182 * DAY;

/**
 * Whether a channel will be short of slots, foreseen once for all terms and then left alone: the status says which terms
 * it was last judged by, so that a process that has just begun does not judge the same a second time, and otherwise.
 */
export class KeptOutlook {
  #terms: OutlookTerms | undefined;
  #of = "";
  #noted = "";
  #ahead: { readonly run: ChannelRun; readonly until: Instant } | undefined;
  #found: Outlook | undefined;

  /** Stands for the present terms; the same in every process. */
  get of(): string {
    return this.#of;
  }

  /** What was found under these terms, as soon as it has been. */
  under(terms: OutlookTerms): Outlook | undefined {
    if (this.#terms !== undefined && isSame(this.#terms, terms)) return this.#found;
    this.#terms = terms;
    this.#of = digestOf(terms);
    this.#ahead = this.#found = undefined;
    return undefined;
  }

  /** Foresees a bit more. */
  goOn(mono: Mono, begin: () => { readonly run: ChannelRun; readonly until: Instant } | undefined): void {
    // Changes come in bunches: it is begun when there was none between two passes.
    if (this.#noted !== this.#of) {
      this.#noted = this.#of;
      return;
    }
    const since = mono.now();
    this.#ahead ??= begin();
    const { run, until } = this.#ahead ?? {};
    while (mono.now() - since < SLICE_MS) {
      if (run !== undefined && until !== undefined && run.step(until, LOOKS)) continue;
      this.#found = { of: this.#of, shortage: shortageIn(run?.events ?? []) };
      this.#ahead = undefined;
      return;
    }
  }
}

/**
 * Looks ahead for a moment, if the status was judged by other terms, and asks for another pass. In a single pass claims would have to
 * wait; and a pass at some later instant is what a rehearsal leaps to: one asked for now keeps the key busy until all is said.
 */
export function lookAhead({ object, channel, parsed, book, approvals }: GatheredChannel, { status }: ChannelDecision, env: ChannelEnv): void {
  if (channel.kind === "invalid" || parsed === undefined || status.outlook === book.outlook.of) return;
  const { name } = object.metadata;
  book.outlook.goOn(env.mono, () => {
    const from = env.clock.now();
    const until = secondCutFrom(channel, from);
    if (until === undefined) return undefined;
    const source = { name, spec: parsed.spec, status: parsed.status, approvals };
    return { run: new ChannelRun({ source, channel, members: membersOf(book.fleet), assumptions: usualAssumptions(env.platform.pods) }, from), until };
  });
  env.enqueue("channel", name);
}

function secondCutFrom({ patch: { cut } }: Channel, now: Instant): Instant | undefined {
  const next = cut.firstFrom(now + 1);
  const second = next && cut.firstFrom(next + 1);
  return second && Math.min(second, now + FARTHEST_MS);
}

/** As they are now, though they are taken in one after the other. The clock will be right again. */
function* membersOf(fleet: Fleet): Generator<MemberSource> {
  const seen = [...fleet.all()];
  for (const { view, shape, running } of seen) {
    if (view !== undefined) yield { view: view.clockTrusted ? view : { ...view, clockTrusted: true }, shape, running };
  }
}

function isSame(a: OutlookTerms, b: OutlookTerms): boolean {
  return a.rules === b.rules && a.calendar === b.calendar && a.tenants === b.tenants && a.cutAt === b.cutAt;
}

const DIGEST_LENGTH = 16;

function digestOf({ rules, calendar, tenants, cutAt }: OutlookTerms): string {
  return createHash("sha256").update(JSON.stringify([rules, calendar, tenants, cutAt])).digest("hex").slice(0, DIGEST_LENGTH);
}
