import type { Command } from "commander";
import type { Tenant, TenantStatus } from "../api/index.ts";
import { laneOf } from "../domain/tenant/view.ts";
import type { ForecastStart } from "../domain/forecast/forecast.ts";
import { stampOf, type Instant } from "../domain/time.ts";
import { instant } from "./arguments.ts";
import { assumptionsFrom, withAssumptions, type AssumeFlags } from "./assume.ts";
import { UsageError } from "./errors.ts";
import type { Shell } from "./main.ts";
import { readManifests } from "./manifests.ts";
import { judgeOffline } from "./offline.ts";
import { format, formatted, type Format } from "./output.ts";
import { isRecorded, objectsFrom, tenantFrom, type SourceFlags } from "./source.ts";
import { explainWhy } from "./why.ts";
import { foreseeTenant, type FutureQuestion } from "./why-future.ts";
import { pastData, pastOf, pastText } from "./why-past.ts";
import { tenantIn, worldOf } from "./world.ts";

interface WhyFlags extends SourceFlags, AssumeFlags {
  readonly at?: Instant;
  readonly output: Format;
}

/** An answer, for people and for machines. */
interface Answer {
  readonly data: object;
  text(width: number): string;
}

/** `slacktide why` (design §10). */
export function addWhy(program: Command, shell: Shell): void {
  withAssumptions(program.command("why"))
    .description("explain why a tenant is not upgraded now, was not or will not be: every hold, what clears it and when")
    .argument("<tenant>", "the Tenant")
    .option("-f, --filename <path>", "file or folder with manifests; no cluster is asked")
    .option("--at <instant>", "another instant than now: what is to come is foreseen, what has gone by is looked up; manifests without a status are judged as of then", instant)
    .addOption(format())
    .action(async (name: string, flags: WhyFlags) => {
      const answer = await answerOf(name, flags, shell.now());
      shell.out(flags.output === "table" ? answer.text(shell.width) : formatted(answer.data, flags.output));
    });
}

async function answerOf(name: string, flags: WhyFlags, now: Instant): Promise<Answer> {
  const { filename, at = now } = flags;
  const manifests = filename === undefined ? undefined : readManifests(filename); // once: it may be a pipe
  const tenant = manifests === undefined ? await tenantFrom(flags, name) : tenantIn({ manifests }, name);
  const { status } = tenant;
  if (manifests === undefined && status === undefined) throw new UsageError(`Tenant "${name}" has no status yet: is the operator running?`);
  const isKnown = manifests === undefined || isRecorded(status);
  if (isKnown && at > now) {
    const world = worldOf(manifests ?? (await objectsFrom(flags)), now);
    return future(tenant, { world, at, assumptions: assumptionsFrom(flags) });
  }
  if (flags.assume !== undefined || flags.config !== undefined) throw new UsageError("--assume and --config are for what is to come: name an instant with --at, of a Tenant with a status");
  if (isKnown && at < now) return past(tenant, at);
  return present(tenant, manifests === undefined ? { status, assumptions: [] } : judgeOffline(name, manifests, at), now);
}

function present({ metadata, spec }: Tenant, { status = {}, assumptions }: { readonly status: TenantStatus | undefined; readonly assumptions: readonly string[] }, asOf: Instant): Answer {
  const { name } = metadata;
  return { data: { name, assumptions, status }, text: (width) => explainWhy({ name, channel: spec.channel, status, assumptions, asOf, width }) };
}

function past(tenant: Tenant, at: Instant): Answer {
  const { name } = tenant.metadata;
  const found = pastOf(tenant, at);
  return { data: pastData(name, at, found), text: (width) => pastText(name, at, { past: found, width }) };
}

function future(tenant: Tenant, question: FutureQuestion): Answer {
  const { name } = tenant.metadata;
  const { status, starts, assumptions } = foreseeTenant(tenant, question);
  const foreseen = { at: stampOf(question.at), starts: starts.map(startText) };
  const begun = starts.map(({ class: upgradeClass, from, to, startsAt, endsAt, result }) => ({ class: upgradeClass, from, to, startsAt: stampOf(startsAt), endsAt: stampOf(endsAt), result }));
  return { data: { name, at: foreseen.at, starts: begun, assumptions, status }, text: (width) => explainWhy({ name, channel: tenant.spec.channel, status, assumptions, width, foreseen }) };
}

/** `17.2.1 to 17.2.3 (Patch lane), from 2026-11-24T02:00:30Z to 2026-11-24T02:10:15Z`. */
function startText({ class: upgradeClass, from, to, startsAt, endsAt, opening, result }: ForecastStart): string {
  return `${from} to ${to} (${laneOf(upgradeClass)} lane), from ${stampOf(startsAt)} to ${stampOf(endsAt)} in ${opening.window}${result === "Succeeded" ? "" : `: ${result}`}`;
}
