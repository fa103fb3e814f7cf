import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import type { Pair } from "../cast/pair.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { AtWrite } from "./at-write.ts";

const SHORTEST_MS = 2_500;
const LONGEST_MS = 5_000;

/**
 * At some write of the leader its network is gone: what it sends from then on, this write included, is stuck, and so is what
 * is sent to it. Somebody else takes over; when the network is back, what was stuck arrives.
 */
export class Partition implements Fault {
  readonly #at: AtWrite;
  readonly #lastsMs: number;
  readonly #pair: () => Pair | undefined;
  #hasStruck = false;
  #isOver = false;

  constructor(next: () => number, { nth, pair }: { readonly nth: number; readonly pair: () => Pair | undefined }) {
    this.#at = new AtWrite(nth);
    this.#lastsMs = SHORTEST_MS + next() * (LONGEST_MS - SHORTEST_MS);
    this.#pair = pair;
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  takes(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    if (!this.#at.comes(logged)) return false;
    this.#hasStruck = true;
    plan.journal.say("strike", { kind: "partition", replica: write.replica, lastsMs: this.#lastsMs, at: logged.signature });
    const heal = this.#pair()?.block(write.replica);
    setTimeout(() => {
      heal?.();
      this.#isOver = true;
      // It may long have been given up by whoever sent it.
      void plan.pass(write, logged);
    }, this.#lastsMs);
    return true;
  }
}
