import { ANNOTATION, type TenantSpec } from "../../../api/index.ts";
import { inNamespaceOf, type Owner } from "../names.ts";
import type { Aws } from "../platform.ts";
import type { DesiredObject } from "../desired.ts";
import { AUDIT, AUTH_ROLE, awsNames, BACKEND, RECORDINGS } from "./names.ts";
import { bucketPolicy, storagePolicy, trustPolicy } from "./policy.ts";

/** What a tenant's storage is made from. */
export interface StorageInput {
  readonly owner: Owner;
  readonly spec: Pick<TenantSpec, "region" | "storage">;
  readonly aws: Aws;
  /** The version that its data was written at last; recorded on the table too, should the namespace lose it (design §9). */
  readonly version?: string | undefined;
  /** It is confirmed that its data goes: AWS may delete what holds it, and the bucket empties itself. */
  readonly isReleased?: boolean | undefined;
}

/** ACK's words for what it does with a thing in AWS when its object goes, and for where the thing is. */
export const DELETION_POLICY = "services.k8s.aws/deletion-policy";
const REGION = "services.k8s.aws/region";
const TABLE = { apiVersion: "dynamodb.services.k8s.aws/v1alpha1", kind: "Table" } as const;

/**
 * What ACK makes of a tenant's storage (rows F4 and F5): two tables with backups to any second of 35 days, which is DynamoDB's
 * default, a bucket unless the customer brings one, and the role of Auth, encrypted at rest all. What holds data outlives its object
 * until its deletion is confirmed.
 */
export function storageObjects(input: StorageInput): readonly DesiredObject[] {
  return [role(input), backendTable(input), auditTable(input), ...(input.spec.storage.externalAudit === undefined ? [bucket(input)] : [])];
}

/** Its columns are those that Teleport would make. */
function backendTable(input: StorageInput): DesiredObject {
  const version = input.version === undefined ? {} : { [ANNOTATION.version]: input.version };
  return table(input, BACKEND, version, {
    tableName: awsNames(input.owner).backend,
    attributeDefinitions: [attribute("FullPath", "S"), attribute("HashKey", "S")],
    keySchema: [key("HashKey", "HASH"), key("FullPath", "RANGE")],
    streamSpecification: { streamEnabled: true, streamViewType: "NEW_IMAGE" },
  });
}

/** Teleport writes when an event expires, a year after it (`audit_retention_period`), and DynamoDB deletes it then. */
function auditTable(input: StorageInput): DesiredObject {
  return table(input, AUDIT, {}, {
    tableName: awsNames(input.owner).audit,
    attributeDefinitions: [attribute("CreatedAt", "N"), attribute("CreatedAtDate", "S"), attribute("EventIndex", "N"), attribute("SessionID", "S")],
    keySchema: [key("SessionID", "HASH"), key("EventIndex", "RANGE")],
    globalSecondaryIndexes: [{ indexName: "timesearchV2", keySchema: [key("CreatedAtDate", "HASH"), key("CreatedAt", "RANGE")], projection: { projectionType: "ALL" } }],
  });
}

function table(input: StorageInput, name: string, annotations: Readonly<Record<string, string>>, spec: object): DesiredObject {
  const base = holder(input, TABLE, name);
  return {
    ...base,
    metadata: { ...base.metadata, annotations: { ...base.metadata.annotations, ...annotations } },
    spec: {
      ...spec,
      billingMode: "PAY_PER_REQUEST",
      continuousBackups: { pointInTimeRecoveryEnabled: true },
      deletionProtectionEnabled: input.isReleased !== true,
      sseSpecification: { enabled: true, sseType: "KMS" },
      timeToLive: { attributeName: "Expires", enabled: true },
    },
  };
}

function bucket(input: StorageInput): DesiredObject {
  const { spec: { region }, aws } = input;
  const name = awsNames(input.owner).bucket;
  return {
    ...holder(input, { apiVersion: "s3.services.k8s.aws/v1alpha1", kind: "Bucket" }, RECORDINGS),
    spec: {
      name,
      // That region is S3's own, and has to go without saying.
      ...(region !== "us-east-1" && { createBucketConfiguration: { locationConstraint: region } }),
      encryption: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
      publicAccessBlock: { blockPublicACLs: true, blockPublicPolicy: true, ignorePublicACLs: true, restrictPublicBuckets: true },
      versioning: { status: "Enabled" },
      policy: bucketPolicy(name, aws),
      lifecycle: { rules: lifecycleRules(input) },
    },
  };
}

const ABORTED = { id: "abandoned-uploads", status: "Enabled", filter: { prefix: "" }, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } } as const;

/** A bucket can only be deleted when it is empty, and ACK empties none: S3 itself does, in a day or two. */
function lifecycleRules({ isReleased = false }: StorageInput): readonly object[] {
  if (!isReleased) return [ABORTED];
  return [
    { id: "everything", status: "Enabled", filter: { prefix: "" }, expiration: { days: 1 }, noncurrentVersionExpiration: { noncurrentDays: 1 }, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
    { id: "delete-markers", status: "Enabled", filter: { prefix: "" }, expiration: { expiredObjectDeleteMarker: true } },
  ];
}

/** It holds no data: it goes with its object. */
function role({ owner, spec, aws }: StorageInput): DesiredObject {
  const input = { owner, spec, aws };
  return {
    ...inNamespaceOf(owner)("iam.services.k8s.aws/v1alpha1", "Role", AUTH_ROLE),
    spec: {
      name: awsNames(owner).role,
      description: `Auth of the Teleport tenant ${owner.name}`,
      assumeRolePolicyDocument: trustPolicy(input),
      inlinePolicies: { storage: storagePolicy(input) },
      ...(aws.permissionsBoundary !== undefined && { permissionsBoundary: aws.permissionsBoundary }),
    },
  };
}

/** An object that stands for something with data in the tenant's home region. */
function holder({ owner, spec: { region }, isReleased = false }: StorageInput, { apiVersion, kind }: { readonly apiVersion: string; readonly kind: "Table" | "Bucket" }, name: string) {
  const base = inNamespaceOf(owner)(apiVersion, kind, name);
  return { ...base, metadata: { ...base.metadata, annotations: { [DELETION_POLICY]: isReleased ? "delete" : "retain", [REGION]: region } } };
}

function attribute(attributeName: string, attributeType: "S" | "N"): object {
  return { attributeName, attributeType };
}

function key(attributeName: string, keyType: "HASH" | "RANGE"): object {
  return { attributeName, keyType };
}
