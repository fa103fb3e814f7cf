import { ANNOTATION, type TenantSpec } from "../../../api/index.ts";
import { inNamespaceOf, restoredMark, type Owner } from "../names.ts";
import type { DesiredObject } from "../desired.ts";
import { ADOPTION_FIELDS, ADOPTION_POLICY, DELETION_POLICY, REGION } from "./annotations.ts";
import { awsNames, BACKEND, tableName, type TableRef } from "./names.ts";

/** What a table is made from. */
export interface TableInput {
  readonly owner: Owner;
  readonly spec: Pick<TenantSpec, "region">;
  /** The version at which Auth has written to it last; of Auth's own state alone. */
  readonly version?: string | undefined;
  /** It is confirmed that it goes. */
  readonly isReleased?: boolean | undefined;
}

/** A table of a tenant as ACK is to keep it: point-in-time recovery over 35 days, which is DynamoDB's default, encrypted, protected. */
export function tableObject(ref: TableRef, input: TableInput): DesiredObject {
  const { owner, spec: { region }, version, isReleased = false } = input;
  const name = awsNames(owner, ref.data)[ref.kind];
  const base = inNamespaceOf(owner)("dynamodb.services.k8s.aws/v1alpha1", "Table", tableName(ref));
  const annotations = {
    [DELETION_POLICY]: isReleased ? "delete" : "retain",
    [REGION]: region,
    ...adoption(ref, name, isReleased),
    ...(version !== undefined && ref.kind === BACKEND && { [ANNOTATION.version]: version }),
  };
  return {
    ...base,
    metadata: { ...base.metadata, annotations },
    spec: {
      tableName: name,
      ...(ref.kind === BACKEND ? BACKEND_COLUMNS : AUDIT_COLUMNS),
      billingMode: "PAY_PER_REQUEST",
      continuousBackups: { pointInTimeRecoveryEnabled: true },
      deletionProtectionEnabled: !isReleased,
      sseSpecification: { enabled: true, sseType: "KMS" },
      timeToLive: { attributeName: "Expires", enabled: true },
    },
  };
}

/**
 * A table that was restored is taken over by ACK when it is there, and never made: it would be an empty one. Once it may go, ACK finds
 * it or makes it, and either way there is one to delete: a restore that was broken off leaves nothing behind that nobody knows of.
 */
function adoption({ data }: TableRef, name: string, isReleased: boolean): Readonly<Record<string, string>> {
  if (restoredMark(data) === undefined) return {};
  return { [ADOPTION_POLICY]: isReleased ? "adopt-or-create" : "adopt", [ADOPTION_FIELDS]: JSON.stringify({ tableName: name }) };
}

/** Columns are those that Teleport would make. */
const BACKEND_COLUMNS = {
  attributeDefinitions: [attribute("FullPath", "S"), attribute("HashKey", "S")],
  keySchema: [key("HashKey", "HASH"), key("FullPath", "RANGE")],
  streamSpecification: { streamEnabled: true, streamViewType: "NEW_IMAGE" },
};

/** Teleport writes when an event expires, a year after it (`audit_retention_period`), and DynamoDB deletes it then. */
const AUDIT_COLUMNS = {
  attributeDefinitions: [attribute("CreatedAt", "N"), attribute("CreatedAtDate", "S"), attribute("EventIndex", "N"), attribute("SessionID", "S")],
  keySchema: [key("SessionID", "HASH"), key("EventIndex", "RANGE")],
  globalSecondaryIndexes: [{ indexName: "timesearchV2", keySchema: [key("CreatedAtDate", "HASH"), key("CreatedAt", "RANGE")], projection: { projectionType: "ALL" } }],
};

function attribute(attributeName: string, attributeType: "S" | "N"): object {
  return { attributeName, attributeType };
}

function key(attributeName: string, keyType: "HASH" | "RANGE"): object {
  return { attributeName, keyType };
}
