/** The JSON merge patch (RFC 7386) that takes out of `found` what `wanted` has not; undefined: there is nothing of that. */
export function excessOf(found: unknown, wanted: unknown): unknown {
  if (isMap(found) && isMap(wanted)) return excessOfMaps(found, wanted);
  // A list can only be given whole.
  return Array.isArray(found) && Array.isArray(wanted) && isLonger(found, wanted) ? wanted : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function excessOfMaps(found: Fields, wanted: Fields): Fields | undefined {
  const fields = Object.entries(found).map(([key, value]): [string, unknown] => [key, wanted[key] === undefined ? null : excessOf(value, wanted[key])]);
  const excess = fields.filter(([, value]) => value !== undefined);
  return excess.length === 0 ? undefined : Object.fromEntries(excess);
}

function isLonger(found: readonly unknown[], wanted: readonly unknown[]): boolean {
  return found.length > wanted.length || found.some((each, n) => excessOf(each, wanted[n]) !== undefined);
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
