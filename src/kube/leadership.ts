import { API_VERSION, LEADERSHIP, LEADERSHIP_NAME, type LeadershipSpec } from "../api/index.ts";
import type { Clock } from "../runtime/clock.ts";
import type { SeenLease } from "../runtime/lease.ts";
import type { KubeClient } from "./client.ts";
import { isConflict, isFenced, isNotFound, KubeError } from "./errors.ts";
import { KINDS, pathOf, type Kind, type KubeObject } from "./kind.ts";
import { seenLease, type LeaseObject } from "./lease.ts";
import { microTime } from "./micro-time.ts";
import type { Transport } from "./transport.ts";

/** The kind as the API server addresses it. */
export const LEADERSHIP_KIND: Kind = { apiVersion: API_VERSION, kind: LEADERSHIP.kind, plural: LEADERSHIP.plural, namespaced: false };

export interface LeadershipObject extends KubeObject {
  readonly spec: LeadershipSpec;
}

/** The record of who leads, by which the API server refuses the writes of all others (design §12). */
export interface LeadershipRecord {
  /** The record as it is now, live. */
  read(): Promise<LeadershipObject | undefined>;
  /** Records a leader over exactly `over`; undefined, with nothing changed, if something else is there by now. */
  write(spec: LeadershipSpec, over: LeadershipObject | undefined): Promise<LeadershipObject | undefined>;
  /** The Lease of the installation that a record names. */
  leaseOf(record: LeadershipObject): Promise<SeenLease | undefined>;
  /** Whether the API server that answers knows already that we lead: asks it for a write that it doesn't carry out. */
  isAdmitted(): Promise<boolean>;
}

export interface LeadershipRecordOptions {
  readonly client: KubeClient;
  readonly transport: Transport;
  readonly clock: Clock;
}

export function leadershipRecord({ client, transport, clock }: LeadershipRecordOptions): LeadershipRecord {
  const ref = { name: LEADERSHIP_NAME };
  return {
    read: () => client.get<LeadershipObject>(LEADERSHIP_KIND, ref),
    write: async (spec, over) => {
      const { apiVersion, kind } = LEADERSHIP_KIND;
      try {
        if (over === undefined) return await client.create<LeadershipObject>({ apiVersion, kind, metadata: ref, spec });
        const { resourceVersion } = over.metadata;
        return await client.mergePatch<LeadershipObject>(LEADERSHIP_KIND, ref, { metadata: { resourceVersion }, spec });
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) return undefined;
        throw error;
      }
    },
    leaseOf: async ({ spec }) => {
      const found = await client.get<LeaseObject>(KINDS.Lease, { namespace: spec.namespace, name: spec.lease });
      return found && seenLease(found);
    },
    isAdmitted: async () => {
      const body = probe(microTime(clock));
      const path = pathOf(KINDS.Event, { namespace: "default" });
      try {
        await transport.request({ method: "POST", path, query: { dryRun: "All" }, body, what: "ask whether writes are let through" });
        return true;
      } catch (error) {
        if (isFenced(error)) return false;
        // Some other refusal: the fence, which was asked too, isn't what stands in the way.
        if (error instanceof KubeError && error.outcome === "refused") return true;
        throw error;
      }
    },
  };
}

/** An Event is the smallest write that the policy judges and that an operator may do in every cluster. */
function probe(eventTime: string): object {
  const { apiVersion, kind } = KINDS.Event;
  return {
    apiVersion,
    kind,
    metadata: { name: "slacktide-probe", namespace: "default" },
    eventTime,
    reportingController: "slacktide.dev/operator",
    reportingInstance: "slacktide",
    action: "Probe",
    reason: "Probe",
    type: "Normal",
    regarding: { apiVersion: LEADERSHIP_KIND.apiVersion, kind: LEADERSHIP_KIND.kind, name: LEADERSHIP_NAME },
  };
}
