import type { MetricsRegistry } from "../../../src/adapters/metrics.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import type { Instant } from "../../../src/domain/time.ts";
import { Instance, type InstanceOptions } from "../../../src/instance.ts";
import { FreshKubeConfig } from "../../../src/kube/credentials.ts";
import type { Anchor } from "../../../src/runtime/anchors.ts";
import { realClock, type Clock } from "../../../src/runtime/clock.ts";
import type { Logger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { RehearsalClock } from "../../../src/runtime/rehearsal.ts";
import { random } from "../../support/random.ts";
import { MortalMono } from "./mortal-mono.ts";
import type { PlanClock } from "./plan-clock.ts";
import type { Where } from "../write-log.ts";
import type { Ways } from "./ways.ts";

/** A hang has to end before a plan does. */
export const REQUEST_TIMEOUT_MS = 2_500;
/** How long all must be quiet before rehearsed time leaps. */
const SETTLE_MS = 100;
/** What a dead incarnation may take to fall apart; it can't reach anybody meanwhile. */
const GONE_WITHIN_MS = 3_000;

export interface IncarnationOptions {
  readonly ways: Ways;
  readonly token: string;
  readonly platform: Platform;
  readonly seed: number;
  readonly log: Logger;
  readonly election?: InstanceOptions["election"];
  /** When its rehearsed time begins and ends. */
  readonly from: Instant;
  readonly until: Instant;
  /** Whether rehearsed time has to go at real speed for another reason than work. */
  readonly isLeashed: () => boolean;
  /** Takes the place of the rehearsed clock. */
  readonly clock?: PlanClock | undefined;
  /** A start that failed, or a leadership that was lost. */
  readonly onEnd: (why: string) => void;
}

/** One life of an operator inside this process: the product's own wiring behind a door of its own. */
export class Incarnation {
  readonly #options: IncarnationOptions;
  readonly #mono = new MortalMono();
  readonly #instance: Instance;
  readonly #stopping = new AbortController();
  readonly #anchors: Anchor[] = [];
  #clock: Clock | undefined;
  #isOver = false;

  constructor(options: IncarnationOptions) {
    this.#options = options;
    const { ways, token, platform, seed, log, election } = options;
    const chance = random(seed);
    this.#instance = new Instance(
      { metricsPort: 0, identity: ways.replica, namespace: "slacktide-system", election },
      {
        platform,
        log,
        metrics: silent,
        config: configOf(ways.home.url, token),
        mono: this.#mono,
        rng: { next: chance },
        wall: options.clock ?? realClock(this.#mono),
        timeoutMs: REQUEST_TIMEOUT_MS,
        time: async () => this.#time(),
      },
    );
    this.#instance.run(this.#stopping.signal).catch((error: unknown) => this.#end(String(error)));
    void this.#instance.lost.then((why) => this.#end(`lost: ${why}`));
  }

  get replica(): string {
    return this.#options.ways.replica;
  }

  /** Cuts its network until the function is called that this returns. */
  block(): () => void {
    return this.#options.ways.block();
  }

  /** What its clock says. */
  now(): Instant {
    return this.#clock?.now() ?? this.#options.from;
  }

  isBusy(): boolean {
    return this.#instance.isBusy() || this.#instance.isRetrying();
  }

  isRunning(): boolean {
    return !this.#isOver && this.#instance.unreadyReason() === undefined;
  }

  hasBeenSent(where: Where, plural: string, revision: number): boolean {
    return this.#options.ways.hasSent(where, plural, revision);
  }

  /** Whether nothing within reach is hidden from it. */
  seesAll(): boolean {
    return this.#options.ways.seesAll;
  }

  /** As SIGKILL would: from this instant nothing of it reaches anybody. Resolves when its remains are gone. */
  async crash(): Promise<void> {
    this.#isOver = true;
    this.#options.ways.cut();
    await this.#bury("lost");
  }

  /** As SIGTERM would. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#bury("asked");
    this.#options.ways.cut();
  }

  async #bury(why: "asked" | "lost"): Promise<void> {
    this.#stopping.abort();
    if (why === "lost") await this.#instance.close();
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(() => patience.resolve(), GONE_WITHIN_MS);
    await Promise.race([this.#instance.stop(why).catch(() => false), patience.promise]);
    clearTimeout(timer);
    await this.#instance.close();
    this.#mono.kill();
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onEnd(why);
  }

  #time(): Awaited<ReturnType<ConstructorParameters<typeof Instance>[1]["time"]>> {
    const { clock: given, from, until, isLeashed } = this.#options;
    if (given !== undefined) {
      this.#clock = given;
      return { clock: given, fromServer: (instant) => given.at(instant), start: () => undefined, stop: () => undefined };
    }
    const real = realClock(this.#mono);
    const clock = new RehearsalClock({ from, until, mono: this.#mono, real, settleMs: SETTLE_MS, onAnchor: (anchor) => this.#anchors.push(anchor) });
    this.#clock = clock;
    return {
      clock,
      fromServer: (instant) => clock.toRehearsed(instant),
      start: (isBusy) => {
        clock.addProbe(isBusy);
        clock.addProbe(isLeashed);
        // A fault may last for so long that what failed of it is tried again late: nothing of that is to be missed.
        clock.addProbe(() => this.#instance.isRetrying());
        clock.start();
      },
      stop: () => clock.stop(),
    };
  }
}

const silent: MetricsRegistry = { ...noMetrics, scrape: async () => "", contentType: "text/plain" };

function configOf(server: string, token: string): FreshKubeConfig {
  const config = new FreshKubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "cluster", server, skipTLSVerify: true }],
    users: [{ name: "operator", token }],
    contexts: [{ name: "operator", cluster: "cluster", user: "operator" }],
    currentContext: "operator",
  });
  return config;
}
