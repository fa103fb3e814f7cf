import type { RollRecord } from "./deployment.ts";
import { mountsCertificate } from "./certificate.ts";
import { tellsAgents, type PodTemplate } from "./pod-template.ts";
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
  const rendered = renderedTemplate(deployment, version, input);
  const [before, after] = [withoutTag(template), withoutTag(rendered)];
  if (isSameTemplate(before, after)) return [];
  const [old, now] = [containerOf(before), containerOf(after)];
  const changes = [
    ...(revision === revisionOf(input) ? [] : [`template revision ${revisionOf(input)}`]),
    ...(old?.image === now?.image ? [] : [`image ${String(now?.image)}`]),
    ...(isSameTemplate({ resources: old?.resources }, { resources: now?.resources }) ? [] : [`size ${input.spec.size}`]),
    ...(tellsAgents(before) === tellsAgents(after) ? [] : [`agents.autoUpdate ${String(tellsAgents(after))}`]),
    ...(mountsCertificate(before) === mountsCertificate(after) ? [] : ["certificate"]),
  ];
  return changes.length > 0 ? changes : ["settings of the platform"];
}

interface Container {
  readonly image?: string;
  readonly resources?: object;
}

function containerOf({ spec }: PodTemplate): Container | undefined {
  return containersOf(spec)[0];
}

function containersOf(spec: unknown): readonly Container[] {
  const { containers } = (spec ?? {}) as { readonly containers?: unknown }; // a pod's, or what somebody made of it
  return Array.isArray(containers) ? containers : [];
}

/** Repositories alone: `registry:5000/auth:17.2.1@sha256:…` is `registry:5000/auth`. */
function withoutTag(template: PodTemplate): PodTemplate {
  const { spec } = template;
  if (typeof spec !== "object" || spec === null) return template;
  const containers = containersOf(spec).map((container) => ({ ...container, image: container.image?.replace(/@.*$/, "").replace(/:[^:/]*$/, "") }));
  return { ...template, spec: { ...spec, containers } };
}
