import type { UpgradeClass } from "../../api/index.ts";
import { isDownAt, isRolledTo, isSettledAt, type Workload } from "./workloads.ts";

/** What an attempt makes of every workload: a version, and where that stays the same, pods of the template that it brings, or again those of before. */
export interface Goal {
  readonly version: string;
  /** Of class Config: the attempt whose template it is. */
  readonly config?: string;
  readonly back: boolean;
}

export interface Leading {
  readonly id: string;
  readonly class: UpgradeClass;
  readonly from: string;
  readonly to: string;
}

/** Where the attempt leads. */
export function goalOf(attempt: Leading): Goal {
  return { version: attempt.to, back: false, ...configOf(attempt) };
}

/** Where it goes back to. */
export function wayBackOf(attempt: Leading): Goal {
  return { version: attempt.from, back: true, ...configOf(attempt) };
}

/** Whether the workload asks for it. */
export function isRolled(workload: Workload, goal: Goal): boolean {
  return isRolledTo(workload, goal.version) && hasTemplate(workload, goal);
}

/** Everything there as it should be, available, and no other pod left. */
export function isSettled(workload: Workload, goal: Goal): boolean {
  return isSettledAt(workload, goal.version) && hasTemplate(workload, goal);
}

/** The workload asks for it, and no pod above it is left. */
export function isDown(workload: Workload, goal: Goal): boolean {
  return isDownAt(workload, goal.version) && hasTemplate(workload, goal);
}

function configOf({ id, class: upgradeClass }: Leading): Pick<Goal, "config"> {
  return upgradeClass === "Config" ? { config: id } : {};
}

/** By who rolled it last, not by what the template says: a spec that is edited meanwhile moves no goal. What it never rolled is as it was before. */
function hasTemplate({ attempt, rolledBack = false }: Workload, { config, back }: Goal): boolean {
  if (config === undefined) return true;
  const isRolledByIt = attempt === config && !rolledBack;
  return back ? !isRolledByIt : isRolledByIt;
}
