import type { Lane } from "../hold.ts";
import type { Instant } from "../time.ts";
import { laneOf, type PastAttempt } from "./view.ts";

/** The failures of a lane since its last success, the newest first. What was aborted is no failure. */
export function failuresInARow(history: readonly PastAttempt[], lane: Lane): readonly PastAttempt[] {
  const failures: PastAttempt[] = [];
  for (const past of history) {
    if (laneOf(past.class) !== lane) continue;
    if (past.succeeded) break;
    if (past.failed === true) failures.push(past);
  }
  return failures;
}

/** Patches wait after either lane's upgrades, majors after majors alone. */
export function lastDisruption(history: readonly PastAttempt[], lane: Lane): Instant | undefined {
  let last: Instant | undefined;
  for (const { class: upgradeClass, disruptiveAt } of history) {
    if (disruptiveAt === undefined || (lane === "Major" && upgradeClass !== "Major")) continue;
    if (last === undefined || disruptiveAt > last) last = disruptiveAt;
  }
  return last;
}
