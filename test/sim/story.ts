import { attemptOf, imageVersion, seenAs, textOf } from "../invariants/shapes.ts";
import type { Committed } from "./server/store.ts";

/** One line for people about a write that matters to a story; undefined for all others. */
export function lineOf(change: Committed): string | undefined {
  const { kind, key, before, after, by } = change;
  if (kind.kind === "Deployment") return deployment(change);
  if (kind.kind === "Tenant") return tenant(change);
  if (kind.kind === "ReleaseChannel") return slots(change);
  if (kind.kind === "Namespace" && (before === undefined || after === undefined)) return `${by} ${before === undefined ? "makes" : "removes"} Namespace ${key}`;
  if (kind.kind === "Leadership") return `${by} records itself as the leader`;
  return undefined;
}

function deployment({ key, before, after, by }: Committed): string | undefined {
  const [was, is] = [seenAs("Deployment", [before])[0], seenAs("Deployment", [after])[0]];
  if (is === undefined) return `${by} removes Deployment ${key}`;
  const [from, to] = [was, is].map((object) => textOf(imageVersion(object?.spec?.template?.spec)));
  const attempt = attemptOf(is)?.id;
  if (was !== undefined && from === to && attemptOf(was)?.id === attempt) return undefined;
  return `${by} writes Deployment ${key}: ${was === undefined ? "" : `${from ?? ""} to `}${to ?? ""}${attempt === undefined ? "" : ` for ${attempt}`}`;
}

function tenant({ key, before, after, by }: Committed): string | undefined {
  const [was, is] = [seenAs("Tenant", [before])[0]?.status, seenAs("Tenant", [after])[0]?.status];
  if (before === undefined) return `${by} makes Tenant ${key}`;
  if (after === undefined) return `${by} lets Tenant ${key} go`;
  const said = [
    was?.version === is?.version ? "" : `version ${is?.version ?? "unknown"}`,
    stepOf(was) === stepOf(is) ? "" : stepOf(is),
    was?.phase === is?.phase ? "" : `phase ${is?.phase ?? "unknown"}`,
    was?.history?.[0]?.id === is?.history?.[0]?.id ? "" : `${is?.history?.[0]?.id ?? "history gone"} ${is?.history?.[0]?.result ?? ""}`,
  ].filter((text) => text !== "");
  return said.length === 0 ? undefined : `${by} says of Tenant ${key}: ${said.join(", ")}`;
}

type Status = ReturnType<typeof seenAs<"Tenant">>[number]["status"];

function stepOf(status: Status): string {
  const { upgrade } = status ?? {};
  return upgrade === undefined ? "no attempt" : `attempt ${upgrade.id} at ${upgrade.step}${upgrade.stuckOn === undefined ? "" : ` of ${upgrade.to}`}${upgrade.stuckSince === undefined ? "" : ", stuck"}${upgrade.disruptiveAt === undefined ? "" : ", announced"}`;
}

function slots({ before, after, by }: Committed): string | undefined {
  const [was, is] = [before, after].map((object) => (seenAs("ReleaseChannel", [object])[0]?.status?.slots ?? []).map(({ attempt }) => attempt).join(", "));
  return was === is ? undefined : `${by} writes slots: ${is === "" ? "none" : (is ?? "")}`;
}
