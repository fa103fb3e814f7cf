import { LABEL } from "../../../src/api/index.ts";
import { imageVersion, textOf } from "../../invariants/shapes.ts";
import { kindOf } from "../server/kinds.ts";
import { isMap, type Fields, type Stored } from "../server/objects.ts";
import type { CertManager } from "./certificates.ts";
import type { ClusterContext } from "./context.ts";

const POD = kindOf("Pod");
const GRACE_SECONDS = 30;

/** What is done to pods: they are scheduled, pull their image, get Ready or don't, and end within their grace. */
export class Pods {
  readonly #context: ClusterContext;
  readonly #certManager: CertManager;
  readonly #readySince = new Map<string, number>();
  #count = 0;

  constructor(context: ClusterContext, certManager: CertManager) {
    this.#context = context;
    this.#certManager = certManager;
  }

  of(owner: Stored): readonly Stored[] {
    const { uid } = owner.metadata;
    return [...this.#context.server.store.values("Pod")].filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === uid);
  }

  /** A pod of this template; false if the API server does not let it be made. */
  create(owner: Stored, template: Fields, { hash }: { readonly hash: string }): void {
    const { server, after, chance } = this.#context;
    const { name, namespace = "", uid = "" } = owner.metadata;
    this.#count += 1;
    const labels = { ...((template["metadata"] as Fields | undefined)?.["labels"] as object | undefined), "pod-template-hash": hash }; // metav1.ObjectMeta
    const reference = { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
    const metadata = { name: `${name}-${hash}-${this.#count.toString(36)}`, namespace, labels, ownerReferences: [reference] };
    const ref = { kind: POD, namespace, name: metadata.name, by: "cluster", manager: "kube-controller-manager" };
    server.writes.create(ref, { apiVersion: "v1", kind: "Pod", metadata, spec: template["spec"] });
    after(chance.int(20, 1_500), () => this.#run(metadata.name, namespace));
  }

  /** Asks the pod to end; it is gone within its grace. */
  end(pod: Stored): void {
    const { server, after, chance } = this.#context;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const ref = refOf(pod);
    server.writes.remove(ref, {}, { graceful: true });
    const graceMs = ((pod["spec"] as { terminationGracePeriodSeconds?: number } | undefined)?.terminationGracePeriodSeconds ?? GRACE_SECONDS) * 1000; // core/v1 PodSpec
    after(chance.int(10, Math.max(graceMs, 20)), () => {
      if (server.store.get(POD, `${ref.namespace}/${ref.name}`)?.metadata.uid === pod.metadata.uid) server.writes.evict(ref);
    });
  }

  /** A pod that somebody deleted is seen to by the node it runs on. */
  noteDeletion(pod: Stored): void {
    const { server, after, chance } = this.#context;
    const ref = refOf(pod);
    after(chance.int(10, 2_000), () => {
      if (server.store.get(POD, `${ref.namespace}/${ref.name}`)?.metadata.uid === pod.metadata.uid) server.writes.evict(ref);
    });
  }

  /** Since when the pod is Ready, in elapsed milliseconds; undefined if it is not. */
  readySince(pod: Stored): number | undefined {
    return this.#readySince.get(pod.metadata.uid ?? "");
  }

  /** Looks at all pods again: an image that could not be run may be mended. */
  retry(): void {
    for (const pod of Array.from(this.#context.server.store.values("Pod"))) {
      if (pod.metadata.deletionTimestamp === undefined && !this.#readySince.has(pod.metadata.uid ?? "") && pod.metadata.ownerReferences?.[0]?.kind === "Deployment") this.#run(pod.metadata.name, pod.metadata.namespace ?? "");
    }
  }

  setStatus(pod: Stored, status: Fields): void {
    const { server } = this.#context;
    server.writes.update({ ...refOf(pod), subresource: "status" }, (live) => ({ ...live, status }));
  }

  #run(name: string, namespace: string): void {
    const { server, after, chance, works } = this.#context;
    const pod = server.store.get(POD, `${namespace}/${name}`);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || pod.metadata.ownerReferences?.[0]?.kind !== "Deployment") return;
    const component = pod.metadata.labels?.[LABEL.component] ?? "";
    const version = textOf(imageVersion(pod["spec"] as Parameters<typeof imageVersion>[0])); // core/v1 PodSpec
    if (!works(component, version) || this.#certManager.isAwaitedBy(pod)) return this.setStatus(pod, { phase: "Pending", conditions: [{ type: "Ready", status: "False" }] });
    if (chance.is(0.1)) this.setStatus(pod, { phase: "Running", conditions: [{ type: "Ready", status: "False" }] });
    after(chance.int(20, 2_000), () => this.#getReady(pod));
  }

  #getReady(pod: Stored): void {
    const { server, elapsed } = this.#context;
    const { namespace, name } = refOf(pod);
    const live = server.store.get(POD, `${namespace}/${name}`);
    if (live === undefined || live.metadata.uid !== pod.metadata.uid || live.metadata.deletionTimestamp !== undefined) return;
    this.#readySince.set(pod.metadata.uid ?? "", elapsed());
    this.setStatus(live, { phase: "Running", conditions: [{ type: "Ready", status: "True" }] });
  }
}

export function refOf({ metadata: { name, namespace = "" } }: Stored) {
  return { kind: POD, namespace, name, by: "cluster", manager: "kubelet" };
}

export function isLive({ status }: Fields): boolean {
  return !isMap(status) || (status["phase"] !== "Succeeded" && status["phase"] !== "Failed");
}
