import type { Cancel, Mono } from "../../../src/runtime/clock.ts";
import type { Lease, LeaseStore, SeenLease } from "../../../src/runtime/lease.ts";
import type { FakeTime } from "./fake-time.ts";

/** A machine with a monotonic clock of its own, which may be paused: its timers and answers wait until it goes on. */
export class Machine implements Mono {
  readonly #time: FakeTime;
  readonly #offset: number;
  readonly #rate: number;
  #wakesAt = -Infinity;

  constructor(time: FakeTime, { offset = 0, rate = 1 }: { readonly offset?: number; readonly rate?: number } = {}) {
    this.#time = time;
    this.#offset = offset;
    this.#rate = rate;
  }

  now(): number {
    return this.#offset + this.#time.now() * this.#rate;
  }

  after(ms: number, run: () => void): Cancel {
    return this.#whenAwake(ms / this.#rate, run);
  }

  /** Does nothing for `ms` of true time. */
  pause(ms: number): void {
    this.#wakesAt = Math.max(this.#wakesAt, this.#time.now() + ms);
  }

  /** Runs `run` when `ms` of true time have passed and the machine is awake. */
  #whenAwake(ms: number, run: () => void): Cancel {
    let cancel = this.#time.after(ms, () => {
      const asleepFor = this.#wakesAt - this.#time.now();
      if (asleepFor > 0) cancel = this.#whenAwake(asleepFor, run);
      else run();
    });
    return () => cancel();
  }

  /** Hands an answer of the network to the machine. */
  deliver(ms: number, run: () => void): void {
    this.#whenAwake(ms, run);
  }
}

/** What goes wrong with one call: it takes long to get there or back, is lost on either way, or is refused. */
export type Fault = { readonly kind: "slow"; readonly there: number; readonly back: number } | { readonly kind: "lost-there" | "lost-back" | "down" };

/** One Lease on a server, as machines see it over a network of which some calls go wrong. */
export class FakeLease {
  lease: SeenLease | undefined;
  /** Every Lease that was written, oldest first. */
  readonly history: SeenLease[] = [];
  readonly watchers = new Set<(lease: SeenLease | undefined) => void>();
  readonly #time: FakeTime;
  #versions = 0;

  constructor(time: FakeTime) {
    this.#time = time;
  }

  /** Writes as somebody whom nothing stops. */
  set(lease: Lease | undefined): void {
    this.#versions += 1;
    this.lease = lease && { ...lease, version: String(this.#versions) };
    if (this.lease !== undefined) this.history.push(this.lease);
    for (const watcher of this.watchers) watcher(this.lease);
  }

  /** The store as one machine sees it; `nextFault` is asked before each call. */
  storeOf(machine: Machine, nextFault: () => Fault | undefined = () => undefined): LeaseStore {
    const call = <T>(signal: AbortSignal, act: () => T): Promise<T> => this.#call(machine, { fault: nextFault(), signal, act });
    return {
      read: (signal) => call(signal, () => this.lease),
      write: (lease, over, signal) =>
        call(signal, () => {
          if (over?.version !== this.lease?.version) return undefined;
          this.set(lease);
          return this.lease;
        }),
    };
  }

  #call<T>(machine: Machine, { fault, signal, act }: { readonly fault: Fault | undefined; readonly signal: AbortSignal; readonly act: () => T }): Promise<T> {
    const { there, back } = fault?.kind === "slow" ? fault : { there: 1, back: 1 };
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      if (fault?.kind === "down") return reject(new Error("down"));
      if (fault?.kind === "lost-there") return;
      // On its way it needs the machine no more.
      this.#time.after(there, () => {
        const answer = act();
        if (fault?.kind !== "lost-back") machine.deliver(back, () => resolve(answer));
      });
    });
  }
}
