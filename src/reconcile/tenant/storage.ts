import { ANNOTATION, type Tenant } from "../../api/index.ts";
import { AUDIT, AUTH_ROLE, BACKEND, isOnAws, RECORDINGS } from "../../domain/objects/aws/names.ts";
import { namespaceOf, ownerOf } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { StorageItem, StorageSeen } from "../../domain/status/storage-status.ts";
import type { Caches, LiveObject } from "../ports.ts";
import { isTrue, specAs, statusAs } from "../shapes.ts";
import type { Sources } from "./observe.ts";

/** The kinds of ACK of which a tenant's storage is made; all of them are watched, or none. */
export type StorageKind = "Table" | "Bucket" | "Role";

/** What is known of a tenant's storage, from the caches alone. */
export function seeStorage(tenant: Tenant, { caches, platform }: Pick<Sources, "caches" | "platform">): StorageSeen {
  if (!isOnAws(tenant.spec)) return { kind: "embedded" };
  if (platform.aws === undefined) return { kind: "unreachable", reason: "AwsNotConfigured" };
  if (!caches.isWatched("Table")) return { kind: "unreachable", reason: "AckMissing" };
  const own = (kind: StorageKind, name: string) => found(tenant, { kind, name }, caches);
  const tables = [own("Table", BACKEND), own("Table", AUDIT)];
  const [backend] = tables;
  return {
    kind: "aws",
    items: [
      ...tables.map((table, n) => itemOf(`Table ${n === 0 ? BACKEND : AUDIT}`, table)),
      itemOf(`Role ${AUTH_ROLE}`, own("Role", AUTH_ROLE)),
      ...(tenant.spec.storage.externalAudit === undefined ? [itemOf(`Bucket ${RECORDINGS}`, own("Bucket", RECORDINGS))] : []),
    ],
    isRecoverable: tables.every(isRecoverable),
    hasTables: tables.every((table) => table !== undefined),
    writtenAt: backend?.metadata.annotations?.[ANNOTATION.version],
  };
}

function found(tenant: Tenant, { kind, name }: { readonly kind: StorageKind; readonly name: string }, caches: Caches): LiveObject | undefined {
  const owner = ownerOf(tenant);
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

/** What the object asks for is so in AWS once they are in step. */
function isRecoverable(table: LiveObject | undefined): boolean {
  const { continuousBackups } = specAs<{ continuousBackups: { readonly pointInTimeRecoveryEnabled?: boolean } }>(table);
  return isSynced(table) && !isRefused(table) && continuousBackups?.pointInTimeRecoveryEnabled === true;
}
