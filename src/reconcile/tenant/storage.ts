import { ANNOTATION, type Tenant } from "../../api/index.ts";
import { AUTH_ROLE, awsNames, isOnAws, RECORDINGS, tableName, tableRef, tablesOf } from "../../domain/objects/aws/names.ts";
import { AUTH_DATA, namespaceOf, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { StorageItem, StorageSeen } from "../../domain/status/storage-status.ts";
import type { Caches, LiveObject } from "../ports.ts";
import { isTrue, specAs, statusAs } from "../shapes.ts";
import type { Sources } from "./observe.ts";
import { ownObjects } from "./own-objects.ts";

/** The kinds of ACK of which a tenant's storage is made; all of them are watched, or none. */
export type StorageKind = "Table" | "Bucket" | "Role";

/** A tenant whose storage is looked at. */
interface Stored {
  readonly tenant: Tenant;
  readonly owner: Owner;
}

/** What is known of a tenant's storage, from the caches alone. `data` is the word for the tables that Auth uses. */
export function seeStorage({ tenant, owner }: Stored, { caches, platform }: Pick<Sources, "caches" | "platform">, data = AUTH_DATA): StorageSeen {
  if (!isOnAws(tenant.spec)) return { kind: "embedded" };
  if (platform.aws === undefined) return { kind: "unreachable", reason: "AwsNotConfigured" };
  if (!caches.isWatched("Table")) return { kind: "unreachable", reason: "AckMissing" };
  if (isNamedAfterAnother(owner, caches)) return { kind: "unreachable", reason: "StorageNamedAfterAnother" };
  const own = (kind: StorageKind, name: string) => found(owner, { kind, name }, caches);
  const tables = (of: string) => tablesOf(of).map((ref) => own("Table", tableName(ref)));
  const used = tablesOf(data).map((ref) => ({ name: tableName(ref), object: own("Table", tableName(ref)) }));
  return {
    kind: "aws",
    items: [
      ...used.map(({ name, object }) => itemOf(`Table ${name}`, object)),
      itemOf(`Role ${AUTH_ROLE}`, own("Role", AUTH_ROLE)),
      ...(tenant.spec.storage.externalAudit === undefined ? [itemOf(`Bucket ${RECORDINGS}`, own("Bucket", RECORDINGS))] : []),
    ],
    isRecoverable: tables(data).every(isRecoverable),
    recoverable: pairsOf(ownObjects(caches, "Table", owner)).filter((of) => tables(of).every(isRecoverable)),
    hasTables: used.every(({ object }) => object !== undefined),
    writtenAt: used[0]?.object?.metadata.annotations?.[ANNOTATION.version],
  };
}

/** What was taken over without what tells of its first uid would be asked for by other names, and be empty. */
function isNamedAfterAnother(owner: Owner, caches: Caches): boolean {
  const isOther = (object: LiveObject, field: "tableName" | "name", name: string | undefined): boolean => {
    const said = specAs<{ tableName: string; name: string }>(object)[field];
    return said !== undefined && name !== undefined && said !== name;
  };
  const nameOf = (table: LiveObject): string | undefined => {
    const ref = tableRef(table.metadata.name);
    return ref && awsNames(owner, ref.data)[ref.kind];
  };
  const tables = ownObjects(caches, "Table", owner);
  return tables.some((table) => isOther(table, "tableName", nameOf(table))) || ownObjects(caches, "Bucket", owner).some((bucket) => isOther(bucket, "name", awsNames(owner).bucket));
}

/** The objects of all of a tenant's tables and roles in AWS, used or not. */
export function ownInAws({ tenant, owner }: Stored, caches: Caches): { readonly tables: readonly LiveObject[]; readonly roles: readonly LiveObject[] } {
  if (!isOnAws(tenant.spec) || !caches.isWatched("Table")) return { tables: [], roles: [] };
  return { tables: ownObjects(caches, "Table", owner), roles: ownObjects(caches, "Role", owner) };
}

/** The words for the pairs of tables that there are, or halves of. */
function pairsOf(tables: readonly LiveObject[]): readonly string[] {
  return [...new Set(tables.flatMap(({ metadata }) => tableRef(metadata.name)?.data ?? []))].sort();
}

/** The tables that Auth has written to last, should nothing else tell any more: on their object stands at which version. */
export function writtenTables(tables: readonly LiveObject[]): string | undefined {
  const written = tables.find(({ metadata }) => metadata.annotations?.[ANNOTATION.version] !== undefined);
  return written && tableRef(written.metadata.name)?.data;
}

function found(owner: Owner, { kind, name }: { readonly kind: StorageKind; readonly name: string }, caches: Caches): LiveObject | undefined {
  const object = caches.get(kind, { name, namespace: namespaceOf(owner.name) });
  return object !== undefined && isOwnedBy(object.metadata.labels, owner) ? object : undefined;
}

function itemOf(what: string, object: LiveObject | undefined): StorageItem {
  if (isRefused(object)) return { what, state: "Refused" };
  return { what, state: isSynced(object) ? "Synced" : "Wanted" };
}

/** ACK says so of what is in AWS as its object says. A table is of use only when it is also active. */
export function isSynced(object: LiveObject | undefined): boolean {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined || !isTrue(object, "ACK.ResourceSynced")) return false;
  return object.kind !== "Table" || statusAs<{ tableStatus: string }>(object).tableStatus === "ACTIVE";
}

/** AWS does not want it so, and ACK tries no more. */
export function isRefused(object: LiveObject | undefined): boolean {
  return isTrue(object, "ACK.Terminal");
}

/** Whether somebody has confirmed that the table goes. */
export function mayGo({ metadata: { annotations, uid } }: LiveObject): boolean {
  return uid !== undefined && annotations?.[ANNOTATION.confirmDelete] === uid;
}

/** What the object asks for is so in AWS once they are in step. */
function isRecoverable(table: LiveObject | undefined): boolean {
  const { continuousBackups } = specAs<{ continuousBackups: { readonly pointInTimeRecoveryEnabled?: boolean } }>(table);
  return isSynced(table) && !isRefused(table) && continuousBackups?.pointInTimeRecoveryEnabled === true;
}
