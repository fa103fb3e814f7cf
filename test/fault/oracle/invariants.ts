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
  try {
    for (const seen of completed(world, log)) {
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

type Recorded = World["record"][number];

/** All writes in the order of etcd, with those that a restart of the API server kept from the observer: the writers were told all the same. */
function* completed({ record, told }: World, { writes }: WriteLog): Generator<Recorded> {
  const seen = new Set(record.map(({ revision }) => revision));
  const answered = writes.flatMap(({ after, realAt, at, isChatter }) => (after === undefined || isChatter ? [] : [{ after, at: realAt, domainAt: at }]));
  const hidden = [...answered, ...told]
    .map((each): Recorded => ({ ...each, revision: Number(each.after.metadata.resourceVersion), kind: each.after.kind, key: keyOf(each.after.metadata), before: undefined }))
    .filter(({ revision }) => !seen.has(revision));
  const latest = new Map<string, Recorded["after"]>();
  // Of equal revisions (what a relist found gone) the order is that in which they were seen.
  for (const each of [...record, ...hidden].sort((a, b) => a.revision - b.revision)) {
    const id = `${each.kind} ${each.key}`;
    const before = latest.get(id) ?? each.before;
    // The last finalizer's removal answers with the object as it was.
    if (each.after !== undefined && before?.metadata.resourceVersion === each.after.metadata.resourceVersion) continue;
    latest.set(id, each.after);
    yield { ...each, before };
  }
}

const PEOPLES = new Set(["Tenant", "ReleaseChannel", "MaintenanceWindow"]);

/** Deletions that are done at once tell the writer no revision. */
function byWhom({ kind, before, after }: Seen, log: WriteLog): string {
  if (PEOPLES.has(kind) || (after ?? before)?.metadata.labels?.[PLAN_LABEL] !== undefined) return "user";
  if (after !== undefined || kind !== "Deployment") return "cluster";
  const name = before?.metadata.name ?? "";
  return log.writes.find(({ signature, plural, name: written, status = 0 }) => plural === "deployments" && signature.startsWith("DELETE ") && written === name && status < 300)?.replica ?? "cluster";
}
