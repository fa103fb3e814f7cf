import type { Command } from "commander";
import { stampOf, type Instant } from "../domain/time.ts";
import { instant } from "./arguments.ts";
import { assumptionLines, assumptionsFrom, withAssumptions, type AssumeFlags } from "./assume.ts";
import type { Shell } from "./main.ts";
import type { Manifest } from "./manifests.ts";
import { noInventoryLine } from "./offline-agents.ts";
import { oneChannel } from "./one-channel.ts";
import { format, formatted, type Format } from "./output.ts";
import { planOf } from "./planned.ts";
import { planData, planText } from "./plan-text.ts";
import { isRecorded, objectsFrom, type SourceFlags } from "./source.ts";
import { worldOf, type World } from "./world.ts";

interface PlanFlags extends SourceFlags, AssumeFlags {
  readonly at?: Instant;
  readonly output: Format;
}

/** `slacktide plan` (design §10). */
export function addPlan(program: Command, shell: Shell): void {
  withAssumptions(program.command("plan"))
    .description("show what starts in the openings of now, or else in the next ones, and what keeps the others")
    .argument("[channel]", "the tenants of this ReleaseChannel alone")
    .option("-f, --filename <path>", "file or folder with manifests; no cluster is asked")
    .option("--at <instant>", "the openings of this instant instead of now", instant)
    .addOption(format())
    .action(async (channel: string | undefined, flags: PlanFlags) => {
      const assumptions = assumptionsFrom(flags);
      const { at = shell.now() } = flags;
      const world = worldUntil(await objectsFrom(flags), at, shell.now());
      const asked = channel === undefined ? world : oneChannel(world, channel);
      const plan = planOf(asked, at, assumptions);
      const meanwhile = world.at < at ? [`until ${stampOf(at)} all goes as foreseen from now`] : [];
      const report = { plan, assumptions: [...meanwhile, ...assumptionLines(assumptions), ...noInventoryLine(asked.tenants, asked.manifests)], width: shell.width };
      shell.out(flags.output === "table" ? planText(report) : formatted(planData(report), flags.output));
    });
}

/** What statuses tell is so now, and goes on from there; manifests without any tell of whenever they are asked for. */
function worldUntil(objects: readonly Manifest[], at: Instant, now: Instant): World {
  const world = worldOf(objects, at);
  return at > now && world.tenants.some(({ status }) => isRecorded(status)) ? worldOf(objects, now) : world;
}
