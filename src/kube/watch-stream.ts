import { KubeError } from "./errors.ts";
import type { Cause } from "./errors.ts";
import type { KubeObject } from "./kind.ts";

/** One line of a watch. */
export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: KubeObject };

interface ErrorEvent {
  readonly type: "ERROR";
  readonly object: {
    readonly code?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly details?: { readonly causes?: readonly Cause[] };
  };
}

/** The events of a watch's bytes; throws a KubeError for the server's ERROR event. */
export async function* watchEvents<T extends KubeObject>(
  bytes: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<WatchEvent<T>, void, void> {
  for await (const line of linesOf(bytes)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API server's own framing around the kind that was asked for
    const event = JSON.parse(line) as WatchEvent<T> | ErrorEvent;
    if (event.type === "ERROR") throw errorOf(event, what);
    yield event;
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    // What follows the last newline is the beginning of a line, or nothing.
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}

function errorOf({ object }: ErrorEvent, what: string): KubeError {
  const { code, reason, message, details } = object;
  const why = `${code ?? "error"}${reason === undefined ? "" : ` ${reason}`}: ${message ?? "the server ended the watch"}`;
  return new KubeError({ what, why, outcome: "refused", status: code, reason, details: details?.causes });
}

/** Whether the server can't go on from the resourceVersion that it was given, so that everything must be listed again. */
export function mustRelist(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  const isTooLarge = error.details.some(({ reason }) => reason === "ResourceVersionTooLarge");
  return error.status === 410 || error.reason === "Expired" || error.reason === "Gone" || isTooLarge;
}

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** Whether the bookmark says that everything there was has been sent. */
export function endsInitialEvents({ type, object }: WatchEvent<KubeObject>): boolean {
  return type === "BOOKMARK" && object.metadata.annotations?.[INITIAL_EVENTS_END] === "true";
}

/** Whether the server (an older one, or one without WatchList) wants to be listed instead. */
export function refusesInitialEvents(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 400 || error.status === 422);
}
