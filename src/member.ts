import type { RegionCluster } from "./domain/objects/platform.ts";
import type { KubeClient } from "./kube/client.ts";
import type { FreshKubeConfig } from "./kube/credentials.ts";
import { KubeError } from "./kube/errors.ts";
import { KINDS, type KubeObject } from "./kube/kind.ts";
import { KubeConfigError, memberKubeConfig } from "./kube/member-config.ts";
import type { MemberIdentities } from "./member-identities.ts";
import { Steadiness } from "./member-steadiness.ts";
import { MemberSession, type SessionOptions } from "./member-session.ts";
import type { Api, Caches, KindName, LiveObject, MemberCluster } from "./reconcile/ports.ts";
import { Backoff } from "./runtime/backoff.ts";
import { sleep } from "./runtime/clock.ts";
import type { Metrics } from "./runtime/metrics.ts";

export type MemberConnection = SessionOptions["transport"];

export interface MemberOptions extends Omit<SessionOptions, "transport"> {
  readonly metrics: Metrics;
  /** Of the operator's own cluster. */
  readonly client: Pick<KubeClient, "get">;
  /** The operator's own namespace, where the Secrets are. */
  readonly namespace: string;
  readonly connect: (config: FreshKubeConfig) => MemberConnection;
  /** A cluster came within reach or went out of it. */
  readonly onChange: (regions: readonly string[]) => void;
}

/** Regions that are in one cluster, and where it is said how to reach that. */
export interface MemberGroup {
  readonly regions: readonly string[];
  readonly secret: RegionCluster["kubeconfigSecret"];
}

/** How often it is asked whether a cluster is within reach. */
const LOOK_EVERY_MS = 500;
/** How often its Secret is read: rotated credentials are used by then. */
const REREAD_MS = 15_000;
/** Between two tries to learn which cluster it is. */
const IDENTIFY = { firstMs: LOOK_EVERY_MS, longestMs: REREAD_MS, resetsAfterMs: 2 * REREAD_MS };

/** One cluster beside the operator's own: read anew whenever its Secret changes. */
export class Member implements MemberCluster {
  readonly regions: readonly string[];
  readonly #group: MemberGroup;
  readonly #identities: MemberIdentities;
  readonly #options: MemberOptions;
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
  readonly #steadiness = new Steadiness();
  /** Why somebody was told that it is out of reach, of which nobody has taken note. */
  #missed: string | undefined;
  #hasBeenLost = false;
  readonly #untilIdentified: Backoff;
  #identifyAt = Number.NEGATIVE_INFINITY;

  constructor(group: MemberGroup, identities: MemberIdentities, options: MemberOptions) {
    this.regions = group.regions;
    this.#group = group;
    this.#identities = identities;
    this.#options = options;
    const { metrics } = options;
    this.#untilIdentified = new Backoff(IDENTIFY, options);
    metrics.onCollect(() => metrics.set("slacktide_region_reachable", { regions: this.#name }, this.#isWithinReach ? 1 : 0));
  }

  /** Resolves once it is within reach or known not to be. */
  get firstWord(): Promise<void> {
    return this.#firstWord.promise;
  }

  outOfReach(): string | undefined {
    const why = this.#whyUnusable() ?? this.#session?.outOfReach();
    if (this.#isWithinReach) this.#missed = why ?? this.#missed;
    return why ?? (this.#isWithinReach ? undefined : this.#whyLater());
  }

  isReturning(): boolean {
    return !this.#isWithinReach && this.#steadiness.isWaiting;
  }

  get caches(): Pick<Caches, "get" | "ofTenant"> {
    const { caches } = this.#session ?? {};
    return {
      get: (kind, ref) => caches?.get(kind, ref),
      ofTenant: (kind: KindName, tenant: string): readonly LiveObject[] => caches?.ofTenant(kind, tenant) ?? [],
    };
  }

  get api(): Api {
    const why = this.#whyUnusable();
    if (this.#session === undefined || why !== undefined) throw new Error(`write in regions ${this.#name}: out of reach: ${why ?? ""}`);
    return this.#session.api;
  }

  /** Follows the cluster until told to stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await sleep(this.#options.mono, LOOK_EVERY_MS, signal);
    }
    await this.#session?.stop();
  }

  get #name(): string {
    return this.regions.join(", ");
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { mono } = this.#options;
    if (mono.now() - this.#readAt >= REREAD_MS) await this.#reread(signal);
    if (this.#session !== undefined && this.#problem !== undefined && !this.#session.isCutOff() && mono.now() >= this.#identifyAt) await this.#identify(this.#session, signal);
    if (signal.aborted) return;
    const contested = this.#problem === undefined ? this.#whyContested() : undefined;
    if (contested !== undefined) await this.#refuse(contested);
    // Who was told so has said so: let it look again.
    if (this.#missed !== undefined) this.#note(this.#missed);
    const why = this.#problem ?? this.#session?.outOfReach() ?? (this.#isWithinReach || this.#session?.isFollowed() === true ? undefined : "its watches are about to be opened");
    const answers = why === undefined;
    if (answers || this.#session === undefined || this.#session.isCutOff()) this.#sayFirst(why);
    if (!answers) this.#steadiness.silent();
    this.#note(answers && !this.#steadiness.isEnough(mono.now()) ? this.#whyLater() : why);
  }

  #whyUnusable(): string | undefined {
    return this.#problem ?? this.#whyContested();
  }

  /** One of them leads to the wrong cluster, and would take the other's proxies for too many. Found by either, it ends both at once. */
  #whyContested(): string | undefined {
    const rivals = this.#identities.rivalsOf(this.#name);
    return rivals.length === 0 ? undefined : `it is the cluster of ${rivals.join(" and ")} as well`;
  }

  #whyLater(): string {
    return this.#steadiness.isWaiting ? "it comes and goes, and has to answer for a while" : "it is looked at again";
  }

  /** It has been within reach, or is known not to be. */
  #sayFirst(why = this.#problem, cause: { readonly error?: unknown } = {}): void {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    if (why !== undefined) this.#options.log.warn("region out of reach", { regions: this.#name, why, ...cause });
    this.#firstWord.resolve();
  }

  #note(why: string | undefined): void {
    const isWithinReach = why === undefined;
    this.#missed = undefined;
    if (isWithinReach === this.#isWithinReach) return;
    this.#isWithinReach = isWithinReach;
    const now = this.#options.mono.now();
    if (!isWithinReach) this.#steadiness.lost(now);
    else if (this.#hasBeenLost) this.#steadiness.back(now);
    this.#hasBeenLost ||= !isWithinReach;
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
    return session;
  }

  /** While the operator's own cluster gives no answer, what was read before stands. */
  async #reread(signal: AbortSignal): Promise<void> {
    const { client, namespace, log, mono } = this.#options;
    const { name, key } = this.#group.secret;
    this.#readAt = mono.now();
    try {
      const secret = await client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(KINDS.Secret, { name, namespace }, { signal });
      const data = secret?.data?.[key];
      // Labels and other keys change without any need for new connections.
      if (this.#wasRead && data === this.#data) return;
      this.#wasRead = true;
      this.#data = data;
      if (data === undefined) throw new KubeConfigError("there is no such key, or no such Secret");
      await this.#renew(memberKubeConfig(Buffer.from(data, "base64").toString("utf8")));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof KubeConfigError) await this.#giveUp(`the kubeconfig in Secret "${namespace}/${name}", key "${key}", is not used: ${error.message}`);
      else if (this.#session === undefined) this.#problem = `Secret "${namespace}/${name}" cannot be read`;
      log.error("kubeconfig of a region not read", { regions: this.#name, error });
    }
  }

  async #renew(config: FreshKubeConfig): Promise<void> {
    await this.#lose("it is not known yet which cluster it is")?.stop();
    const { mono, rng, log, onTenant, connect } = this.#options;
    this.#untilIdentified.reset();
    this.#identifyAt = mono.now();
    this.#session = new MemberSession({ mono, rng, log: log.child({ regions: this.#name }), onTenant, transport: connect(config) });
  }

  async #giveUp(why: string): Promise<void> {
    await this.#lose(why)?.stop();
  }

  /** It is asked anew whenever the Secret is read: the other one may have left the cluster by then. */
  async #refuse(why: string): Promise<void> {
    await this.#giveUp(why);
    this.#wasRead = false;
    this.#options.log.error("region not used", { regions: this.#name, why });
  }

  /** A cluster that is two regions' under two names, or the operator's own, would have one undo the other's work. */
  async #identify(session: MemberSession, signal: AbortSignal): Promise<void> {
    const { client, log, mono } = this.#options;
    try {
      const [own, theirs] = [(await client.get<KubeObject>(KINDS.Namespace, { name: "kube-system" }, { signal }))?.metadata.uid, await session.identity(signal)];
      if (own === undefined || theirs === undefined) return;
      this.#identities.note(this.#name, theirs);
      const why = theirs === own ? "it is the cluster of the operator itself" : this.#whyContested();
      if (why !== undefined) return await this.#refuse(why);
      this.#problem = undefined;
      session.start();
    } catch (error) {
      this.#problem = error instanceof KubeError && error.status !== undefined ? "its API server does not say which cluster it is" : "its API server gives no answer";
      this.#sayFirst(this.#problem, { error });
      this.#identifyAt = mono.now() + this.#untilIdentified.next();
      log.debug("region not identified", { regions: this.#name, error });
    }
  }
}
