import { createMeter } from "../../src/adapters/meter.ts";
import type { Platform } from "../../src/domain/objects/platform.ts";
import { Election } from "../../src/election.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { FreshKubeConfig } from "../../src/kube/credentials.ts";
import { LEADERSHIP_KIND, leadershipRecord } from "../../src/kube/leadership.ts";
import { Recorder } from "../../src/kube/recorder.ts";
import { refuseOtherSchemas } from "../../src/kube/schema-version.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { refuseIfLed } from "../../src/led.ts";
import { OWN_KINDS, PURGE_LEDGER_KIND, Slacktide } from "../../src/operator.ts";
import type { LeaseTiming } from "../../src/runtime/lease.ts";
import type { Logger } from "../../src/runtime/logger.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { tctl } from "./cluster/tctl.ts";
import type { Member } from "./member.ts";
import type { Network, Peer } from "./network.ts";
import { Chance, seedOf } from "./random.ts";
import { ReplicaTime } from "./replica-time.ts";
import type { ApiServer } from "./server/server.ts";
import type { Timeline } from "./timeline.ts";

export interface ReplicaOptions {
  readonly pod: string;
  /** How often a process began in this pod. */
  readonly incarnation: number;
  readonly seed: number;
  readonly platform: Platform;
  /** Undefined: it acts alone. */
  readonly timing: LeaseTiming | undefined;
  readonly timeline: Timeline;
  readonly network: Network;
  /** The cluster of another region. */
  readonly member: Member | undefined;
  /** The cluster that it runs in. */
  readonly server: ApiServer;
  readonly log: Logger;
  /** How far the wall clock of its machine is off, in milliseconds. */
  readonly clockOffset: number;
  /** The process has ended; whether by itself or not. */
  readonly onEnd: (replica: Replica) => void;
  readonly tell: (what: string) => void;
  /** Told before anything of the process runs. */
  readonly onRun: () => void;
}

/** The Lease for which the replicas compete. */
export const LEASE = { namespace: "slacktide", lease: "slacktide" } as const;
const GONE_WITHIN_MS = 5_000;
/** Connections are made by nobody here. */
const CONFIG = new FreshKubeConfig();
CONFIG.loadFromClusterAndUser({ name: "sim", server: "http://sim.invalid", skipTLSVerify: true }, { name: "sim" });

/** One process of the operator: the real code, wired as `main.ts` does it, with time, chance and network of the simulation. */
export class Replica implements Peer {
  readonly identity: string;
  readonly pod: string;
  readonly time: ReplicaTime;
  readonly fence: Election | undefined;
  readonly #options: ReplicaOptions;
  readonly #operator: Slacktide;
  readonly #client: KubeClient;
  readonly #transport: Transport;
  readonly #recorder: Recorder;
  readonly #stopping = new AbortController();
  #isAlive = true;
  #isActing = false;

  constructor(options: ReplicaOptions) {
    const { pod, incarnation, seed, platform, timeline, network, member, server, log, timing } = options;
    this.#options = options;
    this.pod = pod;
    // Without an election nothing tells a process from the one before it, whose last write may come late.
    this.identity = timing === undefined ? pod : `${pod}#${incarnation}`;
    this.time = new ReplicaTime({ timeline, onRun: options.onRun, clockOffset: options.clockOffset, monoOffset: seedOf(seed, pod, incarnation) % 1_000_000 });
    this.#transport = network.transportFor(this);
    const transport = this.#transport;
    const { clock, wall, mono } = this.time;
    const rng = new Chance(seedOf(seed, pod, incarnation, "rng"));
    this.#client = new KubeClient({ transport, kinds: [...OWN_KINDS, LEADERSHIP_KIND] });
    const recorder = (this.#recorder = new Recorder({ client: this.#client, clock: wall, mono, log, metrics: noMetrics, instance: pod }));
    const record = leadershipRecord({ client: this.#client, transport });
    const common = { client: this.#client, transport, clock, mono, rng, log, metrics: noMetrics };
    this.fence =
      timing &&
      new Election({
        ...common,
        clock: wall,
        replica: { pod, ...LEASE },
        nonce: String(incarnation),
        timing,
        record,
        onActing: (regarding) => {
          this.#isActing = true;
          recorder.record({ regarding, type: "Normal", reason: "LeaderElected", action: "Lead", note: `Pod "${pod}" became the leader` });
        },
      });
    this.#operator = new Slacktide({
      ...common,
      config: CONFIG,
      kinds: [...OWN_KINDS, PURGE_LEDGER_KIND],
      http: { start: () => Promise.resolve(), stop: () => Promise.resolve() },
      leadership: this.fence,
      wall,
      platform,
      namespace: LEASE.namespace,
      meter: createMeter(noMetrics),
      recorder,
      fromServer: (instant) => instant,
      ...(member !== undefined && { connect: () => member.connectionOf(this) }),
      newCredential: (name) => ({ key: `key of ${name}, made by ${pod}`, cert: `certificate of ${name}, made by ${pod}` }),
      agentScheduler: tctl({ server, mono, chance: new Chance(seedOf(seed, pod, incarnation, "tctl")) }),
    });
  }

  /** Whether the process runs and does, or will do, the work of a leader. */
  get isActing(): boolean {
    return this.#isAlive && this.#isActing;
  }

  isAlive(): boolean {
    return this.#isAlive;
  }

  isBusy(): boolean {
    return this.#operator.isBusy() || this.#recorder.isBusy();
  }

  get isPaused(): boolean {
    return this.time.isPaused;
  }

  mono(): number {
    return this.time.mono.now();
  }

  deliver(run: () => void): void {
    this.time.deliver(run);
  }

  /** Runs until it is told to stop, has lost the lease, or fails to start. */
  start(): void {
    void this.#run().then(
      () => this.#end("exited"),
      (error: unknown) => {
        // Whatever is thrown in the end ends the process; a bug would say so again and again.
        this.#end(`failed: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
  }

  /** SIGTERM. */
  stop(): void {
    this.deliver(() => {
      this.#isActing = false;
      this.#stopping.abort();
    });
  }

  /** The process dies at once; what it has sent may still arrive. */
  crash(why: string): void {
    if (!this.#isAlive) return;
    this.#options.tell(`${this.identity} crashes ${why}`);
    this.#end("crashed");
  }

  pause(): void {
    this.time.pause();
  }

  resume(): void {
    this.time.resume();
  }

  async #run(): Promise<void> {
    const { mono } = this.time;
    const stopped = new Promise<"stopped">((resolve) => this.#stopping.signal.addEventListener("abort", () => resolve("stopped"), { once: true }));
    const running = this.#work(stopped);
    let isLost = false;
    const lost = this.fence?.lost.then((why) => {
      isLost = true;
      this.#isActing = false;
      mono.after(GONE_WITHIN_MS, () => this.#end(`lost the lease: ${why}`));
      return why;
    });
    try {
      await Promise.race([stopped, running, ...(lost === undefined ? [] : [lost])]);
    } finally {
      const clean = await this.#operator.shutdown(isLost ? 0 : undefined);
      await this.fence?.stop(clean && !isLost ? "release" : "keep");
    }
  }

  async #work(ended: Promise<"stopped">): Promise<string> {
    const { mono } = this.time;
    await refuseOtherSchemas(this.#client, mono, this.#stopping.signal);
    const record = leadershipRecord({ client: this.#client, transport: this.#transport });
    const timing = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
    if (this.fence === undefined) await refuseIfLed({ record, mono, timing });
    await this.#operator.start();
    if (this.fence === undefined) this.#isActing = true;
    return ended;
  }

  #end(how: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#isActing = false;
    this.time.end();
    this.#options.tell(`${this.identity} ${how}`);
    this.#options.onEnd(this);
  }
}
