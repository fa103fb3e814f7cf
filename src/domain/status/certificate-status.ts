import type { ConditionWish, Problem } from "./conditions.ts";

/** What is known of a tenant's certificate. */
export type CertificateSeen =
  /** The platform asks for none. */
  | { readonly kind: "none" }
  /** It asks for one, and there was no cert-manager when Slacktide started. */
  | { readonly kind: "missing" }
  | {
      readonly kind: "asked";
      readonly issued: boolean;
      /** Slacktide makes it, and no cert-manager is asked. */
      readonly bySlacktide?: true;
    };

/** What a kind of certificate is said of by. */
interface Words {
  readonly type: string;
  readonly issued: string;
  readonly notIssued: string;
  readonly missing: string;
}

const WEB: Words = {
  type: "CertificateReady",
  issued: "The certificate of the domain is issued",
  notIssued: 'The certificate of the domain is not issued: Certificate "web" in the tenant\'s namespace tells why',
  missing: "certificates are configured and cert-manager is not installed: install it and restart Slacktide, or leave `certificates` out of the platform's configuration",
};

const METRICS: Words = {
  type: "MetricsReady",
  issued: "The certificate of the tenant's metrics is issued",
  notIssued: 'The certificate of the tenant\'s metrics is not issued: Certificate "metrics" in the tenant\'s namespace tells why',
  missing: "metrics over mutual TLS are configured and cert-manager is not installed: install it and restart Slacktide, or leave `metrics` out of the platform's configuration",
};

/** Of the domain's certificate. */
export function certificateWish(seen: CertificateSeen): readonly ConditionWish[] {
  return wishOf(seen, WEB);
}

/** Of that by which the tenant shows its metrics. */
export function metricsWish(seen: CertificateSeen): readonly ConditionWish[] {
  return wishOf(seen, METRICS);
}

/** In the way of a tenant that is to be made: its proxies would wait for a certificate for ever. */
export function certificateProblems(seen: CertificateSeen): readonly Problem[] {
  return seen.kind === "missing" ? [missing(WEB)] : [];
}

/** Likewise: so would all its pods. */
export function metricsProblems(seen: CertificateSeen): readonly Problem[] {
  return seen.kind === "missing" ? [missing(METRICS)] : [];
}

/** cert-manager's own words hold times; who reads them is told where they are. */
function wishOf(seen: CertificateSeen, words: Words): readonly ConditionWish[] {
  if (seen.kind === "none") return [];
  const { type, issued, notIssued } = words;
  if (seen.kind === "missing") return [{ type, status: "False", ...missing(words) }];
  return [seen.issued ? { type, status: "True", reason: "Issued", message: issued } : { type, status: "False", reason: "NotIssued", message: seen.bySlacktide === true ? NOT_MADE : notIssued }];
}

const NOT_MADE = "The certificate of the tenant's metrics is not made yet";

function missing({ missing: message }: Words): Problem {
  return { reason: "CertManagerMissing", message };
}
