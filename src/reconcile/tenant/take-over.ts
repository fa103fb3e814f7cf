import { isInherited, relabelled, type MadeOnce } from "../../domain/tenant/adoption.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import type { Owner } from "../../domain/objects/names.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "./env.ts";
import type { ObjectProblem } from "./memory.ts";
import type { ObservedTenant } from "./observe.ts";
import { refused } from "./refusal.ts";

/** Gives what the tenant has taken over its uid where no other write does: by that label policies and people tell whose data it is. */
export async function takeOver({ inherited, owner }: ObservedTenant, applied: readonly DesiredObject[], env: TenantEnv): Promise<readonly ObjectProblem[]> {
  const problems: ObjectProblem[] = [];
  for (const { kind, object: { metadata: { name, namespace } } } of inherited.filter((each) => !isGiven(each, applied))) {
    // The caches keep no more of it than whose it is.
    const live = await env.api.read(kind, { name, namespace });
    const desired = live && relabelled(kind, live, owner);
    const refusal = desired && (await env.api.apply(desired, live));
    if (refusal !== undefined) problems.push(refused({ about: `${kind}/${name}`, owner }, refusal, env));
  }
  return problems;
}

export interface InheritedObject {
  readonly kind: MadeOnce;
  readonly object: LiveObject;
}

/** What of these is the tenant's by adoption alone. */
export function inheritedOf(known: Readonly<Record<InheritedObject["kind"], readonly LiveObject[]>>, owner: Owner): readonly InheritedObject[] {
  const kinds = ["PersistentVolumeClaim", "VolumeSnapshot", "ConfigMap"] as const;
  return kinds.flatMap((kind) => known[kind].filter((object) => isInherited(object, owner)).map((object) => ({ kind, object })));
}

/** Applied for its own sake; a volume never is. */
function isGiven({ kind, object }: InheritedObject, applied: readonly DesiredObject[]): boolean {
  return kind === "ConfigMap" && applied.some((each) => each.kind === kind && each.metadata.name === object.metadata.name);
}
