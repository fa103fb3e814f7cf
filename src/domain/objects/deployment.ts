import { ANNOTATION, LABEL } from "../../api/index.ts";
import { memoize } from "../memoize.ts";
import type { AttemptRecord } from "../tenant/recorded-state.ts";
import { AUTH, namespaceOf, ownerLabels, podSelector, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import type { PodTemplate } from "./pod-template.ts";
import { differenceOf, withDifference } from "./previous-template.ts";
import type { DesiredObject } from "./desired.ts";

/** The pod template that a Deployment was last given on purpose, and what it was before. */
export interface RollRecord {
  readonly version: string;
  readonly revision: number;
  readonly template: PodTemplate;
  /** Kept so that a patch can go back to exactly what ran before. */
  readonly previous?: Previous | undefined;
  readonly attempt?: AttemptRecord | undefined;
  /** That attempt has given it back what ran before. */
  readonly rolledBack?: boolean | undefined;
}

interface Previous {
  readonly version: string;
  readonly revision: number;
  readonly template: PodTemplate;
}

export interface DeploymentInput {
  readonly owner: Owner;
  readonly replicas: number;
  readonly platform: Platform;
  /** `auth` or `proxy-<region>`. */
  readonly name: string;
  readonly roll: RollRecord;
  /** Several pods of Auth may use its data at once; default: it is on a volume, which has one writer. */
  readonly isShared?: boolean;
}

/** How many proxies of a region an upgrade may have beside those that the spec asks for. */
export const MAX_SURGE = 1;

/** A Deployment with the given template and size; pods follow what `roll` says and nothing else (design §9). */
export function deployment({ owner, replicas, platform, name, roll, isShared = false }: DeploymentInput): DesiredObject {
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
      strategy: strategyOf(name, isShared),
      template: roll.template,
    },
  };
}

/** One pod of Auth after the other where several may be, and none extra (design §8); on a volume the old one has to be gone first. */
function strategyOf(name: string, isShared: boolean): object {
  if (name !== AUTH) return { type: "RollingUpdate", rollingUpdate: { maxSurge: MAX_SURGE, maxUnavailable: 0 } };
  return isShared ? { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } : { type: "Recreate" };
}

function annotationsOf({ version, revision, template, previous, attempt, rolledBack = false }: RollRecord): Record<string, string> {
  return {
    [ANNOTATION.version]: version,
    [ANNOTATION.templateRevision]: String(revision),
    [ANNOTATION.podTemplate]: textOf(template),
    ...(previous && { [ANNOTATION.previousVersion]: previous.version, [ANNOTATION.previousTemplateRevision]: String(previous.revision), ...beforeOf(template, previous) }),
    ...(attempt && { [ANNOTATION.attempt]: JSON.stringify(attempt) }),
    ...(attempt && rolledBack && { [ANNOTATION.rolledBack]: "true" }),
  };
}

function beforeOf(template: PodTemplate, previous: Previous): Record<string, string> {
  const known = derived.get(previous.template);
  if (known?.from === template) return { [ANNOTATION.previousImage]: known.image };
  const difference = differenceOf(previous.template, template, previous.version);
  return difference === undefined ? { [ANNOTATION.previousPodTemplate]: textOf(previous.template) } : { [ANNOTATION.previousImage]: difference.image };
}

/** Templates that were read back by their image, and from which: that need not be found out again at every look. */
const derived = new WeakMap<PodTemplate, { readonly from: PodTemplate; readonly image: string }>();

/** How many templates and records stay read: of those that are looked at again soon, while many upgrades run at once. */
const MOST_KNOWN = 500;

/** A template that was read back is the same object for a while, and its text is long. */
const texts = new WeakMap<PodTemplate, string>();

function textOf(template: PodTemplate): string {
  const text = texts.get(template) ?? JSON.stringify(template);
  texts.set(template, text);
  return text;
}

/** Reads a recorded pod template; null if it was broken by hand. */
export const readTemplate: (text: string) => PodTemplate | null = memoize((text: string) => {
  const template = parsed(text);
  if (!isTemplate(template)) return null;
  // The text itself, which is kept anyway; unless somebody wrote it by hand.
  if (text === JSON.stringify(template)) texts.set(template, text);
  return template;
}, MOST_KNOWN);

type Annotations = Readonly<Record<string, string>>;

const readAttempt = memoize((text: string) => parsed(text) ?? null, MOST_KNOWN);

/** Reads back what `deployment` recorded; undefined if somebody removed or broke it. */
export function rollRecordOf(annotations: Annotations | undefined, isAttempt: (value: unknown) => value is AttemptRecord): RollRecord | undefined {
  const version = annotations?.[ANNOTATION.version];
  const template = readTemplate(annotations?.[ANNOTATION.podTemplate] ?? "");
  if (annotations === undefined || version === undefined || template === null) return undefined;
  const previous = previousOf(template, annotations);
  const attempt = readAttempt(annotations[ANNOTATION.attempt] ?? "");
  const revision = Number(annotations[ANNOTATION.templateRevision]) || 0;
  const rolledBack = annotations[ANNOTATION.rolledBack] === "true";
  return { version, revision, template, ...(previous && { previous }), ...(isAttempt(attempt) && { attempt, ...(rolledBack && { rolledBack }) }) };
}

function previousOf(template: PodTemplate, annotations: Annotations): Previous | undefined {
  const version = annotations[ANNOTATION.previousVersion];
  const image = annotations[ANNOTATION.previousImage];
  const text = annotations[ANNOTATION.previousPodTemplate];
  if (version === undefined) return undefined;
  // An earlier Slacktide did not say: it gave a template back with the revision of the one that had followed it.
  const revision = Number(annotations[ANNOTATION.previousTemplateRevision] ?? annotations[ANNOTATION.templateRevision]) || 0;
  if (text !== undefined) return previousAt({ version, revision }, readTemplate(text));
  const before = image === undefined ? undefined : withDifference(template, { version, image });
  if (before !== undefined && image !== undefined) derived.set(before, { from: template, image });
  return previousAt({ version, revision }, before);
}

function previousAt(known: Omit<Previous, "template">, template: PodTemplate | null | undefined): Previous | undefined {
  return template ? { ...known, template } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // broken by hand: as if it were not there
  }
}

/** With what is read of it: containers, each with an image, and volumes, if any. */
function isTemplate(value: unknown): value is PodTemplate {
  const { containers, volumes = [] } = fieldsOf(fieldsOf(value)["spec"]);
  return Array.isArray(containers) && containers.every((each) => typeof fieldsOf(each)["image"] === "string") && Array.isArray(volumes) && volumes.every((each) => typeof each === "object" && each !== null);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
