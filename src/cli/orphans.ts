import type { Command } from "commander";
import { ORPHANED, orphansAmong, type Orphan } from "../domain/tenant/orphans.ts";
import type { Shell } from "./main.ts";
import { format, formatted, type Format } from "./output.ts";
import { listing } from "./text.ts";

interface OrphansFlags {
  readonly kubeconfig?: string;
  readonly region?: readonly string[];
  readonly output: Format;
}

/** `slacktide orphans` (design §10). */
export function addOrphans(program: Command, shell: Shell, setCode: (code: number) => void): void {
  program
    .command("orphans")
    .description("list what carries a tenant's labels anywhere in the cluster and belongs to no Tenant; exit 1 if there is any")
    .option("--kubeconfig <file>", "kubeconfig to use")
    .option("--region <kubeconfigs...>", "kubeconfigs of other clusters in which regions are, to look there too")
    .addOption(format())
    .action(async ({ kubeconfig, region = [], output }: OrphansFlags) => {
      // Loaded here: the other commands need no Kubernetes client.
      const { readLabelled } = await import("./cluster.ts");
      const { objects, tenants } = await readLabelled(kubeconfig, region);
      const orphans = orphansAmong(objects, tenants);
      shell.out(output === "table" ? orphansText(orphans, shell.width) : formatted({ orphans }, output));
      setCode(orphans.length > 0 ? 1 : 0);
    });
}

function orphansText(orphans: readonly Orphan[], width: number): string {
  if (orphans.length === 0) return "Nothing is left of tenants that are gone.\n";
  const isAbroad = orphans.some(({ cluster }) => cluster !== undefined);
  const rows = orphans.map(({ cluster, kind, namespace, name, tenant, uid, reason }) => [...(isAbroad ? [cluster] : []), kind, namespace, name, tenant, uid, reason]);
  const reasons = [...new Set(orphans.map(({ reason }) => reason))].sort().map((reason) => `${reason}: ${ORPHANED[reason]}.`);
  return `${listing({ headers: [...(isAbroad ? ["CLUSTER"] : []), "KIND", "NAMESPACE", "NAME", "TENANT", "UID", "WHY"], rows, width })}\n\n${reasons.join("\n")}\n`;
}
