import type { KubeObject } from "./kind.ts";
export function isUpToDate(_desired: KubeObject, _live: KubeObject): boolean {
  return false;
}
export function withAppliedHash<T extends KubeObject>(desired: T): T {
  return desired;
}
