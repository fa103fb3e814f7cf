import type { ForecastStart } from "../domain/forecast/forecast.ts";
import { stampOf } from "../domain/time.ts";
import { table } from "./text.ts";

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

/** The differences as a table. */
export function differenceText(all: readonly Difference[]): string {
  if (all.length === 0) return "The change makes no difference.\n";
  return `${table(["TENANT", "TO", "WITHOUT", "WITH"], all.map(({ tenant, to, before, after }) => [tenant, to, before, after]))}\n`;
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
