import { METRICS, mountsMetrics } from "../../domain/objects/metrics.ts";
import type { CertificateSeen } from "../../domain/status/certificate-status.ts";
import { seeOwnCertificate, type Wearer } from "./certificate.ts";
import type { TenantEnv } from "./env.ts";
import type { ObservedTenant } from "./observe.ts";

/** What is known of the certificate by which the tenant shows its metrics, from the caches alone. */
export function seeMetrics({ tenant }: Pick<ObservedTenant, "tenant">, { caches, platform }: Pick<TenantEnv, "caches" | "platform">): CertificateSeen {
  return platform.metrics === undefined ? { kind: "none" } : seeOwnCertificate(tenant, METRICS, caches);
}

/**
 * Whether pods that are rolled out now show their metrics over mutual TLS. A new tenant's wait for what that takes; those that
 * serve get it with an upgrade, once it is there, and go on with it whatever becomes of cert-manager (docs/metrics-of-tenants.md).
 */
export function getsMetrics(seen: CertificateSeen, { provisioned, templates }: Wearer): boolean {
  if (seen.kind === "none") return false;
  return templates.some(mountsMetrics) || (seen.kind === "asked" && (seen.issued || !provisioned));
}
