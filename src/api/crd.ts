import { createHash } from "node:crypto";
import { z } from "zod";
import { VERSION } from "../version.ts";
import { ANNOTATION, API_VERSION, GROUP } from "./names.ts";
import type { InternalKindDefinition, KindDefinition } from "./kinds.ts";

type Definition = KindDefinition | InternalKindDefinition;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Schema = { readonly [key: string]: Json };

/** Keywords of JSON Schema that a structural schema has no place for. */
const DROPPED = new Set(["$schema", "additionalProperties", "propertyNames", "id"]);

/** The CustomResourceDefinition of one kind: structural schema, CEL, defaults, columns (design §2). */
export function crdOf(definition: Definition) {
  const spec = specOf(definition);
  const annotations = { [ANNOTATION.schemaVersion]: `${VERSION}-${hashOf(spec)}` };
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${definition.plural}.${GROUP}`, annotations }, spec };
}

/** Whether two values of the annotation `schema-version` name the same schema; which release brought it doesn't matter. */
export function isSameSchema(one: string, other: string): boolean {
  return one.slice(-HASH_LENGTH) === other.slice(-HASH_LENGTH);
}

const HASH_LENGTH = 12;

function hashOf(spec: object): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, HASH_LENGTH);
}

function specOf(definition: Definition) {
  const isInternal = !("status" in definition);
  return {
    group: GROUP,
    scope: "Cluster",
    names: {
      kind: definition.kind,
      listKind: `${definition.kind}List`,
      plural: definition.plural,
      singular: definition.kind.toLowerCase(),
      ...(isInternal ? {} : { shortNames: [definition.shortName], categories: ["slacktide"] }),
    },
    versions: [
      {
        name: API_VERSION.slice(GROUP.length + 1),
        served: true,
        storage: true,
        ...(isInternal ? {} : { subresources: { status: {} } }),
        additionalPrinterColumns: definition.columns,
        schema: { openAPIV3Schema: objectSchema(definition) },
      },
    ],
  };
}

function objectSchema(definition: Definition) {
  return {
    type: "object",
    description: definition.description,
    required: ["spec"],
    ...(definition.rules.length > 0 ? { "x-kubernetes-validations": definition.rules } : {}),
    properties: {
      apiVersion: { type: "string", description: "The version of this representation." },
      kind: { type: "string", description: "The kind of this object." },
      metadata: { type: "object" },
      spec: { ...structural(definition.spec), description: "What is wanted." },
      ...("status" in definition && { status: { ...structural(definition.status), description: "What was observed; written by the operator alone." } }),
    },
  };
}

function structural(schema: z.ZodType): Schema {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- toJSONSchema returns plain JSON
  return structuralOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "throw", reused: "inline" }) as Schema);
}

/** Rewrites one JSON Schema node, and all below it, as a structural one. */
function structuralOf(node: Schema): Schema {
  if (node["x-kubernetes-int-or-string"] === true) return without(node, ["anyOf", "type"]);
  const entries = Object.entries(node).flatMap(([key, value]): [string, Json][] => {
    if (key === "properties" && isSchema(value)) return [[key, mapValues(value, (child) => (isSchema(child) ? structuralOf(child) : child))]];
    if ((key === "items" || key === "additionalProperties") && isSchema(value)) return [[key, structuralOf(value)]];
    if (DROPPED.has(key) || isNoBound(key, value)) return [];
    return [[key, value]];
  });
  return Object.fromEntries(entries);
}

/** zod writes JavaScript's safe-integer bounds on every int; they say nothing. */
function isNoBound(key: string, value: Json): boolean {
  return (key === "minimum" || key === "maximum") && typeof value === "number" && Math.abs(value) === Number.MAX_SAFE_INTEGER;
}

function isSchema(value: Json): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

function mapValues(record: Schema, change: (value: Json) => Json): Schema {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function without(node: Schema, keys: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(node).filter(([key]) => !keys.includes(key) && !DROPPED.has(key)));
}
