import { ALL_KINDS, ANNOTATION, crdOf, isSameSchema } from "../api/index.ts";
import type { KubeClient } from "./client.ts";
import type { Crd } from "./crd.ts";
import { KINDS } from "./kind.ts";

/** Throws, in one line, unless every kind of ours is installed with exactly the schema that this version was made for. */
export async function refuseOtherSchemas(client: Pick<KubeClient, "get">): Promise<void> {
  const problems = await Promise.all(ALL_KINDS.map((definition) => problemOf(client, crdOf(definition).metadata)));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return;
  throw new Error(`start: ${found.join("; ")}: install the CustomResourceDefinitions of this version, with helm upgrade or kubectl apply -f crds/`);
}

type Metadata = ReturnType<typeof crdOf>["metadata"];

async function problemOf(client: Pick<KubeClient, "get">, { name, annotations }: Metadata): Promise<string | undefined> {
  const wanted = annotations[ANNOTATION.schemaVersion] ?? "";
  const live = await client.get<Crd>(KINDS.CustomResourceDefinition, { name });
  if (live === undefined) return `CustomResourceDefinition "${name}" is missing`;
  const found = live.metadata.annotations?.[ANNOTATION.schemaVersion];
  if (found !== undefined && isSameSchema(found, wanted)) return undefined;
  return `CustomResourceDefinition "${name}" has schema ${found ?? "of no version"}, this operator knows ${wanted}`;
}
