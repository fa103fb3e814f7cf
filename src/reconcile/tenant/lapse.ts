import { ANNOTATION, type Tenant } from "../../api/index.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import type { Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { isAwaitingData } from "../../domain/tenant/belief.ts";
import { holdsFor, isOffFor, lapseOf, type Lapse } from "../../domain/tenant/lapse.ts";
import { markedAt } from "../../domain/tenant/purge-mark.ts";
import { isPartlyOff, type SuspendedBy } from "../../domain/tenant/suspension.ts";
import type { Instant } from "../../domain/time.ts";
import type { Workloads } from "../../domain/upgrade/workloads.ts";
import type { LiveObject } from "../ports.ts";

/** What a lapse is judged by, as it was read. */
export interface LapseFacts {
  /** With the status that it may be judged by. */
  readonly tenant: Tenant;
  readonly owner: Owner;
  readonly namespace: LiveObject | undefined;
  readonly workloads: Workloads;
  readonly clockTrusted: boolean;
  readonly platform: Pick<Platform, "lapse">;
}

/** What has become of a tenant's subscription, by what its status and its namespace record. */
export function observeLapse({ tenant, owner, namespace, workloads, clockTrusted, platform }: LapseFacts, now: Instant): Lapse {
  const { spec, status } = tenant;
  const own = namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner) ? namespace : undefined;
  // What the namespace of one that was taken over records may be what an earlier Tenant saw.
  const isFirst = owner.formerUids === undefined;
  const sight = {
    subscription: spec.subscription,
    said: status?.lapse,
    isStatusLost: isFirst && status?.observedGeneration === undefined && status?.conditions === undefined,
    noted: own?.metadata.annotations?.[ANNOTATION.lapseObservedAt],
    marked: markedAt(tenant),
    isEmptied: own === undefined || own.metadata.deletionTimestamp !== undefined,
    graceMs: platform.lapse.graceMs,
    clockTrusted: clockTrusted && !isAwaitingData(tenant, { owner, namespace }),
    isSwitchedOff: isPartlyOff(workloads),
  };
  return lapseOf(sight, now);
}

/** What a decision on a tenant's pods asks of it. */
interface Suspendable {
  readonly tenant: Pick<Tenant, "spec">;
  readonly lapse: Lapse;
  /** Somebody deletes the volume with its data: it stays for as long as a pod has it. */
  readonly volumeLeaves: boolean;
}

/** Why nothing may start, if it is so; a lapse holds from its first day on. */
export function suspendedBy({ tenant, lapse, volumeLeaves }: Suspendable): SuspendedBy | undefined {
  if (volumeLeaves) return "VolumeLeaves";
  if (tenant.spec.suspend) return "Wanted";
  return holdsFor(lapse) ? "Lapsed" : undefined;
}

/** Whether it is to have no pods. Never while they are all that keeps its data (invariant I16). */
export function isOff({ tenant, lapse, volumeLeaves }: Suspendable): boolean {
  return !volumeLeaves && (tenant.spec.suspend || isOffFor(lapse));
}
