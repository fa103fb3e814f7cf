import { stringify } from "yaml";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { apply, type Manifest } from "./fleet.ts";

/** A pipeline that may do what release managers may. */
export const ROBOT = "system:serviceaccount:ci:release-bot";

const RBAC = { apiVersion: "rbac.authorization.k8s.io/v1" };

/** Alice and Dora are release managers and may let a halted release go on, and so may a robot; Carol may open windows alone. */
export async function applyApprovers(cluster: Cluster): Promise<void> {
  const people = (...names: readonly string[]) => names.map((name) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name }));
  const robot = { kind: "ServiceAccount", namespace: "ci", name: "release-bot" };
  await apply(cluster, ...role("release-managers", "ReleaseHalted", [...people("alice", "dora"), robot]), ...role("window-keepers", "OutsideWindow", people("carol")));
}

function role(name: string, lifts: string, subjects: readonly Manifest[]): readonly Manifest[] {
  const rules = [
    { apiGroups: ["slacktide.dev"], resources: ["approvals"], verbs: ["create"] },
    { apiGroups: ["slacktide.dev"], resources: ["holds"], resourceNames: [lifts], verbs: ["lift"] },
  ];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
  return [
    { ...RBAC, kind: "ClusterRole", metadata: { name }, rules },
    { ...RBAC, kind: "ClusterRoleBinding", metadata: { name }, roleRef, subjects },
  ];
}

/** What an Approval says, and in whose name it is created. */
export interface Asked {
  readonly caller: string;
  readonly approver: string;
  readonly requestedBy: string;
}

/** Creates an Approval that lets a release go on that was halted; resolves to what the API server says against it, or to "". */
export function approve(cluster: Cluster, { caller, approver, requestedBy }: Asked, { tenant, version }: { readonly tenant: string; readonly version: string }): Promise<string> {
  const expiresAt = new Date(Date.now() + 24 * 3_600_000).toISOString().replace(/\.\d+/, "");
  const spec = { tenants: [tenant], version, lifts: ["ReleaseHalted"], requestedBy, approver, reason: "the policy on images was mended", expiresAt };
  const approval = { apiVersion: "slacktide.dev/v1alpha1", kind: "Approval", metadata: { name: `go-on-${version}` }, spec };
  return cluster.kubectl(["create", "-f", "-", `--as=${caller}`], { input: stringify(approval) }).then(() => "", String);
}
