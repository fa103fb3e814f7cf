import type { UpgradeStatus } from "../../api/index.ts";
import type { Shape } from "../forecast/course.ts";
import type { LanesDecision } from "../tenant/decide.ts";
import { isFailure, type TenantView } from "../tenant/view.ts";
import { majorOf } from "../release/version.ts";
import type { Instant } from "../time.ts";
import type { LedgerTenant } from "./ledger.ts";
import { candidate, type Candidate } from "./order.ts";
import { tellsTheSame, type WaveMember } from "./promotions.ts";

/** What a channel knows of one of its tenants. */
export interface SeenTenant {
  readonly ledger: LedgerTenant;
  /** Absent while the channel cannot be used. */
  readonly view: TenantView | undefined;
  readonly lanes: LanesDecision | undefined;
  /** When the decision may change by itself. */
  readonly checkAt: Instant | undefined;
  /** Its pods, and the attempt under way: as status says it, or as the slot or the workloads still do. */
  readonly shape: Shape;
  readonly running: UpgradeStatus | undefined;
}

/**
 * The tenants of a channel as each was last seen, grouped by what a plan asks of them: who starts, who runs, who failed, who is
 * in which wave. One more look at one tenant moves that tenant alone, so that nothing is asked of ten thousand for it.
 */
export class Fleet {
  readonly #seen = new Map<string, SeenTenant>();
  readonly #members = new Map<string, WaveMember>();
  readonly #candidates = new Map<string, Candidate>();
  readonly #running = new Map<string, TenantView>();
  readonly #telling = new Map<string, LedgerTenant>();
  readonly #inOpening = new Set<string>();
  readonly #waves = new Map<number, { readonly members: Map<string, WaveMember>; turn: number }>();
  readonly #majors = new Map<number, number>();
  /** How often one came to a wave, or left it. */
  #moves = 0;

  /** Replaces what is known of the tenant of that name; undefined: it is gone, or cannot be read. */
  put(name: string, seen: SeenTenant | undefined): void {
    const before = this.#members.get(name);
    const member = seen?.view && seen.lanes && { view: seen.view, lanes: seen.lanes };
    replace(this.#seen, name, seen);
    replace(this.#members, name, member);
    replace(this.#candidates, name, member?.lanes.start && candidate(member.view, member.lanes.start));
    replace(this.#running, name, member?.view.upgrade && member.view);
    replace(this.#telling, name, seen && tells(seen.ledger) ? seen.ledger : undefined);
    if (member !== undefined && isOpen(member.lanes)) this.#inOpening.add(name);
    else this.#inOpening.delete(name);
    this.#move(name, before, member);
  }

  get(name: string): SeenTenant | undefined {
    return this.#seen.get(name);
  }

  names(): Iterable<string> {
    return this.#seen.keys();
  }

  all(): Iterable<SeenTenant> {
    return this.#seen.values();
  }

  /** How many run a version. */
  get up(): number {
    return [...this.#majors.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How many can be judged. */
  get size(): number {
    return this.#members.size;
  }

  /** Those that had something to start when they were seen. */
  get candidates(): readonly Candidate[] {
    return [...this.#candidates.values()];
  }

  /** Those with an attempt under way. */
  get running(): readonly TenantView[] {
    return [...this.#running.values()];
  }

  /** Those in an opening, which a free slot concerns. */
  get inOpening(): readonly string[] {
    return [...this.#inOpening];
  }

  /** The majors that they run. */
  get majors(): ReadonlySet<number> {
    return new Set(this.#majors.keys());
  }

  /** The members of each of so many waves. */
  waves(count: number): readonly (readonly WaveMember[])[] {
    return Array.from({ length: count }, (_, index) => [...(this.#waves.get(index)?.members.values() ?? [])]);
  }

  /** Stays the same as long as so many waves say the same, but for what time brings. The last vouches for nothing: its members are merely counted. */
  wavesTurn(count: number): string {
    const turns = Array.from({ length: Math.max(0, count - 1) }, (_, index) => this.#waves.get(index)?.turn ?? 0);
    return [count, this.#moves, ...turns, ...this.#majors.keys()].join("/");
  }

  /** Those of which the ledger has something to learn: they run something or have failed; and those of that name. */
  ledger(slotted: Iterable<string>): readonly LedgerTenant[] {
    const asked = new Map(this.#telling);
    for (const name of slotted) replace(asked, name, this.#seen.get(name)?.ledger);
    return [...asked.values()];
  }

  /** All, for a ledger that has lost what it had learned. */
  everyLedger(): readonly LedgerTenant[] {
    return [...this.#seen.values()].map(({ ledger }) => ledger);
  }

  #move(name: string, before: WaveMember | undefined, now: WaveMember | undefined): void {
    this.#count(before, -1);
    this.#count(now, 1);
    if (before?.view.wave !== now?.view.wave) {
      if (before !== undefined) this.#waveOf(before).members.delete(name);
      this.#moves += 1;
    }
    if (now === undefined) return;
    const wave = this.#waveOf(now);
    wave.members.set(name, now);
    if (before !== undefined && !tellsTheSame(before, now)) wave.turn += 1;
  }

  #waveOf({ view: { wave } }: WaveMember): { readonly members: Map<string, WaveMember>; turn: number } {
    const found = this.#waves.get(wave) ?? { members: new Map<string, WaveMember>(), turn: 0 };
    this.#waves.set(wave, found);
    return found;
  }

  #count(member: WaveMember | undefined, by: 1 | -1): void {
    const version = member?.view.version;
    if (version === undefined) return;
    const count = (this.#majors.get(majorOf(version)) ?? 0) + by;
    replace(this.#majors, majorOf(version), count > 0 ? count : undefined);
  }
}

function replace<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function isOpen({ patch, major }: LanesDecision): boolean {
  return patch.opening !== undefined || major.opening !== undefined;
}

function tells({ upgrade, history }: LedgerTenant): boolean {
  return upgrade !== undefined || history.some(isFailure);
}
