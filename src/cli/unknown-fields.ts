import { isFields } from "../kube/fields.ts";

/** The fields of a written value that its schema does not have: reading has left them out. In order, with where they stand. */
export function unknownFields(written: unknown, read: unknown, path: string): readonly string[] {
  if (Array.isArray(written) && Array.isArray(read)) return written.flatMap((each, index) => unknownFields(each, read[index], `${path}[${index}]`));
  if (!isFields(written) || !isFields(read)) return [];
  return Object.entries(written).flatMap(([key, value]) => (key in read ? unknownFields(value, read[key], `${path}.${key}`) : [`${path}.${key}`]));
}
