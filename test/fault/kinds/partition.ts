import type { LogFields } from "../../../src/runtime/logger.ts";
import type { Plan } from "../plan.ts";
import type { Pair } from "../cast/pair.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { FaultAtWrite, nthWrite } from "./at-write.ts";

const SHORTEST_MS = 2_500;
const LONGEST_MS = 5_000;

/**
 * At some write of the leader its network is gone: what it sends from then on, this write included, is stuck, and so is what
 * is sent to it. Somebody else takes over; when the network is back, what was stuck arrives.
 */
export class Partition extends FaultAtWrite {
  readonly #lastsMs: number;
  readonly #pair: () => Pair | undefined;

  constructor(next: () => number, { nth, pair }: { readonly nth: number; readonly pair: () => Pair | undefined }) {
    super(nthWrite(nth));
    this.#lastsMs = SHORTEST_MS + next() * (LONGEST_MS - SHORTEST_MS);
    this.#pair = pair;
  }

  protected story(): LogFields {
    return { kind: "partition", lastsMs: this.#lastsMs };
  }

  protected reach(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    this.become("struck");
    const heal = this.#pair()?.block(write.replica);
    setTimeout(() => {
      heal?.();
      this.become("over");
      // It may long have been given up by whoever sent it.
      void plan.pass(write, logged);
    }, this.#lastsMs);
    return true;
  }
}
