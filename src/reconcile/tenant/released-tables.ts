import { DELETION_POLICY } from "../../domain/objects/aws/annotations.ts";
import { tableRef } from "../../domain/objects/aws/names.ts";
import type { OtherTable } from "../../domain/objects/tenant-objects.ts";
import { SECOND, type Instant } from "../../domain/time.ts";
import type { LiveObject } from "../ports.ts";
import { specAs } from "../shapes.ts";
import type { TenantEnv } from "./env.ts";
import type { ObservedTenant } from "./observe.ts";
import { isRefused, isSynced, mayGo } from "./storage.ts";
import { endRestores } from "./tables.ts";

/** The tables that the tenant has beside those that Auth uses. */
export function otherTables({ tables, claim }: Pick<ObservedTenant, "tables" | "claim">): readonly OtherTable[] {
  return tables.flatMap((table) => {
    const ref = tableRef(table.metadata.name);
    if (ref === undefined || table.metadata.deletionTimestamp !== undefined) return [];
    return [{ ref, isReleased: ref.data !== claim && mayGo(table) }];
  });
}

/** Whether AWS may delete what the object stands for: it says so itself, and ACK has heard of it by and by. */
export function isReleased({ kind, metadata, spec }: LiveObject): boolean {
  const { deletionProtectionEnabled } = specAs<{ deletionProtectionEnabled: boolean }>({ spec });
  return metadata.annotations?.[DELETION_POLICY] === "delete" && (kind !== "Table" || deletionProtectionEnabled === false);
}

/** For how long what was let go is left to ACK before its objects go: by their own time nobody can tell that it has seen the change. */
export const SEEN_MS = 60 * SECOND;

/** Removes the objects of tables that Auth does not use and that somebody has confirmed to go, and with them the tables; when to look again. */
export async function removeReleasedTables({ tables, claim, tenant, owner }: ObservedTenant, env: TenantEnv): Promise<Instant | undefined> {
  const gone = tables.filter((table) => mayGo(table) && table.metadata.deletionTimestamp === undefined && tableRef(table.metadata.name)?.data !== claim && isReleased(table));
  if (gone.length === 0) return undefined;
  const words = new Set(gone.map(({ metadata }) => tableRef(metadata.name)?.data));
  if (!(await endRestores(owner, env, (data) => words.has(data)))) return undefined;
  const id = gone.map(({ metadata }) => metadata.uid ?? "").sort().join();
  const elapsedMs = env.memory.stepElapsedMs(`${tenant.metadata.uid ?? ""} tables`, { id }, "released");
  if (elapsedMs < SEEN_MS) return env.clock.now() + SEEN_MS - elapsedMs;
  const heard = gone.filter((table) => isSynced(table) || isRefused(table));
  for (const { metadata } of heard) await env.api.remove("Table", metadata, metadata.uid);
  return undefined;
}
