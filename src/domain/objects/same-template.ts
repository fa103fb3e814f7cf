import type { PodTemplate } from "./pod-template.ts";

/** Whether two templates make the same pods, whatever the order in which their fields are written. */
export function isSameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return isWithin(a, b) && isWithin(b, a);
}

/**
 * Whether all that a template says is said by the other one as well, which may say more: the API server fills in what is left
 * out, and such a template makes the same pods.
 */
export function isWithin(template: unknown, other: unknown): boolean {
  if (Array.isArray(template)) return Array.isArray(other) && template.length === other.length && template.every((each, index) => isWithin(each, other[index]));
  if (!isObject(template)) return template === other;
  return isObject(other) && !Array.isArray(other) && Object.entries(template).every(([key, value]) => value === undefined || isWithin(value, Reflect.get(other, key)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
