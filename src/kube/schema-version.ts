import { ALL_KINDS, ANNOTATION, crdOf, isSameSchema } from "../api/index.ts";
import type { Mono } from "../runtime/clock.ts";
import type { KubeClient } from "./client.ts";
import type { Crd } from "./crd.ts";
import { KINDS } from "./kind.ts";
import { untilAnswered } from "./patience.ts";

type Reader = Pick<KubeClient, "get">;

/**
 * Throws, in one line, unless every kind of ours is installed with exactly the schema that this version was made for.
 * Resolves early when `signal` aborts.
 */
export async function refuseOtherSchemas(client: Reader, mono: Mono, signal: AbortSignal): Promise<void> {
  await untilAnswered(() => judge(client), { mono, signal });
}

type Metadata = ReturnType<typeof crdOf>["metadata"];

/** Rendering a schema takes milliseconds, and a cluster that doesn't answer is asked again and again. */
let wanted: readonly Metadata[] | undefined;

async function judge(client: Reader): Promise<void> {
  wanted ??= ALL_KINDS.map((definition) => crdOf(definition).metadata);
  const problems = await Promise.all(wanted.map((metadata) => problemOf(client, metadata)));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return;
  throw new Error(`start: ${found.join("; ")}: install the CustomResourceDefinitions of this version, with helm upgrade or kubectl apply -f crds/`);
}


async function problemOf(client: Reader, { name, annotations }: Metadata): Promise<string | undefined> {
  const wanted = annotations[ANNOTATION.schemaVersion] ?? "";
  const live = await client.get<Crd>(KINDS.CustomResourceDefinition, { name });
  if (live === undefined) return `CustomResourceDefinition "${name}" is missing`;
  const found = live.metadata.annotations?.[ANNOTATION.schemaVersion];
  if (found !== undefined && isSameSchema(found, wanted)) return undefined;
  return `CustomResourceDefinition "${name}" has schema ${found ?? "of no version"}, this operator knows ${wanted}`;
}
