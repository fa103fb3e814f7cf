import type { TenantSpec } from "../../../api/index.ts";
import { AUTH, AUTH_DATA, namespaceOf, type Owner } from "../names.ts";
import type { Aws } from "../platform.ts";
import { awsArns, bucketArn } from "./names.ts";

/** Whose role it is, and what it is bounded by. */
export interface PolicyInput {
  readonly owner: Owner;
  readonly spec: Pick<TenantSpec, "region" | "storage">;
  readonly aws: Aws;
}

const VERSION = "2012-10-17";

/** Who may take the role on: one ServiceAccount in the tenant's namespace, Auth's unless another is named, and nobody else (row F1). */
export function trustPolicy({ owner, aws: { partition, accountId, oidcProvider } }: PolicyInput, account = AUTH): string {
  const said = { [`${oidcProvider}:aud`]: "sts.amazonaws.com", [`${oidcProvider}:sub`]: `system:serviceaccount:${namespaceOf(owner.name)}:${account}` };
  return text([
    { Effect: "Allow", Principal: { Federated: `arn:${partition}:iam::${accountId}:oidc-provider/${oidcProvider}` }, Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringEquals: said } },
  ]);
}

/** Reading and writing items, and what Teleport looks at when it starts. */
const ITEMS = ["BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "DescribeTable", "DescribeTimeToLive", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];
/** How one Auth pod learns of what another one has written. */
const STREAM = ["DescribeStream", "GetRecords", "GetShardIterator"];
const RECORDINGS = ["AbortMultipartUpload", "GetObject", "GetObjectVersion", "ListMultipartUploadParts", "PutObject"];
const RECORDINGS_LISTED = ["GetBucketVersioning", "ListBucket", "ListBucketMultipartUploads", "ListBucketVersions"];

/**
 * What Auth may do: with its own two tables and the one bucket of its recordings. It makes, changes and deletes no table, ends no
 * backup, and deletes no recording: who has taken Auth over takes no history along. While a restore is switched to it has the tables
 * of before and after: IAM takes its time, and Auth is not to start before it knows.
 */
export function storagePolicy({ owner, spec, aws }: PolicyInput, data: readonly string[] = [AUTH_DATA]): string {
  const tables = data.map((each) => awsArns(owner, { ...aws, region: spec.region }, each));
  const { bucket, objects } = recordingsArns({ owner, spec, aws });
  // A tenant may name whatever bucket it likes as the customer's: none of the provider's own is ever meant.
  const elsewhere = spec.storage.externalAudit !== undefined && { Condition: { StringNotEquals: { "aws:ResourceAccount": aws.accountId } } };
  return text([
    allow("dynamodb", ITEMS, tables.flatMap(({ backend, audit }) => [backend, audit, `${audit}/index/*`])),
    allow("dynamodb", STREAM, tables.map(({ backend }) => `${backend}/stream/*`)),
    { ...allow("s3", RECORDINGS_LISTED, [bucket]), ...elsewhere },
    { ...allow("s3", RECORDINGS, [objects]), ...elsewhere },
  ]);
}

/** What AWS asks of whoever restores: that on the table of before, and that on the one that it writes. */
const RESTORED_FROM = ["DescribeContinuousBackups", "RestoreTableToPointInTime"];
const RESTORED_INTO = ["BatchWriteItem", "DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "RestoreTableToPointInTime", "Scan", "UpdateItem"];

/** What the Job of a restore may do: bring these two tables back into those two. It neither reads nor writes what Auth uses. */
export function restorePolicy({ owner, spec, aws }: PolicyInput, { from, into }: { readonly from: string; readonly into: string }): string {
  const arns = (data: string) => awsArns(owner, { ...aws, region: spec.region }, data);
  const [source, target] = [arns(from), arns(into)];
  return text([
    allow("dynamodb", RESTORED_FROM, [source.backend, source.audit]),
    allow("dynamodb", RESTORED_INTO, [target.backend, target.audit, `${target.audit}/index/*`]),
  ]);
}

/** The customer's bucket instead of the provider's, below its prefix alone. */
function recordingsArns({ owner, spec: { region, storage: { externalAudit } }, aws }: PolicyInput): { readonly bucket: string; readonly objects: string } {
  if (externalAudit === undefined) {
    const { bucket } = awsArns(owner, { ...aws, region });
    return { bucket, objects: `${bucket}/*` };
  }
  const bucket = bucketArn(aws.partition, externalAudit.bucket);
  return { bucket, objects: [bucket, ...(externalAudit.prefix === undefined ? [] : [externalAudit.prefix]), "*"].join("/") };
}

/** Nobody reads or writes a bucket but over TLS. */
export function bucketPolicy(bucket: string, { partition }: Pick<Aws, "partition">): string {
  const arn = bucketArn(partition, bucket);
  return text([{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: [arn, `${arn}/*`], Condition: { Bool: { "aws:SecureTransport": "false" } } }]);
}

function allow(service: string, actions: readonly string[], resources: readonly string[]): object {
  return { Effect: "Allow", Action: actions.map((action) => `${service}:${action}`), Resource: resources };
}

function text(statements: readonly object[]): string {
  return JSON.stringify({ Version: VERSION, Statement: statements });
}
