import type { Command } from "commander";
import { findingsOf } from "../domain/forecast/findings.ts";
import type { Instant } from "../domain/time.ts";
import type { AssumeFlags } from "./assume.ts";
import { foreseen, linesOf, withWeeks } from "./forecast.ts";
import { counted, endText, section } from "./forecast-text.ts";
import type { Shell } from "./main.ts";
import { readManifests } from "./manifests.ts";
import { item } from "./text.ts";
import { timelineText } from "./timeline.ts";

interface SimulateFlags extends AssumeFlags {
  readonly filename: string;
  readonly weeks: number;
  readonly from?: Instant;
  readonly patches: boolean;
}

/** `slacktide simulate`: what the operator would do with these manifests, and no cluster is needed to see it. */
export function addSimulate(program: Command, shell: Shell): void {
  withWeeks(program.command("simulate"))
    .description("play the coming weeks of a fleet from its manifests, without a cluster")
    .requiredOption("-f, --filename <path>", "file or folder with manifests")
    .option("--no-patches", "do not assume a patch release of each line for every patch cut to come")
    .action((flags: SimulateFlags) => {
      const from = flags.from ?? shell.now();
      const assumed = { ...flags, assumePatches: flags.patches };
      const forecast = foreseen(readManifests(flags.filename), from, assumed);
      const { tenants, channels, starts, problems, assumed: unknown } = forecast;
      const line = (name: string, text: string) => item(name, text, { indent: 2, width: shell.width });
      const head = `${counted(tenants.length, "tenant")} in ${counted(channels.length, "channel")}, ${counted(flags.weeks, "week")}; times are in UTC`;
      const summary = [
        ...section(`In the end, after ${counted(starts.length, "upgrade")}:`, endText(tenants).map(([version, text]) => line(version, text))),
        ...section("Left out:", problems.map((problem) => line("-", problem))),
        ...section("To see to:", channels.flatMap(findingsOf).map(({ kind, message }) => line(`${kind}:`, message))),
        ...section("Assumed:", [...linesOf(assumed), ...unknown].map((assumption) => line("-", assumption))),
      ];
      shell.out(`${[head, "", timelineText(forecast, shell.width), ...summary].join("\n").trimEnd()}\n`);
    });
}
