import type { Command } from "commander";
import { ANNOTATION, type Tenant } from "../api/index.ts";
import { stampOf, type Instant } from "../domain/time.ts";
import { UsageError } from "./errors.ts";
import type { Shell } from "./main.ts";
import { listing, wrap } from "./text.ts";

interface Flags {
  readonly to?: string;
  readonly confirm?: string;
  readonly dryRun?: boolean;
  readonly kubeconfig?: string;
}

/** `slacktide restore`: shows a tenant's restore points, asks for one, and confirms what was prepared from it (docs/backup.md). */
export function addRestore(program: Command, shell: Shell): void {
  program
    .command("restore")
    .description("go back to a restore point: show them, prepare one with --to, switch to it with --confirm")
    .argument("<tenant>", "the Tenant, by name")
    .option("--to <point>", "prepare a new volume, or in AWS new tables, from this restore point; nothing else changes")
    .option("--confirm <uid>", "switch to what was prepared, whose uid this is: the tenant stops, and starts again with it")
    .option("--dry-run", "print what would be annotated and change nothing")
    .option("--kubeconfig <file>", "kubeconfig to use")
    .action(async (name: string, flags: Flags) => {
      const { readTenant, annotateTenant } = await import("./cluster.ts");
      const tenant = await readTenant(name, flags.kubeconfig);
      const annotations = annotationsFor(tenant, flags, shell.now());
      if (annotations === undefined) return shell.out(pointsText(tenant, shell.width));
      for (const [key, value] of Object.entries(annotations)) if (value !== null) shell.out(`${key}=${value}\n`);
      if (flags.dryRun === true) return;
      await annotateTenant(name, annotations, flags.kubeconfig);
      shell.out(flags.to === undefined ? "switching; kubectl get tenant shows how far it is\n" : `being prepared; slacktide restore ${name} shows when it is whole, and how to confirm it\n`);
    });
}

type Annotations = Readonly<Record<string, string | null>>;

/** What a tenant is annotated with; undefined if it is only looked at. Throws UsageError. */
export function annotationsFor(tenant: Tenant, { to, confirm }: Flags, now: Instant): Annotations | undefined {
  if (to !== undefined && confirm !== undefined) throw new UsageError("--to and --confirm exclude each other: what is confirmed has to be prepared first");
  if (to !== undefined) return asking(tenant, to, now);
  if (confirm === undefined) return undefined;
  const ready = readiness(tenant);
  if (ready?.reason !== "ConfirmationNeeded") throw new UsageError(`nothing is ready to be confirmed: ${ready?.message ?? "no restore was asked for"}`);
  if (!ready.message.includes(`=${confirm} `)) throw new UsageError(`"${confirm}" is not the uid of what was prepared: ${ready.message}`);
  return { [ANNOTATION.confirmRestore]: confirm };
}

/** Behind the slash this call's own second: what was restored once and written to since is not taken for a fresh one. */
function asking({ metadata, status }: Tenant, to: string, now: Instant): Annotations {
  if (status?.phase === "Restoring") throw new UsageError(`Tenant "${metadata.name}" is being restored already: wait until it runs again`);
  const points = status?.restorePoints ?? [];
  const point = points.find(({ name }) => name === to);
  if (point === undefined) throw new UsageError(`Tenant "${metadata.name}" has no restore point "${to}", but: ${points.map(({ name }) => name).join(", ") || "none"}`);
  if (!point.confirmed) throw new UsageError(`restore point "${to}" is not known to be whole`);
  return { [ANNOTATION.restoreTo]: `${to}/${stampOf(now).toLowerCase().replaceAll(/[-:]/g, "")}`, [ANNOTATION.confirmRestore]: null };
}

function readiness({ status }: Tenant) {
  return status?.conditions?.find(({ type }) => type === "RestoreReady");
}

function pointsText(tenant: Tenant, width: number): string {
  const points = tenant.status?.restorePoints ?? [];
  const rows = points.map(({ name, version, takenAt, kind, confirmed }) => [name, version, takenAt, kind, confirmed ? "yes" : "no"]);
  const found = points.length === 0 ? "no restore points" : listing({ headers: ["NAME", "VERSION", "TAKEN", "KIND", "WHOLE"], rows, width });
  const ready = readiness(tenant);
  return `${[found, ...(ready === undefined ? [] : ["", ...wrap(ready.message, width)])].join("\n")}\n`;
}
