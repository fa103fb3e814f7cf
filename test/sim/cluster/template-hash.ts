import { isMap } from "../server/objects.ts";

const known = new WeakMap<object, string>();

/** A short name for a pod template: the same for the same contents. Templates never change, so each is hashed once. */
export function hashOf(template: unknown): string {
  if (!isMap(template)) return "none";
  const found = known.get(template) ?? fnv(canonical(template));
  known.set(template, found);
  return found;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isMap(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${name}:${canonical(value[name])}`).join()}}`;
}

function fnv(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
