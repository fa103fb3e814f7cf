import { namespaceOf, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { Caches, KindName, LiveObject } from "../ports.ts";

/** The objects that are the tenant's: its namespace and what is in it, with its uid. A label alone anybody can write (design §9). */
export function ownObjects(caches: Pick<Caches, "ofTenant">, kind: KindName, owner: Owner): readonly LiveObject[] {
  const namespace = namespaceOf(owner.name);
  const isPlaced = ({ metadata }: LiveObject): boolean => (kind === "Namespace" ? metadata.name : metadata.namespace) === namespace;
  return caches.ofTenant(kind, owner.name).filter((object) => isPlaced(object) && isOwnedBy(object.metadata.labels, owner));
}
