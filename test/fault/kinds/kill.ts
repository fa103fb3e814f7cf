import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { AtWrite, pick } from "./at-write.ts";

/** The operator dies at some write, which is lost, or unheard, or was the last that it heard of. */
export class Kill implements Fault {
  readonly #at: AtWrite;
  readonly #fate: "lost" | "unheard" | "heard";
  #hasStruck = false;
  #isOver = false;

  constructor(next: () => number, nth: number) {
    this.#at = new AtWrite(nth);
    this.#fate = pick(next, ["lost", "unheard", "heard"]);
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
    plan.journal.say("strike", { kind: "kill", fate: this.#fate, at: logged.signature });
    void this.#strike(write, logged, plan);
    return true;
  }

  async #strike(write: Write, logged: LoggedWrite, plan: Plan): Promise<void> {
    if (this.#fate !== "lost") await plan.carryOut(write, logged, this.#fate === "heard" ? "told" : "untold");
    plan.crash();
    this.#isOver = true;
  }
}
