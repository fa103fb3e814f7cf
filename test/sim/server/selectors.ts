import { matchesSelector } from "../../../src/kube/label-selector.ts";
import type { Stored } from "./objects.ts";
import { badRequest } from "./status.ts";

/** Which objects a list or a watch is about. */
export interface Scope {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Whether an object belongs to the scope; label selectors in the forms that the operator uses. */
export function inScope({ metadata }: Stored, { namespace, labelSelector, fieldSelector }: Scope): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (fieldSelector !== undefined && fieldSelector !== "" && !matchesField(metadata, fieldSelector)) return false;
  return matchesSelector(labelSelector, metadata.labels ?? {});
}

function matchesField({ name, namespace }: Stored["metadata"], selector: string): boolean {
  const [field, value] = selector.split("=");
  if (field === "metadata.name") return name === value;
  if (field === "metadata.namespace") return namespace === value;
  throw badRequest(`field label not supported: ${field ?? ""}`);
}
