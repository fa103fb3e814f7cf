import { NOT_THE_LEADER } from "../api/index.ts";
import { NOT_LEADING } from "./fence.ts";

/**
 * What became of a request that failed: the server refused it (nothing changed), it never left this
 * machine (nothing changed), or nobody knows (it may have been carried out: look again before repeating).
 */
export type RequestOutcome = "refused" | "not-sent" | "unknown";

/** One of the server's reasons, as in metav1.StatusDetails.causes. */
export interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface KubeErrorInit {
  /** What failed and on which object, such as `apply Deployment "tenant-acme/auth"`. */
  readonly what: string;
  readonly why: string;
  readonly outcome: RequestOutcome;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly details?: readonly Cause[] | undefined;
  readonly cause?: unknown;
}

/** A call to the API server that failed. The message is `what failed: which object: why`, without secrets. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly outcome: RequestOutcome;
  /** HTTP status, absent if there was no answer. */
  readonly status: number | undefined;
  /** metav1.Status.reason, such as `Conflict`, or the network error's code. */
  readonly reason: string | undefined;
  /** How long the server asked us to stay away, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly details: readonly Cause[];

  constructor(init: KubeErrorInit) {
    super(`${init.what}: ${init.why}`, init.cause === undefined ? undefined : { cause: init.cause });
    this.outcome = init.outcome;
    this.status = init.status;
    this.reason = init.reason;
    this.retryAfterMs = init.retryAfterMs;
    this.details = init.details ?? [];
  }
}

const hasStatus = (error: unknown, status: number): boolean => error instanceof KubeError && error.status === status;

/** 409: somebody else was first, a precondition failed, or the object exists already. */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409);
export const isAlreadyExists = (error: unknown): boolean =>
  isConflict(error) && error instanceof KubeError && error.reason === "AlreadyExists";
export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);
export const isForbidden = (error: unknown): boolean => hasStatus(error, 403);
export const isInvalid = (error: unknown): boolean => hasStatus(error, 422);
/** 410: the resourceVersion or continue token asked for is too old; list again. */
export const isGone = (error: unknown): boolean => hasStatus(error, 410);
/** The request may have been carried out although it failed. */
export const isUnknownOutcome = (error: unknown): boolean => error instanceof KubeError && error.outcome === "unknown";

/** Answers that the same request will get again, until somebody changes something. */
const HOPELESS = new Set([400, 405, 413, 415, 422]);

/** Said by a policy (with 422 unless it says otherwise) or a webhook, which may be mended without touching the object. */
const BY_ADMISSION = /ValidatingAdmissionPolicy|admission webhook/;
/** Said by an API server that has just started and does not know its policies' parameters yet; it judged no object. */
const NOT_READY_TO_JUDGE = /denied request: failed to configure (policy|binding)/;

/** The chart's policy refused a write because another replica is recorded as the leader. */
export function isFenced(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 403 && error.message.includes(NOT_THE_LEADER);
}

/** The local fence kept a write from being sent. */
const isNotLeading = (error: unknown): boolean => error instanceof KubeError && error.reason === NOT_LEADING;

/** The server said no to this very object (invalid, forbidden by a right, a quota or a policy): nothing else is wrong. */
export function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status !== undefined && (HOPELESS.has(error.status) || error.status === 403) && !NOT_READY_TO_JUDGE.test(error.message) && !isFenced(error);
}

/**
 * How a controller goes on after an error: `conflict` soon and quietly, `retry` with backoff, `terminal` when the object
 * changes, or after a while. A 403, and what a policy refused, is retried: rights, quotas and policies are mended without touching the
 * object. Who leads no more has lost a race too, and says so elsewhere.
 */
export function classify(error: unknown): "conflict" | "retry" | "terminal" {
  if (isConflict(error) || isFenced(error) || isNotLeading(error)) return "conflict";
  if (error instanceof KubeError && error.status !== undefined && HOPELESS.has(error.status) && !BY_ADMISSION.test(error.message)) return "terminal";
  return "retry";
}
