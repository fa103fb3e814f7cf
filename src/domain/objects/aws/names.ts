import type { TenantSpec } from "../../../api/index.ts";
import { AUTH_DATA, firstUid, restoredData, restoredMark, type Owner } from "../names.ts";
import type { Aws } from "../platform.ts";

/** The custom resources of a tenant's storage, by their names in its namespace: Slacktide's own words for them. */
export const BACKEND = "backend";
export const AUDIT = "audit";
export const RECORDINGS = "recordings";
/** The IAM role that Auth takes on; named after its ServiceAccount. */
export const AUTH_ROLE = "auth";

/** The IAM role of the Job of a restore, and its ServiceAccount. */
export const RESTORE_ROLE = "restore";

/** What begins the names of all that is the provider's in AWS. */
export const AWS_PREFIX = "slacktide-";

/** What a tenant's storage is called in AWS. */
export interface AwsNames {
  /** Teleport's state. */
  readonly backend: string;
  /** Its audit log. */
  readonly audit: string;
  /** Its recordings. */
  readonly bucket: string;
  readonly role: string;
  /** That of a restore. A tenant's name has no place in it: no pattern that lets Auth into a customer's bucket matches it. */
  readonly restoreRole: string;
}

/** One of the two tables of a tenant, and which ones: `auth-data` for its first, `data-…` for those that were restored. */
export interface TableRef {
  readonly kind: typeof BACKEND | typeof AUDIT;
  readonly data: string;
}

/** So many characters of a uid tell tenants apart; with the prefix and a tenant's name of 40 a bucket's 63 are used up. */
const UID_KEPT = 12;

/**
 * Names that no other tenant ever has, also not a later one of the same name, nor one in another cluster of the account: they hold
 * part of the tenant's uid, and nobody can choose them (row F1).
 */
export function awsNames(owner: Owner, data = AUTH_DATA): AwsNames {
  const { name } = owner;
  const end = firstUid(owner).replaceAll(/[^a-z0-9]/g, "").slice(-UID_KEPT);
  const base = `${AWS_PREFIX}${name}-${end}`;
  const mark = restoredMark(data);
  const restored = mark === undefined ? "" : `-restored-${mark}`;
  return { backend: `${base}${restored}`, audit: `${base}-audit${restored}`, bucket: base, role: base, restoreRole: `${AWS_PREFIX}${end}-restore` };
}

/** What the object of a table is called in the tenant's namespace: `backend`, `audit-20261124t020512z`. */
export function tableName({ kind, data }: TableRef): string {
  const mark = restoredMark(data);
  return mark === undefined ? kind : `${kind}-${mark}`;
}

/** The table whose object is called so; undefined of one that is none of ours. */
export function tableRef(name: string): TableRef | undefined {
  const [kind, ...mark] = name.split("-");
  if (kind !== BACKEND && kind !== AUDIT) return undefined;
  return { kind, data: mark.length === 0 ? AUTH_DATA : restoredData(mark.join("-")) };
}

/** Both tables. */
export function tablesOf(data: string): readonly [backend: TableRef, audit: TableRef] {
  return [{ kind: BACKEND, data }, { kind: AUDIT, data }];
}

/** ARNs of what a tenant has in AWS; none of them can be another tenant's. */
export function awsArns(owner: Owner, { region, partition, accountId }: Pick<TenantSpec, "region"> & Pick<Aws, "partition" | "accountId">, data = AUTH_DATA) {
  const names = awsNames(owner, data);
  const table = (name: string) => `arn:${partition}:dynamodb:${region}:${accountId}:table/${name}`;
  const role = (name: string) => `arn:${partition}:iam::${accountId}:role/${name}`;
  return { backend: table(names.backend), audit: table(names.audit), bucket: bucketArn(partition, names.bucket), role: role(names.role), restoreRole: role(names.restoreRole) };
}

export function bucketArn(partition: string, bucket: string): string {
  return `arn:${partition}:s3:::${bucket}`;
}

/** Whether a tenant's data lives in AWS. */
export function isOnAws({ storage }: Pick<TenantSpec, "storage">): boolean {
  return storage.type === "AWS";
}
