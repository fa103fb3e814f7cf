import type { RollRecord } from "./deployment.ts";
import { mountsCertificate } from "./certificate.ts";
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
  const changes = recorded.flatMap(({ name, roll, workload }) => {
    if (roll === undefined || roll.version !== version || roll.revision > revisionOf(input)) return [];
    return changesOf({ name, isAbroad: workload?.isAbroad }, roll, input);
  });
  return [...new Set(changes)].sort();
}

function changesOf(deployment: Rendered, { version, revision, template }: RollRecord, input: RenderInput): readonly string[] {
  const digest = digestOf(template);
  const rendered = renderedTemplate(deployment, version, { ...input, digests: () => (digest === undefined ? {} : { auth: digest, proxy: digest }) });
  // Nearly always it is just what was written, and every tenant of a fleet is asked.
  if (JSON.stringify(rendered) === JSON.stringify(template) || isSameTemplate(rendered, template)) return [];
  const [old, now] = [containerOf(template), containerOf(rendered)];
  const changes = [
    ...(revision === revisionOf(input) ? [] : [`template revision ${revisionOf(input)}`]),
    ...(old?.image === now?.image ? [] : [`image ${repositoryOf(now?.image)}`]),
    ...(isSameTemplate({ resources: old?.resources }, { resources: now?.resources }) ? [] : [`size ${input.spec.size}`]),
    ...(tellsAgents(template) === tellsAgents(rendered) ? [] : [`agents.autoUpdate ${String(tellsAgents(rendered))}`]),
    ...(mountsCertificate(template) === mountsCertificate(rendered) ? [] : ["certificate"]),
  ];
  return changes.length > 0 ? changes : ["settings of the platform"];
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
