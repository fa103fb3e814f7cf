import { Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { API_VERSION, FREEZE, laneNames, type FreezeSpec, type LaneName, type LabelSelector } from "../api/index.ts";
import { NAME_LABEL } from "../domain/selector.ts";
import { DAY, stampOf, type Instant } from "../domain/time.ts";
import { instant, length, objectName, tenantName, words } from "./arguments.ts";
import { UsageError } from "./errors.ts";
import { heldTenants, UNSEEN, type NewFreeze } from "./held-tenants.ts";
import type { Shell } from "./main.ts";

/** The longest that a freeze may last (design §2). */
const LONGEST_MS = 90 * DAY;

interface Span {
  readonly from?: Instant;
  readonly until?: Instant;
  readonly for?: number;
}

interface Whom {
  readonly all?: boolean;
  readonly tenant?: string;
  readonly selector?: LabelSelector;
  readonly channel?: string;
}

interface Common {
  readonly reason: string;
  readonly owner?: string;
  readonly kubeconfig?: string;
  readonly dryRun?: boolean;
}

interface FreezeFlags extends Span, Whom, Common {
  readonly name?: string;
  readonly lane?: LaneName;
  readonly pauseRunning?: boolean;
  readonly exceptSecurity?: boolean;
}

/** `slacktide freeze` and `slacktide defer`: both print the Freeze that they create, and `--dry-run` only prints it. */
export function addFreezes(program: Command, shell: Shell): void {
  const freeze = program
    .command("freeze")
    .description("let nothing start for a while; with --all --pause-running the red button")
    .option("--all", "hold every tenant")
    .option("--tenant <name>", "hold this tenant alone", tenantName)
    .option("--selector <labels>", "hold the tenants with these labels, such as tier=gold,region=eu", labels)
    .option("--channel <name>", "hold the tenants of this channel", objectName)
    .option("--lane <lane>", `hold this lane alone: ${laneNames.join(" or ")}`, lane)
    .option("--pause-running", "hold upgrades under way too, at their next safe point")
    .option("--except-security", "let security upgrades start all the same")
    .option("--from <instant>", "when it begins; by default at once", instant)
    .option("--name <name>", "the name of the Freeze; by default freeze-<now>", objectName);
  common(freeze).action((flags: FreezeFlags) => carryOut(freezeOf(flags, shell), flags, shell));
  const defer = program.command("defer").description("let nothing start for one tenant for a while").argument("<tenant>", "the Tenant", tenantName);
  common(defer).action((tenant: string, flags: Span & Common) => carryOut(freezeOf({ ...flags, tenant, name: `defer-${tenant}` }, shell), flags, shell));
}

function common(command: Command): Command {
  return command
    .option("--until <instant>", "when it ends", instant)
    .option("--for <length>", "how long it lasts instead, such as 2h or 30m", length)
    .requiredOption("--reason <text>", "why; every tenant that it holds says so", words)
    .option("--owner <who>", "who answers for it; by default you")
    .option("--dry-run", "print the Freeze and change nothing")
    .option("--kubeconfig <file>", "kubeconfig to use");
}

function freezeOf(flags: FreezeFlags, shell: Shell): NewFreeze {
  const now = shell.now();
  const { pauseRunning, exceptSecurity, reason, owner = shell.user(), channel } = flags;
  return {
    apiVersion: API_VERSION,
    kind: FREEZE.kind,
    metadata: { name: flags.name ?? `freeze-${stampOf(now).replaceAll(/[-:]/g, "").toLowerCase()}` },
    spec: {
      ...(flags.from !== undefined && { from: stampOf(flags.from) }),
      until: stampOf(endOf(flags, now)),
      ...(flags.lane && { lanes: [flags.lane] }),
      ...selectorOf(flags),
      ...(channel !== undefined && { channel }),
      ...(pauseRunning === true && { pauseRunning }),
      ...(exceptSecurity === true && { exceptSecurity }),
      owner,
      reason,
    },
  };
}

function endOf({ from, until, for: lengthMs }: Span, now: Instant): Instant {
  if ((until === undefined) === (lengthMs === undefined)) throw new UsageError("a freeze always ends: say when with --until or --for, one of them");
  const begin = from ?? now;
  const end = until ?? begin + (lengthMs ?? 0);
  if (end <= begin || end <= now) throw new UsageError(`it would end at ${stampOf(end)}, before it begins, or in the past`);
  if (end - begin > LONGEST_MS) throw new UsageError("a freeze lasts 90 days at most");
  return end;
}

/** Whom it holds must be said: nobody stops a whole fleet by leaving something out. */
function selectorOf({ all, tenant, selector, channel }: Whom): Pick<FreezeSpec, "tenantSelector"> {
  const said = [all === true, tenant !== undefined, selector !== undefined].filter(Boolean).length;
  if (said > 1) throw new UsageError("--all, --tenant and --selector exclude each other");
  if (said === 0 && channel === undefined) throw new UsageError("say whom it holds: --all, --tenant, --selector or --channel");
  if (tenant !== undefined) return { tenantSelector: { matchLabels: { [NAME_LABEL]: tenant } } };
  return selector === undefined ? {} : { tenantSelector: selector };
}

async function carryOut(freeze: NewFreeze, { kubeconfig, dryRun }: Common, shell: Shell): Promise<void> {
  if (dryRun === true) return shell.out(stringify(freeze));
  const { applyObject, readIfAllowed } = await import("./cluster.ts");
  const objects = await readIfAllowed(["Tenant", "ReleaseChannel"], kubeconfig);
  const held = objects && heldTenants(freeze, objects);
  shell.out(stringify(freeze));
  await applyObject(freeze, kubeconfig);
  if (held === undefined) shell.err(`${shell.name}: ${UNSEEN}\n`);
  const whom = held === undefined ? "" : `; it is for ${held} ${held === 1 ? "tenant" : "tenants"}`;
  shell.out(`---\n# applied${whom}; to end it now: kubectl delete freeze ${freeze.metadata.name}\n`);
}

function lane(text: string): LaneName {
  const found = laneNames.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`Write ${laneNames.join(" or ")}.`);
  return found;
}

function labels(text: string): LabelSelector {
  const pairs = text.split(",").map((pair) => /^(?<key>[^=!\s]+)==?(?<value>[^=!\s]*)$/.exec(pair.trim())?.groups);
  const matchLabels = Object.fromEntries(pairs.map((pair) => [pair?.["key"] ?? "", pair?.["value"] ?? ""]));
  if (pairs.includes(undefined)) throw new InvalidArgumentError("Write labels such as tier=gold,region=eu; for more than that apply a Freeze.");
  return { matchLabels };
}
