import { ANNOTATION, GROUP, LABEL, type ObjectMeta, type Tenant } from "../../api/index.ts";
import type { DesiredObject } from "../objects/desired.ts";
import { namespaceOf, ownerLabels, ownerOf, type Owner } from "../objects/names.ts";
import { isOnAws } from "../objects/aws/names.ts";
import { keepsOnVolume, type PodTemplate } from "../objects/pod-template.ts";
import type { Problem } from "../status/conditions.ts";

/** Longer than anybody adopts one; the first uid, by which things are called, always stays. */
const FORMER_KEPT = 20;

/**
 * Whose objects a tenant takes for its own (design §9): those with its uid, those of the Tenants that had its namespace before, and,
 * where the Tenant says so, those of the one that has it still. The namespace decides: one that carries yet another uid, or that is
 * being deleted, is nobody's to take over, and neither is anything else then.
 */
export function ownerIn(tenant: { readonly metadata: ObjectMeta }, namespace: { readonly metadata: ObjectMeta } | undefined): Owner {
  const own = ownerOf(tenant);
  const adopts = adoptedUid(tenant);
  if (namespace === undefined) return adopts === undefined ? own : { ...own, adopts };
  const { labels, annotations, deletionTimestamp } = namespace.metadata;
  if (labels?.[LABEL.tenant] !== own.name) return own;
  const carried = labels[LABEL.tenantUid];
  const recorded = (annotations?.[ANNOTATION.formerUids] ?? "").split(",").filter((uid) => uid !== "" && uid !== own.uid);
  if (carried === own.uid) return { ...own, ...formerly(recorded), ...(adopts !== undefined && { adopts }) };
  if (carried === undefined || carried !== adopts || deletionTimestamp !== undefined) return own;
  return { ...own, ...formerly([...recorded.filter((uid) => uid !== carried), carried]) };
}

function formerly(uids: readonly string[]): Pick<Owner, "formerUids"> {
  const [first, ...later] = uids;
  return first === undefined ? {} : { formerUids: [first, ...later.slice(1 - FORMER_KEPT)] };
}

/** What the Tenant is to take over. Its own uid is nothing to take over. */
function adoptedUid({ metadata: { annotations, uid } }: { readonly metadata: ObjectMeta }): string | undefined {
  const adopted = annotations?.[ANNOTATION.adopt]?.trim() ?? "";
  return adopted === "" || adopted === uid ? undefined : adopted;
}

/** Whether the object is the tenant's by adoption alone, and is still to get its uid. */
export function isInherited({ metadata: { labels } }: { readonly metadata: ObjectMeta }, { uid }: Owner): boolean {
  return labels?.[LABEL.tenantUid] !== uid;
}

/** An object that is made once, as it is but for whose it is. What others say of it stays theirs. */
export function relabelled(kind: MadeOnce, { apiVersion, metadata, spec, data }: Inherited, owner: Owner): DesiredObject {
  const { name, namespace, labels, annotations = {} } = metadata;
  const own = Object.entries(annotations).filter(([key]) => key.startsWith(`${GROUP}/`) && key !== ANNOTATION.applied && key !== ANNOTATION.confirmDelete);
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), labels: { ...labels, ...ownerLabels(owner) }, ...(own.length > 0 && { annotations: Object.fromEntries(own) }) },
    ...(spec !== undefined && { spec }),
    ...(data !== undefined && { data }),
  };
}

/** What keeps the uid that it was made with, unless it is given another one for its own sake. */
export type MadeOnce = "PersistentVolumeClaim" | "VolumeSnapshot" | "ConfigMap";

interface Inherited {
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly data?: unknown;
}

/** An object that carries the labels of another owner, or none: never touched (design §9). */
export function notOurs(kind: string, { name, labels }: Pick<ObjectMeta, "name" | "labels">, tenant: { readonly metadata: ObjectMeta }): Problem {
  const owner = tenant.metadata.name;
  const uid = labels?.[LABEL.tenantUid];
  const reason = "ObjectNotOurs";
  if (labels?.[LABEL.tenant] !== owner || uid === undefined) return { reason, message: `${kind} "${name}" exists already and is not this tenant's: remove it, or rename the tenant` };
  const holds = kind === "Namespace" ? " and holds its data: do not delete it" : "";
  return { reason, message: `${kind} "${name}" belongs to an earlier Tenant ${owner} (uid ${uid})${holds}. ${howToAdopt(uid, tenant)}` };
}

function howToAdopt(uid: string, tenant: { readonly metadata: ObjectMeta }): string {
  const adopted = adoptedUid(tenant);
  if (adopted === uid) return "It is not taken over while it is being deleted, nor while a Tenant with that uid is there";
  const [said, flag] = adopted === undefined ? ["", ""] : [`${ANNOTATION.adopt} names another uid, ${adopted}. `, "--overwrite "];
  return `${said}To take it over: kubectl annotate tenant ${tenant.metadata.name} ${flag}${ANNOTATION.adopt}=${uid}`;
}

/** With other storage its next pods would come up empty, as another cluster with another authority (invariant I16). */
export function storageDiffers({ metadata: { name }, spec }: Pick<Tenant, "metadata" | "spec">, left: { readonly hasVolume: boolean; readonly templates: readonly PodTemplate[] }): readonly Problem[] {
  const [said, other] = isOnAws(spec) ? ["AWS", "a volume"] : ["Embedded", "AWS"];
  const isOther = left.templates.some((template) => keepsOnVolume(template) === isOnAws(spec)) || (isOnAws(spec) && left.hasVolume);
  return isOther ? [{ reason: "StorageDiffers", message: `spec.storage is ${said}, and what ${name} is to take over lives on ${other}: delete this Tenant, which has none of it, and create it with the storage of before` }] : [];
}

/** Someone wants an earlier tenant back, and a new one in its place would be another cluster, with another authority. */
export function nothingToAdopt(tenant: { readonly metadata: ObjectMeta }): readonly Problem[] {
  const { name } = tenant.metadata;
  const adopted = adoptedUid(tenant);
  return adopted === undefined ? [] : [{ reason: "NothingToAdopt", message: `${ANNOTATION.adopt} names ${adopted}, and there is no namespace "${namespaceOf(name)}": bring it back from a backup, or take the annotation off to begin with an empty tenant` }];
}
