import { Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { API_VERSION, APPROVAL, type ApprovalSpec, type Liftable, type RawObject } from "../api/index.ts";
import { liftable } from "../api/approval.ts";
import { parseVersion } from "../domain/release/version.ts";
import { DAY, stampOf, type Instant } from "../domain/time.ts";
import { instant, length, objectName, tenantName, words } from "./arguments.ts";
import { warningsOf } from "./approval-warnings.ts";
import { UsageError } from "./errors.ts";
import { findTenant, UNSEEN } from "./held-tenants.ts";
import type { Shell } from "./main.ts";

/** The longest that an approval may last (design §2). */
const LONGEST_MS = 30 * DAY;

interface Flags {
  readonly to: string;
  readonly lift: readonly Liftable[];
  readonly requestedBy: string;
  readonly approver?: string;
  readonly reason: string;
  readonly until?: Instant;
  readonly for?: number;
  readonly name?: string;
  readonly kubeconfig?: string;
  readonly dryRun?: boolean;
}

/** `slacktide approve`: prints the Approval that it creates, in the name of whoever calls; `--dry-run` only prints it. */
export function addApprove(program: Command, shell: Shell): void {
  program
    .command("approve")
    .description("lift named holds for an upgrade of named tenants, in your own name")
    .argument("<tenant...>", "the Tenants, by name", (name: string, before: readonly string[] | undefined) => [...(before ?? []), tenantName(name)])
    .requiredOption("--to <version>", "the release that is approved", semantic)
    .requiredOption("--lift <codes>", "the holds that are lifted, such as OutsideWindow,Frozen", codes)
    .requiredOption("--requested-by <who>", "who asked for it; somebody else than you, unless the cluster does not separate duties")
    .requiredOption("--reason <text>", "why", words)
    .option("--until <instant>", "until when it lifts anything", instant)
    .option("--for <length>", "for how long instead, such as 24h", length)
    .option("--approver <who>", "who you are to the API server; by default it is asked")
    .option("--name <name>", "the name of the Approval; by default approval-<now>", objectName)
    .option("--dry-run", "print the Approval and change nothing")
    .option("--kubeconfig <file>", "kubeconfig to use")
    .action(async (tenants: readonly string[], flags: Flags) => {
      const { whoAmI, createObject, readIfAllowed } = await import("./cluster.ts");
      const approver = flags.approver ?? (await whoAmI(flags.kubeconfig));
      const approval = approvalOf(tenants, { ...flags, approver }, shell.now());
      // Whether that will do is the cluster's to say: policies.separationOfDuties of the chart.
      if (flags.requestedBy === approver) shell.err(`${shell.name}: --requested-by is ${approver}, and so are you: where duties are separated nobody approves what they asked for themselves\n`);
      if (flags.dryRun === true) return shell.out(stringify(approval));
      const objects = await readIfAllowed(["Tenant"], flags.kubeconfig);
      if (objects === undefined) shell.err(`${shell.name}: ${UNSEEN}\n`);
      else for (const warning of warningsOf(approval.spec, tenants.map((name) => findTenant(name, objects)))) shell.err(`${shell.name}: ${warning}\n`);
      shell.out(stringify(approval));
      await createObject(approval, flags.kubeconfig);
      shell.out(`---\n# created; to take it back: kubectl delete approval ${approval.metadata.name}\n`);
    });
}

type ApprovalManifest = Pick<RawObject, "apiVersion" | "kind" | "metadata"> & { readonly spec: ApprovalSpec };

function approvalOf(tenants: readonly string[], flags: Flags & { readonly approver: string }, now: Instant): ApprovalManifest {
  const { to: version, lift, requestedBy, approver, reason } = flags;
  return {
    apiVersion: API_VERSION,
    kind: APPROVAL.kind,
    metadata: { name: flags.name ?? `approval-${stampOf(now).replaceAll(/[-:]/g, "").toLowerCase()}` },
    spec: { tenants: [...tenants], version, lifts: [...lift], requestedBy, approver, reason, expiresAt: stampOf(endOf(flags, now)) },
  };
}

function endOf({ until, for: lengthMs }: Flags, now: Instant): Instant {
  if ((until === undefined) === (lengthMs === undefined)) throw new UsageError("an approval expires: say when with --until or --for, one of them");
  const end = until ?? now + (lengthMs ?? 0);
  if (end <= now) throw new UsageError(`it would expire at ${stampOf(end)}, in the past`);
  if (end - now > LONGEST_MS) throw new UsageError("an approval lasts 30 days at most");
  return end;
}

function semantic(text: string): string {
  const version = parseVersion(text);
  if (version === undefined) throw new InvalidArgumentError("Write a full version such as 18.1.2.");
  return version;
}

function codes(text: string): readonly Liftable[] {
  return text.split(",").map((name) => {
    const code = liftable.find((each) => each === name.trim());
    if (code === undefined) throw new InvalidArgumentError(`Nothing lifts "${name.trim()}": write some of ${liftable.join(", ")}.`);
    return code;
  });
}
