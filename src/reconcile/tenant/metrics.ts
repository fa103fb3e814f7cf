import { certificateIn, METRICS, METRICS_CERTIFICATE, metricsName, metricsSecret, metricsSecretOf, ownMetricsSecret, shownCertificate } from "../../domain/objects/metrics.ts";
import type { Owner } from "../../domain/objects/names.ts";
import type { Metrics } from "../../domain/objects/platform.ts";
import { notOurs } from "../../domain/tenant/adoption.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { CertificateSeen } from "../../domain/status/certificate-status.ts";
import { seeOwnCertificate, type Wearer } from "./certificate.ts";
import type { TenantEnv } from "./env.ts";
import type { ObjectProblem } from "./memory.ts";
import type { ObservedTenant } from "./observe.ts";
import { ownObjects } from "./own-objects.ts";
import { refused } from "./refusal.ts";

/** What is known of the certificate by which the tenant shows its metrics, from the caches alone. */
export function seeMetrics({ owner }: Pick<ObservedTenant, "owner">, { caches, platform }: Pick<TenantEnv, "caches" | "platform">): CertificateSeen {
  if (platform.metrics === undefined) return { kind: "none" };
  if (platform.metrics.keysFrom === "CertManager") return seeOwnCertificate(owner, METRICS, caches);
  const issued = ownObjects(caches, "ConfigMap", owner).some(({ metadata }) => metadata.name === METRICS_CERTIFICATE);
  return { kind: "asked", issued, bySlacktide: true };
}

/**
 * The Secret with which pods that are rolled out now show their metrics over mutual TLS. A new tenant's wait for it; those that
 * serve get it with an upgrade, once it is there, and go on with what they have until then, whatever becomes of cert-manager
 * (docs/metrics-of-tenants.md).
 */
export function metricsSecretFor(metrics: Metrics | undefined, seen: CertificateSeen, { provisioned, templates }: Wearer): string | undefined {
  if (metrics === undefined) return undefined;
  const wanted = metricsSecret(metrics);
  const worn = templates.flatMap((template) => metricsSecretOf(template) ?? []);
  if (worn.includes(wanted) || (seen.kind === "asked" && (seen.issued || !provisioned))) return wanted;
  return worn[0];
}

/**
 * Makes the tenant's own credential, once: creating the Secret decides which one it is, whoever else tries, and it is only then
 * shown. What was made before is read and left as it is, so that one that was lost on the way from a process that crashed is found again.
 */
export async function makeMetricsSecret(owner: Owner, { api, newCredential, memory, log }: Pick<TenantEnv, "api" | "newCredential" | "memory" | "log">): Promise<readonly ObjectProblem[]> {
  const credential = newCredential(metricsName(owner.name));
  const secret = ownMetricsSecret(owner, credential);
  const { name, namespace } = secret.metadata;
  const about = `Secret/${name}`;
  const outcome = await api.create(secret);
  if (outcome !== "created" && outcome !== "taken") return [refused({ about, owner }, outcome, { memory, log })];
  const live = outcome === "created" ? undefined : await api.read("Secret", { name, namespace });
  if (outcome === "taken" && !isOwnedBy(live?.metadata.labels, owner)) return [{ ...notOurs("Secret", live?.metadata ?? { name }, { metadata: owner }), about }];
  const cert = live === undefined ? credential.cert : certificateIn(live);
  if (cert === undefined) return [{ reason: "MetricsKeyBroken", message: `Secret "${name}" has no certificate: somebody made it; delete it, and another one is made`, about }];
  if (outcome === "created") log.info("metrics' certificate made", { tenant: owner.name });
  const shown = shownCertificate(owner, cert);
  const refusal = await api.apply(shown, undefined);
  return refusal === undefined ? [] : [refused({ about: `ConfigMap/${METRICS_CERTIFICATE}`, owner }, refusal, { memory, log })];
}
