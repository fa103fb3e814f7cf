/** A kind of object as the API server addresses it. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Names one object of a kind; `namespace` is left out for cluster-scoped kinds. */
export interface Ref {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** metav1.ObjectMeta, the fields that we use; times are RFC 3339 in UTC. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any object of the API server; what lies beside `metadata` is the business of the caller's type. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

const kind = (apiVersion: string, name: string, plural: string, namespaced = true): Kind => ({
  apiVersion,
  kind: name,
  plural,
  namespaced,
});

/** The kinds beside its own that Slacktide reads or writes: built in, but for snapshots, certificates and what ACK keeps in AWS, which only some clusters have. */
export const KINDS = {
  Namespace: kind("v1", "Namespace", "namespaces", false),
  ServiceAccount: kind("v1", "ServiceAccount", "serviceaccounts"),
  ConfigMap: kind("v1", "ConfigMap", "configmaps"),
  Secret: kind("v1", "Secret", "secrets"),
  Service: kind("v1", "Service", "services"),
  PersistentVolumeClaim: kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
  Pod: kind("v1", "Pod", "pods"),
  ResourceQuota: kind("v1", "ResourceQuota", "resourcequotas"),
  Deployment: kind("apps/v1", "Deployment", "deployments"),
  PodDisruptionBudget: kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  Job: kind("batch/v1", "Job", "jobs"),
  VolumeSnapshot: kind("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "volumesnapshots"),
  Event: kind("events.k8s.io/v1", "Event", "events"),
  CustomResourceDefinition: kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false),
  Lease: kind("coordination.k8s.io/v1", "Lease", "leases"),
  ClusterRoleBinding: kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false),
  RoleBinding: kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  Table: kind("dynamodb.services.k8s.aws/v1alpha1", "Table", "tables"),
  Bucket: kind("s3.services.k8s.aws/v1alpha1", "Bucket", "buckets"),
  /** Of IAM; that of the API server is none of our business. */
  Role: kind("iam.services.k8s.aws/v1alpha1", "Role", "roles"),
  Issuer: kind("cert-manager.io/v1", "Issuer", "issuers"),
  Certificate: kind("cert-manager.io/v1", "Certificate", "certificates"),
  NetworkPolicy: kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
} as const satisfies Record<string, Kind>;

/** The path of a collection (no name) or of one object; without a namespace a collection spans all of them. */
export function pathOf(of: Kind, ref: Partial<Ref> = {}, subresource?: string): string {
  if (of.namespaced && ref.name !== undefined && ref.namespace === undefined) {
    throw new Error(`address ${of.kind} "${ref.name}": it lives in a namespace and none is given`);
  }
  const root = of.apiVersion.includes("/") ? `/apis/${of.apiVersion}` : `/api/${of.apiVersion}`;
  const scope = of.namespaced && ref.namespace !== undefined ? ["namespaces", ref.namespace] : [];
  const object = ref.name === undefined ? [] : [ref.name];
  const tail = subresource === undefined ? [] : [subresource];
  return [root, ...[...scope, of.plural, ...object, ...tail].map(encodeURIComponent)].join("/");
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of stores and queues. */
export function keyOf(ref: Ref): string {
  return ref.namespace === undefined || ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
}

/** The inverse of `keyOf`. */
export function refOf(key: string): Ref {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
