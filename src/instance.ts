import { randomUUID } from "node:crypto";
import { EventLoop } from "./adapters/event-loop.ts";
import { HttpServer } from "./adapters/http-server.ts";
import { createMeter } from "./adapters/meter.ts";
import type { MetricsRegistry } from "./adapters/metrics.ts";
import { VersionServer } from "./adapters/version-server.ts";
import type { Platform } from "./domain/objects/platform.ts";
import { Election, type Replica } from "./election.ts";
import { KubeClient } from "./kube/client.ts";
import type { FreshKubeConfig } from "./kube/credentials.ts";
import type { WriteFence } from "./kube/fence.ts";
import { LEADERSHIP_KIND, leadershipRecord, type LeadershipRecord } from "./kube/leadership.ts";
import { Recorder } from "./kube/recorder.ts";
import { refuseOtherSchemas } from "./kube/schema-version.ts";
import { HttpTransport } from "./kube/transport.ts";
import { refuseIfLed } from "./led.ts";
import { OWN_KINDS, PURGE_LEDGER_KIND, Slacktide } from "./operator.ts";
import type { Clock, Mono, Rng } from "./runtime/clock.ts";
import { together } from "./runtime/manager.ts";
import { USUAL_TIMING, type LeaseTiming } from "./runtime/lease.ts";
import type { Logger } from "./runtime/logger.ts";
import type { Time, TimeParts } from "./time.ts";

/** Which replica of which installation this is. */
export interface InstanceOptions {
  readonly metricsPort: number;
  /** Where agents' updates are asked for, from every replica; undefined: nowhere. */
  readonly versionPort?: number | undefined;
  /** The pod, or whatever else names this process to people. */
  readonly identity: string;
  /** The operator's own namespace, where ports are claimed. */
  readonly namespace: string;
  /** Without it the operator acts alone, and starts only where nobody leads. */
  readonly election?: { readonly replica: Replica; readonly timing: LeaseTiming } | undefined;
}

/** What an instance is given from outside: the machine's clock and chance, or a test's. */
export interface Rim {
  readonly platform: Platform;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly config: FreshKubeConfig;
  readonly mono: Mono;
  readonly rng: Rng;
  /** The wall clock, never rehearsed. */
  readonly wall: Clock;
  /** A call to the API server without an answer by then fails; default 30 s. */
  readonly timeoutMs?: number;
  /** Domain time. */
  readonly time: (parts: TimeParts) => Promise<Time>;
}

/** Nobody waits long for the cluster of another region. */
const MEMBER_TIMEOUT_MS = 10_000;

/** One operator, wired: all of it but the process around it. */
export class Instance {
  readonly #options: InstanceOptions;
  readonly #rim: Rim;
  readonly #transport: HttpTransport;
  readonly #connect: (config: FreshKubeConfig) => HttpTransport;
  readonly #client: KubeClient;
  readonly #recorder: Recorder;
  readonly #record: LeadershipRecord;
  readonly #election: Election | undefined;
  #operator: Slacktide | undefined;
  #loop: EventLoop | undefined;
  #time: Time | undefined;
  #hasStarted = false;

  constructor(options: InstanceOptions, rim: Rim) {
    const { config, mono, metrics, wall, log, timeoutMs } = rim;
    this.#options = options;
    this.#rim = rim;
    // Without an election there is no fence, and the pool never asks.
    const fence: WriteFence = { whyNot: (write) => this.#election?.whyNot(write), refused: (error) => this.#election?.refused(error) };
    const fenced = options.election === undefined ? {} : { fence };
    this.#transport = new HttpTransport({ config, mono, metrics, ...(timeoutMs !== undefined && { timeoutMs }), ...fenced });
    this.#connect = (member) => new HttpTransport({ config: member, mono, metrics, timeoutMs: MEMBER_TIMEOUT_MS, ...fenced });
    this.#client = new KubeClient({ transport: this.#transport, kinds: [...OWN_KINDS, LEADERSHIP_KIND] });
    this.#recorder = new Recorder({ client: this.#client, clock: wall, mono, log, metrics, instance: options.identity });
    this.#record = leadershipRecord({ client: this.#client, transport: this.#transport });
    this.#election = this.#electionOf(options);
  }

  /** Starts to work and resolves at the end of a rehearsal, or never; throws if it cannot start. */
  async run(signal: AbortSignal): Promise<"end"> {
    const { log, mono, metrics } = this.#rim;
    const ended = Promise.withResolvers<"end">();
    const time = await this.#rim.time({ transport: this.#transport, log, metrics, onEnd: () => ended.resolve("end") });
    this.#time = time;
    const { http, versions, operator } = this.#operate(time);
    await refuseOtherSchemas(this.#client, mono, signal);
    if (this.#election === undefined) await refuseIfLed({ record: this.#record, mono, timing: USUAL_TIMING });
    await operator.start();
    this.#hasStarted = true;
    // Told to stop while starting, or while it waited its turn.
    if (operator.unreadyReason() !== undefined) return ended.promise;
    log.info("running", { metricsPort: http.port, ...(versions && { versionPort: versions.port }) });
    time.start(() => operator.isBusy());
    return ended.promise;
  }

  /** Resolves with the reason when the leadership was lost: the process has to end. */
  get lost(): Promise<string> {
    return this.#election?.lost ?? new Promise(() => undefined);
  }

  /** Whether any work is under way. */
  isBusy(): boolean {
    return !this.#hasStarted || this.#operator?.isBusy() === true;
  }

  /** Whether something failed and waits to be tried again. */
  isRetrying(): boolean {
    return this.#operator?.isRetrying() === true;
  }

  /** Why it isn't ready, or undefined if it is. */
  unreadyReason(): string | undefined {
    return this.#hasStarted ? this.#operator?.unreadyReason() : "starting";
  }

  /** Ends whatever was begun, also by a start that failed, in order; at once if leadership was lost. Whether all work ended by itself. */
  async stop(why: "asked" | "lost"): Promise<boolean> {
    this.#time?.stop();
    this.#loop?.stop();
    const clean = (await this.#operator?.shutdown(why === "lost" ? 0 : undefined)) ?? true;
    await this.#election?.stop(clean && why === "asked" ? "release" : "keep");
    return clean;
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #operate(time: Time): { readonly http: HttpServer; readonly versions: VersionServer | undefined; readonly operator: Slacktide } {
    const { mono, metrics } = this.#rim;
    const { metricsPort, versionPort, namespace } = this.#options;
    const loop = new EventLoop({ mono, metrics });
    const probes = { unreadyReason: () => operator.unreadyReason(), unhealthyReason: () => loop.unhealthyReason() };
    const http = new HttpServer({ port: metricsPort, metrics, ...probes });
    const versions = versionPort === undefined ? undefined : new VersionServer({ port: versionPort, metrics, ask: (id) => operator.askForAgents(id) });
    const operator: Slacktide = new Slacktide({
      ...this.#rim,
      namespace,
      transport: this.#transport,
      connect: this.#connect,
      recorder: this.#recorder,
      kinds: [...OWN_KINDS, PURGE_LEDGER_KIND],
      http: together(versions === undefined ? [http] : [http, versions]),
      leadership: this.#election,
      clock: time.clock,
      meter: createMeter(metrics),
      fromServer: time.fromServer,
    });
    this.#operator = operator;
    this.#loop = loop;
    return { http, versions, operator };
  }

  #electionOf({ election }: InstanceOptions): Election | undefined {
    if (election === undefined) return undefined;
    const { wall, ...rim } = this.#rim;
    return new Election({
      ...rim,
      ...election,
      nonce: randomUUID(),
      client: this.#client,
      transport: this.#transport,
      record: this.#record,
      clock: wall,
      onActing: (regarding) => {
        const note = `Pod "${election.replica.pod}" became the leader`;
        this.#recorder.record({ regarding, type: "Normal", reason: "LeaderElected", action: "Lead", note });
      },
    });
  }
}
