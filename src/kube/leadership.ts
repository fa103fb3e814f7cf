import { API_VERSION, LABEL, LEADERSHIP, LEADERSHIP_NAME, type LeadershipSpec } from "../api/index.ts";
import type { SeenLease } from "../runtime/lease.ts";
import type { KubeClient } from "./client.ts";
import { isConflict, isFenced, isNotFound, KubeError } from "./errors.ts";
import { KINDS, pathOf, type Kind, type KubeObject } from "./kind.ts";
import { seenLease, type LeaseObject } from "./lease.ts";
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
}

export function leadershipRecord({ client, transport }: LeadershipRecordOptions): LeadershipRecord {
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
      const what = "ask whether writes are let through";
      try {
        await transport.request({ method: "POST", path: pathOf(KINDS.Namespace), query: { dryRun: "All" }, body: PROBE, what });
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

/** The namespace of a tenant that nobody has: the smallest write that the policy judges. */
const PROBE = {
  apiVersion: KINDS.Namespace.apiVersion,
  kind: KINDS.Namespace.kind,
  metadata: { name: "tenant-slacktide-probe", labels: { [LABEL.tenant]: "slacktide-probe" } },
};
