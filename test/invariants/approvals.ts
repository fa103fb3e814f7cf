import type { Liftable } from "../../src/api/index.ts";
import type { Instant } from "../../src/domain/time.ts";
import { seenAs, type AttemptNote } from "./shapes.ts";
import type { World } from "./world.ts";

/** An attempt of a tenant, and when it may have been decided. */
export interface Asking {
  readonly tenant: string;
  readonly attempt: Pick<AttemptNote, "id" | "to">;
  readonly instants: readonly Instant[];
}

/** An approval that lifts it for this attempt, was there lately, and is recorded in the attempt; its end. */
export function liftedUntil(world: World, { tenant, attempt, instants }: Asking, code: Liftable): Instant | undefined {
  const recorded = new Set(seenAs("Tenant", world.lately("Tenant", tenant)).flatMap(({ status }) => (status?.upgrade?.id === attempt.id ? (status.upgrade.approvals ?? []) : [])));
  const ends = [...recorded].flatMap((name) =>
    seenAs("Approval", world.lately("Approval", name)).flatMap(({ metadata, spec }) => {
      const [from, until] = [Date.parse(metadata.creationTimestamp ?? ""), Date.parse(spec?.expiresAt ?? "")];
      const isIts = spec?.tenants?.includes(tenant) === true && spec.lifts?.includes(code) === true && spec.version === attempt.to;
      return isIts && instants.some((at) => from <= at && at < until) ? [until] : [];
    }),
  );
  return ends.length === 0 ? undefined : Math.max(...ends);
}
