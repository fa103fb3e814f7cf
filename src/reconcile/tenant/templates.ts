import type { Tenant } from "../../api/index.ts";
import type { Owner } from "../../domain/objects/names.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import type { PodTemplate } from "../../domain/objects/pod-template.ts";
import { areOwnSettings, templateChanges } from "../../domain/objects/template-changes.ts";
import type { Caches, LiveObject } from "../ports.ts";
import { specAs } from "../shapes.ts";
import { getsCertificate, seeCertificate } from "./certificate.ts";
import { metricsSecretFor, seeMetrics } from "./metrics.ts";
import type { ObservedWorkloads } from "./workloads.ts";

/** What of a tenant tells which pod templates it has, and which it would get. */
export interface Templated {
  readonly tenant: Tenant;
  readonly owner: Owner;
  readonly observed: Pick<ObservedWorkloads, "wanted">;
  readonly version: string | undefined;
  readonly provisioned: boolean;
  readonly claim: string;
}

/** What pods would have otherwise. */
export interface TemplateNews {
  readonly changes: readonly string[];
  /** All of it is what the tenant's owner has set. */
  readonly areOwn: boolean;
}

/** What its pods would have otherwise if they were rolled out again now (class Config); undefined: nothing, or nobody knows. */
export function templateNewsOf({ tenant, owner, observed: { wanted }, version, provisioned, claim }: Templated, { caches, platform }: { readonly caches: Caches; readonly platform: Platform }): TemplateNews | undefined {
  if (version === undefined || !provisioned) return undefined;
  const wearer = { provisioned, templates: templatesOf(wanted) };
  const certificate = getsCertificate(seeCertificate({ owner }, { caches, platform }), wearer);
  const metrics = metricsSecretFor(platform.metrics, seeMetrics({ owner }, { caches, platform }), wearer);
  const input = { owner, spec: tenant.spec, platform, certificate, metrics, claim, digests: () => ({}) };
  const changes = templateChanges(wanted, version, input);
  return changes.length > 0 ? { changes, areOwn: areOwnSettings(wanted, version, input) } : undefined;
}

/** All that pods may be made from, as long as the Deployments are what they are. */
export function templatesOf(workloads: ObservedWorkloads["wanted"]): readonly PodTemplate[] {
  return workloads.flatMap(({ roll, object }) => [roll?.template, roll?.previous?.template, templateOf(object)]).filter((template) => template !== undefined);
}

/** Of which its pods are made now. */
export function servedTemplates(workloads: ObservedWorkloads["wanted"]): readonly PodTemplate[] {
  return workloads.map(({ object }) => templateOf(object)).filter((template) => template !== undefined);
}

export function templateOf(object: LiveObject | undefined): PodTemplate | undefined {
  return specAs<{ template: PodTemplate }>(object).template;
}
