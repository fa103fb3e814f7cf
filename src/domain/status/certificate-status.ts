import type { ConditionWish, Problem } from "./conditions.ts";

/** What is known of a tenant's certificate. */
export type CertificateSeen =
  /** The platform asks for none. */
  | { readonly kind: "none" }
  /** It asks for one, and there was no cert-manager when Slacktide started. */
  | { readonly kind: "missing" }
  | { readonly kind: "asked"; readonly issued: boolean };

/** cert-manager's own words hold times; who reads them is told where they are. */
export function certificateWish(seen: CertificateSeen): readonly ConditionWish[] {
  if (seen.kind === "none") return [];
  if (seen.kind === "missing") return [{ type: "CertificateReady", status: "False", reason: MISSING.reason, message: MISSING.message }];
  if (seen.issued) return [{ type: "CertificateReady", status: "True", reason: "Issued", message: "The certificate of the domain is issued" }];
  return [{ type: "CertificateReady", status: "False", reason: "NotIssued", message: 'The certificate of the domain is not issued: Certificate "web" in the tenant\'s namespace tells why' }];
}

/** In the way of a tenant that is to be made: its proxies would wait for a certificate for ever. */
export function certificateProblems(seen: CertificateSeen): readonly Problem[] {
  return seen.kind === "missing" ? [MISSING] : [];
}

const MISSING: Problem = {
  reason: "CertManagerMissing",
  message: "certificates are configured and cert-manager is not installed: install it and restart Slacktide, or leave `certificates` out of the platform's configuration",
};
