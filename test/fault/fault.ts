import type { Call } from "./proxy/call.ts";
import type { Answer } from "./proxy/upstream.ts";
import type { WatchTap } from "./proxy/watch-pipe.ts";
import type { Write } from "./proxy/write.ts";
import type { LoggedWrite } from "./write-log.ts";
import type { Plan } from "./plan.ts";

/** What goes wrong in a plan. It is asked from the plan's arming on, until it is over. */
export interface Fault {
  /** Called when all is set up; the plan is armed when it resolves. */
  begin?(plan: Plan): Promise<void>;
  /** Whether it takes the write over, and with it the duty to answer or not. */
  takes?(write: Write, logged: LoggedWrite, plan: Plan): boolean;
  onRead?(call: Call, plan: Plan): Answer | undefined;
  /** The URL to ask instead, if another one. */
  rewrite?(url: string, call: Call, plan: Plan): string;
  onWatch?(call: Call, plan: Plan): WatchTap | undefined;
  /** Whether it has done what it is for. */
  readonly hasStruck: boolean;
  /** Whether it is about to strike, whatever the operator does meanwhile. */
  readonly isPending?: boolean;
  /** Whether nothing of it is still to come, or still in force: from then on the operator has to converge. */
  readonly isOver: boolean;
}

/** The undisturbed run. */
export const NO_FAULT: Fault = { hasStruck: true, isOver: true };
