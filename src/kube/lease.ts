import type { Clock } from "../runtime/clock.ts";
import type { Lease, LeaseStore, SeenLease } from "../runtime/lease.ts";
import type { KubeClient } from "./client.ts";
import { isConflict, isNotFound } from "./errors.ts";
import { KINDS, type KubeObject, type Ref } from "./kind.ts";
import { microTime } from "./micro-time.ts";

/** coordination.k8s.io/v1 Lease, the fields that we use. */
export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly leaseTransitions?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
  };
}

/** Of a Lease that doesn't say how long it lasts. */
const USUAL_SECONDS = 15;

/** One Lease of the API server. The instants in it are for people to read; `clock` is the real one. */
export function leaseStore(client: KubeClient, ref: Ref, clock: Clock): LeaseStore {
  return {
    read: async (signal) => {
      const found = await client.get<LeaseObject>(KINDS.Lease, ref, { signal });
      return found && seenLease(found);
    },
    write: async (lease, over, signal) => {
      const spec = specOf(lease, over, microTime(clock));
      try {
        const written = over === undefined ? client.create(objectOf(ref, spec), { signal }) : client.mergePatch<LeaseObject>(KINDS.Lease, ref, { metadata: { resourceVersion: over.version }, spec }, { signal });
        return seenLease(await written);
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) return undefined;
        throw error;
      }
    },
  };
}

/** A Lease as an election sees it. */
export function seenLease({ metadata, spec }: LeaseObject): SeenLease {
  return {
    holder: spec?.holderIdentity ?? "",
    durationMs: (spec?.leaseDurationSeconds ?? USUAL_SECONDS) * 1000,
    transitions: spec?.leaseTransitions ?? 0,
    version: metadata.resourceVersion ?? "",
  };
}

function objectOf({ name, namespace }: Ref, spec: NonNullable<LeaseObject["spec"]>): LeaseObject {
  return { apiVersion: KINDS.Lease.apiVersion, kind: KINDS.Lease.kind, metadata: { name, ...(namespace !== undefined && { namespace }) }, spec };
}

function specOf(lease: Lease, over: Lease | undefined, now: string): NonNullable<LeaseObject["spec"]> {
  return {
    holderIdentity: lease.holder,
    // The API knows whole seconds; a standby that waits longer than it must does no harm.
    leaseDurationSeconds: Math.ceil(lease.durationMs / 1000),
    leaseTransitions: lease.transitions,
    renewTime: now,
    ...(over?.holder === lease.holder ? {} : { acquireTime: now }),
  };
}
