import { kindOf, SERVED, type ServedKind } from "../server/kinds.ts";
import type { Stored } from "../server/objects.ts";
import type { Committed } from "../server/store.ts";
import type { ClusterContext } from "./context.ts";
import { CertManager } from "./certificates.ts";
import { Deployments } from "./deployments.ts";
import { Jobs } from "./jobs.ts";
import { Pods } from "./pods.ts";
import { Snapshots } from "./snapshots.ts";

export type { ClusterContext } from "./context.ts";

const NAMESPACE = kindOf("Namespace");
const POD = kindOf("Pod");

/** Everything in a cluster that moves by itself: controllers, nodes, garbage collection, the ends of namespaces. */
export class Cluster {
  readonly #context: ClusterContext;
  readonly #pods: Pods;
  readonly #deployments: Deployments;
  readonly #jobs: Jobs;
  readonly #snapshots: Snapshots;
  readonly #certManager: CertManager;
  readonly #planned = new Set<string>();

  constructor(context: ClusterContext) {
    this.#context = context;
    this.#certManager = new CertManager(context);
    this.#pods = new Pods(context, this.#certManager);
    this.#deployments = new Deployments(context, this.#pods);
    this.#jobs = new Jobs(context, this.#pods);
    this.#snapshots = new Snapshots(context);
  }

  /** Takes note of a change; what follows from it comes a little later. */
  see({ kind, key, before, after, last, by }: Committed): void {
    if (kind.kind === "Deployment" && after !== undefined) this.#soon(`Deployment ${key}`, () => this.#deployments.sync(key));
    if (kind.kind === "Pod") this.#podChanged(last);
    if (kind.kind === "Pod" && by !== "cluster" && after?.metadata.deletionTimestamp !== undefined) this.#pods.noteDeletion(last);
    if (kind.kind === "Certificate" && before === undefined) this.#certManager.begin(last, () => this.#pods.retry());
    if (kind.kind === "Secret" && before === undefined) this.#pods.retry();
    if (kind.kind === "Job" && before === undefined) this.#soon(`Job ${key}`, () => this.#jobs.begin(last));
    if (kind.kind === "VolumeSnapshot" && before === undefined) this.#soon(`VolumeSnapshot ${key}`, () => this.#snapshots.take(last));
    if (after === undefined) this.#soon(`owner ${last.metadata.uid ?? ""}`, () => this.#collect(last));
    if (kind.kind === "Namespace" && after?.metadata.deletionTimestamp !== undefined) this.#soon(`Namespace ${key}`, () => this.#empty(key));
    const { deletionTimestamp, finalizers = [] } = after?.metadata ?? {};
    if (deletionTimestamp !== undefined && finalizers.includes("foregroundDeletion")) this.#soon(`foreground ${kind.kind} ${key}`, () => this.#foreground(kind, last));
  }

  /** Looks at all pods again: what works may have changed. */
  retryPods(): void {
    this.#pods.retry();
  }

  #podChanged({ metadata }: Stored): void {
    const owner = metadata.ownerReferences?.[0];
    if (owner?.kind !== "Deployment") return;
    const key = `${metadata.namespace ?? ""}/${owner.name}`;
    this.#soon(`Deployment ${key}`, () => this.#deployments.sync(key));
  }

  /** Background garbage collection: what the object owned goes. */
  #collect(owner: Stored): void {
    for (const { kind, object } of this.#dependents(owner)) this.#remove(kind, object);
  }

  /** The owner goes once nothing of it is left. */
  #foreground(kind: ServedKind, owner: Stored): void {
    const { name, namespace } = owner.metadata;
    const left = this.#dependents(owner);
    for (const { kind: dependent, object } of left) this.#remove(dependent, object);
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    if (left.length > 0) return this.#soon(`foreground ${kind.kind} ${key}`, () => this.#foreground(kind, owner));
    if (this.#context.server.store.get(kind, key)?.metadata.uid !== owner.metadata.uid) return;
    const request = { kind, namespace, name, by: "cluster", manager: "kube-controller-manager" };
    this.#context.server.writes.mergePatch(request, { metadata: { finalizers: (owner.metadata.finalizers ?? []).filter((each) => each !== "foregroundDeletion") } });
  }

  #dependents(owner: Stored): readonly { readonly kind: ServedKind; readonly object: Stored }[] {
    const { store } = this.#context.server;
    const owned = (object: Stored) => (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid);
    return SERVED.flatMap((kind) => [...store.values(kind.kind)].filter(owned).map((object) => ({ kind, object })));
  }

  #empty(name: string): void {
    const { server } = this.#context;
    const namespace = server.store.get(NAMESPACE, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const left = SERVED.filter(({ namespaced }) => namespaced).flatMap((kind) =>
      [...server.store.values(kind.kind)].filter(({ metadata }) => metadata.namespace === name).map((object) => ({ kind, object })),
    );
    for (const { kind, object } of left) this.#remove(kind, object);
    if (left.length > 0) return this.#soon(`Namespace ${name}`, () => this.#empty(name));
    server.writes.evict({ kind: NAMESPACE, name, by: "cluster", manager: "kube-controller-manager" });
  }

  #remove(kind: ServedKind, object: Stored): void {
    const { server } = this.#context;
    const { name, namespace } = object.metadata;
    if (kind === POD) return this.#pods.end(object);
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    if (server.store.get(kind, key) !== undefined) server.writes.remove({ kind, namespace, name, by: "cluster", manager: "kube-controller-manager" }, {});
  }

  /** Once, however often it is asked for until then. */
  #soon(id: string, run: () => void): void {
    if (this.#planned.has(id)) return;
    this.#planned.add(id);
    const { after, chance } = this.#context;
    after(chance.int(1, 150), () => {
      this.#planned.delete(id);
      run();
    });
  }
}
