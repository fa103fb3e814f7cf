import type { AgentSchedule, InventorySource, ObjectMeta } from "../api/index.ts";
import type { InventoryRow } from "../domain/agents/inventory.ts";
import type { DesiredObject } from "../domain/objects/desired.ts";
import type { Credential } from "../domain/objects/metrics.ts";
import type { Platform } from "../domain/objects/platform.ts";
import type { Instant } from "../domain/time.ts";
import type { Clock, Mono } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";

/** The kinds that reconciling reads or writes, by name. */
export type KindName =
  | "Tenant"
  | "MaintenanceWindow"
  | "Freeze"
  | "Approval"
  | "ReleaseChannel"
  | "PurgeLedger"
  | "Namespace"
  | "ServiceAccount"
  | "ClusterRoleBinding"
  | "NetworkPolicy"
  | "ResourceQuota"
  | "ConfigMap"
  | "Secret"
  | "Issuer"
  | "Certificate"
  | "PersistentVolumeClaim"
  | "Service"
  | "PodDisruptionBudget"
  | "Deployment"
  | "Pod"
  | "Job"
  | "VolumeSnapshot"
  | "Table"
  | "Bucket"
  | "Role";

/** Kinds whose objects carry the label of the tenant they belong to, and that every cluster has. */
export const OWNED_KINDS = ["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ClusterRoleBinding", "ConfigMap", "PersistentVolumeClaim", "Service", "PodDisruptionBudget", "Deployment", "Pod", "Job"] as const;

type WatchedKind = (typeof OWNED_KINDS)[number] | "VolumeSnapshot";

/** Those that tenants of this platform are made of: snapshots are served only where somebody installed them. */
export function ownedKinds({ volume }: Pick<Platform, "volume">): readonly WatchedKind[] {
  return volume.snapshotClassName === undefined ? OWNED_KINDS : [...OWNED_KINDS, "VolumeSnapshot"];
}

/** The kinds that tell of a block of ports whose it is. */
export type PortsKind = "ConfigMap" | "Namespace" | "Tenant";

export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Any object; spec and status are judged by who reads them. */
export interface LiveObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
  /** A ConfigMap's, or a Secret's in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** What the watches have brought so far, our own writes included. */
export interface Caches {
  get(kind: KindName, ref: ObjectRef): LiveObject | undefined;
  list(kind: KindName): readonly LiveObject[];
  /** Goes up whenever an object of the kind comes, changes or goes. */
  revisionOf(kind: KindName): number;
  /** The objects that carry the tenant's label. */
  ofTenant(kind: KindName, tenant: string): readonly LiveObject[];
  /** Whether objects of the kind can be asked for: Certificates cannot without a cert-manager, nor tables without ACK. */
  isWatched(kind: KindName): boolean;
  /** The tenants that follow the channel. */
  ofChannel(channel: string): readonly LiveObject[];
  /** Those of them whose upgrade is stuck. */
  stuckIn(channel: string): readonly LiveObject[];
  /** How many objects of the kind are found under a key that `portsKeys` gives. */
  countOfPorts(kind: PortsKind, key: string): number;
  /** How many follow it. */
  countOfChannel(channel: string): number;
  /** The tenants that changed since a position, themselves or an object that carries their label, and where to go on from. */
  changedSince(position: number): { readonly names: readonly string[] | undefined; readonly position: number };
}

/** Why the API server does not want an object as it is, in its words. */
export interface Refusal {
  readonly message: string;
}

/** The API server, live. Every failure throws, but that it refuses one object. */
export interface Api {
  read(kind: KindName, ref: ObjectRef): Promise<LiveObject | undefined>;
  /** Server-Side Apply, skipped when `live` has it all already; throws if that is another object by now, or a Deployment that has changed. */
  apply(desired: DesiredObject, live: LiveObject | undefined): Promise<Refusal | undefined>;
  /** Makes an object that must not be there yet: of all who try, one does. */
  create(desired: DesiredObject): Promise<"created" | "taken" | Refusal>;
  /** Applies status, and leaves nothing else in it; a resourceVersion in the metadata is a precondition. */
  applyStatus(object: LiveObject): Promise<void>;
  /** Removes the status of one of our own objects, whosever it is; throws a conflict if it is not the version that was read. */
  eraseStatus(object: LiveObject): Promise<void>;
  /** Sets annotations of one of our own objects; throws a conflict if it is not the version that was read. */
  annotate(object: LiveObject, annotations: Readonly<Record<string, string>>): Promise<void>;
  /** Creates one of our own objects, or writes the spec over exactly the version that was read; throws a conflict if another is there. */
  record(object: LiveObject): Promise<void>;
  setFinalizers(object: LiveObject, finalizers: readonly string[]): Promise<void>;
  remove(kind: KindName, ref: ObjectRef, uid: string | undefined): Promise<void>;
}

/** A cluster beside the operator's own, in which some regions lie: tenants' proxies are there, and nothing else of theirs (row F2). */
export interface MemberCluster {
  readonly regions: readonly string[];
  readonly caches: Pick<Caches, "get" | "ofTenant">;
  readonly api: Api;
  /** Why nothing is known of it now, or undefined: then its caches are filled and follow it. It is asked nothing before. */
  outOfReach(): string | undefined;
}

/** Where an inventory is read. */
export interface InventoryQuestion {
  readonly namespace: string;
  readonly source: InventorySource;
  /** An Auth pod that is Ready, for type Exec. */
  readonly authPod: string | undefined;
}

/** Reads a tenant's inventory, row by row; throws an error whose message may be shown when any part of it cannot be read. Rows taken before that count for nothing. */
export interface InventoryReader {
  read(question: InventoryQuestion, take: (row: InventoryRow) => void, signal: AbortSignal): Promise<void>;
}

/** Where agents are told their hour. */
export interface ScheduleQuestion {
  readonly namespace: string;
  /** An Auth pod that is Ready. */
  readonly authPod: string | undefined;
}

/** Makes a tenant's cluster tell its agents the hour that its ConfigMap holds. */
export interface AgentScheduler {
  /** What it tells them afterwards, undefined if nothing that is understood; throws an AppError when it cannot be asked. */
  publish(question: ScheduleQuestion, signal: AbortSignal): Promise<AgentSchedule | undefined>;
}

/** Something that happened, for `kubectl get events`. */
export interface Happening {
  readonly about: LiveObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
}

export interface Recorder {
  record(happening: Happening): void;
}

/** What is counted of a tenant. */
export interface TenantSeen {
  readonly phase: string;
  readonly holds: readonly string[];
  /** Nobody is served by Auth, or by some region. */
  readonly down?: boolean;
  /** The reasons of its conditions, by type. */
  readonly reasons?: Readonly<Record<string, string>>;
}

/** What reconciling counts; labels are bounded. */
export interface Meter {
  upgradeEnded(labels: { class: string; result: string }): void;
  inventoryRead(read: { tenant: string; result: "complete" | "unknown" }): void;
  /** Nothing is left of a tenant whose subscription had lapsed. */
  purged(): void;
  tenantSeen(tenant: string, seen: TenantSeen | undefined): void;
}

/** Whether the clock that decisions rest on can be believed (design §6, `ClockUntrusted`). */
export interface ClockTrust {
  /** As last judged; asks nobody. */
  isTrusted(): boolean;
  /** Judged anew, before something starts; asks the API server if it has not answered within the last minute. Never throws. */
  confirm(): Promise<boolean>;
}

/** Everything that a reconcile needs from outside. */
export interface Env {
  readonly caches: Caches;
  readonly api: Api;
  /** The clusters of regions that are not in this one. */
  readonly members: readonly MemberCluster[];
  readonly inventory: InventoryReader;
  readonly agentScheduler: AgentScheduler;
  /** Makes a key and a certificate for a DNS name, by real time; another one at each call. */
  readonly newCredential: (name: string) => Credential;
  readonly recorder: Recorder;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly clockTrust: ClockTrust;
  /** Turns an instant of the API server's clock into one of the domain's: they differ in a rehearsal (design §12). */
  readonly fromServer: (instant: Instant) => Instant;
  readonly mono: Mono;
  readonly platform: Platform;
  /** The operator's own namespace. */
  readonly home: string;
  readonly log: Logger;
  /** Notes that more is known of a tenant than the caches show. */
  noteChange(tenant: string): void;
  /** Asks for another look at a key. */
  enqueue(controller: "tenant" | "window" | "channel", key: string): void;
}
