/** The kinds in a namespace that the operator writes. */
export const NAMESPACED = ["serviceaccount", "networkpolicy", "resourcequota", "configmap", "persistentvolumeclaim", "service", "poddisruptionbudget", "deployment", "job"] as const;
type Kind = (typeof NAMESPACED)[number];

const labels = { app: "probe" };
const containers = [{ name: "probe", image: "none" }];
const BARE: Readonly<Record<Kind, object>> = {
  serviceaccount: { apiVersion: "v1", kind: "ServiceAccount" },
  networkpolicy: { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", spec: { podSelector: {}, policyTypes: ["Egress"] } },
  resourcequota: { apiVersion: "v1", kind: "ResourceQuota", spec: { hard: { pods: "9" } } },
  configmap: { apiVersion: "v1", kind: "ConfigMap" },
  persistentvolumeclaim: { apiVersion: "v1", kind: "PersistentVolumeClaim", spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  service: { apiVersion: "v1", kind: "Service", spec: { ports: [{ port: 80 }] } },
  poddisruptionbudget: { apiVersion: "policy/v1", kind: "PodDisruptionBudget", spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
  deployment: { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } } },
  job: { apiVersion: "batch/v1", kind: "Job", spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers } } } },
};

/** The labels that tell whose an object is. */
export function ofTenant(name: string): object {
  return { "slacktide.dev/tenant": name, "slacktide.dev/tenant-uid": `uid-of-${name}` };
}

/** A Namespace; without labels it is nobody's. */
export function namespace(name: string, itsLabels: object = {}): object {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: itsLabels } };
}

/** The smallest object of its kind, named `probe` and labelled as acme's, which runs nothing. */
export function probe(kind: Kind, inNamespace: string, metadata: object = {}): object {
  return { ...BARE[kind], metadata: { name: "probe", namespace: inNamespace, labels: ofTenant("acme"), ...metadata } };
}
