import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import type { LogFields } from "../../../src/runtime/logger.ts";
import type { Plan } from "../plan.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { FaultAtWrite, nthWrite } from "./at-write.ts";

/** A plan's write waits so long for those of others; less than its operator waits for an answer. */
const GATHER_MS = 1_500;
/** A plan that is not set up by then has failed, and is waited for no more. */
const ALL_WITHIN_MS = 90_000;

/** Restarts a cluster's API server, once for all plans of a round: each is struck at its own write, or on its way there. */
export class Restarter {
  readonly #cluster: Pick<Cluster, "restartApiServer">;
  #round = new Round(1);
  restarts = 0;

  constructor(cluster: Pick<Cluster, "restartApiServer">) {
    this.#cluster = cluster;
  }

  /** From here on so many plans belong together; none of an earlier round may run any more. */
  expect(plans: number): void {
    this.#round = new Round(plans);
  }

  /** Resolves when the plan, whose place comes so long after its beginning, is to begin: then all reach their places at once. */
  async enter(fault: ServerRestart, leadMs: number): Promise<void> {
    const round = this.#round;
    await sleep((await round.enter(fault, leadMs)) - leadMs);
  }

  /** A plan has reached its place. */
  arrive(fault: ServerRestart): void {
    void this.#round.arrive(fault)?.then((struck) => this.#restart(struck));
  }

  async #restart(struck: readonly ServerRestart[]): Promise<void> {
    this.restarts += 1;
    await Promise.all(struck.map((fault) => fault.strike()));
    const restarted = this.#cluster.restartApiServer();
    for (const fault of struck) fault.breakOff();
    await restarted;
    for (const fault of struck) fault.end();
  }
}

/** Plans that suffer one restart together. */
class Round {
  readonly #size: number;
  readonly #leads = new Map<ServerRestart, number>();
  readonly #all = Promise.withResolvers<void>();
  readonly #allArrived = Promise.withResolvers<void>();
  readonly #arrived = new Set<ServerRestart>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves when all are there, to the longest lead. */
  async enter(fault: ServerRestart, leadMs: number): Promise<number> {
    this.#leads.set(fault, leadMs);
    if (this.#leads.size === this.#size) this.#all.resolve();
    await within(ALL_WITHIN_MS, this.#all.promise);
    return Math.max(...this.#leads.values());
  }

  /** For the first: resolves to all of the round when the others have arrived too, or soon. */
  arrive(fault: ServerRestart): Promise<readonly ServerRestart[]> | undefined {
    this.#arrived.add(fault);
    if (this.#arrived.size >= this.#leads.size) this.#allArrived.resolve();
    return this.#arrived.size > 1 ? undefined : within(GATHER_MS, this.#allArrived.promise).then(() => [...this.#leads.keys()]);
  }
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const ending = new AbortController();
  await Promise.race([promise, sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined)]);
  ending.abort();
}

export interface RestartPlace {
  readonly nth: number;
  /** How long after its beginning an undisturbed run comes to that write, in milliseconds. */
  readonly leadMs: number;
}

/** The API server's process is killed and started again, at the instant of the plan's write: it is carried out or lost, and never answered. */
export class ServerRestart extends FaultAtWrite {
  readonly #restarter: Restarter;
  readonly #leadMs: number;
  readonly #isCarriedOut: boolean;
  #plan: Plan | undefined;
  #held: { readonly write: Write; readonly logged: LoggedWrite } | undefined;

  constructor(next: () => number, { nth, leadMs }: RestartPlace, restarter: Restarter) {
    super(nthWrite(nth));
    this.#restarter = restarter;
    this.#leadMs = leadMs;
    this.#isCarriedOut = next() < 0.5;
  }

  /** It is struck in any case: on its way, or at rest. */
  async begin(plan: Plan): Promise<void> {
    this.#plan = plan;
    this.become("pending");
    await this.#restarter.enter(this, this.#leadMs);
  }

  protected story(): LogFields {
    return { kind: "api-server-restart", isCarriedOut: this.#isCarriedOut };
  }

  protected reach(write: Write, logged: LoggedWrite): boolean {
    if (this.hasStruck) return false;
    this.#held = { write, logged };
    this.#restarter.arrive(this);
    return true;
  }

  /** Right before the end of the server. */
  async strike(): Promise<void> {
    this.become("struck");
    this.#plan?.journal.say("the API server is restarted", {});
    if (this.#held !== undefined && this.#isCarriedOut) await this.#plan?.carryOut(this.#held.write, this.#held.logged, "untold");
  }

  breakOff(): void {
    this.#held?.write.breakOff();
  }

  end(): void {
    this.become("over");
  }
}
