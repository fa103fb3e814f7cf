import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { z } from "zod";
import type { Cluster } from "../../tools/cluster/cluster.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const whole = { type: "integer", format: "int64" } as const;
const fields = (properties: object, ...required: readonly string[]) => ({ type: "object", properties, ...(required.length > 0 && { required }) });
const list = (items: object) => ({ type: "array", items });
const rules = (rule: object) => fields({ rules: list(fields(rule)) });
const keySchema = list(fields({ attributeName: text, keyType: text }));

/** What a Table asks for, as ACK's controller for DynamoDB documents it. */
const TABLE = fields(
  {
    attributeDefinitions: list(fields({ attributeName: text, attributeType: text })),
    billingMode: text,
    continuousBackups: fields({ pointInTimeRecoveryEnabled: flag }),
    deletionProtectionEnabled: flag,
    globalSecondaryIndexes: list(fields({ indexName: text, keySchema, projection: fields({ nonKeyAttributes: list(text), projectionType: text }), provisionedThroughput: fields({ readCapacityUnits: whole, writeCapacityUnits: whole }) })),
    keySchema,
    sseSpecification: fields({ enabled: flag, kmsMasterKeyID: text, sseType: text }),
    streamSpecification: fields({ streamEnabled: flag, streamViewType: text }),
    tableClass: text,
    tableName: text,
    tags: list(fields({ key: text, value: text })),
    timeToLive: fields({ attributeName: text, enabled: flag }),
  },
  "attributeDefinitions",
  "keySchema",
  "tableName",
);

/** A Bucket, as its controller for S3 does. */
const BUCKET = fields(
  {
    createBucketConfiguration: fields({ locationConstraint: text }),
    encryption: rules({ applyServerSideEncryptionByDefault: fields({ kmsMasterKeyID: text, sseAlgorithm: text }), bucketKeyEnabled: flag }),
    lifecycle: rules({
      abortIncompleteMultipartUpload: fields({ daysAfterInitiation: whole }),
      expiration: fields({ date: text, days: whole, expiredObjectDeleteMarker: flag }),
      filter: fields({ prefix: text }),
      id: text,
      noncurrentVersionExpiration: fields({ newerNoncurrentVersions: whole, noncurrentDays: whole }),
      status: text,
    }),
    name: text,
    ownershipControls: rules({ objectOwnership: text }),
    policy: text,
    publicAccessBlock: fields({ blockPublicACLs: flag, blockPublicPolicy: flag, ignorePublicACLs: flag, restrictPublicBuckets: flag }),
    versioning: fields({ status: text }),
  },
  "name",
);

/** A Role, as its controller for IAM does. */
const ROLE = fields(
  { assumeRolePolicyDocument: text, description: text, inlinePolicies: { type: "object", additionalProperties: text }, maxSessionDuration: whole, name: text, path: text, permissionsBoundary: text, policies: list(text) },
  "assumeRolePolicyDocument",
  "name",
);

const CONDITIONS = list(fields({ lastTransitionTime: { type: "string", format: "date-time" }, message: text, reason: text, status: text, type: text }, "status", "type"));

const RESTORE_SUMMARY = fields({ restoreDateTime: { type: "string", format: "date-time" }, restoreInProgress: flag, sourceBackupARN: text, sourceTableARN: text });

function definition(service: string, kind: string, spec: object) {
  const singular = kind.toLowerCase();
  const status = fields({ ackResourceMetadata: fields({ arn: text, ownerAccountID: text, region: text }), conditions: CONDITIONS, latestStreamARN: text, restoreSummary: RESTORE_SUMMARY, tableStatus: text });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.${service}.services.k8s.aws`, annotations: {} },
    spec: {
      group: `${service}.services.k8s.aws`,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural: `${singular}s`, singular },
      versions: [{ name: "v1alpha1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: fields({ spec, status }) } }],
    },
  };
}

/** Stand-ins for what ACK installs: its kinds and the fields of them that matter here. An object with a field that is not there is refused. */
const DEFINITIONS = [definition("dynamodb", "Table", TABLE), definition("s3", "Bucket", BUCKET), definition("iam", "Role", ROLE)];

export const ACK_PLURALS = DEFINITIONS.map(({ metadata }) => metadata.name);

/** Serves ACK's kinds in a cluster. */
export async function installAck(cluster: Cluster): Promise<void> {
  await cluster.kubectl(["apply", "-f", "-"], { input: DEFINITIONS.map((each) => stringify(each)).join("---\n") });
  await cluster.kubectl(["wait", "--for=condition=Established", ...ACK_PLURALS.map((name) => `crd/${name}`), "--timeout=30s"]);
}

const Seen = z.object({
  items: z.array(z.object({
    kind: z.string(),
    apiVersion: z.string(),
    metadata: z.object({ name: z.string(), namespace: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
    spec: z.object({ tableName: z.string().optional(), streamSpecification: z.object({ streamEnabled: z.boolean() }).optional() }).optional(),
    status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(), tableStatus: z.string().optional(), latestStreamARN: z.string().optional() }).optional(),
  })),
});
type SeenObject = z.infer<typeof Seen>["items"][number];

const Jobs = z.object({
  items: z.array(z.object({
    spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ args: z.array(z.string()).optional() })) }) }) }),
    status: z.object({ succeeded: z.number().optional() }).optional(),
  })),
});

const PACE_MS = 300;
const ADOPTION_POLICY = "services.k8s.aws/adoption-policy";

/** A controller in ACK's place: whatever is asked for is so in AWS a moment later; a table that is to be taken over is there when a Job has restored it. Runs until `signal` aborts. */
export async function runAck(cluster: Cluster, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const seen = Seen.parse(JSON.parse(await cluster.kubectl(["get", ACK_PLURALS.join(","), "--all-namespaces", "-o", "json"])));
    for (const object of seen.items) {
      const awaitsTable = object.metadata.annotations?.[ADOPTION_POLICY] === "adopt" && object.status?.tableStatus === undefined;
      await (awaitsTable ? adopt(object, cluster) : sync(object, cluster));
    }
    await sleep(PACE_MS);
  }
}

async function sync(object: SeenObject, cluster: Cluster): Promise<void> {
  const { kind, status, spec } = object;
  const lacksStream = spec?.streamSpecification?.streamEnabled === true && status?.latestStreamARN === undefined;
  if (!lacksStream && status?.conditions?.some(({ type, status: is }) => type === "ACK.ResourceSynced" && is === "True") === true) return;
  await say(object, { conditions: SYNCED(), ...(kind === "Table" && { tableStatus: "ACTIVE" }), ...(lacksStream && { latestStreamARN: "arn:of-its-stream" }) }, cluster);
}

const SYNCED = () => [{ type: "ACK.ResourceSynced", status: "True", lastTransitionTime: new Date().toISOString() }];

/** With what AWS leaves out of a restored table: its recovery, its protection, its stream. */
async function adopt(object: SeenObject, cluster: Cluster): Promise<void> {
  const { metadata: { namespace, name }, spec } = object;
  const jobs = Jobs.parse(JSON.parse(await cluster.kubectl(["get", "jobs", "-n", namespace, "-o", "json"])));
  const args = jobs.items.filter(({ status }) => (status?.succeeded ?? 0) > 0).map((job) => job.spec.template.spec.containers[0]?.args ?? []).find((each) => each.some((arg) => arg.endsWith(`=${spec?.tableName ?? ""}`)));
  const source = args?.find((arg) => arg.endsWith(`=${spec?.tableName ?? ""}`))?.split("=")[0];
  if (args === undefined || source === undefined) return;
  const left = { continuousBackups: { pointInTimeRecoveryEnabled: false }, deletionProtectionEnabled: false, streamSpecification: null };
  await cluster.kubectl(["patch", pluralOf(object), name, "-n", namespace, "--type=merge", "-p", JSON.stringify({ metadata: { annotations: { "services.k8s.aws/adopted": "true" } }, spec: left })]).catch(() => undefined);
  const restoreSummary = { sourceTableARN: `arn:aws:dynamodb:us-west-2:123456789012:table/${source}`, restoreDateTime: args[args.indexOf("--at") + 1], restoreInProgress: false };
  await say(object, { conditions: SYNCED(), tableStatus: "ACTIVE", restoreSummary }, cluster);
}

/** The object may be gone by now. */
async function say(object: SeenObject, status: object, cluster: Cluster): Promise<void> {
  const { name, namespace } = object.metadata;
  await cluster.kubectl(["patch", pluralOf(object), name, "-n", namespace, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]).catch(() => undefined);
}

function pluralOf({ kind, apiVersion }: SeenObject): string {
  return `${kind.toLowerCase()}s.${apiVersion.split("/")[0] ?? ""}`;
}
