import { AUTH, namespaceOf, ownerLabels, type Owner } from "./names.ts";
import type { DesiredObject } from "./desired.ts";

/** The chart's ClusterRole: to ask whether a token is real, and nothing else. The only one that the operator may bind. */
export const TOKEN_REVIEW_ROLE = "slacktide-token-review";

/** It lives in no namespace, and is named after the tenant's. */
export function tokenReviewName(tenant: string): string {
  return `${namespaceOf(tenant)}-token-review`;
}

/** Lets a tenant's Auth, and no other of its pods, ask the API server about the tokens with which its proxies join. */
export function tokenReview(owner: Owner): DesiredObject {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: tokenReviewName(owner.name), labels: ownerLabels(owner) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: TOKEN_REVIEW_ROLE },
    subjects: [{ kind: "ServiceAccount", name: AUTH, namespace: namespaceOf(owner.name) }],
  };
}
