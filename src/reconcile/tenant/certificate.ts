import { CERTIFICATE, mountsCertificate } from "../../domain/objects/certificate.ts";
import type { Owner } from "../../domain/objects/names.ts";
import type { PodTemplate } from "../../domain/objects/pod-template.ts";
import type { CertificateSeen } from "../../domain/status/certificate-status.ts";
import { isTrue } from "../shapes.ts";
import type { TenantEnv } from "./env.ts";
import type { ObservedTenant } from "./observe.ts";
import { ownObjects } from "./own-objects.ts";

/** What is known of the tenant's certificate, from the caches alone: Certificates are watched where there is a cert-manager. */
export function seeCertificate({ owner }: Pick<ObservedTenant, "owner">, { caches, platform }: Pick<TenantEnv, "caches" | "platform">): CertificateSeen {
  if (platform.certificates === undefined) return { kind: "none" };
  return seeOwnCertificate(owner, CERTIFICATE, caches);
}

/** One of the tenant's Certificates, by its name. */
export function seeOwnCertificate(owner: Owner, name: string, caches: TenantEnv["caches"]): CertificateSeen {
  if (!caches.isWatched("Certificate")) return { kind: "missing" };
  const found = ownObjects(caches, "Certificate", owner).find(({ metadata }) => metadata.name === name);
  return { kind: "asked", issued: isTrue(found, "Ready") };
}

export interface Wearer {
  readonly provisioned: boolean;
  /** Of which its pods are made. */
  readonly templates: readonly PodTemplate[];
}

/**
 * Whether proxies that are rolled out now have the certificate. A new tenant's wait for it; those that serve get it with an
 * upgrade, and are never made to wait: once it is issued, or if they have it (docs/certificates.md).
 */
export function getsCertificate(certificate: CertificateSeen, { provisioned, templates }: Wearer): boolean {
  return templates.some(mountsCertificate) || (certificate.kind === "asked" && (certificate.issued || !provisioned));
}
