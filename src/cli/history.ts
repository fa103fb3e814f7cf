import type { Command } from "commander";
import type { Tenant } from "../api/index.ts";
import type { Instant } from "../domain/time.ts";
import { count } from "./arguments.ts";
import { attemptsOf, beginOf, endOf, hasFailed, type Attempt } from "./attempts.ts";
import { historyData, historyText } from "./history-text.ts";
import type { Shell } from "./main.ts";
import { format, formatted, type Format } from "./output.ts";
import { tenantFrom, worldFrom, type SourceFlags } from "./source.ts";

interface HistoryFlags extends SourceFlags {
  readonly limit: number;
  readonly failed?: boolean;
  readonly output: Format;
}

/** `slacktide history` (design §10). */
export function addHistory(program: Command, shell: Shell): void {
  program
    .command("history")
    .description("show the upgrades that ended and those under way, the newest first, as status knows them: 20 a tenant")
    .argument("[tenant]", "this Tenant alone")
    .option("-f, --filename <path>", "file or folder with manifests and their status; no cluster is asked")
    .option("--limit <n>", "how many upgrades", count, 20)
    .option("--failed", "those alone that were tried and did not work; not those that were aborted before their first write")
    .option("--kubeconfig <file>", "kubeconfig to use")
    .addOption(format())
    .action(async (name: string | undefined, flags: HistoryFlags) => {
      const { tenants, problems } = await tenantsFrom(flags, name, shell.now());
      const all = tenants.flatMap(attemptsOf).filter((attempt) => flags.failed !== true || hasFailed(attempt));
      const attempts = all.sort(newestFirst).slice(0, flags.limit);
      const report = { attempts, left: all.length - attempts.length, problems, nothing: nothingText(tenants, flags), width: shell.width };
      shell.out(flags.output === "table" ? historyText(report) : formatted(historyData(report), flags.output));
    });
}

async function tenantsFrom(flags: SourceFlags, name: string | undefined, now: Instant): Promise<{ readonly tenants: readonly Tenant[]; readonly problems: readonly string[] }> {
  if (name !== undefined) return { tenants: [await tenantFrom(flags, name)], problems: [] };
  const { tenants, unreadable } = await worldFrom(flags, now);
  return { tenants, problems: unreadable };
}

/** Those under way first. */
function newestFirst(a: Attempt, b: Attempt): number {
  if (endOf(a) !== endOf(b)) return endOf(a) > endOf(b) ? -1 : 1;
  return beginOf(b) - beginOf(a) || (a.tenant < b.tenant ? -1 : 1);
}

function nothingText(tenants: readonly Tenant[], { failed }: HistoryFlags): string {
  if (tenants.length > 0 && tenants.every(({ status }) => status === undefined)) return "Nothing is known of upgrades: no Tenant has a status.";
  return failed === true ? "No upgrade has failed." : "Nothing has been upgraded yet.";
}
