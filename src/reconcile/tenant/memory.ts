import type { AgentStatus } from "../../api/index.ts";
import type { LastRead } from "../../domain/agents/gate.ts";
import type { Instant } from "../../domain/time.ts";
import type { Mono } from "../../runtime/clock.ts";

/**
 * What one process remembers of its tenants and no longer knows after a restart: how fresh the inventories are and for
 * how long a step has lasted. Neither is ever a reason to start something (design §5).
 */
export class TenantMemory {
  readonly #mono: Mono;
  readonly #reads = new Map<string, { readonly read: LastRead; readonly agents: AgentStatus | undefined }>();
  readonly #asked = new Set<string>();
  readonly #steps = new Map<string, { readonly step: string; readonly since: number }>();

  constructor(mono: Mono) {
    this.#mono = mono;
  }

  lastRead(uid: string): LastRead {
    return this.#reads.get(uid)?.read ?? { kind: "never" };
  }

  /** What is known of the agents after the last reading: status says it a moment later, and a plan may not wait for that. */
  agents(uid: string): AgentStatus | undefined {
    return this.#reads.get(uid)?.agents;
  }

  /** Takes note of how a reading ended and what is known since. */
  noteRead(uid: string, read: LastRead, agents: AgentStatus | undefined): void {
    this.#reads.set(uid, { read, agents });
    this.#asked.delete(uid);
  }

  /** Asks that the inventory be read at the next look, however fresh it is. */
  askForReading(uid: string): void {
    this.#asked.add(uid);
  }

  isAskedFor(uid: string, dueAt: Instant, now: Instant): boolean {
    return this.#asked.has(uid) || dueAt <= now;
  }

  /** Milliseconds of real time for which this process has seen the tenant in this step; another step starts anew. */
  stepElapsedMs(uid: string, step: string): number {
    const known = this.#steps.get(uid);
    if (known?.step === step) return this.#mono.now() - known.since;
    this.#steps.set(uid, { step, since: this.#mono.now() });
    return 0;
  }

  forget(uid: string): void {
    this.#reads.delete(uid);
    this.#asked.delete(uid);
    this.#steps.delete(uid);
  }
}
