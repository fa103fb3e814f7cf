import type { ReleaseChannelStatus, TenantStatus } from "./api/index.ts";
import { slotsMoved } from "./domain/fleet/claim.ts";
import type { Change } from "./kube/store.ts";
import type { LiveObject } from "./reconcile/ports.ts";
import { statusAs } from "./reconcile/shapes.ts";
import type { Priority } from "./runtime/queue.ts";

/** The tenants that got a slot of the channel, or lost one. */
export function movedBetween(old: LiveObject, now: LiveObject): readonly string[] {
  return slotsMoved(statusAs<ReleaseChannelStatus>(old).slots, statusAs<ReleaseChannelStatus>(now).slots);
}

/** An attempt under way goes before what merely has to be said. */
export function urgencyOf(tenant: LiveObject | undefined): Priority {
  return statusAs<TenantStatus>(tenant).upgrade === undefined ? "normal" : "high";
}

/** Whether what people asked for has changed, or it is another object of that name. */
export function specChanged({ old, now }: Change<LiveObject>): boolean {
  return old?.metadata.generation !== now?.metadata.generation || old?.metadata.uid !== now?.metadata.uid;
}
