import { LABEL } from "../../../src/api/index.ts";
import { imageVersion, textOf } from "../../invariants/shapes.ts";
import { kindOf } from "../server/kinds.ts";
import type { Stored } from "../server/objects.ts";
import type { ClusterContext } from "./context.ts";
import { refOf, type Pods } from "./pods.ts";

const JOB = kindOf("Job");
const POD = kindOf("Pod");

interface Spec {
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }; readonly spec?: Parameters<typeof imageVersion>[0] };
}

/** Runs Jobs: one pod each, which succeeds, or whose image cannot be run until the Job's deadline. */
export class Jobs {
  readonly #context: ClusterContext;
  readonly #pods: Pods;

  constructor(context: ClusterContext, pods: Pods) {
    this.#context = context;
    this.#pods = pods;
  }

  /** A Job that was just made. */
  begin(job: Stored): void {
    const { after, chance, works } = this.#context;
    const spec = (job["spec"] ?? {}) as Spec; // batch/v1 JobSpec
    if (this.#find(job) === undefined) return;
    this.#pods.create(job, spec.template ?? {}, { hash: "job" });
    const component = spec.template?.metadata?.labels?.[LABEL.component] ?? "";
    if (works(component, textOf(imageVersion(spec.template?.spec)))) after(chance.int(50, 3_000), () => this.#finish(job, "Complete"));
    else after(chance.is(0.5) ? chance.int(500, 5_000) : (spec.activeDeadlineSeconds ?? 600) * 1000, () => this.#finish(job, "Failed"));
  }

  #finish(job: Stored, condition: "Complete" | "Failed"): void {
    const { server, when, truth } = this.#context;
    const live = this.#find(job);
    if (live === undefined) return;
    for (const pod of this.#pods.of(live)) this.#pods.setStatus(pod, { phase: condition === "Complete" ? "Succeeded" : "Failed" });
    const status = { conditions: [{ type: condition, status: "True" }], ...(condition === "Complete" ? { succeeded: 1 } : { failed: 1 }) };
    const { name, namespace = "" } = job.metadata;
    server.writes.update({ kind: JOB, namespace, name, subresource: "status", by: "cluster", manager: "kube-controller-manager" }, (found) => ({ ...found, status }));
    const { ttlSecondsAfterFinished } = (job["spec"] ?? {}) as Spec; // as above
    if (ttlSecondsAfterFinished !== undefined) when(truth() + ttlSecondsAfterFinished * 1000, () => this.#expire(job));
  }

  #expire(job: Stored): void {
    const { server } = this.#context;
    const live = this.#find(job);
    if (live === undefined) return;
    for (const pod of this.#pods.of(live)) if (server.store.get(POD, `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`) !== undefined) server.writes.evict(refOf(pod));
    server.writes.evict({ kind: JOB, namespace: job.metadata.namespace ?? "", name: job.metadata.name, by: "cluster", manager: "kube-controller-manager" });
  }

  #find({ metadata }: Stored): Stored | undefined {
    const live = this.#context.server.store.get(JOB, `${metadata.namespace ?? ""}/${metadata.name}`);
    return live !== undefined && live.metadata.uid === metadata.uid && live.metadata.deletionTimestamp === undefined ? live : undefined;
  }
}
