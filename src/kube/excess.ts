import { isFields, type Fields } from "./fields.ts";

/** The JSON merge patch (RFC 7386) that takes out of `found` what `wanted` has not; undefined: there is nothing of that. */
export function excessOf(found: unknown, wanted: unknown): unknown {
  if (isFields(found) && isFields(wanted)) return excessOfMaps(found, wanted);
  // A list can only be given whole.
  return Array.isArray(found) && Array.isArray(wanted) && isLonger(found, wanted) ? wanted : undefined;
}

function excessOfMaps(found: Fields, wanted: Fields): Fields | undefined {
  const fields = Object.entries(found).map(([key, value]): [string, unknown] => [key, wanted[key] === undefined ? null : excessOf(value, wanted[key])]);
  const excess = fields.filter(([, value]) => value !== undefined);
  return excess.length === 0 ? undefined : Object.fromEntries(excess);
}

function isLonger(found: readonly unknown[], wanted: readonly unknown[]): boolean {
  return found.length > wanted.length || found.some((each, n) => excessOf(each, wanted[n]) !== undefined);
}
