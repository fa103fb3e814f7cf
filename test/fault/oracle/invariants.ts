import { keyOf } from "../../../src/kube/kind.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import type { Instant } from "../../../src/domain/time.ts";
import { InvariantMonitor, InvariantViolation } from "../../invariants/monitor.ts";
import { PLAN_LABEL, type Seen } from "../observer.ts";
import type { World } from "../world.ts";
import type { LoggedWrite, Where, WriteLog } from "../write-log.ts";
import { inOneOrder } from "./order.ts";

export interface Story {
  readonly world: World;
  /** Its part in the cluster of another region. */
  readonly abroad?: World | undefined;
  readonly log: WriteLog;
  readonly platform: Platform;
  readonly endedAt: Instant;
}

/** The invariants of design §11 at every write to the plan's part of the clusters, each in the order of its etcd; what broke, if anything did. */
export function violationIn({ world, abroad, log, platform, endedAt }: Story): string | undefined {
  const monitor = new InvariantMonitor({ platform });
  const home = told(world, writesIn(log, "home"));
  const there = abroad === undefined ? [] : told(abroad, writesIn(log, "abroad"));
  try {
    for (const { where, happening } of inOneOrder(home, there)) {
      const { writer } = happening;
      const by = writer?.replica ?? byWhom(happening, writesIn(log, where));
      monitor.see({ ...happening, at: writer?.at ?? happening.domainAt, elapsed: happening.at, by, ...(where === "abroad" && { isAbroad: true }) });
    }
    monitor.checkAtRest(endedAt);
    return undefined;
  } catch (error) {
    if (error instanceof InvariantViolation) return error.message;
    throw error;
  }
}

type Recorded = World["record"][number];

function writesIn({ writes }: WriteLog, where: Where): readonly LoggedWrite[] {
  return writes.filter((write) => write.where === where);
}

/** All that happened in one cluster, with who wrote it, where it was an operator. */
function told(world: World, writes: readonly LoggedWrite[]): readonly (Recorded & { readonly writer: LoggedWrite | undefined })[] {
  // An answer that changed nothing names the revision of an earlier write: the first to name it made it.
  const writers = new Map(writes.flatMap((write) => (write.revision === undefined ? [] : [[write.revision, write] as const])).reverse());
  return completed(world, writes).map((seen) => {
    const writer = writers.get(seen.revision);
    const isOwn = writer !== undefined && writer.realAt <= seen.at && (seen.after ?? seen.before)?.metadata.name === writer.name;
    return { ...seen, writer: isOwn ? writer : undefined };
  });
}

/** All writes in the order of etcd, with those that a restart of the API server kept from the observer: the writers were told all the same. */
function completed({ record, told: people }: World, writes: readonly LoggedWrite[]): readonly Recorded[] {
  const seen = new Set(record.map(({ revision }) => revision));
  const answered = writes.flatMap(({ after, realAt, at, isChatter }) => (after === undefined || isChatter ? [] : [{ after, at: realAt, domainAt: at }]));
  const hidden = [...answered, ...people]
    .map((each): Recorded => ({ ...each, revision: Number(each.after.metadata.resourceVersion), kind: each.after.kind, key: keyOf(each.after.metadata), before: undefined }))
    .filter(({ revision }) => !seen.has(revision));
  const latest = new Map<string, Recorded["after"]>();
  // Of equal revisions (what a relist found gone) the order is that in which they were seen.
  return [...record, ...hidden].sort((a, b) => a.revision - b.revision).flatMap((each) => {
    const id = `${each.kind} ${each.key}`;
    const before = latest.get(id) ?? each.before;
    // The last finalizer's removal answers with the object as it was.
    if (each.after !== undefined && before?.metadata.resourceVersion === each.after.metadata.resourceVersion) return [];
    latest.set(id, each.after);
    return [{ ...each, before }];
  });
}

const PEOPLES = new Set(["Tenant", "ReleaseChannel", "MaintenanceWindow"]);

/** Deletions that are done at once tell the writer no revision. */
function byWhom({ kind, before, after }: Seen, writes: readonly LoggedWrite[]): string {
  if (PEOPLES.has(kind) || (after ?? before)?.metadata.labels?.[PLAN_LABEL] !== undefined) return "user";
  if (after !== undefined || kind !== "Deployment") return "cluster";
  const name = before?.metadata.name ?? "";
  return writes.find(({ signature, plural, name: written, status = 0 }) => plural === "deployments" && signature.startsWith("DELETE ") && written === name && status < 300)?.replica ?? "cluster";
}
