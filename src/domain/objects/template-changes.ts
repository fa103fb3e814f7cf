import { tenantSizes, type TenantSpec } from "../../api/index.ts";
import type { RollRecord } from "./deployment.ts";
import { mountsCertificate } from "./certificate.ts";
import { clientsOf, metricsSecretOf } from "./metrics.ts";
import { digestOf, tellsAgents, type PodTemplate } from "./pod-template.ts";
import { renderedTemplate, revisionOf, type Rendered, type RenderInput } from "./rendered.ts";
import { isSameTemplate } from "./same-template.ts";

/** A Deployment and the template that it was last given on purpose, if it records one. */
export interface Recorded {
  readonly name: string;
  readonly roll: RollRecord | undefined;
  readonly workload?: { readonly isAbroad?: boolean };
}

/**
 * What of a tenant's pods would be other than it is if they were rolled out again at the version that they run, in a few words
 * each; empty: nothing. Whose record is lost is left out, for what it was given nobody knows, and so is what a later Slacktide
 * gave it. So are an image's tag and digest: they belong to the release, and an edit of the catalogue restarts nobody.
 */
export function templateChanges(recorded: readonly Recorded[], version: string, input: RenderInput): readonly string[] {
  const changes = known(recorded, version, input).flatMap(({ deployment, roll }) => changesOf(deployment, roll, input));
  return [...new Set(changes)].sort();
}

/**
 * Whether all of that is what the tenant's owner has set: its size, and whether agents are told of versions. What comes of it
 * says nothing of the release to anybody else (design §7).
 */
export function areOwnSettings(recorded: readonly Recorded[], version: string, input: RenderInput): boolean {
  return known(recorded, version, input).every(({ deployment, roll }) => settingsOf(input.spec).some((spec) => isAlike(renderedLike(deployment, roll, { ...input, spec }), roll.template)));
}

/** Every way in which the owner may have had it. */
function settingsOf(spec: TenantSpec): readonly TenantSpec[] {
  return tenantSizes.flatMap((size) => [true, false].map((autoUpdate) => ({ ...spec, size, agents: { ...spec.agents, autoUpdate } })));
}

interface Known {
  readonly deployment: Rendered;
  readonly roll: RollRecord;
}

function known(recorded: readonly Recorded[], version: string, input: RenderInput): readonly Known[] {
  return recorded.flatMap(({ name, roll, workload }) => {
    if (roll === undefined || roll.version !== version || roll.revision > revisionOf(input)) return [];
    return [{ deployment: { name, isAbroad: workload?.isAbroad }, roll }];
  });
}

/** As it would be now, but for the image's digest. */
function renderedLike(deployment: Rendered, { version, template }: RollRecord, input: RenderInput): PodTemplate {
  const digest = digestOf(template);
  return renderedTemplate(deployment, version, { ...input, digests: () => (digest === undefined ? {} : { auth: digest, proxy: digest }) });
}

/** Nearly always it is just what was written, and every tenant of a fleet is asked. */
function isAlike(rendered: PodTemplate, template: PodTemplate): boolean {
  return JSON.stringify(rendered) === JSON.stringify(template) || isSameTemplate(rendered, template);
}

function changesOf(deployment: Rendered, roll: RollRecord, input: RenderInput): readonly string[] {
  const { revision, template } = roll;
  const rendered = renderedLike(deployment, roll, input);
  if (isAlike(rendered, template)) return [];
  const [old, now] = [containerOf(template), containerOf(rendered)];
  const changes = [
    ...(revision === revisionOf(input) ? [] : [`template revision ${revisionOf(input)}`]),
    ...(old?.image === now?.image ? [] : [`image ${repositoryOf(now?.image)}`]),
    ...(isSameTemplate({ resources: old?.resources }, { resources: now?.resources }) ? [] : [`size ${input.spec.size}`]),
    ...(tellsAgents(template) === tellsAgents(rendered) ? [] : [`agents.autoUpdate ${String(tellsAgents(rendered))}`]),
    ...(mountsCertificate(template) === mountsCertificate(rendered) ? [] : ["certificate"]),
    ...metricsChanges(template, rendered),
  ];
  return changes.length > 0 ? changes : ["settings of the platform"];
}

/** Whether they are shown over mutual TLS and with which key, and else to whom. */
function metricsChanges(old: PodTemplate, now: PodTemplate): readonly string[] {
  if (metricsSecretOf(old) !== metricsSecretOf(now)) return ["metrics"];
  return clientsOf(old) === clientsOf(now) ? [] : ["clients of metrics"];
}

interface Container {
  readonly image?: string;
  readonly resources?: object;
}

/** The first one; a record that somebody broke may have none. */
function containerOf({ spec }: PodTemplate): Container | undefined {
  const { containers } = (spec ?? {}) as { readonly containers?: unknown }; // a pod's, or what somebody made of it
  return Array.isArray(containers) ? (containers as readonly Container[])[0] : undefined;
}

/** `registry:5000/auth:17.2.1@sha256:…` is `registry:5000/auth`: the rest belongs to the release. */
function repositoryOf(image = ""): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}
