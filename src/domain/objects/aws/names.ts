import type { TenantSpec } from "../../../api/index.ts";
import type { Owner } from "../names.ts";
import type { Aws } from "../platform.ts";

/** The custom resources of a tenant's storage, by their names in its namespace: Slacktide's own words for them. */
export const BACKEND = "backend";
export const AUDIT = "audit";
export const RECORDINGS = "recordings";
/** The IAM role that Auth takes on; named after its ServiceAccount. */
export const AUTH_ROLE = "auth";

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
}

/** So many characters of a uid tell tenants apart; with the prefix and a tenant's name of 40 a bucket's 63 are used up. */
const UID_KEPT = 12;

/**
 * Names that no other tenant ever has, also not a later one of the same name, nor one in another cluster of the account: they hold
 * part of the tenant's uid, and nobody can choose them (row F1).
 */
export function awsNames({ name, uid }: Owner): AwsNames {
  const base = `${AWS_PREFIX}${name}-${uid.replaceAll(/[^a-z0-9]/g, "").slice(-UID_KEPT)}`;
  return { backend: base, audit: `${base}-audit`, bucket: base, role: base };
}

/** ARNs of what a tenant has in AWS; none of them can be another tenant's. */
export function awsArns(owner: Owner, { region, partition, accountId }: Pick<TenantSpec, "region"> & Pick<Aws, "partition" | "accountId">) {
  const names = awsNames(owner);
  const table = (name: string) => `arn:${partition}:dynamodb:${region}:${accountId}:table/${name}`;
  return { backend: table(names.backend), audit: table(names.audit), bucket: bucketArn(partition, names.bucket), role: `arn:${partition}:iam::${accountId}:role/${names.role}` };
}

export function bucketArn(partition: string, bucket: string): string {
  return `arn:${partition}:s3:::${bucket}`;
}

/** Whether a tenant's data lives in AWS. */
export function isOnAws({ storage }: Pick<TenantSpec, "storage">): boolean {
  return storage.type === "AWS";
}
