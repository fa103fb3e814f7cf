import { API_VERSION, KINDS as OUR_KINDS, LABEL, LEADERSHIP, LEADERSHIP_NAME, PURGE_LEDGER } from "./api/index.ts";
import { createAgentScheduler } from "./adapters/agent-schedule.ts";
import { createInventoryReader } from "./adapters/inventory/reader.ts";
import type { Asked } from "./adapters/version-server.ts";
import { selfSigned } from "./adapters/x509/self-signed.ts";
import { AgentAnswers } from "./agent-answers.ts";
import { apiPort, memberUntil, until } from "./api-port.ts";
import { ClockWatch } from "./clock-watch.ts";
import { movedBetween, specChanged, urgencyOf } from "./concerns.ts";
import type { Platform } from "./domain/objects/platform.ts";
import { SECOND, type Instant } from "./domain/time.ts";
import { inventoryAccess } from "./inventory-access.ts";
import { keptOf } from "./kept.ts";
import { hasAck } from "./kube/ack.ts";
import { hasCertManager } from "./kube/cert-manager.ts";
import type { FreshKubeConfig } from "./kube/credentials.ts";
import { KINDS, type Kind } from "./kube/kind.ts";
import { SlacktideOperator, type OperatorOptions } from "./kube/operator.ts";
import type { Recorder as KubeRecorder } from "./kube/recorder.ts";
import type { Change, ReadStore } from "./kube/store.ts";
import { ChannelBooks, type ChannelEnv } from "./reconcile/channel/env.ts";
import { reconcileChannel } from "./reconcile/channel/reconcile.ts";
import { Compiled, rulesOf } from "./reconcile/compiled.ts";
import { Members, type MemberConnection } from "./members.ts";
import { ownedKinds, type AgentScheduler, type Caches, type Env, type KindName, type LiveObject, type Meter } from "./reconcile/ports.ts";
import { isPlacedIn } from "./reconcile/tenant/abroad.ts";
import { channelOf } from "./reconcile/tenant/observe.ts";
import { TenantMemory } from "./reconcile/tenant/memory.ts";
import { FollowTurns } from "./reconcile/tenant/follow-turns.ts";
import { PurgeTurns } from "./reconcile/tenant/purge-turns.ts";
import { newlyUsed, reconcileApproval } from "./reconcile/approval/reconcile.ts";
import { reconcileFreeze } from "./reconcile/freeze/reconcile.ts";
import { reconcileTenant } from "./reconcile/tenant/reconcile.ts";
import { reconcileWindow } from "./reconcile/window/reconcile.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ReconcileContext, Rest } from "./runtime/controller.ts";
import { indexesOf, ownerNameOf, Watched } from "./watched.ts";

/** Our own kinds as the API server addresses them. */
export const OWN_KINDS: readonly Kind[] = OUR_KINDS.map(({ kind, plural }) => ({ apiVersion: API_VERSION, kind, plural, namespaced: false }));

/** Read and written by the operator alone, and not watched. */
export const PURGE_LEDGER_KIND: Kind = { apiVersion: API_VERSION, kind: PURGE_LEDGER.kind, plural: PURGE_LEDGER.plural, namespaced: false };

const CONTROLLERS = { tenant: "tenants", window: "maintenancewindows", channel: "releasechannels", freeze: "freezes", approval: "approvals" } as const;
const KIND_OF = { tenant: "Tenant", window: "MaintenanceWindow", channel: "ReleaseChannel", freeze: "Freeze", approval: "Approval" } as const;
const WORKERS = { tenant: 32, window: 2, channel: 1, freeze: 1, approval: 1 } as const;
/** Counting the tenants of a window or a freeze looks at all of them, and so does planning a channel whose rules changed: they leave most of the time to the tenants. */
const MOSTLY: Rest = { times: 20 };
/** A step of an upgrade is a handful of changes of pods and Deployments, within moments. */
const BRIEFLY: Rest = { atLeastMs: 50 };

/** Kinds of others' controllers, who may be gone: nobody waits for their watches. */
const ACK_KINDS = ["Table", "Bucket", "Role"] as const;
const CERT_MANAGER_KINDS = ["Issuer", "Certificate"] as const;
type OptionalKind = (typeof CERT_MANAGER_KINDS)[number] | (typeof ACK_KINDS)[number];

function isOptional(name: KindName): boolean {
  return [...CERT_MANAGER_KINDS, ...ACK_KINDS].some((each) => each === name);
}

export interface SlacktideOptions extends OperatorOptions {
  readonly platform: Platform;
  /** The operator's own namespace, where ports are claimed. */
  readonly namespace: string;
  readonly meter: Meter;
  readonly recorder: KubeRecorder;
  readonly fromServer: (instant: Instant) => Instant;
  /** The machine's clock, never a rehearsed one: it is compared with the API server's. */
  readonly wall: Clock;
  /** Connects with the cluster of another region; needed where the platform has such. */
  readonly connect?: (config: FreshKubeConfig) => MemberConnection;
  /** What makes tenants' clusters tell agents their hour; default: tctl in their Auth pods. */
  readonly agentScheduler?: AgentScheduler;
  /** Default: by the machine's chance and clock. */
  readonly newCredential?: Env["newCredential"];
}

/** The operator: which kinds are watched, whom a change concerns, and what each reconcile is given. */
export class Slacktide extends SlacktideOperator {
  readonly #options: SlacktideOptions;
  readonly #watched = new Watched();
  readonly #env: ChannelEnv;
  readonly #clockWatch: ClockWatch;
  readonly #agentAnswers: AgentAnswers;
  readonly #members: Members;

  constructor(options: SlacktideOptions) {
    super(options);
    this.#options = options;
    this.#clockWatch = new ClockWatch({ ...options, onChange: (trusted) => this.#clockChanged(trusted) });
    const caches = this.#watched.caches();
    this.#members = this.#membersOf(options);
    this.#env = { ...this.#ports(caches), compiled: new Compiled(caches, options.fromServer), memory: new TenantMemory(options.mono), purgeTurns: new PurgeTurns(), followTurns: this.#followTurns(options), books: new ChannelBooks() };
    this.#agentAnswers = new AgentAnswers({ caches, clock: options.clock, tenant: (id) => this.#watched.tenantOfAgents(id), staleReason: () => this.staleReason() });
  }

  #followTurns({ mono, platform }: SlacktideOptions): FollowTurns {
    return new FollowTurns({ mono, longestMs: platform.pods.stepDeadlineSeconds * SECOND, wake: (name) => this.#lookAt(name) });
  }

  /** What the agents are told of the tenant that this id stands for, whether or not this replica leads. */
  askForAgents(id: string): Asked {
    return this.#agentAnswers.ask(id);
  }

  /** As the base has it; and a region that is about to count as back is work that is about to come. */
  override isBusy(): boolean {
    return super.isBusy() || this.#members.areReturning();
  }

  /** Starts as the base does, and watches the clock once it may act. */
  override async start(): Promise<void> {
    await super.start();
    this.#clockWatch.start();
  }

  /** Ends as the base does, and writes the events that still wait. */
  override async shutdown(graceMs?: number): Promise<boolean> {
    this.#clockWatch.stop();
    const clean = await super.shutdown(graceMs);
    await this.#members.stop();
    await this.#options.recorder.flush();
    return clean;
  }

  protected override async init(): Promise<void> {
    const envFor = ({ signal }: ReconcileContext): ChannelEnv => ({ ...this.#env, api: until(signal, this.#env.api), members: this.#env.members.map((member) => memberUntil(signal, member)) });
    const own = (name: string) => this.client.kinds.byName(API_VERSION, name);
    const tenants = this.register<LiveObject>(own("Tenant"), {
      workers: WORKERS.tenant,
      rest: BRIEFLY,
      reconcile: (key, context) => reconcileTenant(key, envFor(context), context),
      when: (change) => this.#tenantChanged(change),
      priority: ({ now }) => urgencyOf(now),
      ...keptOf("Tenant"),
      indexes: indexesOf("Tenant"),
    });
    const windows = this.register<LiveObject>(own("MaintenanceWindow"), {
      workers: WORKERS.window,
      rest: MOSTLY,
      reconcile: (key, context) => reconcileWindow(key, envFor(context)),
      when: (change) => this.#calendarChanged(change),
    });
    const channels = this.register<LiveObject>(own("ReleaseChannel"), {
      workers: WORKERS.channel,
      rest: MOSTLY,
      reconcile: (key, context) => reconcileChannel(key, envFor(context)),
      when: (change) => this.#channelChanged(change),
    });
    const freezes = this.register<LiveObject>(own("Freeze"), {
      workers: WORKERS.freeze,
      rest: MOSTLY,
      reconcile: (key, context) => reconcileFreeze(key, envFor(context)),
      when: (change) => this.#calendarChanged(change),
    });
    const approvals = this.register<LiveObject>(own("Approval"), {
      workers: WORKERS.approval,
      rest: MOSTLY,
      reconcile: (key, context) => reconcileApproval(key, envFor(context)),
      when: (change) => this.#calendarChanged(change),
    });
    const controllers = [["Tenant", tenants], ["MaintenanceWindow", windows], ["ReleaseChannel", channels], ["Freeze", freezes], ["Approval", approvals]] as const;
    for (const [kind, { store }] of controllers) this.#watched.add(kind, store);
    const optional: OptionalKind[] = [...(await this.#ofCertManager()), ...((await this.#asksAck()) ? ACK_KINDS : [])];
    for (const name of [...ownedKinds(this.#options.platform), ...optional]) this.#watched.add(name, this.#watchOwned(name));
    // Nothing here waits for a cluster that does not answer.
    await this.#members.start();
  }

  #membersOf({ platform: { regions = [] }, connect, namespace, mono, rng, log, metrics }: SlacktideOptions): Members {
    return new Members({
      regions: connect === undefined ? [] : regions,
      client: this.client,
      namespace,
      mono,
      rng,
      log,
      metrics,
      connect: (config) => {
        if (connect === undefined) throw new Error("connect with a region: nothing says how");
        return connect(config);
      },
      onTenant: (name) => this.#lookAt(name),
      onChange: (changed) => {
        for (const tenant of this.#watched.list("Tenant").filter((each) => isPlacedIn(each, changed))) {
          this.#watched.changed(tenant.metadata.name);
          this.#lookAt(tenant.metadata.name);
        }
        this.#askAll("channel");
      },
    });
  }

  /** Not to be there is no reason not to start: tenants that are up need it for nothing but their next certificate. */
  async #ofCertManager(): Promise<readonly OptionalKind[]> {
    const { platform: { certificates, metrics }, mono, log } = this.#options;
    const asksIssuers = metrics?.keysFrom === "CertManager";
    if (certificates === undefined && !asksIssuers) return [];
    const isThere = await hasCertManager(this.client, mono);
    if (!isThere) log.error("cert-manager is not installed, and certificates or metrics are configured: no new tenant is made until it is there and this program is started again");
    if (!isThere) return [];
    // Issuers are made for metrics alone.
    return asksIssuers ? CERT_MANAGER_KINDS : ["Certificate"];
  }

  /** Likewise: tenants that are up need ACK only to be changed. */
  async #asksAck(): Promise<boolean> {
    const { platform, mono, log } = this.#options;
    if (platform.aws === undefined) return false;
    const isThere = await hasAck(this.client, mono);
    if (!isThere) log.error("ACK's controllers for DynamoDB, S3 and IAM are not all installed, and aws is configured: no tenant with storage in AWS is made or changed until they are there and this program is started again");
    return isThere;
  }

  #watchOwned(name: ReturnType<typeof ownedKinds>[number] | OptionalKind): ReadStore<LiveObject> {
    return this.watchSecondary<LiveObject>(KINDS[name], {
      labelSelector: LABEL.tenant,
      isOptional: isOptional(name),
      indexes: indexesOf(name),
      keysOf: (object) => [this.#ofTenant(ownerNameOf(object))],
      ...keptOf(name),
    });
  }

  #lookAt(tenant: string): void {
    const { controller, key, priority } = this.#ofTenant(tenant);
    this.enqueue(controller, key, priority);
  }

  #ofTenant(name: string) {
    return { controller: CONTROLLERS.tenant, key: this.#watched.changed(name), priority: urgencyOf(this.#watched.tenant(name)) };
  }

  /** A tenant concerns its channel, before and after; what its attempts rest on; and every window and freeze, if its labels or its spec changed. */
  #tenantChanged(change: Change<LiveObject>): boolean {
    const { key, old, now } = change;
    this.#watched.changed(key);
    for (const channel of new Set([old, now].flatMap((object) => (object === undefined ? [] : [channelOf(object)])))) this.#ask("channel", channel);
    for (const approval of newlyUsed(change)) this.#ask("approval", approval);
    if (specChanged(change) || JSON.stringify(old?.metadata.labels) !== JSON.stringify(now?.metadata.labels)) {
      this.#askAll("window");
      this.#askAll("freeze");
    }
    return true;
  }

  /** A window, a freeze or an approval concerns every tenant it may bind, and with them every channel; its status concerns nobody. */
  #calendarChanged(change: Change<LiveObject>): boolean {
    if (!specChanged(change)) return true;
    this.#askAll("tenant");
    this.#askAll("channel");
    return true;
  }

  /** Its rules concern all its tenants; a slot the one that has it, or had. */
  #channelChanged({ key, old, now }: Change<LiveObject>): boolean {
    if (old === undefined || now === undefined || rulesOf(old) !== rulesOf(now)) {
      this.#askFor("tenant", this.#watched.tenantsOf(key));
    } else for (const tenant of movedBetween(old, now)) this.enqueue(CONTROLLERS.tenant, tenant, "high");
    return true;
  }

  /** Everything that waits, may start, or tells of times is judged anew. The event is about what stands for the operator as a whole. */
  #clockChanged(trusted: boolean): void {
    const regarding = { apiVersion: API_VERSION, kind: LEADERSHIP.kind, metadata: { name: LEADERSHIP_NAME } };
    const happening = trusted
      ? { type: "Normal" as const, reason: "ClockTrusted", note: "The operator's clock and the API server's agreed again" }
      : { type: "Warning" as const, reason: "ClockUntrusted", note: "The operator's clock and the API server's differed, or could not be compared: nothing starts until they agree" };
    this.#options.recorder.record({ regarding, action: "Watch", ...happening });
    for (const each of ["tenant", "channel", "window", "freeze", "approval"] as const) this.#askAll(each);
  }

  #ask(controller: keyof typeof CONTROLLERS, key: string): void {
    this.enqueue(CONTROLLERS[controller], key);
  }

  #askAll(controller: keyof typeof CONTROLLERS): void {
    this.#askFor(controller, this.#watched.list(KIND_OF[controller]));
  }

  #askFor(controller: keyof typeof CONTROLLERS, objects: readonly LiveObject[]): void {
    this.enqueue(CONTROLLERS[controller], objects.map(({ metadata }) => metadata.name));
  }

  #ports(caches: Caches): Env {
    const { clock, mono, wall, platform, namespace: home, log, meter, fromServer } = this.#options;
    const access = inventoryAccess(this.#options.config, this.client);
    return {
      caches,
      api: apiPort(this.client),
      members: this.#members.clusters,
      inventory: createInventoryReader(access),
      agentScheduler: this.#options.agentScheduler ?? createAgentScheduler(access),
      newCredential: this.#options.newCredential ?? ((name) => selfSigned(name, wall.now())),
      recorder: { record: ({ about, ...happening }) => this.#options.recorder.record({ regarding: about, action: "Reconcile", ...happening }) },
      meter,
      clock,
      clockTrust: this.#clockWatch,
      fromServer,
      mono,
      platform,
      home,
      log,
      noteChange: (tenant) => void this.#watched.changed(tenant),
      enqueue: (controller, key) => this.#ask(controller, key),
    };
  }
}
