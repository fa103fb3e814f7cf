import { isDeepStrictEqual } from "node:util";
import { ANNOTATION, parseTenant } from "./api/index.ts";
import { readTemplate } from "./domain/objects/deployment.ts";
import type { Change } from "./kube/store.ts";
import { isContained } from "./kube/up-to-date.ts";
import { specAs, statusAs, type WithConditions } from "./reconcile/shapes.ts";
import type { KindName, LiveObject } from "./reconcile/ports.ts";

/** Of these only names, labels and annotations are read. */
const METADATA_ONLY: ReadonlySet<KindName> = new Set(["Namespace", "PersistentVolumeClaim"]);

const PROJECTIONS: Partial<Record<KindName, (object: LiveObject) => LiveObject>> = { Tenant: asParsed, Pod: servingPart, Job: outcomePart, VolumeSnapshot: readinessPart, Deployment: withoutTwin };

/** Of these only what they ask for is read, and only to be compared. The status, if any, counts pods, and changes with every one of them. */
const ONLY_WISHES: ReadonlySet<KindName> = new Set(["NetworkPolicy", "ResourceQuota", "PodDisruptionBudget"]);

const OF_ACK: ReadonlySet<KindName> = new Set(["Table", "Bucket", "Role"]);

interface Kept {
  readonly metadataOnly?: true;
  readonly project?: (object: LiveObject) => LiveObject;
  /** Which changes anybody has to know of; absent: all. */
  readonly when?: (change: Change<LiveObject>) => boolean;
}

/** How much the caches keep of a kind's objects: what nobody reads costs memory for every tenant. */
export function keptOf(kind: KindName): Kept {
  if (METADATA_ONLY.has(kind)) return { metadataOnly: true };
  if (ONLY_WISHES.has(kind)) return { project: folded, when: saysOtherwise };
  if (OF_ACK.has(kind)) return { project: syncedPart, when: saysOtherwise };
  const project = PROJECTIONS[kind];
  return project === undefined ? {} : { project };
}

/** A tenant as it is judged: what it was read from need not be kept beside that. */
function asParsed(tenant: LiveObject): LiveObject {
  const parsed = parseTenant(tenant);
  return parsed.kind === "valid" ? parsed.value : tenant;
}

/** What is read of a Pod: whose it is, which image it runs and whether it serves. */
function servingPart({ metadata, ...pod }: LiveObject): LiveObject {
  const { containers = [] } = specAs<{ containers: readonly { image?: string }[] }>(pod);
  const { phase, conditions = [] } = statusAs<{ phase: string } & WithConditions>(pod);
  const ready = conditions.filter(({ type }) => type === "Ready").map(({ type, status }) => ({ type, status }));
  const { annotations: _notes, ...kept } = metadata;
  return { ...pod, metadata: kept, spec: { containers: containers.slice(0, 1).map(({ image }) => ({ image })) }, status: { phase, conditions: ready } };
}

/** What is read of a Job: whose it is and how it ended. */
function outcomePart({ apiVersion, kind, metadata, ...job }: LiveObject): LiveObject {
  const { conditions = [] } = statusAs<WithConditions>(job);
  return { apiVersion, kind, metadata, status: { conditions: conditions.map(({ type, status }) => ({ type, status })) } };
}

/** What is read of a snapshot: whose it is, when it was asked for, and whether it can be used. */
function readinessPart({ apiVersion, kind, metadata, ...snapshot }: LiveObject): LiveObject {
  const { readyToUse } = statusAs<{ readyToUse: boolean }>(snapshot);
  return { apiVersion, kind, metadata, status: { readyToUse } };
}

/** A Deployment nearly always has the pod template that it records: then that is read from the record and not kept twice. */
function withoutTwin(deployment: LiveObject): LiveObject {
  const text = deployment.metadata.annotations?.[ANNOTATION.podTemplate];
  const { template, ...spec } = specAs<{ template: object }>(deployment);
  if (text === undefined || template === undefined || !isContained(readTemplate(text), template)) return deployment;
  const once = {
    ...spec,
    get template() {
      return readTemplate(text);
    },
  };
  return { ...deployment, spec: once };
}

const TABLE_STATUS = ["tableStatus", "latestStreamARN", "restoreSummary"] as const;

/** What is read of what ACK keeps: what it asks for, whether AWS has it so, and what it was restored from. The rest counts items, and changes with them. */
function syncedPart({ apiVersion, kind, metadata, spec, ...kept }: LiveObject): LiveObject {
  const { conditions = [], ...status } = statusAs<Record<string, unknown> & WithConditions>(kept);
  const read = TABLE_STATUS.filter((field) => status[field] !== undefined).map((field) => [field, status[field]] as const);
  return { apiVersion, kind, metadata, spec, status: { conditions: conditions.map(({ type, status: is }) => ({ type, status: is })), ...Object.fromEntries(read) } };
}

/** Every tenant has several, and as text they take a fraction of the memory. */
function folded({ spec = {}, status: _status, ...object }: LiveObject): LiveObject {
  const text = JSON.stringify(spec);
  return {
    ...object,
    get spec() {
      return JSON.parse(text) as unknown;
    },
  };
}

/** Whether what is kept of the object has changed, or it came or went. */
function saysOtherwise({ old, now }: Change<LiveObject>): boolean {
  if (old === undefined || now === undefined) return true;
  const unversioned = ({ metadata, ...rest }: LiveObject) => ({ ...rest, metadata: { ...metadata, resourceVersion: "" } });
  return !isDeepStrictEqual(unversioned(old), unversioned(now));
}
