import type { TenantSpec } from "../../api/index.ts";
import { inNamespaceOf, type Owner } from "./names.ts";
import type { Certificates } from "./platform.ts";
import type { PodTemplate } from "./pod-template.ts";
import type { DesiredObject } from "./desired.ts";

/** The Certificate of a tenant's domain, and the Secret that cert-manager keeps it in. */
export const CERTIFICATE = "web";
export const CERTIFICATE_SECRET = "web-tls";

/** The name of the volume by which a proxy has it, and where. */
export const CERTIFICATE_VOLUME = "certificate";
export const CERTIFICATE_DIR = "/etc/teleport-tls";

/**
 * What cert-manager is asked for: the domain, and every name right below it, where Teleport puts the tenant's applications (row F3).
 * The key is made anew with each certificate.
 */
export function certificate({ owner, spec: { domain }, certificates }: { readonly owner: Owner; readonly spec: Pick<TenantSpec, "domain">; readonly certificates: Certificates }): DesiredObject {
  return {
    ...inNamespaceOf(owner)("cert-manager.io/v1", "Certificate", CERTIFICATE),
    spec: {
      secretName: CERTIFICATE_SECRET,
      dnsNames: [domain, `*.${domain}`],
      issuerRef: { ...certificates.issuerRef },
      usages: ["digital signature", "key encipherment", "server auth"],
      privateKey: { rotationPolicy: "Always" },
    },
  };
}

/** Whether pods of a template have the certificate: they read another file of configuration than those that have not. */
export function mountsCertificate({ spec }: PodTemplate): boolean {
  const { volumes = [] } = (spec ?? {}) as { readonly volumes?: readonly { readonly name: string }[] }; // a pod's
  return volumes.some(({ name }) => name === CERTIFICATE_VOLUME);
}
