import type { Dispatcher } from "undici";

import type { KubeError } from "./errors.ts";

/** A request as it is about to be sent; the path has its query. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
}

/** Keeps a replica that does not lead from writing. */
export interface WriteFence {
  /** Why this write must not be sent at this moment, or undefined. */
  whyNot(write: Outgoing): string | undefined;
  /** The API server's own fence has refused a write of ours: somebody else is recorded as the leader. */
  refused(error: KubeError): void;
}

export const NOT_LEADING = "ENOTLEADING";

/** A write that the fence kept from being sent. */
export class NotLeadingError extends Error {
  readonly code = NOT_LEADING;
}

/**
 * A pool whose writes are judged at the moment at which they are written to a connection: until then they may have waited
 * for a free one, or slept with the process. A check before that would let them through afterwards.
 */
export function fenced(pool: Dispatcher, fence: WriteFence): Dispatcher {
  return pool.compose((dispatch) => (request, handler) => (isExempt(request) ? dispatch(request, handler) : dispatch(request, guarded(handler, () => fence.whyNot(request)))));
}

// The server may be behind a path (`/k8s/clusters/c-1`); no name of an object has a slash.
const LEASES = /\/apis\/coordination\.k8s\.io\/[^/]+\/namespaces\/[^/]+\/leases(\/|\?|$)/;
const LEADERSHIPS = /\/apis\/slacktide\.dev\/[^/]+\/leaderships(\/|\?|$)/;

/** Reads, dry runs, and Leases, by which a replica becomes the leader. */
export function isExempt({ method, path }: Outgoing): boolean {
  if (method === "GET" || LEASES.test(path)) return true;
  return new URL(path, "https://server.invalid").searchParams.get("dryRun") === "All";
}

/** Whether it writes the record of who leads, which whoever holds the Lease does before anything else. */
export function isRecord({ path }: Outgoing): boolean {
  return LEADERSHIPS.test(path);
}

/** Whether it reads or writes what makes a leader: a Lease, or the record. */
export function isOfLeadership({ path }: Pick<Outgoing, "path">): boolean {
  return LEASES.test(path) || LEADERSHIPS.test(path);
}

function guarded(handler: Dispatcher.DispatchHandler, whyNot: () => string | undefined): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      const why = whyNot();
      // Thrown here, it ends the request before a byte of it is written, and leaves the connection to others.
      if (why !== undefined) throw new NotLeadingError(`not sent: ${why}`);
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStarted: () => handler.onResponseStarted?.(),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
    onBodySent: (...args) => handler.onBodySent?.(...args),
    onRequestSent: () => handler.onRequestSent?.(),
  };
}
