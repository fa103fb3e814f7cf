import type { LogFields } from "../../../src/runtime/logger.ts";
import type { Plan } from "../plan.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { FaultAtWrite, nthWrite, pick } from "./at-write.ts";

/** The operator dies at some write, which is lost, or unheard, or was the last that it heard of. */
export class Kill extends FaultAtWrite {
  readonly #fate: "lost" | "unheard" | "heard";

  constructor(next: () => number, nth: number) {
    super(nthWrite(nth));
    this.#fate = pick(next, ["lost", "unheard", "heard"]);
  }

  protected story(): LogFields {
    return { kind: "kill", fate: this.#fate };
  }

  protected reach(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    this.become("struck");
    void this.#strike(write, logged, plan);
    return true;
  }

  async #strike(write: Write, logged: LoggedWrite, plan: Plan): Promise<void> {
    if (this.#fate !== "lost") await plan.carryOut(write, logged, this.#fate === "heard" ? "told" : "untold");
    plan.crash();
    this.become("over");
  }
}
