import type { V1CustomResourceDefinition, V1CustomResourceDefinitionVersion } from "@kubernetes/client-node";
import { parse } from "yaml";

import { sleep } from "../runtime/clock.ts";
import type { Mono } from "../runtime/clock.ts";
import type { KubeClient } from "./client.ts";
import { KINDS } from "./kind.ts";
import type { KubeObject } from "./kind.ts";

/** A CustomResourceDefinition as far as we look at it. */
export type Crd = KubeObject & Pick<V1CustomResourceDefinition, "spec" | "status">;

export interface RegisteredCrd {
  readonly group: string;
  readonly versions: V1CustomResourceDefinitionVersion[];
  readonly plural: string;
}

const ESTABLISHED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;

/** Applies a CustomResourceDefinition from its YAML and waits until the API server serves it. */
export async function applyCrd(client: KubeClient, mono: Mono, yaml: string): Promise<RegisteredCrd> {
  const crd: unknown = parse(yaml);
  if (!isCrd(crd)) throw new Error("register a CustomResourceDefinition: the file holds none of apiextensions.k8s.io/v1");
  await client.apply(crd);
  const { name } = crd.metadata;
  for (const end = mono.now() + ESTABLISHED_WITHIN_MS; mono.now() < end; await sleep(mono, LOOK_EVERY_MS)) {
    const live = await client.get<Crd>(KINDS.CustomResourceDefinition, { name });
    if (live?.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") === true) {
      return { group: crd.spec.group, versions: [...crd.spec.versions], plural: crd.spec.names.plural };
    }
  }
  throw new Error(`register CustomResourceDefinition "${name}": not established within ${ESTABLISHED_WITHIN_MS / 1000} s`);
}

function isCrd(value: unknown): value is Crd {
  const { apiVersion, kind } = KINDS.CustomResourceDefinition;
  const isObject = typeof value === "object" && value !== null && "apiVersion" in value && "kind" in value;
  return isObject && value.apiVersion === apiVersion && value.kind === kind && "spec" in value;
}
