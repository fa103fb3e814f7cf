import type { Mono } from "../runtime/clock.ts";
import type { KubeClient } from "./client.ts";
import { KINDS } from "./kind.ts";
import { untilAnswered } from "./patience.ts";

/** The definitions without which ACK cannot be asked for a tenant's storage: of its controllers for DynamoDB, S3 and IAM. */
const DEFINITIONS = ["tables.dynamodb.services.k8s.aws", "buckets.s3.services.k8s.aws", "roles.iam.services.k8s.aws"] as const;
const NEVER = new AbortController().signal;

/** Whether ACK can be asked for tables, buckets and roles in this cluster. */
export async function hasAck(client: Pick<KubeClient, "get">, mono: Mono): Promise<boolean> {
  const found = await Promise.all(DEFINITIONS.map((name) => untilAnswered(() => client.get(KINDS.CustomResourceDefinition, { name }), { mono, signal: NEVER })));
  return found.every((definition) => definition !== undefined);
}
