import { join } from "node:path";
import type { ClusterSpec } from "./state.ts";
import type { Component } from "./programs.ts";

/** Where the files of a cluster lie in its folder. */
export const filesOf = (dir: string) => ({
  authority: join(dir, "pki", "ca.crt"),
  auditLog: join(dir, "audit.log"),
  control: join(dir, "control.sock"),
  inventory: join(dir, "inventory"),
  kwokConfig: join(dir, "kwok.yaml"),
  schedulerConfig: join(dir, "scheduler.yaml"),
  credential: (name: string) => ({ cert: join(dir, "pki", `${name}.crt`), key: join(dir, "pki", `${name}.key`) }),
  kubeconfig: (user: string) => join(dir, `${user}.kubeconfig`),
  log: (component: string) => join(dir, `${component}.log`),
});

/** The flags of a component, in Kubernetes' own names. */
export const flagsOf = (component: Component, spec: ClusterSpec): string[] => FLAGS[component](spec);

const FLAGS: Readonly<Record<Component, (spec: ClusterSpec) => string[]>> = {
  etcd: etcdFlags,
  "kube-apiserver": apiServerFlags,
  "kube-controller-manager": controllerManagerFlags,
  "kube-scheduler": (spec) => [`--config=${filesOf(spec.dir).schedulerConfig}`, "--secure-port=0"],
  kwok: (spec) => [
    `--kubeconfig=${filesOf(spec.dir).kubeconfig("kwok")}`, `--config=${filesOf(spec.dir).kwokConfig}`,
    "--manage-all-nodes=true", "--cidr=10.1.0.0/16", "--node-ip=127.0.0.1", "--node-lease-duration-seconds=40",
  ],
};

/**
 * etcd listens on sockets in the cluster's folder (its working directory): no port, and nobody else can open them.
 * The `:0` belongs to the socket's file name; etcd insists on a host and port.
 */
function etcdFlags(): string[] {
  return [
    "--data-dir=etcd", "--unsafe-no-fsync", "--log-level=warn", "--quota-backend-bytes=8589934592",
    "--listen-client-urls=unix://client:0", "--advertise-client-urls=unix://client:0",
    "--listen-peer-urls=unix://peer:0", "--initial-advertise-peer-urls=unix://peer:0", "--initial-cluster=default=unix://peer:0",
  ];
}

function apiServerFlags(spec: ClusterSpec): string[] {
  const files = filesOf(spec.dir);
  const server = files.credential("kube-apiserver");
  const kubelet = files.credential("kube-apiserver-kubelet-client");
  const tokens = files.credential("service-accounts");
  return [
    `--etcd-servers=unix://${join(spec.dir, "client:0")}`,
    "--bind-address=127.0.0.1", `--secure-port=${spec.apiPort}`,
    // Without a default route the server finds no address to advertise, and it refuses loopback as an endpoint.
    "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
    `--tls-cert-file=${server.cert}`, `--tls-private-key-file=${server.key}`, `--client-ca-file=${files.authority}`,
    "--service-account-issuer=https://kubernetes.default.svc", `--service-account-key-file=${tokens.cert}`, `--service-account-signing-key-file=${tokens.key}`,
    `--kubelet-client-certificate=${kubelet.cert}`, `--kubelet-client-key=${kubelet.key}`, `--kubelet-certificate-authority=${files.authority}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-cluster-ip-range=10.0.0.0/16", "--authorization-mode=RBAC", "--allow-privileged=true", "--profiling=false",
    `--disable-admission-plugins=${pluginsWithoutController(spec).join(",")}`,
    ...(spec.audit ? auditFlags(files.auditLog) : []),
  ];
}

/** Plugins that add what only a controller takes away again, where that controller does not run. */
function pluginsWithoutController(spec: ClusterSpec): string[] {
  // Node lifecycle never runs: a starved machine must not evict pods.
  if (spec.profile !== "light") return ["TaintNodesByCondition"];
  return ["TaintNodesByCondition", "ServiceAccount", "StorageObjectInUseProtection"];
}

/** Blocking, so that an entry is in the file before the answer is with the client. */
function auditFlags(log: string): string[] {
  return [
    `--audit-policy-file=${join(import.meta.dirname, "audit-policy.yaml")}`,
    `--audit-log-path=${log}`, "--audit-log-mode=blocking", "--audit-log-maxsize=4096",
  ];
}

const CONTROLLERS = [
  "serviceaccount", "serviceaccount-token", "root-ca-certificate-publisher", "namespace", "garbage-collector", "pod-garbage-collector",
  "deployment", "replicaset", "statefulset", "job", "cronjob", "ttl-after-finished", "endpointslice", "disruption", "resourcequota",
  "persistentvolume-binder", "persistentvolumeclaim-protection", "persistentvolume-protection", "clusterrole-aggregation", "horizontal-pod-autoscaler",
  "validatingadmissionpolicy-status",
];

const CONCURRENT = ["deployment", "replicaset", "statefulset", "namespace", "gc", "service-endpoint"];

function controllerManagerFlags(spec: ClusterSpec): string[] {
  const files = filesOf(spec.dir);
  return [
    `--kubeconfig=${files.kubeconfig("kube-controller-manager")}`, "--leader-elect=false", "--secure-port=0",
    `--service-account-private-key-file=${files.credential("service-accounts").key}`, `--root-ca-file=${files.authority}`,
    "--use-service-account-credentials=true", "--kube-api-qps=2000", "--kube-api-burst=4000", "--pvclaimbinder-sync-period=1s",
    `--controllers=${CONTROLLERS.filter((name) => !spec.withoutControllers.includes(name)).map((name) => `${name}-controller`).join(",")}`,
    ...CONCURRENT.map((name) => `--concurrent-${name}-syncs=20`),
  ];
}
