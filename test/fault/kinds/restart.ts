import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { AtWrite } from "./at-write.ts";

const GATHER_MS = 1_000;
/** The controllers of the cluster need this long to find back, and longer after each further restart. */
const REST_MS = 20_000;
const MOST_TRIES = 3;

/** Restarts a cluster's API server when plans ask for it: those that run at that time share one restart. */
export class Restarter {
  readonly #cluster: Pick<Cluster, "restartApiServer">;
  readonly #running = new Set<ServerRestart>();
  #isRestarting = false;
  restarts = 0;
  #restAt = 0;

  constructor(cluster: Pick<Cluster, "restartApiServer">) {
    this.#cluster = cluster;
  }

  enter(fault: ServerRestart): void {
    this.#running.add(fault);
  }

  leave(fault: ServerRestart): void {
    this.#running.delete(fault);
  }

  /** Soon, with all that run by then. */
  ask(): void {
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    void this.#restart().finally(() => (this.#isRestarting = false));
  }

  async #restart(): Promise<void> {
    // Others may reach a point of theirs meanwhile.
    await sleep(Math.max(GATHER_MS, this.#restAt - Date.now()));
    const struck = [...this.#running];
    this.restarts += 1;
    for (const fault of struck) fault.strike();
    await this.#untilRestarted();
    this.#restAt = Date.now() + REST_MS;
    for (const fault of struck) fault.end();
  }

  /** On a busy machine it may need more than one start. */
  async #untilRestarted(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#cluster.restartApiServer();
      } catch (error) {
        console.log(`the API server did not come back at the ${tries}. try: ${String(error)}`);
        if (tries >= MOST_TRIES) throw error;
      }
    }
  }
}

/** The API server's process is killed and started again, at the instant of some plan's write or soon after. */
export class ServerRestart implements Fault {
  readonly #restarter: Restarter;
  readonly #at: AtWrite;
  #plan: Plan | undefined;
  #isAsked = false;
  #hasStruck = false;
  #isOver = false;

  constructor(nth: number, restarter: Restarter) {
    this.#restarter = restarter;
    this.#at = new AtWrite(nth);
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isPending(): boolean {
    return this.#isAsked && !this.#isOver;
  }

  begin(plan: Plan): void {
    this.#plan = plan;
    this.#restarter.enter(this);
  }

  takes(_write: Write, logged: LoggedWrite): boolean {
    if (!this.#at.comes(logged) || this.#hasStruck) return false;
    this.#isAsked = true;
    this.#restarter.ask();
    return false;
  }

  strike(): void {
    this.#hasStruck = true;
    this.#plan?.journal.say("strike", { kind: "api-server-restart" });
  }

  end(): void {
    this.#isOver = true;
    this.#restarter.leave(this);
  }
}
