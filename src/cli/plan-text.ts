import { named } from "../domain/forecast/findings.ts";
import type { ForecastStart } from "../domain/forecast/forecast.ts";
import { laneOf } from "../domain/tenant/view.ts";
import { isoOf, stampOf } from "../domain/time.ts";
import { counted, section } from "./forecast-text.ts";
import type { HeldLane } from "./held-lanes.ts";
import type { Plan } from "./planned.ts";
import { item, listing, wrap } from "./text.ts";

/** What `slacktide plan` prints. */
export interface PlanReport {
  readonly plan: Plan;
  readonly assumptions: readonly string[];
  /** Columns of the terminal. */
  readonly width: number;
}

/** What starts, and why the others do not; who merely waits for a window is counted. */
export function planText({ plan, assumptions, width }: PlanReport): string {
  const { starts, held, outside, idle, problems } = plan;
  const line = (name: string, text: string) => item(name, text, { indent: 0, width });
  const items = (texts: readonly string[]) => texts.map((text) => item("-", text, { indent: 2, width }));
  const parts = [
    ...wrap(headOf(plan), width),
    "",
    ...(starts.length === 0 ? ["Nothing starts.", ""] : section(`Starts (${starts.length}):`, [startsText(starts, width)])),
    ...section(`Does not start (${held.length}):`, held.length === 0 ? [] : [heldText(held, width)]),
    ...(outside.length === 0 ? [] : [line("Outside their windows:", outsideText(outside)), ""]),
    ...(idle.length === 0 ? [] : [line("Nowhere to go:", namesText(idle)), ""]),
    ...section("Left out:", items(problems)),
    ...section("Assumed:", items(assumptions)),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function headOf({ at, which, from, until }: Plan): string {
  if (which === "none") return `At ${stampOf(at)} no window is open, and no opening is known.`;
  if (which === "next") return `At ${stampOf(at)} no window is open. In the next opening, from ${stampOf(from)} to ${stampOf(until)}:`;
  return `From ${stampOf(at)} until the last of the windows that are open then closes, ${stampOf(until)}:`;
}

function startsText(starts: readonly ForecastStart[], width: number): string {
  const rows = starts.map(({ tenant, class: upgradeClass, from, to, startsAt, opening }) => [tenant, laneOf(upgradeClass), from, to, stampOf(startsAt), opening.window, stampOf(opening.closesAt)]);
  return listing({ headers: ["TENANT", "LANE", "FROM", "TO", "STARTS", "WINDOW", "CLOSES"], rows, width });
}

function heldText(held: readonly HeldLane[], width: number): string {
  const rows = held.map(({ tenant, lane, from, to, holds, opening }) => [tenant, lane, from, to, codesOf(holds).join(", "), opening?.window, opening && stampOf(opening.closesAt)]);
  return listing({ headers: ["TENANT", "LANE", "FROM", "TO", "WHY NOT", "WINDOW", "CLOSES"], rows, width });
}

function codesOf(holds: HeldLane["holds"]) {
  return holds.map(({ code }) => code);
}

/** How many tenants wait, until when, and how many lanes something else holds as well. */
function outsideText(outside: readonly HeldLane[]): string {
  const { nextOpensAt, holds } = outsideData(outside);
  const besides = Object.entries(holds).map(([code, count]) => `${code} ${count}`);
  return `${namesText(outside.map(({ tenant }) => tenant))}; ${nextOpensAt === null ? "no opening is known" : `the next opens ${nextOpensAt}`}${besides.length === 0 ? "" : `; held besides: ${besides.join(", ")}`}`;
}

function namesText(names: readonly string[]): string {
  return `${counted(new Set(names).size, "tenant")} (${named(names)})`;
}

function outsideData(outside: readonly HeldLane[]) {
  const opens = outside.flatMap(({ nextOpensAt }) => nextOpensAt ?? []).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const besides = Map.groupBy(outside.flatMap(({ holds }) => codesOf(holds)).filter((code) => code !== "OutsideWindow"), (code) => code);
  return {
    tenants: [...new Set(outside.map(({ tenant }) => tenant))].sort(),
    nextOpensAt: Number.isFinite(opens) ? stampOf(opens) : null,
    holds: Object.fromEntries([...besides].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, all]) => [code, all.length])),
  };
}

/** The same as data. */
export function planData({ plan, assumptions }: Omit<PlanReport, "width">) {
  const { at, which, from, until, starts, held, outside, idle, problems } = plan;
  const openingData = ({ window, opensAt, closesAt }: ForecastStart["opening"]) => ({ window, opensAt: stampOf(opensAt), closesAt: stampOf(closesAt) });
  return {
    at: isoOf(at),
    openings: which,
    from: which === "none" ? null : stampOf(from),
    until: which === "none" ? null : stampOf(until),
    starts: starts.map((start) => ({ tenant: start.tenant, lane: laneOf(start.class), class: start.class, from: start.from, to: start.to, startsAt: stampOf(start.startsAt), opening: openingData(start.opening), approvals: start.approvals })),
    held: held.map(({ tenant, lane, from: version, to, holds, opening }) => ({
      tenant,
      lane,
      ...(version !== undefined && { from: version }),
      to,
      holds: holds.map(({ code, message, until: end }) => ({ code, message, ...(end !== undefined && { until: stampOf(end) }) })),
      ...(opening && { opening: openingData(opening) }),
    })),
    outside: outsideData(outside),
    idle,
    problems,
    assumptions,
  };
}
