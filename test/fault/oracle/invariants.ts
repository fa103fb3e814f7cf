import { keyOf } from "../../../src/kube/kind.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import type { Instant } from "../../../src/domain/time.ts";
import { InvariantMonitor, InvariantViolation } from "../../invariants/monitor.ts";
import { PLAN_LABEL, type Seen } from "../observer.ts";
import type { World } from "../world.ts";
import type { WriteLog } from "../write-log.ts";

export interface Story {
  readonly world: World;
  readonly log: WriteLog;
  readonly platform: Platform;
  readonly endedAt: Instant;
}

/** The invariants of design §11 at every write to the plan's part of the cluster, in the order of etcd; what broke, if anything did. */
export function violationIn({ world, log, platform, endedAt }: Story): string | undefined {
  // An answer that changed nothing names the revision of an earlier write: the first to name it made it.
  const writers = new Map(log.writes.flatMap((write) => (write.revision === undefined ? [] : [[write.revision, write] as const])).reverse());
  const monitor = new InvariantMonitor({ platform });
  // Of equal revisions (what a relist found gone) the order is that in which they were seen.
  const inOrder = [...world.record, ...hidden(world, log)].sort((a, b) => a.revision - b.revision);
  try {
    for (const seen of inOrder) {
      const writer = writers.get(seen.revision);
      const isOwn = writer !== undefined && writer.realAt <= seen.at && (seen.after ?? seen.before)?.metadata.name === writer.name;
      monitor.see({ ...seen, at: isOwn ? writer.at : seen.domainAt, elapsed: seen.at, by: isOwn ? writer.replica : byWhom(seen, log) });
    }
    monitor.checkAtRest(endedAt);
    return undefined;
  } catch (error) {
    if (error instanceof InvariantViolation) return error.message;
    throw error;
  }
}

/** What a restart of the API server kept from the observer, who listed again: the writers were told all the same. */
function hidden({ record }: World, { writes }: WriteLog): readonly World["record"][number][] {
  const seen = new Set(record.map(({ revision }) => revision));
  return writes.flatMap(({ revision, after, realAt, at, isChatter }) => {
    if (revision === undefined || after === undefined || isChatter || seen.has(revision)) return [];
    const key = keyOf(after.metadata);
    const before = record.findLast((each) => each.kind === after.kind && each.key === key && each.revision < revision)?.after;
    // The last finalizer's removal answers with the object as it was.
    return before?.metadata.resourceVersion === after.metadata.resourceVersion ? [] : [{ revision, kind: after.kind, key, before, after, at: realAt, domainAt: at }];
  });
}

const PEOPLES = new Set(["Tenant", "ReleaseChannel", "MaintenanceWindow"]);

/** Deletions that are done at once tell the writer no revision. */
function byWhom({ kind, before, after }: Seen, log: WriteLog): string {
  if (PEOPLES.has(kind) || (after ?? before)?.metadata.labels?.[PLAN_LABEL] !== undefined) return "user";
  if (after !== undefined || kind !== "Deployment") return "cluster";
  const name = before?.metadata.name ?? "";
  return log.writes.find(({ signature, plural, name: written, status = 0 }) => plural === "deployments" && signature.startsWith("DELETE ") && written === name && status < 300)?.replica ?? "cluster";
}
