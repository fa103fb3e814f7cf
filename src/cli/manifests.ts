import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { LiveObject } from "../reconcile/ports.ts";
import { UsageError } from "./errors.ts";

/** An object of a manifest: a LiveObject, or a ConfigMap with its data. */
export type Manifest = LiveObject & { readonly data?: Readonly<Record<string, string>> };

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().min(1) }),
});

/** Every object in a YAML file, or in the .yaml, .yml and .json files of a folder and those below it. Throws UsageError. */
export function readManifests(path: string): readonly Manifest[] {
  return filesOf(path).flatMap(objectsOf);
}

function filesOf(path: string): readonly string[] {
  const found = attempt(`read "${path}"`, () => statSync(path));
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

function objectsOf(file: string): readonly Manifest[] {
  const text = attempt(`read "${file}"`, () => readFileSync(file, "utf8"));
  return parseAllDocuments(text).flatMap((document, index) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new UsageError(`parse "${file}": ${problem.message.split("\n")[0] ?? ""}`);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    const parsed = manifest.safeParse(value);
    if (!parsed.success) throw new UsageError(`read "${file}", document ${index + 1}: not a Kubernetes object: apiVersion, kind and metadata.name are needed`);
    return [parsed.data];
  });
}

function attempt<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new UsageError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
