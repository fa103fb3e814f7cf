import { CERTIFICATE_VOLUME } from "../../../src/domain/objects/certificate.ts";
import { isTrue } from "../../../src/reconcile/shapes.ts";
import { kindOf } from "../server/kinds.ts";
import type { Stored } from "../server/objects.ts";
import type { ClusterContext } from "./context.ts";

const CERTIFICATE = kindOf("Certificate");

/** What the simulated cluster has if there is a cert-manager in it. */
export const CERT_MANAGER_CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "certificates.cert-manager.io" }, spec: { group: "cert-manager.io" } } as const;

/** A cert-manager that issues what it is asked for, some time later; without the Secret no pod that mounts it starts. */
export class CertManager {
  readonly #context: ClusterContext;

  constructor(context: ClusterContext) {
    this.#context = context;
  }

  /** A Certificate that was just made; `onIssued` once its Secret is there. */
  begin(certificate: Stored, onIssued: () => void): void {
    const { server, after, chance } = this.#context;
    const { name, namespace = "" } = certificate.metadata;
    after(chance.int(200, 40_000), () => {
      if (server.store.get(CERTIFICATE, `${namespace}/${name}`)?.metadata.uid !== certificate.metadata.uid) return;
      const status = { conditions: [{ type: "Ready", status: "True" }] };
      server.writes.update({ kind: CERTIFICATE, namespace, name, subresource: "status", by: "cluster", manager: "cert-manager" }, (live) => ({ ...live, status }));
      onIssued();
    });
  }

  /** Whether the pod mounts a certificate that is not issued yet. */
  isAwaitedBy(pod: Stored): boolean {
    const { volumes = [] } = (pod["spec"] ?? {}) as { volumes?: readonly { readonly name: string }[] }; // core/v1 PodSpec
    if (!volumes.some(({ name }) => name === CERTIFICATE_VOLUME)) return false;
    const { namespace = "" } = pod.metadata;
    return ![...this.#context.server.store.values("Certificate")].some((each) => each.metadata.namespace === namespace && isTrue(each, "Ready"));
  }
}
