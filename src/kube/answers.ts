import { CREDENTIALS_UNREADABLE } from "./credentials.ts";
import { KubeError } from "./errors.ts";
import type { Cause, KubeErrorInit } from "./errors.ts";
import { NOT_LEADING } from "./fence.ts";

interface FailedCall {
  readonly what: string;
  readonly private?: boolean;
}

/** metav1.Status, the fields that we read. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly Cause[]; readonly retryAfterSeconds?: number };
}

/** The server's words are passed on up to this many characters. */
const LONGEST_WHY = 600;

/** Network errors that come before a request leaves this machine. */
const BEFORE_SENDING = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  CREDENTIALS_UNREADABLE,
  NOT_LEADING,
]);

/** The error for an answer that is not 2xx. */
export function statusError(call: FailedCall, code: number, headers: Headers, body: string): KubeError {
  const status = parseStatus(body);
  if (isAboutAnotherUid(code, status)) return conflictOfUid(call);
  const said = status.message ?? body;
  const why = call.private === true || said === "" ? "" : `: ${oneLine(said)}`;
  return new KubeError({
    what: call.what,
    why: `${code}${status.reason === undefined ? "" : ` ${status.reason}`}${why}`,
    outcome: isRefusal(code) ? "refused" : "unknown",
    status: code,
    reason: status.reason,
    retryAfterMs: retryAfterOf(code, headers),
    details: call.private === true ? [] : status.details?.causes,
  });
}

/** Applying with the uid of an object that has been replaced: the server calls it invalid, though it is a lost race. */
function isAboutAnotherUid(code: number, status: Status): boolean {
  const causes = status.details?.causes ?? [];
  return code === 422 && causes.length > 0 && causes.every(({ field }) => field === "metadata.uid");
}

function conflictOfUid(call: FailedCall): KubeError {
  const why = "409 Conflict: another object has taken the name (metadata.uid differs)";
  return new KubeError({ what: call.what, why, outcome: "refused", status: 409, reason: "Conflict" });
}

/** The error for no answer at all; a KubeError passes unchanged. */
export function networkError(call: FailedCall, error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  const name = codeOf(error);
  const isBefore = name !== undefined && BEFORE_SENDING.has(name);
  const message = error instanceof Error && error.message !== "" ? oneLine(error.message) : (name ?? "unknown error");
  const init: KubeErrorInit = {
    what: call.what,
    why: name === NOT_LEADING ? message : `no answer from the API server: ${message}`,
    outcome: isBefore ? "not-sent" : "unknown",
    reason: name,
    cause: error,
  };
  return new KubeError(init);
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** 5xx may come after the deed, but for the two by which a server turns requests away at the door. */
const isRefusal = (code: number): boolean => code < 500 || code === 503;

function retryAfterOf(code: number, headers: Headers): number | undefined {
  if (code !== 429 && code !== 503) return undefined;
  const seconds = Number(headers["retry-after"]);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  return code === 429 ? 1000 : undefined;
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return isStatus(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

const isStatus = (value: unknown): value is Status =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "Status";

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "Error" ? undefined : error.name;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= LONGEST_WHY ? line : `${line.slice(0, LONGEST_WHY)}…`;
}
