import type { ForecastStart } from "../domain/forecast/forecast.ts";
import { findingsOf, type Finding } from "../domain/forecast/findings.ts";
import { stampOf } from "../domain/time.ts";
import { section } from "./forecast-text.ts";
import type { FleetForecast } from "./foresee.ts";
import { item, table } from "./text.ts";

/** An upgrade that a change moves, brings or takes away. */
export interface Difference {
  readonly tenant: string;
  readonly to: string;
  /** Absent: without the change it does not start. */
  readonly before?: string | undefined;
  /** Absent: with the change it does not start. */
  readonly after?: string | undefined;
}

/** What a change does to a plan: only upgrades that start at another time, or in one of the two alone. */
export function differences(before: readonly ForecastStart[], after: readonly ForecastStart[]): readonly Difference[] {
  const [was, is] = [byUpgrade(before), byUpgrade(after)];
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  return keys
    .map((key) => ({ before: was.get(key), after: is.get(key) }))
    .filter((each) => each.before?.startsAt !== each.after?.startsAt)
    .map(({ before: old, after: now }) => ({ tenant: (now ?? old)?.tenant ?? "", to: (now ?? old)?.to ?? "", before: old && stampOf(old.startsAt), after: now && stampOf(now.startsAt) }))
    .sort((a, b) => ((a.after ?? a.before ?? "") < (b.after ?? b.before ?? "") ? -1 : 1));
}

/** What a change does: to the plan, and what it brings that should be seen to, which may be why a start is gone. */
export interface Change {
  readonly starts: readonly Difference[];
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];
}

export function changeBetween(before: FleetForecast, after: FleetForecast): Change {
  const known = new Set(before.channels.flatMap(findingsOf).map(({ message }) => message));
  return {
    starts: differences(before.starts, after.starts),
    problems: after.problems.filter((problem) => !before.problems.includes(problem)),
    findings: after.channels.flatMap(findingsOf).filter(({ message }) => !known.has(message)),
  };
}

/** The differences as a table, and what is new of the rest under it. */
export function changeText({ starts, problems, findings }: Change, width: number): string {
  if (starts.length + problems.length + findings.length === 0) return "The change makes no difference.\n";
  const line = (name: string, text: string) => item(name, text, { indent: 2, width });
  const rows = starts.map(({ tenant, to, before, after }) => [tenant, to, before, after]);
  const parts = [
    rows.length === 0 ? "The change makes no difference to what starts." : table(["TENANT", "TO", "WITHOUT", "WITH"], rows),
    "",
    ...section("Left out with it:", problems.map((problem) => line("-", problem))),
    ...section("To see to with it:", findings.map(({ kind, message }) => line(`${kind}:`, message))),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

/** Of several attempts of the same upgrade each is one. */
function byUpgrade(starts: readonly ForecastStart[]): ReadonlyMap<string, ForecastStart> {
  const tries = new Map<string, number>();
  return new Map(
    starts.map((start) => {
      const upgrade = `${start.tenant} ${start.to}`;
      const count = (tries.get(upgrade) ?? 0) + 1;
      tries.set(upgrade, count);
      return [`${upgrade} ${count}`, start];
    }),
  );
}
