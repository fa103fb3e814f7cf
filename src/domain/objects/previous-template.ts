import { LABEL } from "../../api/index.ts";
import type { PodTemplate } from "./pod-template.ts";

/** What makes of a template the one before it. */
export interface Difference {
  readonly version: string;
  readonly image: string;
}

/**
 * How `previous`, at `version`, differs from the template that followed it; undefined if by more than version and image.
 * Nearly always that is all, and a whole template on each Deployment would cost more than all else that is kept of it.
 */
export function differenceOf(previous: PodTemplate, template: PodTemplate, version: string): Difference | undefined {
  const image = isRendered(previous) ? previous.spec.containers[0]?.image : undefined;
  if (image === undefined) return undefined;
  return JSON.stringify(withDifference(template, { version, image })) === JSON.stringify(previous) ? { version, image } : undefined;
}

/** The template at another version; undefined if somebody broke it so that it names none. */
export function withDifference(template: PodTemplate, { version, image }: Difference): PodTemplate | undefined {
  if (!isRendered(template)) return undefined;
  const { metadata, spec } = template;
  const [first, ...rest] = spec.containers;
  return { ...template, metadata: { ...metadata, labels: { ...metadata.labels, [LABEL.version]: version } }, spec: { ...spec, containers: [{ ...first, image }, ...rest] } };
}

/** A template as we render it, as far as it is looked at here. */
interface Rendered {
  readonly metadata: { readonly labels: object };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

function isRendered(template: PodTemplate): template is PodTemplate & Rendered {
  const { metadata, spec } = template;
  return hasObject(metadata, "labels") && hasObject(spec, "containers") && Array.isArray(spec.containers) && hasText(spec.containers[0], "image");
}

function hasObject<K extends string>(value: unknown, key: K): value is Record<K, object> {
  return isObject(value) && isObject(Reflect.get(value, key));
}

function hasText(value: unknown, key: string): boolean {
  return isObject(value) && typeof Reflect.get(value, key) === "string";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
