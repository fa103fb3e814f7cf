import { CERTIFICATE, mountsCertificate } from "../../../src/domain/objects/certificate.ts";
import { METRICS, metricsSecretOf } from "../../../src/domain/objects/metrics.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import { isTrue } from "../../../src/reconcile/shapes.ts";
import { kindOf } from "../server/kinds.ts";
import type { Stored } from "../server/objects.ts";
import type { ClusterContext } from "./context.ts";

const CERTIFICATE_KIND = kindOf("Certificate");
const SECRET_KIND = kindOf("Secret");

/** What the simulated cluster has if there is a cert-manager in it. */
export const CERT_MANAGER_CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "certificates.cert-manager.io" }, spec: { group: "cert-manager.io" } } as const;

/** Whether anything is asked of a cert-manager. */
export function asksCertManager({ certificates, metrics }: Platform): boolean {
  return certificates !== undefined || metrics?.keysFrom === "CertManager";
}

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
      if (server.store.get(CERTIFICATE_KIND, `${namespace}/${name}`)?.metadata.uid !== certificate.metadata.uid) return;
      const status = { conditions: [{ type: "Ready", status: "True" }] };
      server.writes.update({ kind: CERTIFICATE_KIND, namespace, name, subresource: "status", by: "cluster", manager: "cert-manager" }, (live) => ({ ...live, status }));
      onIssued();
    });
  }

  /** Whether the pod mounts a certificate that is not issued yet. */
  isAwaitedBy(pod: Stored): boolean {
    const template = { spec: pod["spec"] };
    const { namespace = "" } = pod.metadata;
    const secret = metricsSecretOf(template);
    const asked = [...(mountsCertificate(template) ? [CERTIFICATE] : []), ...(secret === "metrics-tls" ? [METRICS] : [])];
    if (secret === "metrics-own" && this.#context.server.store.get(SECRET_KIND, `${namespace}/${secret}`) === undefined) return true;
    return asked.some((name) => !isTrue(this.#context.server.store.get(CERTIFICATE_KIND, `${namespace}/${name}`), "Ready"));
  }
}
