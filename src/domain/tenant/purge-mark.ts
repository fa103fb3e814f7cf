import { ANNOTATION, type Tenant } from "../../api/index.ts";
import { instantOf, isoOf, type Instant } from "../time.ts";

/** What a Tenant carries whose data is being deleted; the uid keeps it from counting for a copy. */
export function purgeMark({ metadata: { uid = "" } }: Pick<Tenant, "metadata">, startedAt: Instant): string {
  return `${isoOf(startedAt)} ${uid}`;
}

export function markedAt({ metadata: { annotations, uid } }: Pick<Tenant, "metadata">): Instant | undefined {
  const [startedAt, about] = annotations?.[ANNOTATION.purgeStartedAt]?.split(" ") ?? [];
  return about === uid ? instantOf(startedAt) : undefined;
}
