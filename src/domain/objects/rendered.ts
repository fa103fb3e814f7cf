import type { TenantSpec } from "../../api/index.ts";
import { isOnAws } from "./aws/names.ts";
import { AUTH, type Owner } from "./names.ts";
import { authTemplate, proxyTemplate, type PodTemplate } from "./pod-template.ts";
import { TEMPLATE_REVISION, type Platform } from "./platform.ts";
import { regionOf } from "../upgrade/workloads.ts";

/** What a tenant's pod templates are a function of, beside the version (design §9). */
export interface RenderInput {
  readonly owner: Owner;
  readonly spec: TenantSpec;
  readonly platform: Platform;
  /** Proxies have the domain's certificate. */
  readonly certificate?: boolean | undefined;
  /** The Secret with which pods show their metrics over mutual TLS alone. */
  readonly metrics?: string | undefined;
  /** Of the volume that Auth writes to, or the word for its tables; default: its first ones. */
  readonly claim?: string | undefined;
  readonly digests: (version: string) => { readonly auth?: string; readonly proxy?: string };
}

/** A Deployment whose template is rendered. */
export interface Rendered {
  /** `auth` or `proxy-<region>`. */
  readonly name: string;
  /** In another cluster: the Secrets with certificates are in the operator's alone. */
  readonly isAbroad?: boolean | undefined;
}

/** The pod template that a Deployment gets if it is rolled to the version now. */
export function renderedTemplate({ name, isAbroad = false }: Rendered, version: string, { owner, platform, digests, spec, certificate: isAsked = false, metrics, claim }: RenderInput): PodTemplate {
  const certificate = isAsked && !isAbroad;
  const digest = digests(version);
  const common = { owner, version, platform, size: spec.size, autoUpdate: spec.agents.autoUpdate, metrics: isAbroad || platform.metrics === undefined ? undefined : metrics };
  if (name === AUTH) return authTemplate({ ...common, claim, isOnAws: isOnAws(spec), digest: digest.auth });
  return proxyTemplate({ ...common, certificate, digest: digest.proxy, ...(isAbroad && { joinAudience: spec.domain }) }, regionOf({ name }));
}

/** The revision that this Slacktide renders. */
export function revisionOf({ platform }: Pick<RenderInput, "platform">): number {
  return platform.templateRevision ?? TEMPLATE_REVISION;
}
