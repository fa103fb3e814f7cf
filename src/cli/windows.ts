import type { Instant } from "../domain/time.ts";
import { isoOf } from "../domain/time.ts";
import { nextStartsOf } from "../domain/status/window-status.ts";
import { windowStateAt } from "../domain/window/opening.ts";
import { compileWindow, type InvalidWindow, type Window, type WindowSpec } from "../domain/window/window.ts";
import { UsageError } from "./errors.ts";
import { table } from "./text.ts";

/** One opening to come, as a person plans with it. */
export interface UpcomingOpening {
  readonly opensAt: string;
  readonly closesAt: string;
  readonly local: string;
}

/** The next openings of one window; throws UsageError if it never opens. */
export function upcoming(window: Window | InvalidWindow, terms: { readonly timeZone: string; readonly now: Instant; readonly count: number }): readonly UpcomingOpening[] {
  const valid = validOf(window);
  return nextStartsOf(valid, terms.now, terms.count).map((start) => ({
    opensAt: isoOf(start),
    closesAt: isoOf(start + valid.durationMs),
    local: localText(start, terms.timeZone),
  }));
}

/** The openings as a table. */
export function upcomingTable(openings: readonly UpcomingOpening[], timeZone: string): string {
  if (openings.length === 0) return "No opening in the next 400 days.\n";
  return `${table(["OPENS", "CLOSES", `LOCAL (${timeZone})`], openings.map((opening) => [opening.opensAt, opening.closesAt, opening.local]))}\n`;
}

/** What `slacktide window check` prints (design §10). */
export interface WindowCheck {
  readonly open: boolean;
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  readonly nextOpensAt: string | null;
}

/** Whether a window is open at an instant; throws UsageError for a bad window. */
export function checkWindow(spec: WindowSpec, at: Instant): WindowCheck {
  const { open, opensAt, closesAt, nextOpensAt } = windowStateAt([validOf(compileWindow("", spec))], at);
  const text = (instant: Instant | undefined) => (instant === undefined ? null : isoOf(instant));
  return { open, opensAt: text(opensAt), closesAt: text(closesAt), nextOpensAt: text(nextOpensAt) };
}

function validOf(window: Window | InvalidWindow): Window {
  if (window.kind === "valid") return window;
  const { name, problems } = window;
  throw new UsageError(`${name === "" ? "" : `MaintenanceWindow "${name}": `}${problems.join("; ")}`);
}

/** `Tue 2026-11-24 03:00`, in the zone. */
function localText(instant: Instant, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("weekday")} ${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}`;
}
