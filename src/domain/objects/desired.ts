/** The kinds of which a tenant is made. */
export type OwnedKind = "Namespace" | "NetworkPolicy" | "ResourceQuota" | "ServiceAccount" | "ClusterRoleBinding" | "ConfigMap" | "Secret" | "Issuer" | "Certificate" | "PersistentVolumeClaim" | "Service" | "PodDisruptionBudget" | "Deployment" | "Job" | "VolumeSnapshot" | "Table" | "Bucket" | "Role";

/** An object as it is wanted. */
export interface DesiredObject {
  readonly apiVersion: string;
  readonly kind: OwnedKind;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: OwnedKind; readonly name: string; readonly uid: string }[];
  };
  readonly [field: string]: unknown;
}
