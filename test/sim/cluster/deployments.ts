import { kindOf } from "../server/kinds.ts";
import { equal, type Fields, type Stored } from "../server/objects.ts";
import type { ClusterContext } from "./context.ts";
import { isLive, type Pods } from "./pods.ts";
import { hashOf } from "./template-hash.ts";

const DEPLOYMENT = kindOf("Deployment");

interface Spec {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly strategy?: { readonly type?: string; readonly rollingUpdate?: { readonly maxSurge?: number; readonly maxUnavailable?: number } };
  readonly template?: Fields;
}

interface Seen {
  readonly deployment: Stored;
  readonly spec: Spec;
  readonly wanted: number;
  readonly hash: string;
  /** Neither ended nor asked to end. */
  readonly live: readonly Stored[];
  readonly all: readonly Stored[];
}

/** Keeps the pods of Deployments as kube-controller-manager does, without the ReplicaSets in between. */
export class Deployments {
  readonly #context: ClusterContext;
  readonly #pods: Pods;
  readonly #nextLook = new Map<string, number>();

  constructor(context: ClusterContext, pods: Pods) {
    this.#context = context;
    this.#pods = pods;
  }

  /** Brings one Deployment a step further; every change of its pods calls for another look. */
  sync(key: string): void {
    const deployment = this.#context.server.store.get(DEPLOYMENT, key);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
    const spec = (deployment["spec"] ?? {}) as Spec; // apps/v1 DeploymentSpec
    const all = this.#pods.of(deployment).filter(isLive);
    const live = all.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const seen = { deployment, spec, wanted: spec.replicas ?? 1, hash: hashOf(spec.template), live, all };
    if (spec.strategy?.type === "Recreate") this.#recreate(seen);
    else this.#roll(seen);
    this.#report(deployment);
  }

  #recreate(seen: Seen): void {
    const old = seen.all.filter((pod) => !isOf(pod, seen.hash));
    if (old.length > 0) return old.forEach((pod) => this.#pods.end(pod));
    this.#scale(seen, seen.wanted);
  }

  #roll(seen: Seen): void {
    const { maxSurge = 1, maxUnavailable = 0 } = seen.spec.strategy?.rollingUpdate ?? {};
    const { live, wanted, hash } = seen;
    const old = live.filter((pod) => !isOf(pod, hash));
    if (old.length === 0) return this.#scale(seen, wanted);
    const fresh = live.length - old.length;
    this.#scale(seen, Math.min(wanted, fresh + Math.max(0, wanted + maxSurge - live.length)));
    const available = live.filter((pod) => this.#isAvailable(pod, seen)).length;
    // What does not work is no loss; of what does, only as much as may be missing.
    const broken = old.filter((pod) => !this.#isAvailable(pod, seen));
    const spare = Math.max(0, available - (wanted - maxUnavailable));
    const working = old.filter((pod) => this.#isAvailable(pod, seen)).slice(0, spare);
    for (const pod of [...broken, ...working]) this.#pods.end(pod);
  }

  /** To so many pods of the newest template. */
  #scale({ deployment, spec, hash, live }: Seen, wanted: number): void {
    const own = live.filter((pod) => isOf(pod, hash));
    for (let count = own.length; count < wanted; count += 1) this.#pods.create(deployment, spec.template ?? {}, { hash });
    const byReadiness = own.toSorted((a, b) => Number(this.#pods.readySince(a) !== undefined) - Number(this.#pods.readySince(b) !== undefined));
    for (const pod of byReadiness.slice(0, Math.max(0, own.length - wanted))) this.#pods.end(pod);
  }

  #isAvailable(pod: Stored, { spec, deployment }: Pick<Seen, "spec" | "deployment">): boolean {
    const since = this.#pods.readySince(pod);
    if (since === undefined) return false;
    const left = since + (spec.minReadySeconds ?? 0) * 1000 - this.#context.elapsed();
    if (left > 0) this.#lookAgain(`${deployment.metadata.namespace ?? ""}/${deployment.metadata.name}`, left);
    return left <= 0;
  }

  #lookAgain(key: string, ms: number): void {
    const at = this.#context.elapsed() + ms;
    if ((this.#nextLook.get(key) ?? -Infinity) >= at) return;
    this.#nextLook.set(key, at);
    this.#context.after(ms, () => this.sync(key));
  }

  #report(deployment: Stored): void {
    const { namespace = "", name, generation } = deployment.metadata;
    const spec = (deployment["spec"] ?? {}) as Spec; // as above
    const live = this.#pods.of(deployment).filter((pod) => isLive(pod) && pod.metadata.deletionTimestamp === undefined);
    const count = (some: readonly Stored[]): number | undefined => (some.length === 0 ? undefined : some.length);
    const status = Object.fromEntries(
      Object.entries({
        observedGeneration: generation,
        replicas: count(live),
        updatedReplicas: count(live.filter((pod) => isOf(pod, hashOf(spec.template)))),
        readyReplicas: count(live.filter((pod) => this.#pods.readySince(pod) !== undefined)),
        availableReplicas: count(live.filter((pod) => this.#isAvailable(pod, { spec, deployment }))),
      }).filter(([, value]) => value !== undefined),
    );
    if (equal(status, deployment["status"])) return;
    this.#context.server.writes.update({ kind: DEPLOYMENT, namespace, name, subresource: "status", by: "cluster", manager: "kube-controller-manager" }, (found) => ({ ...found, status }));
  }
}

function isOf(pod: Stored, hash: string): boolean {
  return pod.metadata.labels?.["pod-template-hash"] === hash;
}
