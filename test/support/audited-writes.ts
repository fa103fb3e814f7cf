import { keyOf, type KubeObject } from "../../src/kube/kind.ts";
import { PLATFORM } from "../fixtures/tenant.ts";
import { InvariantMonitor, InvariantViolation, type SeenWrite } from "../invariants/monitor.ts";
import { seenAs } from "../invariants/shapes.ts";
import { hasSucceeded, isOperators, type AuditedObject, type AuditEvent } from "./audit.ts";

const CREATED = 201;

/**
 * What people and the operator committed to the cluster, in the order of etcd, as a monitor of invariants wants it; times are
 * rehearsed ones. What controllers write is not in the log, and one operator is not told from the next.
 */
export function auditedWrites(events: readonly AuditEvent[], toRehearsed: (real: number) => number): readonly SeenWrite[] {
  const latest = new Map<string, KubeObject>();
  return committed(events).flatMap((event) => {
    const id = `${event.objectRef?.resource ?? ""} ${event.objectRef?.namespace ?? ""}/${event.objectRef?.name ?? ""}`;
    // What controllers removed is not in the log: one that is made was not there.
    const before = event.responseStatus?.code === CREATED ? undefined : latest.get(id);
    const after = objectAfter(event);
    const object = after ?? before;
    if (object === undefined) return []; // what was there before the log began is gone
    if (after === undefined) latest.delete(id);
    else latest.set(id, after);
    const by = isOperators(event) ? "operator" : "user";
    return [{ at: toRehearsed(Date.parse(event.requestReceivedTimestamp)), by, kind: object.kind, key: keyOf(object.metadata), before, after }];
  });
}

/** Writes to objects that changed something, in order. A deletion that is done at once names no revision: it stays where it stands in the log. */
function committed(events: readonly AuditEvent[]): readonly AuditEvent[] {
  const answered: { readonly at: string; readonly revision: number }[] = [];
  const placed: { readonly event: AuditEvent; readonly revision: number }[] = [];
  for (const event of events.filter(isWrite)) {
    const newest = answered.at(-1)?.revision ?? 0;
    const revision = revisionOf(event.responseObject) ?? newest;
    // A write that changes nothing names an earlier one's revision: that one was answered before this one was asked for.
    const known = answered.findLast(({ at }) => at < event.requestReceivedTimestamp)?.revision ?? 0;
    answered.push({ at: event.stageTimestamp, revision: Math.max(newest, revision) });
    if (revision > known || event.verb === "delete") placed.push({ event, revision });
  }
  return placed.sort((a, b) => a.revision - b.revision).map(({ event }) => event);
}

function isWrite(event: AuditEvent): boolean {
  const { stage, objectRef, requestURI, responseObject, verb } = event;
  const isWhole = objectRef?.subresource === undefined || objectRef.subresource === "status";
  const isKept = verb === "delete" || revisionOf(responseObject) !== undefined; // reviews and tokens are not
  return stage === "ResponseComplete" && hasSucceeded(event) && objectRef?.name !== undefined && isWhole && isKept && !requestURI.includes("dryRun=");
}

function revisionOf(object: AuditedObject | undefined): number | undefined {
  const version = object?.metadata?.resourceVersion;
  return version === undefined ? undefined : Number(version);
}

/** What waits for finalizers is still there. */
function objectAfter({ verb, responseObject }: AuditEvent): KubeObject | undefined {
  if (verb === "delete" && responseObject?.metadata?.deletionTimestamp === undefined) return undefined;
  return responseObject as KubeObject | undefined; // it has a revision, or waits to be gone: an object and no Status
}

/** The first invariant of design §11 that these writes break, in words; undefined: they break none. */
export function violationIn(writes: readonly SeenWrite[]): string | undefined {
  const monitor = new InvariantMonitor({ platform: PLATFORM });
  try {
    for (const write of writes) monitor.see(write);
    return undefined;
  } catch (error) {
    if (error instanceof InvariantViolation) return error.message;
    throw error;
  }
}

/** The slots of the fleet at every write to a channel. */
export function slotsIn(writes: readonly SeenWrite[]) {
  const channels = seenAs("ReleaseChannel", writes.map(({ kind, after }) => (kind === "ReleaseChannel" ? after : undefined)));
  return channels.map(({ status }) => status?.slots ?? []);
}

/** How many tenants said at the same time that an upgrade of theirs is under way, at most. */
export function mostUpgrading(writes: readonly SeenWrite[]): number {
  const upgrading = new Set<string>();
  let most = 0;
  for (const { key, after } of writes.filter(({ kind }) => kind === "Tenant")) {
    if (seenAs("Tenant", [after])[0]?.status?.upgrade === undefined) upgrading.delete(key);
    else upgrading.add(key);
    most = Math.max(most, upgrading.size);
  }
  return most;
}
