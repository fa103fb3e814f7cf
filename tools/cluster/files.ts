import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { z } from "zod";

/** The JSON file, parsed; undefined if it is missing, torn or something else. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Replaces a file in one step, so that a reader sees the old text or the new. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
