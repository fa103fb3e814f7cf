import type { Region, RegionCluster } from "./domain/objects/platform.ts";
import type { KubeClient } from "./kube/client.ts";
import type { FreshKubeConfig } from "./kube/credentials.ts";
import { KubeError } from "./kube/errors.ts";
import { KINDS, type KubeObject } from "./kube/kind.ts";
import { KubeConfigError, memberKubeConfig } from "./kube/member-config.ts";
import { MemberSession, type SessionOptions } from "./member-session.ts";
import type { Api, Caches, KindName, LiveObject, MemberCluster } from "./reconcile/ports.ts";
import { sleep } from "./runtime/clock.ts";
import type { Metrics } from "./runtime/metrics.ts";

export type MemberConnection = SessionOptions["transport"];

export interface MembersOptions extends Omit<SessionOptions, "transport"> {
  readonly metrics: Metrics;
  readonly regions: readonly Region[];
  /** Of the operator's own cluster. */
  readonly client: Pick<KubeClient, "get">;
  /** The operator's own namespace, where the Secrets are. */
  readonly namespace: string;
  readonly connect: (config: FreshKubeConfig) => MemberConnection;
  /** A cluster came within reach or went out of it. */
  readonly onChange: (regions: readonly string[]) => void;
}

/** How often it is asked whether a cluster is within reach. */
const LOOK_EVERY_MS = 500;
/** How often its Secret is read: rotated credentials are used by then. */
const REREAD_MS = 15_000;
/** A start waits no longer than this for a cluster that says neither yes nor no. */
const FIRST_WORD_MS = 10_000;

/** The clusters of the platform's regions, each with its connection; regions that name the same Secret share one. */
export class Members {
  readonly clusters: readonly Member[];
  readonly #options: MembersOptions;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: MembersOptions) {
    this.#options = options;
    const identities = new Map<string, string>();
    this.clusters = groupsOf(options.regions).map((group) => new Member(group, identities, options));
  }

  /** Begins to follow them; resolves as soon as each is within reach or known not to be, and after ten seconds at the latest. */
  async start(): Promise<void> {
    if (this.clusters.length === 0) return;
    const { signal } = this.#stopping;
    this.#running = Promise.all(this.clusters.map((member) => member.run(signal)));
    const first = Promise.all(this.clusters.map((member) => member.firstWord));
    await Promise.race([first, sleep(this.#options.mono, FIRST_WORD_MS, signal)]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

interface Group {
  readonly regions: readonly string[];
  readonly secret: RegionCluster["kubeconfigSecret"];
}

function groupsOf(regions: readonly Region[]): readonly Group[] {
  const groups = new Map<string, { regions: string[]; secret: Group["secret"] }>();
  for (const { name, cluster } of regions) {
    if (cluster === undefined) continue;
    const { kubeconfigSecret: secret } = cluster;
    const id = `${secret.name}/${secret.key}`;
    const group = groups.get(id) ?? { regions: [], secret };
    group.regions.push(name);
    groups.set(id, group);
  }
  return [...groups.values()];
}

/** One cluster beside the operator's own: read anew whenever its Secret changes. */
class Member implements MemberCluster {
  readonly regions: readonly string[];
  readonly #group: Group;
  /** Which cluster is whose, by its identity. */
  readonly #identities: Map<string, string>;
  readonly #options: MembersOptions;
  readonly #firstWord = Promise.withResolvers<void>();
  #session: MemberSession | undefined;
  /** What the session was made from, or what could not be used. */
  #data: string | undefined;
  #wasRead = false;
  #readAt = Number.NEGATIVE_INFINITY;
  /** Why there is no session, or it may not be used. */
  #problem: string | undefined = "it was not asked yet";
  #isWithinReach = false;
  #isAwaited = true;

  constructor(group: Group, identities: Map<string, string>, options: MembersOptions) {
    this.regions = group.regions;
    this.#group = group;
    this.#identities = identities;
    this.#options = options;
    const { metrics } = options;
    metrics.onCollect(() => metrics.set("slacktide_region_reachable", { regions: this.#name }, this.#isWithinReach ? 1 : 0));
  }

  /** Resolves once it is within reach or known not to be. */
  get firstWord(): Promise<void> {
    return this.#firstWord.promise;
  }

  outOfReach(): string | undefined {
    return this.#problem ?? this.#session?.outOfReach() ?? (this.#isWithinReach ? undefined : "it is looked at again");
  }

  get caches(): Pick<Caches, "get" | "ofTenant"> {
    const { caches } = this.#session ?? {};
    return {
      get: (kind, ref) => caches?.get(kind, ref),
      ofTenant: (kind: KindName, tenant: string): readonly LiveObject[] => caches?.ofTenant(kind, tenant) ?? [],
    };
  }

  get api(): Api {
    if (this.#session === undefined) throw new Error(`write in regions ${this.#name}: out of reach: ${this.#problem ?? ""}`);
    return this.#session.api;
  }

  /** Follows the cluster until told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look();
      await sleep(this.#options.mono, LOOK_EVERY_MS, signal);
    }
    await this.#session?.stop();
  }

  get #name(): string {
    return this.regions.join(", ");
  }

  async #look(): Promise<void> {
    const { mono } = this.#options;
    if (mono.now() - this.#readAt >= REREAD_MS) await this.#reread();
    if (this.#session !== undefined && this.#problem !== undefined && !this.#session.isCutOff()) await this.#identify(this.#session);
    const why = this.#problem ?? this.#session?.outOfReach();
    const isWithinReach = why === undefined;
    if (isWithinReach || this.#session === undefined || this.#session.isCutOff()) this.#sayFirst(why);
    this.#note(why);
  }

  /** It has been within reach, or is known not to be. */
  #sayFirst(why = this.#problem): void {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    if (why !== undefined) this.#options.log.warn("region out of reach", { regions: this.#name, why });
    this.#firstWord.resolve();
  }

  #note(why: string | undefined): void {
    const isWithinReach = why === undefined;
    if (isWithinReach === this.#isWithinReach) return;
    this.#isWithinReach = isWithinReach;
    if (isWithinReach) this.#options.log.info("region within reach", { regions: this.#name });
    else this.#options.log.warn("region out of reach", { regions: this.#name, why });
    this.#options.onChange(this.regions);
  }

  /** Said before its caches go: empty ones would look like a cluster in which nothing is. */
  #lose(why: string): MemberSession | undefined {
    this.#problem = why;
    this.#note(why);
    const session = this.#session;
    this.#session = undefined;
    for (const [uid, regions] of this.#identities) if (regions === this.#name) this.#identities.delete(uid);
    return session;
  }

  /** While the operator's own cluster gives no answer, what was read before stands. */
  async #reread(): Promise<void> {
    const { client, namespace, log, mono } = this.#options;
    const { name, key } = this.#group.secret;
    this.#readAt = mono.now();
    try {
      const secret = await client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(KINDS.Secret, { name, namespace });
      const data = secret?.data?.[key];
      // Labels and other keys change without any need for new connections.
      if (this.#wasRead && data === this.#data) return;
      this.#wasRead = true;
      this.#data = data;
      if (data === undefined) throw new KubeConfigError("there is no such key, or no such Secret");
      await this.#renew(memberKubeConfig(Buffer.from(data, "base64").toString("utf8")));
    } catch (error) {
      if (error instanceof KubeConfigError) await this.#giveUp(`the kubeconfig in Secret "${namespace}/${name}", key "${key}", is not used: ${error.message}`);
      else if (this.#session === undefined) this.#problem = `Secret "${namespace}/${name}" cannot be read`;
      log.error("kubeconfig of a region not read", { regions: this.#name, error });
    }
  }

  async #renew(config: FreshKubeConfig): Promise<void> {
    await this.#lose("it is not known yet which cluster it is")?.stop();
    const { mono, rng, log, onTenant, connect } = this.#options;
    this.#session = new MemberSession({ mono, rng, log, onTenant, transport: connect(config) });
  }

  async #giveUp(why: string): Promise<void> {
    await this.#lose(why)?.stop();
  }

  /** A cluster that is two regions' under two names, or the operator's own, would have one undo the other's work. */
  async #identify(session: MemberSession): Promise<void> {
    const { client, log } = this.#options;
    try {
      const [own, theirs] = [(await client.get<KubeObject>(KINDS.Namespace, { name: "kube-system" }))?.metadata.uid, await session.identity()];
      if (own === undefined || theirs === undefined) return;
      const holder = theirs === own ? "the operator itself" : (this.#identities.get(theirs) ?? this.#name);
      if (holder !== this.#name) {
        await this.#giveUp(`it is the cluster of ${holder} already`);
        // The other one may be about to leave it.
        this.#wasRead = false;
        log.error("region not used", { regions: this.#name, why: this.#problem });
        return;
      }
      this.#identities.set(theirs, this.#name);
      this.#problem = undefined;
      session.start();
    } catch (error) {
      this.#problem = error instanceof KubeError && error.status !== undefined ? "its API server does not say which cluster it is" : "its API server gives no answer";
      this.#sayFirst();
      log.debug("region not identified", { regions: this.#name, error });
    }
  }
}
