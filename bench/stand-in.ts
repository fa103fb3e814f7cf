import { createHash } from "node:crypto";
import type { BareClient, Call, SeenObject } from "./client.ts";

const OF_TENANTS = "?labelSelector=slacktide.dev/tenant";
const MERGE = "application/merge-patch+json";

/**
 * Stands in for the controllers of Deployments and Jobs and for the kubelet: what a Deployment asks for has pods that are
 * Ready at once, those of another template go first, and every Job succeeds. Its writes count like everybody's.
 */
export function standIn(client: BareClient, signal: AbortSignal): void {
  const send = async (call: Call): Promise<void> => {
    const { status, text } = await client.send(call);
    if (status >= 300 && status !== 404 && status !== 409) console.error(`stand-in: ${call.method} ${call.path}: ${status} ${text.slice(0, 300)}`);
  };
  const follow = (path: string, settle: (object: SeenObject) => Promise<void>): void => {
    const done = client.watch(`${path}${OF_TENANTS}`, ({ type, object }) => void ((type === "ADDED" || type === "MODIFIED") && settle(object)), signal);
    done.catch((error: unknown) => signal.aborted || console.error("the stand-in for controllers stopped", error));
  };
  const pods = new Pods(send);
  follow("/apis/apps/v1/deployments", async (deployment) => {
    const { metadata: { name, namespace = "", generation = 1 }, spec: { replicas = 1 } = {}, status = {} } = deployment;
    if (status.observedGeneration === generation) return;
    await pods.settle(deployment);
    const counts = { observedGeneration: generation, replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    await send({ method: "PATCH", path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, body: { status: counts }, contentType: MERGE });
  });
  const succeededJobs = new Set<string>();
  follow("/apis/batch/v1/jobs", async ({ metadata: { name, namespace = "", uid = "" }, status = {} }) => {
    if ((status.conditions ?? []).length > 0 || succeededJobs.has(uid)) return;
    succeededJobs.add(uid);
    await send({ method: "PATCH", path: `/apis/batch/v1/namespaces/${namespace}/jobs/${name}/status`, body: { status: succeeded() }, contentType: MERGE });
  });
}

/** The pods of every Deployment. */
class Pods {
  readonly #send: (call: Call) => Promise<void>;
  readonly #namesOf = new Map<string, readonly string[]>();

  constructor(send: (call: Call) => Promise<void>) {
    this.#send = send;
  }

  async settle({ metadata: { name, namespace = "" }, spec: { replicas = 1, template } = {} }: SeenObject): Promise<void> {
    const hash = createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 8);
    const wanted = Array.from({ length: replicas }, (_, n) => `${name}-${hash}-${n}`);
    const known = this.#namesOf.get(`${namespace}/${name}`) ?? [];
    this.#namesOf.set(`${namespace}/${name}`, wanted);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    for (const gone of known.filter((pod) => !wanted.includes(pod))) await this.#send({ method: "DELETE", path: `${path}/${gone}`, body: { gracePeriodSeconds: 0 } });
    for (const pod of wanted.filter((each) => !known.includes(each))) {
      const { metadata, spec } = template as { metadata: object; spec: object }; // a pod's template
      await this.#send({ method: "POST", path, body: { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: pod }, spec } });
      const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
      await this.#send({ method: "PATCH", path: `${path}/${pod}/status`, body: { status }, contentType: MERGE });
    }
  }
}

function succeeded(): object {
  const at = new Date().toISOString().replace(/\.\d+/, "");
  const conditions = ["SuccessCriteriaMet", "Complete"].map((type) => ({ type, status: "True", lastTransitionTime: at, lastProbeTime: at }));
  return { startTime: at, completionTime: at, succeeded: 1, conditions };
}
