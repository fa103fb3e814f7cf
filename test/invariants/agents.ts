import { lengthOf, seenAs, versionOf, type AttemptNote } from "./shapes.ts";
import type { SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

interface Start {
  readonly write: SeenWrite;
  readonly attempt: AttemptNote;
  readonly tenant: { readonly name: string };
}

/** The reading must be this young when the start is decided (design §5); the write may come later by what a world may be old. */
const FRESH_MS = 60_000;

interface Row {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly version?: string; readonly services?: readonly string[] | null };
}

/**
 * Why no major may start: in none of the readings that it may rest on every agent ran the tenant's major, or one that was
 * seen behind has not come back (I13). An inventory read by exec is out of sight; what status remembers of it is not.
 */
export function agentProblem(world: World, { attempt, tenant, write }: Start): string | undefined {
  const [major = Number.NaN] = versionOf(attempt.from) ?? [];
  const problems = seenAs("Tenant", world.lately("Tenant", tenant.name)).map((object) => {
    const { type = "Exec", name = "", key = "inventory.json", rememberFor } = object.spec?.agents?.inventory ?? {};
    const readings = type === "ConfigMap" ? readingsOf(world, { key: `tenant-${tenant.name}/${name}`, field: key }) : [];
    const wrong = readings.map((rows) => problemOf(rows, major));
    if (wrong.length > 0 && wrong.every((why) => why !== undefined)) return wrong[0];
    const upgraded = new Set(readings.flatMap((rows) => (rows ?? []).filter((row) => isUpgraded(row, major)).map((row) => row.metadata?.name)));
    const remembered = (object.status?.agents?.behind ?? []).filter(({ id, version, lastSeenAt }) => {
      const isOver = Date.parse(lastSeenAt) + (lengthOf(rememberFor) ?? Infinity) <= write.at;
      return (versionOf(version)?.[0] ?? 0) < major && !upgraded.has(id) && !isOver;
    });
    return remembered.length === 0 ? undefined : `is a major while ${remembered.map(({ id }) => id).join(", ")} ran less than ${major} when last seen`;
  });
  return problems.length > 0 && problems.every((why) => why !== undefined) ? problems[0] : undefined;
}

function readingsOf(world: World, at: { readonly key: string; readonly field: string }): readonly (readonly Row[] | undefined)[] {
  const versions = world.lately("ConfigMap", at.key, world.staleMs + FRESH_MS);
  if (versions.length === 0) return [undefined];
  return versions.map((version) => rowsOf(seenAs("ConfigMap", [version])[0]?.data?.[at.field]));
}

function rowsOf(text: string | undefined): readonly Row[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? "none");
    return parsed === null ? [] : Array.isArray(parsed) ? (parsed as Row[]) : undefined; // what tctl prints
  } catch {
    return undefined;
  }
}

function problemOf(rows: readonly Row[] | undefined, major: number): string | undefined {
  if (rows === undefined) return "is a major though the inventory cannot be read";
  const behind = rows.filter((row) => !isProviders(row) && !isUpgraded(row, major));
  return behind.length === 0 ? undefined : `is a major while ${behind.map(({ metadata }) => metadata?.name ?? "an agent").join(", ")} does not run ${major}`;
}

function isUpgraded({ spec }: Row, major: number): boolean {
  return (versionOf(spec?.version ?? "")?.[0] ?? -1) >= major;
}

function isProviders({ spec }: Row): boolean {
  return (spec?.services ?? []).some((service) => ["auth", "proxy"].includes(service.toLowerCase()));
}
