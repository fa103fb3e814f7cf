import type { TenantSpec } from "../../../api/index.ts";
import type { Owner } from "../names.ts";
import { awsNames, isOnAws } from "./names.ts";

/** A year, by which Teleport reckons when an event expires (row F4). */
const AUDIT_RETENTION = "8760h";

/**
 * The `storage` of `teleport.yaml` (facts §2). `continuous_backups` is left out: the table has them by its own object, and Auth has
 * no right to switch them on, since with it came the right to switch them off. `data` says which tables, its first by default.
 */
export function teleportStorage(owner: Owner, spec: TenantSpec, data?: string): object {
  if (!isOnAws(spec)) return { type: "sqlite" };
  const names = awsNames(owner, data);
  return {
    type: "dynamodb",
    region: spec.region,
    table_name: names.backend,
    audit_events_uri: [`dynamodb://${names.audit}`],
    audit_sessions_uri: recordingsUri(names.bucket, spec),
    audit_retention_period: AUDIT_RETENTION,
  };
}

/** Where recordings go: the customer's bucket, where there is one (External Audit Storage). */
function recordingsUri(bucket: string, { region, storage: { externalAudit } }: TenantSpec): string {
  if (externalAudit === undefined) return `s3://${bucket}?region=${region}`;
  return `s3://${[externalAudit.bucket, ...(externalAudit.prefix === undefined ? [] : [externalAudit.prefix])].join("/")}?region=${externalAudit.region}`;
}
