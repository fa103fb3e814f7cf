import { sleep } from "../runtime/clock.ts";
import type { Mono } from "../runtime/clock.ts";
import type { KubeClient, ListOptions } from "./client.ts";
import { keyOf } from "./kind.ts";
import type { Kind, KubeObject, ObjectMeta } from "./kind.ts";
import type { Store } from "./store.ts";

/** A cache and where its truth is. */
export interface Audited<T extends KubeObject> {
  readonly client: KubeClient;
  readonly scope: ListOptions & { readonly kind: Kind };
  readonly store: Store<T>;
  /** Whether the watch has come as far as this version. */
  readonly hasReached: (version: string) => boolean;
  readonly mono: Mono;
  readonly signal: AbortSignal;
}

/** Bookmarks come about once a minute; a watch that takes longer is somebody else's concern. */
const MOST_LOOKS = 150;
const LOOK_EVERY_MS = 1_000;

/**
 * The keys in which the store differs from a list of the API server, judged once the watch has come as far as the list:
 * events that the watch has lost without a word.
 */
export async function audit<T extends KubeObject>({ client, scope, store, hasReached, mono, signal }: Audited<T>): Promise<readonly string[]> {
  const { kind, namespace, labelSelector, fieldSelector } = scope;
  const listed = new Map<string, ObjectMeta>();
  let version = "";
  for await (const page of client.pages(kind, { namespace, labelSelector, fieldSelector, metadataOnly: true, signal })) {
    for (const { metadata } of page.items) listed.set(keyOf(metadata), metadata);
    version = page.resourceVersion;
  }
  for (let look = 0; look < MOST_LOOKS && !signal.aborted; look += 1) {
    if (hasReached(version)) return store.differences(listed, version);
    await sleep(mono, LOOK_EVERY_MS, signal);
  }
  return [];
}
