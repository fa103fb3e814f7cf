import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { filesOf } from "./flags.ts";
import { type Authority, type Credential, newAuthority, newSigningKey, type Subject } from "./pki.ts";
import type { ClusterSpec } from "./state.ts";

const MASTERS = ["system:masters"];

/** Client identities with a kubeconfig each, by the kubeconfig's name. */
const USERS: Readonly<Record<string, Subject>> = {
  admin: { name: "admin", groups: MASTERS },
  "cluster-supervisor": { name: "cluster-supervisor", groups: MASTERS },
  kwok: { name: "kwok", groups: MASTERS },
  "kube-controller-manager": { name: "system:kube-controller-manager" },
  "kube-scheduler": { name: "system:kube-scheduler" },
};

/** Writes what the components read: certificates, kubeconfigs, kwok's stages, the scheduler's configuration. */
export function prepareFiles(spec: ClusterSpec): void {
  const files = filesOf(spec.dir);
  mkdirSync(join(spec.dir, "pki"), { mode: 0o700 });
  mkdirSync(files.inventory);
  const authority = newAuthority(`slacktide-cluster-${spec.name}`);
  writePrivate(files.authority, authority.cert);
  writeCredential(spec, "kube-apiserver", authority.issue({ name: "kube-apiserver", hosts: ["127.0.0.1", "10.0.0.1", "localhost", "kubernetes.default.svc"] }));
  writeCredential(spec, "kwok-server", authority.issue({ name: "kwok", hosts: ["127.0.0.1"] }));
  writeCredential(spec, "kube-apiserver-kubelet-client", authority.issue({ name: "kube-apiserver-kubelet-client" }));
  const tokens = newSigningKey();
  writeCredential(spec, "service-accounts", { key: tokens.privateKey, cert: tokens.publicKey });
  for (const [user, subject] of Object.entries(USERS)) writePrivate(files.kubeconfig(user), kubeconfigText(spec, authority, subject));
  writeFileSync(files.kwokConfig, stagesText(spec));
  writeFileSync(files.schedulerConfig, stringify({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    clientConnection: { kubeconfig: files.kubeconfig("kube-scheduler"), qps: 2000, burst: 4000 },
    leaderElection: { leaderElect: false },
    parallelism: 2,
  }));
}

function kubeconfigText(spec: ClusterSpec, authority: Authority, subject: Subject): string {
  const credential = authority.issue(subject);
  const cluster = { server: `https://127.0.0.1:${spec.apiPort}`, "certificate-authority-data": base64(authority.cert) };
  const user = { "client-certificate-data": base64(credential.cert), "client-key-data": base64(credential.key) };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": spec.name,
    clusters: [{ name: spec.name, cluster }],
    users: [{ name: subject.name, user }],
    contexts: [{ name: spec.name, context: { cluster: spec.name, user: subject.name } }],
  });
}

/** kwok's stages with this cluster's delays and port filled in. */
function stagesText(spec: ClusterSpec): string {
  const values = {
    "@POD_READY_MS@": spec.podReadyMs,
    "@POD_READY_SLOWEST_MS@": spec.podReadyMs * 2,
    "@POD_GONE_MS@": spec.podGoneMs,
    "@EXEC_PORT@": spec.execPort,
  };
  const template = readFileSync(join(import.meta.dirname, "kwok", "stages.yaml"), "utf8");
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(name, String(value)), template);
}

function writeCredential(spec: ClusterSpec, name: string, credential: Credential): void {
  const { cert, key } = filesOf(spec.dir).credential(name);
  writePrivate(cert, credential.cert);
  writePrivate(key, credential.key);
}

const writePrivate = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600 });
const base64 = (text: string) => Buffer.from(text).toString("base64");
