import dotI from "@dot-i/k8s-operator";
import type { ResourceEvent } from "@dot-i/k8s-operator";

import type { KubeObject } from "./kind.ts";

export { ResourceEventType, ResourceMetaImpl } from "@dot-i/k8s-operator";
export type { OperatorLogger, ResourceEvent, ResourceMeta } from "@dot-i/k8s-operator";

/**
 * The base class. Node hands out a CommonJS module's exports as the default import, so that the class is its
 * `default`; other loaders (vitest) unwrap it. This file is the only one that knows.
 */
export const Operator = dotI.default ?? dotI;

/** A copy of an object in the base class's terms, which it may change as it does. */
export function baseObjectOf(object: KubeObject): ResourceEvent["object"] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the base reads names, versions and finalizers; only the types of dates differ
  return structuredClone(object) as unknown as ResourceEvent["object"];
}
