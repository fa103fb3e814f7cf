import type { Rng } from "../runtime/clock.ts";
import type { Selection } from "./client.ts";
import { pathOf } from "./kind.ts";
import type { Kind } from "./kind.ts";
import type { HttpCall } from "./transport.ts";

/** What a watch asks for. */
export interface WatchScope extends Selection {
  readonly kind: Kind;
  readonly rng: Rng;
}

const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
/** The server ends a watch after 5 to 10 minutes, at different times for different kinds. */
const SHORTEST_S = 300;

/** The request for everything that happens after `version`; without one, for everything there is and what happens then (WatchList). */
export function watchCall({ kind, namespace, labelSelector, fieldSelector, metadataOnly, rng }: WatchScope, version: string | undefined): HttpCall {
  const timeoutSeconds = String(Math.floor(SHORTEST_S * (1 + rng.next())));
  const from = version === undefined ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" } : { resourceVersion: version };
  return {
    method: "GET",
    path: pathOf(kind, { namespace }),
    query: { watch: "true", allowWatchBookmarks: "true", ...from, timeoutSeconds, labelSelector, fieldSelector },
    what: `watch ${kind.plural}`,
    ...(metadataOnly === true && { accept: METADATA_ONLY }),
  };
}
