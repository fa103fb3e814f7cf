import { seenAs } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";

/**
 * Agents are told the version that the whole cluster was last verified at and no other (row F13), in an hour that was
 * published before: who is told a version without one updates at once (row F8).
 */
export function checkTelling(write: SeenWrite): void {
  if (write.kind !== "Tenant" || !isReplicas(write)) return;
  const [tenant] = seenAs("Tenant", [write.after]);
  const told = tenant?.status?.agentUpdates;
  if (told?.answer !== "Version") return;
  const { upgrade, version: last } = tenant?.status ?? {};
  // By then the whole cluster runs it, and was watched.
  const version = upgrade?.step === "Agents" ? upgrade.to : last;
  if (told.version !== version) throw new InvariantViolation("T", `agents of ${write.key} are told ${told.version ?? "nothing"} and it runs ${version ?? "nothing that is known"}`, write);
  if (told.schedule === undefined) throw new InvariantViolation("T", `agents of ${write.key} are told a version and no hour`, write);
}
