import type { LeadershipSpec } from "./api/index.ts";
import type { KubeClient } from "./kube/client.ts";
import { isRecord, type Outgoing, type WriteFence } from "./kube/fence.ts";
import { KINDS } from "./kube/kind.ts";
import { leaseStore, seenLease, type LeaseObject } from "./kube/lease.ts";
import type { LeadershipObject, LeadershipRecord } from "./kube/leadership.ts";
import { Reflector } from "./kube/reflector.ts";
import type { Transport } from "./kube/transport.ts";
import { isLed, nameOf } from "./led.ts";
import { sleep, type Clock, type Mono, type Rng } from "./runtime/clock.ts";
import { Elector } from "./runtime/leader.ts";
import type { LeaseTiming } from "./runtime/lease.ts";
import type { Logger } from "./runtime/logger.ts";
import type { LeadershipPart } from "./runtime/manager.ts";
import type { Metrics } from "./runtime/metrics.ts";

/** One replica of one installation. */
export interface Replica {
  /** The pod's name, by which the API server knows the replica's token. */
  readonly pod: string;
  readonly namespace: string;
  /** The Lease in that namespace for which the installation's replicas compete. */
  readonly lease: string;
}

export interface ElectionOptions {
  readonly replica: Replica;
  /** Tells this process from every other one of the same pod, one that starts again included. */
  readonly nonce: string;
  readonly timing: LeaseTiming;
  readonly client: KubeClient;
  readonly transport: Transport;
  readonly record: LeadershipRecord;
  /** The real one: the instants in a Lease are for people. */
  readonly clock: Clock;
  readonly mono: Mono;
  readonly rng: Rng;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onActing: (record: LeadershipObject) => void;
}

/**
 * From the API server's knowledge of a new leader to that leader's first write: what the old one sent until then is
 * stored by now, and other API servers have heard of the change (docs/adr/0007).
 */
export const FENCE_SETTLES_MS = 500;
const ASK_AGAIN_MS = 100;
/** An API server that learns of a new leader by itself knows it by then. */
const KNOWN_WITHIN_MS = 5_000;
/** A leader that the API server does not take for one for so long lets another replica try. */
const GIVE_UP_MS = 60_000;

/** Makes one replica the leader: first by the Lease, then by the record that the API server goes by; and fences it. */
export class Election implements LeadershipPart, WriteFence {
  readonly #options: ElectionOptions;
  readonly #elector: Elector;
  readonly #watch: Reflector<LeaseObject>;
  readonly #acting = Promise.withResolvers<void>();
  #recorded: LeadershipSpec | undefined;
  #isActing = false;
  #isChecking = false;
  #problem: string | undefined;
  #askEveryMs = ASK_AGAIN_MS;
  /** When the API server first said that it does not take this replica for the leader. */
  #refusedAt: number | undefined;

  constructor(options: ElectionOptions) {
    const { replica, nonce, client, clock } = options;
    const ref = { namespace: replica.namespace, name: replica.lease };
    this.#options = options;
    this.#elector = new Elector({
      ...options,
      name: replica.lease,
      // A container that starts again in the same pod is another candidate.
      identity: `${replica.pod}_${nonce}`,
      store: leaseStore(client, ref, clock),
    });
    this.#watch = new Reflector<LeaseObject>({
      ...options,
      kind: KINDS.Lease,
      namespace: ref.namespace,
      fieldSelector: `metadata.name=${ref.name}`,
      onChange: ({ now }) => this.#elector.observe(now && seenLease(now)),
    });
  }

  start(): void {
    this.#watch.start();
    this.#elector.start();
    void this.#act();
  }

  acting(): Promise<void> {
    return this.#acting.promise;
  }

  /** Resolves with the reason when the leadership was lost: the process has to end. */
  get lost(): Promise<string> {
    return this.#elector.lost;
  }

  unreadyReason(): string | undefined {
    return this.#isActing ? undefined : this.#problem;
  }

  /** The record is written as soon as the Lease is held, all else once the record is in force. */
  whyNot(write: Outgoing): string | undefined {
    if (!this.#elector.isLeading()) return "this replica does not lead";
    return this.#isActing || isRecord(write) ? undefined : "this replica does not lead yet";
  }

  /** One API server of several may be late to know us; if it isn't that, somebody else leads. */
  refused(refusal: Error): void {
    if (!this.#isActing || this.#isChecking) return;
    this.#isChecking = true;
    this.#options.log.warn("a write was refused: this replica is not recorded as the leader", { error: refusal });
    void this.#check().finally(() => (this.#isChecking = false));
  }

  /** Ends the competition; a leader gives the Lease back if told to. */
  async stop(then: "release" | "keep"): Promise<void> {
    this.#isActing = false;
    await Promise.all([this.#elector.stop(then), this.#watch.stop()]);
  }

  async #act(): Promise<void> {
    const { mono, log, onActing } = this.#options;
    await this.#elector.acquired;
    const recorded = await this.#repeat(() => this.#claim());
    this.#recorded = recorded?.spec;
    await this.#repeat(() => this.#enter());
    await sleep(mono, FENCE_SETTLES_MS);
    if (recorded === undefined || !this.#elector.isLeading()) return;
    this.#isActing = true;
    log.info("leading", { ...recorded.spec });
    onActing(recorded);
    this.#acting.resolve();
  }

  /** Until it gives something, or as long as this replica leads. */
  async #repeat<T>(attempt: () => Promise<T | undefined>): Promise<T | undefined> {
    const { mono, log, timing } = this.#options;
    while (this.#elector.isLeading()) {
      try {
        const result = await attempt();
        if (result !== undefined) return result;
        await sleep(mono, this.#askEveryMs);
      } catch (error) {
        log.warn("leadership not recorded yet", { error });
        this.#problem = error instanceof Error ? error.message : String(error);
        await sleep(mono, timing.retryPeriodMs);
      }
    }
    return undefined;
  }

  /** Records this replica as the leader, unless another installation is at work. */
  async #claim(): Promise<LeadershipObject | undefined> {
    const { record, replica, log } = this.#options;
    const { namespace, lease, pod } = replica;
    const before = await record.read();
    const isOurs = before?.spec.namespace === namespace && before.spec.lease === lease;
    if (before !== undefined && !isOurs && (await isLed(before, this.#options))) {
      const problem = `another installation leads this cluster: ${nameOf(before.spec)}`;
      if (this.#problem !== problem) log.error("refusing to act: another installation leads this cluster", { ...before.spec });
      this.#problem = problem;
      return undefined;
    }
    this.#problem = undefined;
    return record.write({ namespace, lease, holder: pod, epoch: (before?.spec.epoch ?? 0) + 1 }, before);
  }

  /** Whether the API server takes this replica for the leader, which it may learn late, or never. */
  async #enter(): Promise<true | undefined> {
    const { mono, record, timing } = this.#options;
    if (await record.isAdmitted()) return true;
    this.#refusedAt ??= mono.now();
    const refusedForMs = mono.now() - this.#refusedAt;
    if (refusedForMs < KNOWN_WITHIN_MS) return undefined;
    this.#askEveryMs = timing.retryPeriodMs;
    await this.#check();
    if (!this.#elector.isLeading()) return undefined;
    const why = this.#complain();
    if (refusedForMs >= GIVE_UP_MS) this.#elector.resign(why);
    return undefined;
  }

  /** Says what may be wrong, once, with how to mend it. */
  #complain(): string {
    const { pod, namespace, lease } = this.#options.replica;
    const recorded = nameOf({ holder: pod, namespace, lease });
    const mend = "is its token bound to that pod, and are --identity, --lease-namespace and --lease-name the pod's and the chart's?";
    const problem = `the API server does not take this replica for the leader, though it is recorded as ${recorded}: ${mend}`;
    if (this.#problem !== problem) this.#options.log.warn("refused as the leader", { why: problem });
    this.#problem = problem;
    return problem;
  }

  async #check(): Promise<void> {
    const { record, log } = this.#options;
    try {
      const now = await record.read();
      if (now?.spec.epoch !== this.#recorded?.epoch) this.#elector.resign(now === undefined ? "the Leadership was deleted" : `recorded as the leader: ${nameOf(now.spec)}`);
    } catch (error) {
      log.warn("leadership not read", { error });
    }
  }
}
