import type { TenantSpec } from "../../../api/index.ts";
import { AUTH_DATA, inNamespaceOf, type Owner } from "../names.ts";
import type { Aws } from "../platform.ts";
import type { DesiredObject } from "../desired.ts";
import { DELETION_POLICY, REGION } from "./annotations.ts";
import { AUTH_ROLE, awsNames, RECORDINGS, tablesOf } from "./names.ts";
import { bucketPolicy, storagePolicy, trustPolicy } from "./policy.ts";
import { tableObject } from "./tables.ts";

/** What a tenant's storage is made from. */
export interface StorageInput {
  readonly owner: Owner;
  readonly spec: Pick<TenantSpec, "region" | "storage">;
  readonly aws: Aws;
  /** The version that its data was written at last; recorded on the table too, should the namespace lose it (design §9). */
  readonly version?: string | undefined;
  /** Which tables Auth uses; default: its first. */
  readonly data?: string | undefined;
  /** Those that it is about to use: it gets the right to them already. */
  readonly nextData?: string | undefined;
  /** It is confirmed that its data goes: AWS may delete what holds it, and the bucket empties itself. */
  readonly isReleased?: boolean | undefined;
}

/**
 * What ACK makes of a tenant's storage (rows F4 and F5): two tables with backups to any second of 35 days, which is DynamoDB's
 * default, a bucket unless the customer brings one, and the role of Auth, encrypted at rest all. What holds data outlives its object
 * until its deletion is confirmed.
 */
export function storageObjects(input: StorageInput): readonly DesiredObject[] {
  return [role(input), ...tablesOf(input.data ?? AUTH_DATA).map((ref) => tableObject(ref, input)), ...(input.spec.storage.externalAudit === undefined ? [bucket(input)] : [])];
}

function bucket(input: StorageInput): DesiredObject {
  const { spec: { region }, aws } = input;
  const name = awsNames(input.owner).bucket;
  return {
    ...holder(input),
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
function role({ owner, spec, aws, data = AUTH_DATA, nextData = data }: StorageInput): DesiredObject {
  const input = { owner, spec, aws };
  return {
    ...inNamespaceOf(owner)("iam.services.k8s.aws/v1alpha1", "Role", AUTH_ROLE),
    spec: {
      name: awsNames(owner).role,
      description: `Auth of the Teleport tenant ${owner.name}`,
      assumeRolePolicyDocument: trustPolicy(input),
      inlinePolicies: { storage: storagePolicy(input, [...new Set([data, nextData])]) },
      ...(aws.permissionsBoundary !== undefined && { permissionsBoundary: aws.permissionsBoundary }),
    },
  };
}

function holder({ owner, spec: { region }, isReleased = false }: StorageInput) {
  const base = inNamespaceOf(owner)("s3.services.k8s.aws/v1alpha1", "Bucket", RECORDINGS);
  return { ...base, metadata: { ...base.metadata, annotations: { [DELETION_POLICY]: isReleased ? "delete" : "retain", [REGION]: region } } };
}
