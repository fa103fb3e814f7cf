import type { AgentStatus, Downtime } from "../../api/index.ts";
import type { Publishing } from "../../domain/agents/publishing.ts";
import type { LastRead } from "../../domain/agents/gate.ts";
import type { Block } from "../../domain/ports/block.ts";
import type { Problem } from "../../domain/status/conditions.ts";
import type { Instant } from "../../domain/time.ts";
import type { Mono } from "../../runtime/clock.ts";

/** A problem with one object, such as `Service/auth`. */
export interface ObjectProblem extends Problem {
  readonly about: string;
}

const NEVER: LastRead = { kind: "never" };

/** How long one attempt was in each step. */
class StepClock {
  readonly attempt: string;
  readonly #spentMs = new Map<string, number>();
  #current: { readonly step: string; readonly since: number } | undefined;

  constructor(attempt: string) {
    this.attempt = attempt;
  }

  /**
   * All visits to a step count together, or a proxy that comes and goes would start its deadline anew each time. Verify
   * alone starts anew: it asks for an unbroken stretch.
   */
  elapsedMs(step: string, now: number): number {
    if (this.#current?.step !== step) this.#enter(step, now);
    return (this.#spentMs.get(step) ?? 0) + now - (this.#current?.since ?? now);
  }

  #enter(step: string, now: number): void {
    if (this.#current !== undefined) {
      const { step: left, since } = this.#current;
      this.#spentMs.set(left, (this.#spentMs.get(left) ?? 0) + now - since);
    }
    // With or without the regions that are out of reach.
    if (step.startsWith("Verify")) this.#spentMs.delete(step);
    this.#current = { step, since: now };
  }
}

/**
 * What one process remembers of its tenants and no longer knows after a restart: how fresh the inventories are and for
 * how long a step has lasted. Neither is ever a reason to start something (design §5).
 */
export class TenantMemory {
  readonly #mono: Mono;
  readonly #reads = new Map<string, { readonly read: LastRead; readonly agents: AgentStatus | undefined }>();
  readonly #complete = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #problems = new Map<string, readonly ObjectProblem[]>();
  readonly #steps = new Map<string, StepClock>();
  readonly #publishings = new Map<string, Publishing>();
  readonly #downtimes = new Map<string, Downtime>();
  readonly #uids = new Map<string, string>();
  /** Blocks of ports that this process is about to claim: what is tried for one tenant is not tried for another. */
  readonly blocksInClaim = new Set<Block>();

  constructor(mono: Mono) {
    this.#mono = mono;
  }

  /** The tenant of that name has this uid now, or there is none: nothing is kept of another, however it went. */
  see(name: string, uid: string | undefined): void {
    const before = this.#uids.get(name);
    if (before !== undefined && before !== uid) this.forget(before);
    if (uid === undefined) this.#uids.delete(name);
    else this.#uids.set(name, uid);
  }

  lastRead(uid: string): LastRead {
    return this.#reads.get(uid)?.read ?? NEVER;
  }

  /** What is known of the agents after the last reading: status says it a moment later, and a plan may not wait for that. */
  agents(uid: string): AgentStatus | undefined {
    return this.#reads.get(uid)?.agents;
  }

  /** Takes note of how a reading ended and what is known since. */
  noteRead(uid: string, read: LastRead, agents: AgentStatus | undefined): void {
    this.#reads.set(uid, { read, agents });
    this.#asked.delete(uid);
    if (read.kind === "complete") this.#complete.add(uid);
  }

  /** Whether this process has taken a complete reading. */
  hasRead(uid: string): boolean {
    return this.#complete.has(uid);
  }

  /** What is known of the hour that the tenant's cluster tells its agents. */
  publishing(uid: string): Publishing | undefined {
    return this.#publishings.get(uid);
  }

  notePublishing(uid: string, publishing: Publishing | undefined): void {
    if (publishing !== undefined) this.#publishings.set(uid, publishing);
  }

  /** For how long the tenant was down; in the middle of an upgrade status says it a little later. */
  downtime(uid: string): Downtime | undefined {
    return this.#downtimes.get(uid);
  }

  noteDowntime(uid: string, downtime: Downtime | undefined): void {
    if (downtime !== undefined) this.#downtimes.set(uid, downtime);
  }

  /** What the last look that wrote objects ran into. */
  problems(uid: string): readonly ObjectProblem[] {
    return this.#problems.get(uid) ?? [];
  }

  noteProblems(uid: string, problems: readonly ObjectProblem[]): void {
    if (problems.length > 0) this.#problems.set(uid, problems);
    else this.#problems.delete(uid);
  }

  /** Asks that the inventory be read at the next look, however fresh it is. */
  askForReading(uid: string): void {
    this.#asked.add(uid);
  }

  isAskedFor(uid: string, dueAt: Instant, now: Instant): boolean {
    return this.#asked.has(uid) || dueAt <= now;
  }

  /** Milliseconds of real time that this process has seen the tenant's attempt spend in this step, on its way to this version. */
  stepElapsedMs(uid: string, { id, to = "" }: { readonly id: string; readonly to?: string }, step: string): number {
    const attempt = `${id} ${to}`;
    const known = this.#steps.get(uid);
    const clock = known?.attempt === attempt ? known : new StepClock(attempt);
    this.#steps.set(uid, clock);
    return clock.elapsedMs(step, this.#mono.now());
  }

  forget(uid: string): void {
    this.#reads.delete(uid);
    this.#complete.delete(uid);
    this.#problems.delete(uid);
    this.#asked.delete(uid);
    this.#steps.delete(uid);
    this.#steps.delete(`${uid} tables`);
    this.#publishings.delete(uid);
    this.#downtimes.delete(uid);
  }
}
