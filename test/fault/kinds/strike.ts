import type { LogFields } from "../../../src/runtime/logger.ts";
import type { Plan } from "../plan.ts";
import { failure } from "../proxy/answers.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { FaultAtWrite } from "./at-write.ts";

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
export class Strike extends FaultAtWrite {
  readonly #at: StrikeAt;

  constructor(at: StrikeAt) {
    super(({ signature }) => signature === at.signature);
    this.#at = at;
  }

  protected story(): LogFields {
    return { ...this.#at };
  }

  protected reach(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    this.become("struck");
    void this.#strike(write, logged, plan).finally(() => this.become("over"));
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
