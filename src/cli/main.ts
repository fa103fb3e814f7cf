import { Command, CommanderError } from "commander";
import { laneNames } from "../api/index.ts";
import type { Instant } from "../domain/time.ts";
import { compiledWindow } from "../reconcile/compiled.ts";
import { specAs } from "../reconcile/shapes.ts";
import { VERSION } from "../version.ts";
import { count, instant } from "./arguments.ts";
import { UsageError } from "./errors.ts";
import { addApprove } from "./approve.ts";
import { addCopyData } from "./copy-data.ts";
import { addForecast } from "./forecast.ts";
import { addFreezes } from "./freeze.ts";
import { addHistory } from "./history.ts";
import { findManifest, readManifests } from "./manifests.ts";
import { addOrphans } from "./orphans.ts";
import { addPlan } from "./plan.ts";
import { format, formatted, type Format } from "./output.ts";
import { addRestore } from "./restore.ts";
import { addRestoreTables } from "./restore-tables.ts";
import { addRun } from "./run.ts";
import { addSimulate } from "./simulate.ts";
import { checkWindow, upcoming, upcomingTable } from "./windows.ts";
import { addWhy } from "./why-command.ts";

/** Where a command writes, and the clock it takes `now` from. */
export interface Shell {
  readonly name: string;
  readonly width: number;
  out(text: string): void;
  err(text: string): void;
  now(): Instant;
  /** Who calls. */
  user(): string;
}

/** Runs one command; resolves to its exit code: 0, 1 for a failure, 2 for a mistake in the call or its input. */
export async function main(argv: readonly string[], shell: Shell): Promise<number> {
  let code = 0;
  const program = programOf(shell, (result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    shell.err(`${shell.name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function programOf(shell: Shell, setCode: (code: number) => void): Command {
  const program = new Command(shell.name)
    .description("Upgrades a fleet of Teleport-style tenants, each inside its own maintenance window.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text), outputError: (text, write) => write(ownStyle(text, shell.name)) });
  addRun(program, setCode);
  addWindows(program, shell);
  addWindowCheck(program, shell);
  addWhy(program, shell);
  addPlan(program, shell);
  addForecast(program, shell, setCode);
  addSimulate(program, shell);
  addHistory(program, shell);
  addFreezes(program, shell);
  addApprove(program, shell);
  addRestore(program, shell);
  addCopyData(program, shell);
  addRestoreTables(program, shell);
  addOrphans(program, shell, setCode);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
}

/** commander's `error: …`, at times with a suggestion on a second line, as the one line that every other mistake gets. */
function ownStyle(text: string, name: string): string {
  return `${name}: ${text.replace(/^error: /, "").trim().replaceAll("\n", " ")}\n`;
}

function addWindows(program: Command, shell: Shell): void {
  program
    .command("windows")
    .description("show the next openings of a maintenance window, from the cluster or from manifests")
    .argument("<name>", "the MaintenanceWindow")
    .option("-f, --filename <path>", "file or folder with manifests; no cluster is asked")
    .option("--next <n>", "how many openings", count, 5)
    .option("--at <instant>", "openings after this instant instead of now", instant)
    .option("--kubeconfig <file>", "kubeconfig to use")
    .addOption(format())
    .action(async (name: string, flags: { filename?: string; next: number; at?: Instant; kubeconfig?: string; output: Format }) => {
      const object = flags.filename === undefined ? await liveWindow(name, flags.kubeconfig) : findManifest({ kind: "MaintenanceWindow", name }, readManifests(flags.filename));
      const timeZone = specAs<{ timeZone: string }>(object).timeZone ?? "UTC";
      const openings = upcoming(compiledWindow(object).window, { timeZone, now: flags.at ?? shell.now(), count: flags.next });
      shell.out(flags.output === "table" ? upcomingTable(openings, timeZone) : formatted(openings, flags.output));
    });
}

function addWindowCheck(program: Command, shell: Shell): void {
  program
    .command("window")
    .description("judge a window that need not exist")
    .command("check")
    .description("say whether a window is open at an instant")
    .requiredOption("--schedule <cron>", "five cron fields, wall clock in the zone")
    .requiredOption("--duration <duration>", "how long it stays open, such as 4h")
    .option("--time-zone <zone>", "IANA zone", "UTC")
    .option("--at <instant>", "the instant to judge; by default now", instant)
    .addOption(format())
    .action((flags: { schedule: string; duration: string; timeZone: string; at?: Instant; output: Format }) => {
      const { schedule, duration, timeZone } = flags;
      const check = checkWindow({ schedule, duration, timeZone, lanes: laneNames }, flags.at ?? shell.now());
      const text = `${check.open ? `open from ${check.opensAt ?? ""} until ${check.closesAt ?? ""}` : "closed"}; next opening ${check.nextOpensAt ?? "not known"}\n`;
      shell.out(flags.output === "table" ? text : formatted(check, flags.output));
    });
}

async function liveWindow(name: string, kubeconfig: string | undefined) {
  const { readObject } = await import("./cluster.ts");
  return readObject("MaintenanceWindow", name, kubeconfig);
}
