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

/** The operator's writes by kind, such as `tenants/status`. */
export function byKind(writes: readonly AuditedWrite[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { byOperator, resource, subresource } of writes) {
    const name = subresource === "" ? resource : `${resource}/${subresource}`;
    if (byOperator) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
