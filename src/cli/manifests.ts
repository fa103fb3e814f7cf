import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseAllDocuments } from "yaml";
import { z } from "zod";
import { API_VERSION, GROUP, KINDS } from "../api/index.ts";
import type { LiveObject } from "../reconcile/ports.ts";
import { UsageError } from "./errors.ts";

/** An object of a manifest: a LiveObject, or a ConfigMap with its data. */
export type Manifest = LiveObject & { readonly data?: unknown };

const OWN_KINDS = KINDS.map(({ kind }) => kind);
const NAMED = 5;

const typed = z.looseObject({ apiVersion: z.string().min(1), kind: z.string().min(1) });
const named = z.looseObject({ ...typed.shape, metadata: z.looseObject({ name: z.string().min(1) }) });
const list = z.looseObject({ items: z.array(z.unknown()) });
type Typed = z.infer<typeof typed>;

/**
 * The ConfigMaps and objects of our kinds in a YAML file, or in the .yaml, .yml and .json files of a folder and those below
 * it; other kinds are left out. Throws UsageError, which names the file and the document.
 */
export function readManifests(path: string): readonly Manifest[] {
  return filesOf(path).flatMap(objectsOf);
}

/** What is looked for, and what names it, if not the person who asks. */
export interface Sought {
  readonly kind: string;
  readonly name: string;
  readonly namedBy?: string;
  /** Where it is looked for, in words; by default in manifests. */
  readonly place?: string;
}

/** The object of that kind and name. Throws UsageError, which says what there is instead. */
export function findManifest({ kind, name, namedBy, place = "the manifests" }: Sought, manifests: readonly Manifest[]): Manifest {
  const names = manifests.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
  const found = manifests.find((object) => object.kind === kind && object.metadata.name === name);
  if (found !== undefined) return found;
  const others = names.length > NAMED ? [...names.slice(0, NAMED), "others"] : names;
  const lead = namedBy === undefined ? "" : `${namedBy}: `;
  throw new UsageError(`${lead}there is no ${kind} "${name}" in ${place}, ${names.length === 0 ? "nor any other" : `but: ${others.join(", ")}`}`);
}

function filesOf(path: string): readonly string[] {
  const found = attempt(`read "${path}"`, () => statSync(path));
  if (!found.isDirectory()) return [path];
  return attempt(`read "${path}"`, () => readdirSync(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && isManifest(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** kustomize's own file need not say what it is: it goes by its name. */
function isManifest(file: string): boolean {
  return /\.(ya?ml|json)$/.test(file) && !/^kustomization\.ya?ml$/.test(file);
}

function objectsOf(file: string): readonly Manifest[] {
  const text = attempt(`read "${file}"`, () => readFileSync(file, "utf8"));
  const documents: readonly Document[] = attempt(`parse "${file}"`, () => parseAllDocuments(text));
  return documents.flatMap((document, index) => {
    const where = `"${file}", document ${index + 1}`;
    return objectsIn(attempt(`parse ${where}`, () => valueOf(document)), where);
  });
}

function valueOf(document: Document): unknown {
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  return document.toJS();
}

/** What `kubectl get -o yaml` prints is one List of everything. */
function objectsIn(value: unknown, where: string): readonly Manifest[] {
  if (value === null || value === undefined) return [];
  const object = typedOf(value, where);
  if (!isList(object)) return manifestOf(object, where);
  const { success, data } = list.safeParse(object);
  if (!success) throw new UsageError(`read ${where}: a List needs items`);
  return data.items.flatMap((item, index) => {
    const place = `${where}, items[${index}]`;
    const inner = typedOf(item, place);
    if (isList(inner)) throw new UsageError(`read ${place}: a List within a List is not read; put its items into the outer one`);
    return manifestOf(inner, place);
  });
}

function typedOf(value: unknown, where: string): Typed {
  const { success, data } = typed.safeParse(value);
  if (!success) throw new UsageError(`read ${where}: not a Kubernetes object: apiVersion and kind are needed`);
  return data;
}

function isList({ apiVersion, kind }: Typed): boolean {
  return apiVersion === "v1" && kind === "List";
}

function manifestOf(object: Typed, where: string): readonly Manifest[] {
  const { apiVersion, kind } = object;
  const isOwn = apiVersion.split("/")[0] === GROUP;
  if (!isOwn && !(apiVersion === "v1" && kind === "ConfigMap")) return [];
  if (isOwn && apiVersion !== API_VERSION) throw new UsageError(`read ${where}: apiVersion "${apiVersion}" is not known: write ${API_VERSION}`);
  if (isOwn && !OWN_KINDS.includes(kind)) throw new UsageError(`read ${where}: ${GROUP} has no kind "${kind}": write one of ${OWN_KINDS.join(", ")}`);
  const { success, data } = named.safeParse(object);
  if (!success) throw new UsageError(`read ${where}: a ${kind} needs metadata.name`);
  return [data];
}

/** What fails is told in one line: of a YAML error the first, of a file system's what a person understands. */
function attempt<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(`${what}: ${line.replace(/^E[A-Z]+: (.*), \w+( '.*')?$/, "$1").replace(/:$/, "")}`);
  }
}
