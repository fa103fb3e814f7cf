import { LABEL, type TenantSpec } from "../../../api/index.ts";
import type { RestorePoint } from "../../backup/restore-point.ts";
import { stampOf } from "../../time.ts";
import type { DesiredObject } from "../desired.ts";
import { AUTH_DATA, inNamespaceOf, ownerLabels, podSelector, type Owner } from "../names.ts";
import { errandPolicy } from "../network-policies.ts";
import type { Aws, Platform } from "../platform.ts";
import { POD_SECURITY, RESTRICTED } from "../pod-template.ts";
import { ERRAND, resourcesOf } from "../sizes.ts";
import { DELETION_POLICY, ROLE_ARN } from "./annotations.ts";
import { awsArns, awsNames, RESTORE_ROLE, tableName, tablesOf } from "./names.ts";
import { restorePolicy, trustPolicy } from "./policy.ts";
import { tableObject } from "./tables.ts";

/** The component of the pod that has tables restored. */
export const RESTORE_TABLES = "restore-tables";

/** Tables that are to be made from others, as of a point. */
export interface TablesInput {
  readonly owner: Owner;
  readonly spec: Pick<TenantSpec, "region" | "storage">;
  readonly platform: Platform;
  readonly aws: Aws;
  readonly point: Pick<RestorePoint, "takenAt" | "data">;
  /** What the new ones are called together: `data-20261124t020512z`. */
  readonly data: string;
}

/**
 * What is there before any table is asked for: the objects of the tables first, so that whatever the Job makes somebody knows of and
 * takes away with the tenant; then the identity of the Job, which is there for this restore alone, and what its pod may reach.
 */
export function restoreGround(input: TablesInput): readonly DesiredObject[] {
  const { owner, spec, platform, aws, point, data } = input;
  const inNamespace = inNamespaceOf(owner);
  const account = inNamespace("v1", "ServiceAccount", RESTORE_ROLE);
  const terms = { owner, spec, aws };
  const base = inNamespace("iam.services.k8s.aws/v1alpha1", "Role", RESTORE_ROLE);
  const role = {
    ...base,
    // Also where ACK is told to keep what its objects stood for: the right to restore is there for no longer than its object.
    metadata: { ...base.metadata, annotations: { [DELETION_POLICY]: "delete" } },
    spec: {
      name: awsNames(owner).restoreRole,
      description: `Restores tables of the Teleport tenant ${owner.name}`,
      assumeRolePolicyDocument: trustPolicy(terms, RESTORE_ROLE),
      inlinePolicies: { restore: restorePolicy(terms, { from: point.data ?? AUTH_DATA, into: data }) },
      ...(aws.permissionsBoundary !== undefined && { permissionsBoundary: aws.permissionsBoundary }),
    },
  };
  const annotations = { [ROLE_ARN]: awsArns(owner, { ...aws, region: spec.region }).restoreRole };
  return [
    ...tablesOf(data).map((ref) => tableObject(ref, { owner, spec })),
    role,
    { ...account, metadata: { ...account.metadata, annotations }, automountServiceAccountToken: false },
    errandPolicy({ owner, platform, component: RESTORE_TABLES }),
  ];
}

/** Restoring takes AWS minutes or hours, and nobody waits for it but whoever asked. */
const DEADLINE_SECONDS = 86_400;

/** IAM tells its parts of a new role one after the other: each try waits for that for some minutes. */
const TRIES = 6;

/** With which `restore-tables` ends when nothing would come of another try. */
const HOPELESS = 2;

/** The first rule that matches counts: what is hopeless is so on every node; a pod that was moved away has not been a try. */
const FAILURES = [
  { action: "FailJob", onExitCodes: { operator: "In", values: [HOPELESS] } },
  { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
];

/** The Job that asks for the tables and waits for them: it goes with the object of the first one, and is there for as long as that is. */
export function restoreTablesJob({ owner, spec, platform, point, data }: TablesInput, uid: string): DesiredObject {
  const base = inNamespaceOf(owner)("batch/v1", "Job", data);
  const labels = { ...ownerLabels(owner), ...podSelector(owner.name, RESTORE_TABLES) };
  const [before, after] = [awsNames(owner, point.data), awsNames(owner, data)];
  const container = {
    name: "restore",
    image: platform.volume.copyImage,
    args: ["restore-tables", "--region", spec.region, "--at", stampOf(point.takenAt), ...tablesOf(data).flatMap(({ kind }) => ["--table", `${before[kind]}=${after[kind]}`])],
    securityContext: RESTRICTED,
    resources: resourcesOf(ERRAND),
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
  const pod = { restartPolicy: "Never", serviceAccountName: RESTORE_ROLE, automountServiceAccountToken: false, ...POD_SECURITY, containers: [container] };
  const [{ kind, data: name }] = tablesOf(data);
  return {
    ...base,
    metadata: { ...base.metadata, labels: { ...base.metadata.labels, [LABEL.component]: RESTORE_TABLES }, ownerReferences: [{ apiVersion: "dynamodb.services.k8s.aws/v1alpha1", kind: "Table", name: tableName({ kind, data: name }), uid }] },
    spec: { backoffLimit: TRIES, podFailurePolicy: { rules: FAILURES }, activeDeadlineSeconds: DEADLINE_SECONDS, template: { metadata: { labels }, spec: pod } },
  };
}
