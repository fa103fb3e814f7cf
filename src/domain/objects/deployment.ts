import { ANNOTATION, LABEL } from "../../api/index.ts";
import type { AttemptRecord } from "../tenant/recorded-state.ts";
import { AUTH, namespaceOf, ownerLabels, podSelector, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import type { PodTemplate } from "./pod-template.ts";
import type { DesiredObject } from "./tenant-objects.ts";

/** The pod template that a Deployment was last given on purpose, and what it was before. */
export interface RollRecord {
  readonly version: string;
  readonly revision: number;
  readonly template: PodTemplate;
  /** Kept so that a patch can go back to exactly what ran before. */
  readonly previous?: { readonly version: string; readonly template: PodTemplate } | undefined;
  readonly attempt?: AttemptRecord | undefined;
}

export interface DeploymentInput {
  readonly owner: Owner;
  readonly replicas: number;
  readonly platform: Platform;
  /** `auth` or `proxy-<region>`. */
  readonly name: string;
  readonly roll: RollRecord;
}

/** A Deployment with the given template and size; pods follow what `roll` says and nothing else (design §9). */
export function deployment({ owner, replicas, platform, name, roll }: DeploymentInput): DesiredObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace: namespaceOf(owner.name),
      labels: { ...ownerLabels(owner), [LABEL.component]: name },
      annotations: annotationsOf(roll),
    },
    spec: {
      replicas,
      // The API server leaves out a 0, so it is left out here as well.
      ...(platform.pods.minReadySeconds > 0 && { minReadySeconds: platform.pods.minReadySeconds }),
      progressDeadlineSeconds: Math.max(600, platform.pods.minReadySeconds + 60),
      revisionHistoryLimit: 2,
      selector: { matchLabels: podSelector(owner.name, name) },
      strategy: name === AUTH ? { type: "Recreate" } : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: roll.template,
    },
  };
}

function annotationsOf({ version, revision, template, previous, attempt }: RollRecord): Record<string, string> {
  return {
    [ANNOTATION.version]: version,
    [ANNOTATION.templateRevision]: String(revision),
    [ANNOTATION.podTemplate]: textOf(template),
    ...(previous && { [ANNOTATION.previousVersion]: previous.version, [ANNOTATION.previousPodTemplate]: textOf(previous.template) }),
    ...(attempt && { [ANNOTATION.attempt]: JSON.stringify(attempt) }),
  };
}

/** A template that was read back is the same object at every look, and its text is long. */
const texts = new WeakMap<PodTemplate, string>();

function textOf(template: PodTemplate): string {
  const text = texts.get(template) ?? JSON.stringify(template);
  texts.set(template, text);
  return text;
}

type Annotations = Readonly<Record<string, string>>;

/** Reading costs, and the annotations of an object that is looked at again are the same ones. */
const known = new WeakMap<Annotations, RollRecord | "none">();

/** Reads back what `deployment` recorded; undefined if somebody removed or broke it. */
export function rollRecordOf(annotations: Annotations | undefined, isAttempt: (value: unknown) => value is AttemptRecord): RollRecord | undefined {
  if (annotations === undefined) return undefined;
  const found = known.get(annotations) ?? readRecord(annotations, isAttempt) ?? "none";
  known.set(annotations, found);
  return found === "none" ? undefined : found;
}

function readRecord(annotations: Annotations, isAttempt: (value: unknown) => value is AttemptRecord): RollRecord | undefined {
  const version = annotations[ANNOTATION.version];
  const text = annotations[ANNOTATION.podTemplate];
  const template = parsed(text);
  if (version === undefined || !isTemplate(template)) return undefined;
  // The annotation's own text, which is kept anyway; unless somebody wrote it by hand.
  if (text !== undefined && text === JSON.stringify(template)) texts.set(template, text);
  const previousVersion = annotations[ANNOTATION.previousVersion];
  const previousTemplate = parsed(annotations[ANNOTATION.previousPodTemplate]);
  const attempt = parsed(annotations[ANNOTATION.attempt]);
  return {
    version,
    revision: Number(annotations[ANNOTATION.templateRevision]) || 0,
    template,
    ...(previousVersion !== undefined && isTemplate(previousTemplate) && { previous: { version: previousVersion, template: previousTemplate } }),
    ...(isAttempt(attempt) && { attempt }),
  };
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // broken by hand: as if it were not there
  }
}

function isTemplate(value: unknown): value is PodTemplate {
  return typeof value === "object" && value !== null && "spec" in value;
}
