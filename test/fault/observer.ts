import { setTimeout as sleep } from "node:timers/promises";
import { KubeClient } from "../../src/kube/client.ts";
import { KINDS, keyOf, pathOf, type Kind, type KubeObject } from "../../src/kube/kind.ts";
import type { HttpTransport } from "../../src/kube/transport.ts";
import { mustRelist, watchEvents } from "../../src/kube/watch-stream.ts";
import { OWN_KINDS } from "../../src/operator.ts";
import { OWNED_KINDS } from "../../src/reconcile/ports.ts";
import { LABEL } from "../../src/api/index.ts";

/** On the objects that a test makes for a plan: the plan's id. */
export const PLAN_LABEL = "fault.test/plan";

/** One write to the cluster, whoever made it, in the order of etcd. */
export interface Seen {
  /** resourceVersions of one cluster are comparable. */
  readonly revision: number;
  readonly kind: string;
  readonly key: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  /** Real time at which it was seen. */
  readonly at: number;
  /** A deletion that was missed: it was not in a list, whose revision it has. */
  readonly isInferred?: boolean;
}

export interface ObserverOptions {
  readonly transport: HttpTransport;
  readonly client: KubeClient;
  readonly onSeen: (seen: Seen) => void;
  /** What to watch; default: what plans have in the operator's own cluster. */
  readonly watched?: readonly Watched[];
}

const AGAIN_AFTER_MS = 100;

export interface Watched {
  readonly kind: Kind;
  readonly labelSelector: string;
}

const AT_HOME: readonly Watched[] = [
  ...[...OWN_KINDS, KINDS.ConfigMap].map((kind) => ({ kind, labelSelector: PLAN_LABEL })),
  ...OWNED_KINDS.map((name) => ({ kind: KINDS[name], labelSelector: LABEL.tenant })),
];

/** Watches, as the administrator, every object of every plan: what really happened, whatever the operators were told. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #stopping = new AbortController();
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  /** By kind: writes up to there have been seen. */
  readonly #revisions = new Map<string, number>();
  #running: Promise<unknown> = Promise.resolve();
  #kinds = 0;
  #open = 0;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Resolves when everything is watched. */
  async start(): Promise<void> {
    const { watched = AT_HOME } = this.#options;
    const starts = watched.map(async ({ kind, labelSelector }) => {
      const version = await this.#list(kind, labelSelector);
      return () => this.#follow(kind, labelSelector, version);
    });
    const follow = await Promise.all(starts);
    this.#kinds = follow.length;
    this.#running = Promise.all(follow.map((run) => run()));
  }

  /** Whether nothing is hidden from it, as it is while the API server is away and until all has been listed again. */
  get seesAll(): boolean {
    return this.#open === this.#kinds;
  }

  hasSeen(kind: string, revision: number): boolean {
    return (this.#revisions.get(kind) ?? 0) >= revision;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #follow(kind: Kind, labelSelector: string, from: string): Promise<void> {
    let version = from;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#watch({ kind, labelSelector }, version, (seen) => (version = seen));
      } catch (error) {
        if (signal.aborted) return;
        await sleep(AGAIN_AFTER_MS);
        if (mustRelist(error)) version = (await this.#list(kind, labelSelector).catch(() => undefined)) ?? version;
      }
    }
  }

  async #watch({ kind, labelSelector }: Watched, from: string, onVersion: (version: string) => void): Promise<void> {
    const { transport } = this.#options;
    const query = { watch: "true", allowWatchBookmarks: "true", resourceVersion: from, timeoutSeconds: "3600", labelSelector };
    const what = `watch ${kind.plural}`;
    const bytes = await transport.stream({ method: "GET", path: pathOf(kind), query, what, signal: this.#stopping.signal });
    this.#open += 1;
    try {
      for await (const event of watchEvents<KubeObject>(bytes, what)) {
        onVersion(event.object.metadata.resourceVersion ?? from);
        if (event.type !== "BOOKMARK") this.#take({ kind, labelSelector }, event.object, { isGone: event.type === "DELETED" });
      }
    } finally {
      this.#open -= 1;
    }
  }

  /** After an API server was restarted; what changed meanwhile is taken as one write an object. */
  async #list(kind: Kind, labelSelector: string): Promise<string> {
    const items: KubeObject[] = [];
    let resourceVersion = "";
    for await (const page of this.#options.client.pages<KubeObject>(kind, { labelSelector })) {
      items.push(...page.items);
      resourceVersion = page.resourceVersion;
    }
    const known = this.#of(kind, labelSelector);
    const listed = new Set(items.map(({ metadata }) => keyOf(metadata)));
    for (const [key, object] of known) if (!listed.has(key)) this.#take({ kind, labelSelector }, { ...object, metadata: { ...object.metadata, resourceVersion } }, { isGone: true, isInferred: true });
    for (const item of items) if (known.get(keyOf(item.metadata))?.metadata.resourceVersion !== item.metadata.resourceVersion) this.#take({ kind, labelSelector }, item, { isGone: false });
    this.#note(kind, Number(resourceVersion));
    return resourceVersion;
  }

  #take({ kind, labelSelector }: Watched, object: KubeObject, { isGone, isInferred = false }: { readonly isGone: boolean; readonly isInferred?: boolean }): void {
    const known = this.#of(kind, labelSelector);
    const key = keyOf(object.metadata);
    const before = known.get(key);
    const revision = Number(object.metadata.resourceVersion);
    if (before !== undefined && Number(before.metadata.resourceVersion) >= revision) return;
    this.#note(kind, revision);
    if (isGone) known.delete(key);
    else known.set(key, object);
    this.#options.onSeen({ revision, kind: kind.kind, key, before: before ?? (isGone ? object : undefined), after: isGone ? undefined : object, at: Date.now(), ...(isInferred && { isInferred }) });
  }

  #note({ kind }: Kind, revision: number): void {
    this.#revisions.set(kind, Math.max(revision, this.#revisions.get(kind) ?? 0));
  }

  #of(kind: Kind, labelSelector: string): Map<string, KubeObject> {
    const id = `${kind.kind} ${labelSelector}`;
    const found = this.#objects.get(id) ?? new Map<string, KubeObject>();
    this.#objects.set(id, found);
    return found;
  }
}
