import { specAs, statusAs } from "./reconcile/shapes.ts";
import type { KindName, LiveObject } from "./reconcile/ports.ts";

/** Of these only names, labels and annotations are read. */
const METADATA_ONLY: ReadonlySet<KindName> = new Set(["Namespace", "PersistentVolumeClaim"]);

/** How much the caches keep of a kind's objects: what nobody reads costs memory for every tenant. */
export function keptOf(kind: KindName): { readonly metadataOnly?: true; readonly project?: (object: LiveObject) => LiveObject } {
  if (METADATA_ONLY.has(kind)) return { metadataOnly: true };
  return kind === "Pod" ? { project: servingPart } : {};
}

/** What is read of a Pod: which image it runs and whether it serves. */
function servingPart(pod: LiveObject): LiveObject {
  const { containers = [] } = specAs<{ containers: readonly { image?: string }[] }>(pod);
  const { phase, conditions = [] } = statusAs<{ phase: string; conditions: readonly { type: string; status: string }[] }>(pod);
  const ready = conditions.filter(({ type }) => type === "Ready").map(({ type, status }) => ({ type, status }));
  return { ...pod, spec: { containers: containers.slice(0, 1).map(({ image }) => ({ image })) }, status: { phase, conditions: ready } };
}
