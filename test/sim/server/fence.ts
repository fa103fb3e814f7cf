import { LABEL, LEADERSHIP_NAME, NOT_THE_LEADER, type LeadershipSpec } from "../../../src/api/index.ts";
import { LEADERSHIP_KIND, type LeadershipObject } from "../../../src/kube/leadership.ts";
import { kindOf, type ServedKind } from "./kinds.ts";
import { forbidden, invalid } from "./status.ts";
import type { ObjectStore } from "./store.ts";

/** Who asks: a replica of the operator with its pod, or somebody whom the policies are not about. */
export interface Caller {
  /** Another one for every process. */
  readonly identity: string;
  /** The pod that the token is bound to; undefined for everybody but the operator. */
  readonly pod?: string | undefined;
}

interface Judged {
  readonly kind: ServedKind;
  readonly namespace?: string | undefined;
  readonly name: string;
}

const IN_TENANTS = new Set(["NetworkPolicy", "ResourceQuota", "ServiceAccount", "ConfigMap", "Secret", "Issuer", "Certificate", "PersistentVolumeClaim", "Service", "PodDisruptionBudget", "Deployment", "Job", "VolumeSnapshot", "Table", "Bucket", "Role"]);

/** The chart's policies: what the operator writes is refused unless its pod is the recorded leader. */
export class LeaderPolicy {
  readonly #store: ObjectStore;
  /** The record as the policy knows it, which is a moment late. */
  #known: LeadershipSpec | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** The policy learns of the record as it is now. */
  learn(): void {
    const record = this.#store.get(LEADERSHIP_KIND, LEADERSHIP_NAME) as LeadershipObject | undefined; // the only kind of that name
    this.#known = record?.spec;
  }

  /** Throws a 403 for a write of an operator's pod that does not lead. */
  judge(caller: Caller, write: Judged, labels: Readonly<Record<string, string>> | undefined): void {
    const { pod } = caller;
    if (pod === undefined || this.#known === undefined || !this.#isJudged(write, labels) || this.#known.holder === pod) return;
    throw forbidden(write.kind, write.name, `ValidatingAdmissionPolicy 'slacktide-leader' with binding 'slacktide-leader' denied request: pod "${pod}" is ${NOT_THE_LEADER}`);
  }

  #isJudged({ kind, namespace }: Judged, labels: Readonly<Record<string, string>> | undefined): boolean {
    if (kind.kind === LEADERSHIP_KIND.kind || kind.kind === "Lease") return false;
    if (kind.apiVersion === LEADERSHIP_KIND.apiVersion) return true;
    if (kind.kind === "Namespace" || kind.kind === "ClusterRoleBinding") return labels?.[LABEL.tenant] !== undefined;
    if (kind.kind === "ConfigMap" && labels?.[LABEL.ports] !== undefined) return true;
    if (kind.kind === "Event") return namespace === "default";
    return IN_TENANTS.has(kind.kind) && this.#store.get(kindOf("Namespace"), namespace ?? "")?.metadata.labels?.[LABEL.tenant] !== undefined;
  }
}

/** The record's own rule: a change of leader has a higher epoch. */
export function judgeRecord(kind: ServedKind, before: unknown, after: unknown): void {
  const [old, now] = [before, after].map((object) => (object as LeadershipObject | undefined)?.spec); // the kind's schema
  if (old === undefined || now === undefined || JSON.stringify(old) === JSON.stringify(now) || now.epoch > old.epoch) return;
  throw invalid(kind, LEADERSHIP_NAME, { reason: "FieldValueInvalid", field: "spec", message: "Invalid value: a change of leader has a higher epoch" });
}
