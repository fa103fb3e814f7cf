import { LABEL } from "./api/index.ts";
import { apiPort } from "./api-port.ts";
import { keptOf } from "./kept.ts";
import { Caches as KubeCaches } from "./kube/caches.ts";
import { KubeClient } from "./kube/client.ts";
import { KINDS, type KubeObject } from "./kube/kind.ts";
import { Reachability } from "./kube/reachability.ts";
import type { Transport } from "./kube/transport.ts";
import type { Api, Caches, LiveObject } from "./reconcile/ports.ts";
import type { Mono, Rng } from "./runtime/clock.ts";
import type { Logger } from "./runtime/logger.ts";
import { noMetrics, type MetricDefinition } from "./runtime/metrics.ts";
import { OWNED_INDEXES, ownerNameOf, Watched } from "./watched.ts";

/** What tenants have in the cluster of a region; docs/regions-member.yaml grants just that. */
export const MEMBER_KINDS = ["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ConfigMap", "Service", "PodDisruptionBudget", "Deployment", "Pod"] as const;

export const MEMBER_METRICS: readonly MetricDefinition[] = [
  { name: "slacktide_region_reachable", type: "gauge", help: "0 while the cluster of these regions gives no answer or is not followed.", labels: ["regions"] },
];

/** A cluster whose watches were silent for so long is not known any more. */
const BEHIND_MS = 10_000;
/** Of every cluster its own, and the same as long as it lives. */
const IDENTITY = { name: "kube-system" } as const;

export interface SessionOptions {
  readonly transport: Transport & { close(): Promise<void> };
  readonly mono: Mono;
  readonly rng: Rng;
  readonly log: Logger;
  /** Something of this tenant has changed there. */
  readonly onTenant: (name: string) => void;
}

/** Connections and caches by one kubeconfig of another cluster. */
export class MemberSession {
  readonly api: Api;
  readonly caches: Caches;
  readonly #options: SessionOptions;
  readonly #client: KubeClient;
  readonly #stores: KubeCaches;
  readonly #reachability: Reachability;
  readonly #stopping = new AbortController();

  constructor(options: SessionOptions) {
    this.#options = options;
    const { mono, rng, log, onTenant } = options;
    // A session ends when credentials are rotated, and what is measured never would; its kinds have the names of those here.
    this.#reachability = new Reachability({ transport: options.transport, mono, log, metrics: noMetrics });
    const { transport } = this.#reachability;
    this.#stores = new KubeCaches({ transport, mono, rng, log, metrics: noMetrics, outage: (signal) => this.#reachability.outage(signal) });
    this.#client = new KubeClient({
      transport,
      onWritten: (object) => this.#stores.observe(object),
      onRemoved: (kind, ref, uid) => this.#stores.observeRemoval(kind, ref, uid),
    });
    this.api = apiPort(this.#client);
    const watched = new Watched();
    for (const name of MEMBER_KINDS) {
      const { when = () => true, ...kept } = keptOf(name);
      const store = this.#stores.watch<LiveObject>(KINDS[name], {
        labelSelector: LABEL.tenant,
        indexes: OWNED_INDEXES,
        ...kept,
        onChange: (change) => {
          if (when(change)) for (const object of [change.old, change.now]) if (object !== undefined) onTenant(ownerNameOf(object));
        },
      });
      watched.add(name, store);
    }
    this.caches = watched.caches();
  }

  /** What tells the cluster apart from every other; throws while nobody answers. */
  async identity(signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#client.get<KubeObject>(KINDS.Namespace, IDENTITY, { signal: AbortSignal.any([this.#stopping.signal, signal]) });
    return found?.metadata.uid;
  }

  start(): void {
    this.#stores.start();
  }

  /** Whether the server was found to give no answer. */
  isCutOff(): boolean {
    return this.#reachability.isCutOff;
  }

  /** Why nothing is known of the cluster now, or undefined. */
  outOfReach(): string | undefined {
    if (this.isCutOff()) return "its API server gives no answer";
    const missing = this.#stores.unsynced();
    if (missing.length > 0) return `waiting for ${[...missing].sort().join(", ")}`;
    return this.#stores.behindMs() > BEHIND_MS ? "the caches do not follow it" : undefined;
  }

  /** Whether every watch is open: a server that answers again has not told yet what happened meanwhile, and does by way of these. */
  isFollowed(): boolean {
    return this.#stores.areFollowing();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#reachability.stop();
    await this.#options.transport.close();
    await this.#stores.stop();
  }
}
