import { setTimeout as sleep } from "node:timers/promises";
import type { Platform } from "../../src/domain/objects/platform.ts";
import { namespaceOf } from "../../src/domain/objects/names.ts";
import type { Instant } from "../../src/domain/time.ts";
import { PlanRegion } from "./abroad/region.ts";
import type { Cast } from "./cast/cast.ts";
import { FROM, UNTIL } from "./dates.ts";
import type { Fault } from "./fault.ts";
import { OWN, type Hands } from "./hands.ts";
import { Journal } from "./journal.ts";
import { isAllKnown } from "./knowledge.ts";
import { narrowed } from "./narrow.ts";
import type { Hooks } from "./proxy/door.ts";
import type { Write } from "./proxy/write.ts";
import type { Scenario } from "./scenarios.ts";
import type { FaultStage } from "./stage.ts";
import { namesOf, World, type AnyObject, type Names } from "./world.ts";
import { WriteLog, type LoggedWrite, type Where } from "./write-log.ts";

const SET_UP_WITHIN_MS = 120_000;
/** From the last fault, or from the arming, to the scenario's end, less the deadline of a step; on a busy machine. */
const CONVERGES_WITHIN_MS = 120_000;
const QUIET_MS = 250;
const SILENT_MS = 500;
/** Nothing has moved for so long; the operator looks at its clock every ten seconds. */
const NIGHT_AFTER_MS = 12_000;
const MOST_NIGHTS = 2;
const LOOK_EVERY_MS = 20;

/** A plan failed: the operator did not do as it should. */
export class PlanFailure extends Error {}

export interface PlanOptions {
  readonly stage: FaultStage;
  readonly platform: Platform;
  readonly scenario: Scenario;
  readonly fault: Fault;
  /** A prefix of names that no other plan has. */
  readonly id: string;
  readonly seed: number;
  /** Who plays the operator. */
  readonly cast: (plan: Plan) => Cast;
  /** Whether its clock is no rehearsed one: then the API server's clock is seen to agree with it. */
  readonly isClockSet?: boolean;
}

/** One run of one scenario under one fault, with its own objects, proxy and clock. */
export class Plan {
  readonly names: Names;
  readonly world: World;
  readonly log: WriteLog;
  readonly journal: Journal;
  readonly options: PlanOptions;
  /** Those of the person whose wishes the plan is about. */
  readonly #hands: Hands;
  readonly #cast: Cast;
  #isLeashed = true;
  #isArmed = false;
  #isSettling = false;
  #isFinishing = false;
  #nights = 0;
  /** How much of what people do amidst has begun. */
  #acted = 0;
  #isActing = false;
  #region: PlanRegion | undefined;
  #wishes: readonly AnyObject[] | undefined;
  #problem: string | undefined;
  #armedAt = 0;
  #leaptAt = 0;
  #endedAt: Instant = FROM;
  /** When the fault was seen to be over. */
  #overAt: number | undefined;

  constructor(options: PlanOptions) {
    this.options = options;
    this.names = namesOf(options.id, options.scenario.tenants);
    this.world = new World(this.names);
    this.log = new WriteLog(this.names);
    this.#cast = options.cast(this);
    this.#hands = options.stage.hands.shownTo((after) => this.world.told.push({ after, at: Date.now(), domainAt: this.#cast.at(Date.now()) }));
    this.journal = new Journal(() => this.now());
  }

  /** Plays it to its end; throws PlanFailure. */
  async play(): Promise<void> {
    const { stage, scenario, fault } = this.options;
    const domainAt = (real: number): Instant => this.#cast.at(real);
    if (scenario.hasRegion === true) this.#region = new PlanRegion(await stage.abroad(), this.names);
    const unfollow = this.#region?.follow(domainAt);
    const unlisten = stage.listen((seen) => {
      if (!this.world.owns(seen)) return;
      this.world.take(seen, domainAt(seen.at));
      // What people do amidst they do at the sight of it.
      if (this.#isArmed) this.#actAmidst();
    });
    try {
      await this.#setUp();
      await fault.begin?.(this);
      this.log.arm();
      this.#isArmed = true;
      this.#armedAt = Date.now();
      await scenario.begin(this.#hands, this.names);
      this.#wishes = await this.#wishesNow();
      await this.#converge();
      await this.#staySilent();
      this.#endedAt = this.now();
    } finally {
      unlisten();
      unfollow?.();
      await this.#cast.end();
    }
  }

  /** The operator dies at this instant, and another one starts at once. */
  crash(): void {
    this.journal.say("crash", {});
    this.#cast.crash();
  }

  /** What ends the plan for another reason than that it took too long. */
  fail(why: string): void {
    this.#problem ??= why;
  }

  /** Real time at which faults became possible. */
  get armedAt(): number {
    return this.#armedAt;
  }

  /** Its part of the cluster of another region, if it has one. */
  get region(): PlanRegion | undefined {
    return this.#region;
  }

  /** From when on domain time no longer leaps. */
  get until(): Instant {
    return this.options.scenario.until ?? UNTIL;
  }

  /** Domain time of its end. */
  get endedAt(): Instant {
    return this.#endedAt;
  }

  /** The clock of whoever runs. */
  now(): Instant {
    return this.#cast.now();
  }

  async #setUp(): Promise<void> {
    const { scenario } = this.options;
    await this.#hands.apply(...scenario.before(this.names));
    await this.#cast.raise(FROM);
    const { furnish } = scenario;
    if (furnish !== undefined) {
      await this.#until("the namespaces", SET_UP_WITHIN_MS, () => this.names.tenants.every((name) => this.world.get("Namespace", namespaceOf(name)) !== undefined));
      await furnish(this.#hands, this.names);
    }
    await this.#until("the set-up", SET_UP_WITHIN_MS, () => scenario.isSetUp(this.world) && this.#isAtRest());
  }

  async #converge(): Promise<void> {
    const { scenario, fault } = this.options;
    await this.#until("convergence", () => (this.#overAt ?? this.#armedAt) + this.#patienceMs - Date.now(), () => {
      if (fault.isOver && fault.hasStruck) this.#overAt ??= Date.now();
      this.#actAmidst();
      if (this.#isLeashed && this.#isUnderstood()) this.#unleash();
      if (fault.isPending === true || (fault.hasStruck && !fault.isOver) || !this.#isAtRest()) return false;
      if (!scenario.isDone(this.world) || this.#isClockDoubted() || this.#acted < (scenario.amidst?.length ?? 0) || this.#isActing) return this.#waitForNextNight();
      if (!this.#isFinishing) this.#leap(() => this.#cast.finish());
      this.#isFinishing = true;
      return this.now() >= this.until;
    });
    // What became due on the way.
    await this.#until("rest", CONVERGES_WITHIN_MS, () => this.#isAtRest());
  }

  /** Nothing is due, so nothing is written. */
  async #staySilent(): Promise<void> {
    const before = this.#writesOfSubstance().length;
    this.#isSettling = true;
    await sleep(SILENT_MS);
    const more = this.#writesOfSubstance().slice(before);
    if (more.length > 0) throw new PlanFailure(`not silent: ${more.map(({ signature }) => signature).join(", ")}`);
  }

  #writesOfSubstance(): readonly LoggedWrite[] {
    return this.log.writes.filter(({ isChatter }) => !isChatter);
  }

  /** A step that fails takes its time before it is given up. */
  get #patienceMs(): number {
    return CONVERGES_WITHIN_MS + this.options.platform.pods.stepDeadlineSeconds * 1_000;
  }

  #isClockDoubted(): boolean {
    const lanes = this.names.tenants.map((name) => this.world.status(name)?.lanes);
    return lanes.some((each) => [...(each?.patch?.holds ?? []), ...(each?.major?.holds ?? [])].some(({ code }) => code === "ClockUntrusted"));
  }

  /** An attempt that a fault ended is made again in the next opening. */
  #waitForNextNight(): false {
    if (this.#isLeashed || this.#nights >= MOST_NIGHTS || Date.now() - this.#lastSeenAt < NIGHT_AFTER_MS) return false;
    this.#nights += 1;
    this.#leap(() => this.#cast.nextNight());
    return false;
  }

  #unleash(): void {
    this.#isLeashed = false;
    this.#leap(() => this.#cast.unleash());
  }

  /** What becomes due by it takes a moment to be noticed. */
  #leap(leap: () => void): void {
    this.#leaptAt = Date.now();
    leap();
  }

  #actAmidst(): void {
    const next = this.options.scenario.amidst?.[this.#acted];
    if (this.#isActing || next?.when(this.world) !== true) return;
    this.#acted += 1;
    this.#isActing = true;
    next
      .act(this.#hands, this.names, this.#region)
      .catch((error: unknown) => this.fail(`acting amidst: ${String(error)}`))
      .finally(() => (this.#isActing = false));
  }

  /** What people want by now, as the API server has it: the observer may be late. */
  async #wishesNow(): Promise<readonly AnyObject[]> {
    const refs = [{ kind: OWN.ReleaseChannel, name: this.names.channel }, ...this.names.tenants.map((name) => ({ kind: OWN.Tenant, name }))];
    const found = await Promise.all(refs.map(({ kind, name }) => this.#hands.get<AnyObject>(kind, { name })));
    return found.filter((object) => object !== undefined);
  }

  /** Whether the operator has seen what people want. */
  #isUnderstood(): boolean {
    return this.#wishes?.every((wish) => this.#isSeen(wish)) === true;
  }

  #isSeen({ kind, metadata }: AnyObject): boolean {
    const now = this.world.get(kind, metadata.name);
    if (now === undefined || metadata.deletionTimestamp !== undefined) return metadata.deletionTimestamp !== undefined;
    const { observedGeneration = 0 } = (now.status ?? {}) as { observedGeneration?: number }; // kinds of ours
    return observedGeneration >= (metadata.generation ?? 0);
  }

  /** Whether nobody has been at work for a little while, as far as is known, and all is known. */
  #isAtRest(): boolean {
    const writes = this.#writesOfSubstance();
    if (!this.#cast.isAtRest() || !isAllKnown({ stage: this.options.stage, region: this.#region, world: this.world, writes, cast: this.#cast })) return false;
    return Date.now() - Math.max(writes.at(-1)?.realAt ?? 0, this.#lastSeenAt, this.#leaptAt) > QUIET_MS;
  }

  get #lastSeenAt(): number {
    return Math.max(this.world.record.at(-1)?.at ?? 0, this.#region?.world.record.at(-1)?.at ?? 0);
  }

  async #until(what: string, withinMs: number | (() => number), isSo: () => boolean): Promise<void> {
    const start = Date.now();
    const left = typeof withinMs === "number" ? () => start + withinMs - Date.now() : withinMs;
    while (!isSo()) {
      if (this.#problem !== undefined) throw new PlanFailure(this.#problem);
      if (left() < 0) throw new PlanFailure(`${what} did not come in time${this.options.fault.hasStruck ? "" : " (the fault did not strike)"}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** What this plan does to its operators' requests; `known`: what the asking one has been sent of the other cluster. */
  hooks(where: Where, known: () => LoggedWrite["known"]): Hooks {
    const { fault } = this.options;
    const onWrite = (write: Write): void => this.#onWrite(write, { where, known: known() });
    // Faults at reads and watches are those of the operator's own cluster.
    if (where === "abroad") return { narrow: (call) => narrowed(call, this.names), onWrite };
    return {
      onWrite,
      narrow: (call) => {
        const url = narrowed(call, this.names);
        return this.#isArmed ? (fault.rewrite?.(url, call, this) ?? url) : url;
      },
      onRead: (call) => this.#region?.secretFor(call) ?? (this.#isArmed ? fault.onRead?.(call, this) : undefined),
      onWatch: (call) => fault.onWatch?.(call, this),
      ...(this.options.isClockSet === true && { dateOf: (real) => this.#cast.at(Date.now()) - (Date.now() - real) }),
    };
  }

  #onWrite(write: Write, course: Pick<LoggedWrite, "where" | "known">): void {
    const logged = this.log.begin(write, this.now(), course);
    if (this.#isArmed && !this.#isSettling && this.options.fault.takes?.(write, logged, this) === true) return;
    void this.pass(write, logged);
  }

  /** Lets a write through; resolves when the API server has answered, and the writer been told. */
  async pass(write: Write, logged: LoggedWrite): Promise<void> {
    if (await this.carryOut(write, logged)) return;
    write.breakOff();
  }

  /** As `pass`, but the writer need not be told; whether there was an answer. */
  async carryOut(write: Write, logged: LoggedWrite, then: "told" | "untold" = "told"): Promise<boolean> {
    const answer = await write.forward().catch(() => undefined);
    if (answer === undefined) return false;
    WriteLog.end(logged, answer);
    this.journal.say("write", { signature: logged.signature, status: answer.status });
    if (then === "told") write.answer(answer);
    return true;
  }
}
