import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import { failure } from "../proxy/answers.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";

/** What can become of one write. */
export const STRIKES = ["crash-before", "crash-after", "lost", "409", "429", "500", "hang"] as const;
export type StrikeKind = (typeof STRIKES)[number];

export interface StrikeAt {
  readonly signature: string;
  readonly kind: StrikeKind;
  /** For those that come in two kinds: whether the write is carried out nevertheless. */
  readonly isCarriedOut: boolean;
}

/** One fault at one write. */
export class Strike implements Fault {
  readonly #at: StrikeAt;
  #hasStruck = false;
  #isOver = false;

  constructor(at: StrikeAt) {
    this.#at = at;
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  takes(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    if (this.#hasStruck || logged.signature !== this.#at.signature) return false;
    this.#hasStruck = true;
    plan.journal.say("strike", { ...this.#at });
    void this.#strike(write, logged, plan).finally(() => (this.#isOver = true));
    return true;
  }

  async #strike(write: Write, logged: LoggedWrite, plan: Plan): Promise<void> {
    const { kind, isCarriedOut } = this.#at;
    switch (kind) {
      case "crash-before":
        return plan.crash();
      case "crash-after":
        await plan.carryOut(write, logged, "untold");
        return plan.crash();
      case "lost":
        await plan.carryOut(write, logged, "untold");
        return write.breakOff();
      case "409":
        return write.answer(failure(409, "Conflict", "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version"));
      case "429":
        return write.answer(failure(429, "TooManyRequests", "the server has received too many requests and has asked us to try again later", { "retry-after": "1" }));
      case "500":
        if (isCarriedOut) await plan.carryOut(write, logged, "untold");
        return write.answer(failure(500, "InternalError", "Internal error occurred: etcdserver: request timed out"));
      case "hang":
        await write.abandoned;
        // It may have been on its way all the time.
        if (isCarriedOut) await plan.carryOut(write, logged, "untold");
    }
  }
}
