import { crdOf } from "../../../src/api/crd.ts";
import { ALL_KINDS } from "../../../src/api/kinds.ts";
import { wordsOf } from "./pages.ts";

const VERBS = new Set(["annotate", "auth", "create", "delete", "edit", "events", "exec", "get", "logs", "patch"]);
const OF_KUBERNETES = new Set(["deployments", "events", "jobs", "namespace", "pod", "pods", "pvc"]);
/** Flags whose value is the next word, of those that the pages use. */
const WITH_VALUE = new Set(["-n", "-o", "-l", "-c", "-p", "--type"]);

/** What of a kubectl command line does not exist here: a verb, a resource, or a field of one of our kinds. */
export function kubectlProblems(line: string): readonly string[] {
  const [, ...words] = wordsOf(line.split(" | ")[0] ?? "");
  const options = words.flatMap((word, index) => (WITH_VALUE.has(word) ? [{ flag: word, value: words[index + 1] ?? "" }] : []));
  const plain = words.filter((word, index) => !word.startsWith("-") && !WITH_VALUE.has(words[index - 1] ?? ""));
  const [verb = "", resources = ""] = plain;
  if (!VERBS.has(verb)) return [`kubectl has no ${verb}`];
  if (!["get", "patch", "edit", "delete", "annotate"].includes(verb)) return [];
  const names = resources.split(",");
  const unknown = names.filter((name) => schemaOf(name) === undefined && !OF_KUBERNETES.has(name)).map((name) => `there is no resource ${name}`);
  const schema = names.length === 1 ? schemaOf(resources) : undefined;
  if (schema === undefined) return unknown;
  const fields = options.flatMap(({ flag, value }) => {
    if (flag === "-o" && value.startsWith("jsonpath=")) return pathProblems(value.slice("jsonpath=".length), plain.length > 2 ? schema : { properties: { items: { items: schema } } });
    return flag === "-p" ? keyProblems(JSON.parse(value), schema, "") : [];
  });
  return [...unknown, ...fields];
}

/** What is read here of a structural schema. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly type?: string;
  readonly description?: string;
}

const METADATA: Schema = { properties: { name: { type: "string" }, labels: { additionalProperties: true }, deletionTimestamp: { type: "string" } } };

function schemaOf(resource: string): Schema | undefined {
  const definition = ALL_KINDS.find(({ kind, plural, ...more }) => [plural, kind.toLowerCase(), "shortName" in more ? more.shortName : ""].includes(resource));
  const schema: Schema | undefined = definition && crdOf(definition).spec.versions[0]?.schema.openAPIV3Schema;
  return schema && { properties: { ...schema.properties, metadata: METADATA } };
}

/** The expressions of a JSONPath template, one after the other; a range changes what the ones in it are relative to. */
function pathProblems(template: string, root: Schema): readonly string[] {
  const problems: string[] = [];
  const bases = [root];
  for (const [, expression = ""] of template.matchAll(/\{((?:"[^"]*"|[^{}"])*)\}/g)) {
    const base = bases.at(-1) ?? root;
    if (expression === "end") bases.pop();
    if (expression === "end" || expression.startsWith('"')) continue;
    const path = expression.replace(/^range /, "");
    const found = descend(base, path);
    if (found === undefined) problems.push(`there is no field ${path}`);
    if (expression !== path) bases.push(found ?? root);
  }
  if (bases.length !== 1) problems.push("a range has no end");
  return problems;
}

function descend(base: Schema, path: string): Schema | undefined {
  const steps = [...path.matchAll(/\.([A-Za-z]+)|\[([^\]]*)\]/g)];
  if (steps.map(([step]) => step).join("") !== path) return undefined;
  return steps.reduce<Schema | undefined>((schema, [, field]) => (field === undefined ? schema?.items : schema?.properties?.[field]), base);
}

function keyProblems(value: unknown, schema: Schema, at: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keyProblems(item, schema.items ?? {}, `${at}[]`));
  if (typeof value !== "object" || value === null) return schema.type === "object" ? [`${at} is an object`] : [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = schema.properties?.[key];
    return field === undefined ? [`there is no field ${at}.${key}`] : keyProblems(inner, field, `${at}.${key}`);
  });
}
