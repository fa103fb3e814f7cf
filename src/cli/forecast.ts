import type { Command } from "commander";
import { loadPlatform } from "../adapters/config.ts";
import { findingsOf } from "../domain/forecast/findings.ts";
import { DAY, type Instant } from "../domain/time.ts";
import { instant, weeks } from "./arguments.ts";
import { assumptionLines, assumptionsFrom, withAssumptions, type AssumeFlags } from "./assume.ts";
import { UsageError } from "./errors.ts";
import { calendarOf } from "./forecast-ics.ts";
import { forecastData, forecastText } from "./forecast-text.ts";
import { foresee, withPatches, type FleetForecast } from "./foresee.ts";
import type { Shell } from "./main.ts";
import { manifestProblems } from "./manifest-problems.ts";
import { readManifests, type Manifest } from "./manifests.ts";
import { format, formatted, type Format } from "./output.ts";
import { objectsFrom, overlaid, type SourceFlags } from "./source.ts";
import { changeBetween, changeText } from "./what-if.ts";
import { worldOf } from "./world.ts";

interface ForecastFlags extends SourceFlags, AssumeFlags {
  readonly weeks: number;
  readonly from?: Instant;
  readonly whatIf?: string;
  readonly assumePatches?: boolean;
  readonly check?: boolean;
  readonly output: Format | "ics";
}

/** `slacktide forecast` (design §10). */
export function addForecast(program: Command, shell: Shell, setCode: (code: number) => void): void {
  withWeeks(program.command("forecast"))
    .description("foresee every upgrade of the coming weeks: the operator's own decisions, on a clock that runs ahead")
    .argument("[tenant]", "this Tenant alone; the whole fleet is foreseen all the same")
    .option("-f, --filename <path>", "file or folder with manifests; no cluster is asked")
    .option("--what-if <path>", "changed or added manifests: what difference they make")
    .option("--check", "exit 1 if there is something to see to, or manifests that the API server refuses or the operator is stalled by")
    .addOption(format("ics"))
    .action(async (tenant: string | undefined, flags: ForecastFlags) => {
      const from = flags.from ?? shell.now();
      const objects = await objectsFrom(flags);
      const ask = (all: readonly Manifest[]) => only(foreseen(all, from, flags), tenant);
      const forecast = ask(flags.whatIf === undefined ? objects : overlaid(objects, readManifests(flags.whatIf)));
      const findings = forecast.channels.flatMap(findingsOf);
      const report = { forecast, findings, assumptions: [...linesOf(flags), ...forecast.assumed], width: shell.width };
      const change = flags.whatIf === undefined ? undefined : changeBetween(ask(objects), forecast);
      if (flags.output === "ics") shell.out(calendarOf(forecast.starts, from));
      else if (flags.output === "table") shell.out(change === undefined ? forecastText(report) : changeText(change, shell.width));
      else shell.out(formatted({ ...forecastData(report), ...(change && { differences: change.starts }) }, flags.output));
      if (flags.check === true && findings.length + forecast.problems.length > 0) {
        if (flags.output !== "table" || change !== undefined) for (const { kind, message } of findings) shell.err(`${kind}: ${message}\n`);
        setCode(1);
      }
    });
}

/** What every command takes that foresees weeks. */
export function withWeeks(command: Command): Command {
  return withAssumptions(command)
    .option("--weeks <n>", "how far ahead", weeks, 13)
    .option("--from <instant>", "where it begins; by default now", instant)
    .option("--assume-patches", "assume a patch release of each line for every patch cut to come");
}

/** The fleet's future as the flags ask for it. Throws UsageError. */
export function foreseen(objects: readonly Manifest[], from: Instant, flags: Pick<ForecastFlags, "weeks" | "assumePatches" | keyof AssumeFlags>): FleetForecast {
  const until = from + flags.weeks * 7 * DAY;
  const world = worldOf(flags.assumePatches === true ? withPatches(objects, { from, until }) : objects, from);
  const forecast = foresee(world, until, assumptionsFrom(flags));
  const platform = { given: flags.config !== undefined, platform: loadPlatform(flags.config) };
  return { ...forecast, problems: [...forecast.problems, ...manifestProblems(world, platform)] };
}

/** What was assumed, in words. */
export function linesOf(flags: AssumeFlags & { readonly assumePatches?: boolean }): readonly string[] {
  return [...assumptionLines(assumptionsFrom(flags)), ...(flags.assumePatches === true ? ["each line gets a patch release in time for every patch cut"] : [])];
}

function only(forecast: FleetForecast, tenant: string | undefined): FleetForecast {
  if (tenant === undefined) return forecast;
  const tenants = forecast.tenants.filter(({ view }) => view.name === tenant);
  if (tenants.length === 0) throw new UsageError(`there is no Tenant "${tenant}" that can be foreseen${forecast.problems.length === 0 ? "" : `: ${forecast.problems.join("; ")}`}`);
  return { ...forecast, tenants, starts: forecast.starts.filter((start) => start.tenant === tenant) };
}
