import { createReadStream, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { RELEASE } from "../test/support/chart.ts";

/** One accepted write, with what is needed to make it again. */
export interface AuditedWrite {
  readonly verb: "create" | "update" | "patch" | "delete";
  readonly requestURI: string;
  readonly byOperator: boolean;
  readonly resource: string;
  readonly subresource: string;
  readonly body: object | undefined;
  readonly at: number;
}

interface Line {
  readonly verb: AuditedWrite["verb"];
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef: { readonly resource: string; readonly subresource?: string };
  readonly responseStatus: { readonly code: number };
  readonly requestObject?: object;
  readonly stageTimestamp: string;
}

/** Where the log ends now. */
export function endOf(auditLog: string): number {
  return statSync(auditLog).size;
}

/** The accepted writes between two places of the log, in the order in which they were answered; Leases and dry runs apart. */
export async function* writesBetween(auditLog: string, start: number, end: number): AsyncGenerator<AuditedWrite, void, void> {
  if (end <= start) return;
  for await (const text of createInterface(createReadStream(auditLog, { start, end: end - 1 }))) {
    const line = JSON.parse(text) as Line; // the API server's own format
    const { verb, requestURI, user, objectRef, responseStatus, requestObject, stageTimestamp } = line;
    if (responseStatus.code >= 300 || requestURI.includes("dryRun=") || objectRef.resource === "leases" || objectRef.subresource === "exec") continue;
    yield {
      verb,
      requestURI,
      byOperator: user.username === RELEASE.user,
      resource: objectRef.resource,
      subresource: objectRef.subresource ?? "",
      body: requestObject,
      at: Date.parse(stageTimestamp),
    };
  }
}

/** What is kept of the writes of a phase: of ten thousand tenants, their bodies would not fit into memory. */
export interface Tally {
  /** Accepted, of all writers. */
  readonly accepted: number;
  readonly byOperator: number;
  /** The operator's, such as `tenants/status`. */
  readonly byKind: Readonly<Record<string, number>>;
  /** The operator's to the object to which it wrote most. */
  readonly mostToOne: number;
  /** Whole, for as many as were asked for. */
  readonly sample: readonly AuditedWrite[];
}

/** Counts writes, and keeps those that `isSampled` picks. */
export async function tallyOf(writes: AsyncIterable<AuditedWrite>, isSampled: (write: AuditedWrite) => boolean): Promise<Tally> {
  const byKind: Record<string, number> = {};
  const toOne = new Map<string, number>();
  const sample: AuditedWrite[] = [];
  let accepted = 0;
  for await (const write of writes) {
    accepted += 1;
    if (isSampled(write)) sample.push(write);
    if (!write.byOperator) continue;
    const { resource, subresource, requestURI } = write;
    const kind = subresource === "" ? resource : `${resource}/${subresource}`;
    const [object = ""] = requestURI.split("?");
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    toOne.set(object, (toOne.get(object) ?? 0) + 1);
  }
  const byOperator = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  return { accepted, byOperator, byKind, mostToOne: [...toOne.values()].reduce((most, count) => Math.max(most, count), 0), sample };
}
