import { ANNOTATION, parseTenant, type HistoryEntry, type Slot, type Tenant, type TenantStatus, type UpgradeStatus } from "../../api/index.ts";
import { approvalsFor, type Approval } from "../../domain/approval/approval.ts";
import type { Freeze } from "../../domain/freeze/freeze.ts";
import type { Restore } from "../../domain/backup/restore.ts";
import type { RestorePoint } from "../../domain/backup/restore-point.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import { onwardPreflight, preflightName } from "../../domain/objects/preflight-job.ts";
import type { Channel, InvalidChannel } from "../../domain/release/channel.ts";
import type { StorageSeen } from "../../domain/status/storage-status.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import type { Lapse } from "../../domain/tenant/lapse.ts";
import { attemptToResume, knownHistory, latestAttempt, runningState, type Recorded } from "../../domain/tenant/recorded-state.ts";
import type { TenantView } from "../../domain/tenant/view.ts";
import type { Instant } from "../../domain/time.ts";
import type { Preflight } from "../../domain/upgrade/next-action.ts";
import { caughtUp, underWay } from "../../domain/upgrade/progress.ts";
import { isSettledAt, type Workload } from "../../domain/upgrade/workloads.ts";
import { bindWindows, type WindowBinding } from "../../domain/window/binding.ts";
import type { Compiled } from "../compiled.ts";
import type { Caches, ClockTrust, KindName, LiveObject, MemberCluster } from "../ports.ts";
import { jobState, specAs, statusAs } from "../shapes.ts";
import { leftAway, lookAbroad, regionsHere, type Abroad } from "./abroad.ts";
import { currentClaim, formerClaims, observeRestore, restoredVersion } from "./restore.ts";
import { observeRestorePoints } from "./restore-points.ts";
import { ownInAws, seeStorage } from "./storage.ts";
import { observeLapse } from "./lapse.ts";
import { identityOf, type Identity } from "./owner.ts";
import { ownObjects } from "./own-objects.ts";
import { inheritedOf, type InheritedObject } from "./take-over.ts";
import { templateNewsOf, type TemplateNews } from "./templates.ts";
import type { TenantMemory } from "./memory.ts";
import { viewOf } from "./view.ts";
import { observeWorkloads, readyAuthPod, type ObservedWorkloads } from "./workloads.ts";

/** Where a tenant's facts come from; all of it is in memory. */
export interface Sources {
  readonly caches: Caches;
  readonly compiled: Compiled;
  readonly memory: TenantMemory;
  /** Turns an instant of the API server's clock into one of the domain's: they differ in a rehearsal (design §12). */
  readonly fromServer: (instant: Instant) => Instant;
  /** Whether the tenant's channel has a free slot, where that is known already. */
  readonly slotFree?: boolean;
  readonly clockTrust: Pick<ClockTrust, "isTrusted">;
  readonly platform: Platform;
  readonly members: readonly MemberCluster[];
}

/** Everything known of one tenant at one moment. */
export interface ObservedTenant extends Identity {
  readonly object: LiveObject;
  /** What no other write gives the tenant's uid. */
  readonly inherited: readonly InheritedObject[];
  readonly observed: ObservedWorkloads;
  /** What it has in the clusters of other regions. */
  readonly abroad: readonly Abroad[];
  readonly authPod: string | undefined;
  readonly preflight: Preflight;
  readonly jobs: readonly LiveObject[];
  readonly restorePoints: readonly RestorePoint[];
  /** Where its data lives. */
  readonly storage: StorageSeen;
  /** Of its tables in AWS all objects, and of its roles there. */
  readonly tables: readonly LiveObject[];
  readonly roles: readonly LiveObject[];
  /** The claim of the volume that Auth writes to, or the word for its tables. */
  readonly claim: string;
  /** That volume is being deleted, and gone with Auth's pod. */
  readonly volumeLeaves: boolean;
  /** Of the volumes, or the tables, that it wrote to before. */
  readonly formerClaims: readonly string[];
  /** The restore that somebody asked for. */
  readonly restore: Restore;
  readonly windows: WindowBinding;
  /** Those that cover the tenant and have not ended, in order of name. */
  readonly freezes: readonly Freeze[];
  /** Those that name the tenant and have not expired, the newest first. */
  readonly approvals: readonly Approval[];
  readonly channel: Channel | InvalidChannel | undefined;
  readonly version: string | undefined;
  readonly provisioned: boolean;
  readonly templateRevision: number | undefined;
  /** What its pods would have otherwise if they were rolled out again now; undefined: nothing. */
  readonly templates: TemplateNews | undefined;
  /** The attempt under way: as status says it, or as the slot or the workloads still do. */
  readonly upgrade: UpgradeStatus | undefined;
  readonly history: readonly HistoryEntry[];
  readonly lapse: Lapse;
  /** Absent while the channel cannot be used. */
  readonly view: TenantView | undefined;
}

/** Reads one tenant from the caches: no I/O, the same for the tenant's own reconcile and for its channel's. */
export function observeTenant(object: LiveObject, sources: Sources, now: Instant): ObservedTenant | { readonly invalid: string } {
  const parsed = parseTenant(object);
  if (parsed.kind === "invalid") return { invalid: parsed.message };
  const { caches, compiled } = sources;
  const identity = identityOf(parsed.value, caches);
  const { tenant, owner, namespace } = identity;
  const { name } = owner;
  const pods = ownObjects(caches, "Pod", owner);
  const jobs = ownObjects(caches, "Job", owner);
  const own = (kind: KindName) => ownObjects(caches, kind, owner);
  const volumes = own("PersistentVolumeClaim");
  const snapshots = sources.platform.volume.snapshotClassName === undefined ? [] : own("VolumeSnapshot");
  const configMaps = own("ConfigMap");
  const abroad = lookAbroad(tenant, owner, sources.members);
  const deployments = own("Deployment");
  const placed = { here: regionsHere(tenant.spec, sources.platform, deployments), abroad, left: leftAway(tenant, abroad), said: tenant.status?.regions, upgrade: tenant.status?.upgrade };
  const observed = observeWorkloads(tenant.spec, { deployments, services: own("Service"), budgets: own("PodDisruptionBudget"), pods }, placed);
  const inAws = ownInAws({ tenant, owner }, caches);
  const claim = currentClaim(observed, namespace, inAws.tables);
  const storage = seeStorage({ tenant, owner }, sources, claim);
  const recorded = recordedOf(observed, { namespace: namespace && isOwnedBy(namespace.metadata.labels, owner) ? namespace : undefined, data: dataSeen(storage, volumes) });
  const running = runningState(tenant.status, recorded);
  const channel = compiled.channel(tenant.spec.channel, now)?.channel;
  const history = knownHistory(tenant.status, recorded);
  const restorePoints = observeRestorePoints({ snapshots, volumes, jobs, storage, configMaps, now });
  const restore = observeRestore({ tenant: object, owner, volumes, jobs, points: restorePoints, claim, formerClaims: formerClaims(namespace, claim), roles: inAws.roles, tables: storage.kind === "embedded" ? undefined : inAws.tables });
  const said = tenant.status?.upgrade;
  const upgrade = said === undefined ? tracedAttempt(channel, tenant, { recorded, restore, restorePoints }) : caughtUp(said, recorded.lastAttempt);
  // What a restore brought back is known by Auth alone until status says so too.
  const version = upgrade === undefined ? (restoredVersion(restore, observed) ?? running.version) : running.version;
  const base = {
    object,
    ...identity,
    inherited: inheritedOf({ PersistentVolumeClaim: volumes, VolumeSnapshot: snapshots, ConfigMap: configMaps }, owner),
    observed,
    abroad,
    jobs,
    restorePoints,
    storage,
    ...inAws,
    claim,
    volumeLeaves: hasPods(observed.workloads.auth) && volumes.some(({ metadata }) => metadata.name === claim && metadata.deletionTimestamp !== undefined),
    formerClaims: formerClaims(namespace, claim),
    restore,
    authPod: readyAuthPod(pods),
    preflight: upgrade === undefined ? "absent" : jobState(jobs, preflightName(upgrade.id, name)),
    windows: bindWindows({ name, labels: tenant.metadata.labels, windows: tenant.spec.windows }, compiled.windows()),
    freezes: freezesOf(tenant, compiled, now),
    approvals: approvalsFor(name, compiled.approvals(), now),
    channel,
    version,
    provisioned: running.provisioned,
    templateRevision: observed.wanted[0]?.roll?.revision,
    templates: templateNewsOf({ tenant, owner, observed, version, provisioned: running.provisioned, claim }, sources),
    upgrade,
    history: history.filter((entry) => entry.id !== upgrade?.id),
    lapse: observeLapse({ tenant, owner, namespace, workloads: observed.workloads, clockTrusted: sources.clockTrust.isTrusted(), platform: sources.platform }, now),
  };
  if (channel?.kind !== "valid") return { ...base, view: undefined };
  return { ...base, view: viewOf(base, { ...sources, channel }, now) };
}

/** Or is to have some. */
function hasPods({ desired, podVersions }: Workload): boolean {
  return desired > 0 || podVersions.length > 0;
}

function freezesOf({ metadata: { name, labels }, spec: { channel } }: Tenant, compiled: Compiled, now: Instant): readonly Freeze[] {
  const covering = compiled.freezes().filter((freeze) => now < freeze.until && freeze.covers({ name, labels, channel }));
  return covering.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Read without judging the rest of its status. */
export function isStuck(tenant: LiveObject): boolean {
  return statusAs<TenantStatus>(tenant).upgrade?.stuckSince !== undefined;
}

/** The channel a tenant follows, read without judging the rest of its spec. */
export function channelOf(object: LiveObject): string {
  return specAs<{ channel: string }>(object).channel ?? "stable"; // the CRD's default
}

/** An attempt that is not yet, or no longer, in status: claimed by a slot, or begun by the workloads (design §9). */
function tracedAttempt(channel: Channel | InvalidChannel | undefined, { metadata, status }: Tenant, { recorded, restore, restorePoints }: Pick<ObservedTenant, "restore" | "restorePoints"> & { readonly recorded: Recorded }): UpgradeStatus | undefined {
  const ended = new Set((status?.history ?? []).map((entry) => entry.id));
  const slots = channel?.kind === "valid" ? channel.slots : [];
  const slot = slots.find((each: Slot) => each.uid === metadata.uid && !ended.has(each.attempt));
  const isBackedUp = restorePoints.some(({ attempt, progress }) => attempt === slot?.attempt && progress === "Confirmed");
  // What a restore leaves half way it brings to its end, unless it is called off.
  const isBeingRestored = restore.kind === "Switching" && recorded.lastAttempt?.restored === true;
  return underWay({ slot, halfWay: isBeingRestored ? undefined : attemptToResume(status, recorded), lastAttempt: recorded.lastAttempt, auth: recorded.workloads.auth, isBackedUp });
}

/** What is known of a tenant's data without its workloads. */
interface DataSeen {
  /** Something that holds data is there. */
  readonly isHeld: boolean;
  /** It has been written to. A volume is made after the Deployments, and counts as written to; tables are made before them. */
  readonly isWritten: boolean;
  readonly version?: string | undefined;
}

function dataSeen(storage: StorageSeen, volumes: readonly LiveObject[]): DataSeen {
  if (storage.kind === "embedded") return { isHeld: volumes.length > 0, isWritten: volumes.length > 0 };
  if (storage.kind === "unreachable") return { isHeld: false, isWritten: false };
  return { isHeld: storage.hasTables, isWritten: storage.writtenAt !== undefined, version: storage.writtenAt };
}

function recordedOf({ wanted, workloads }: ObservedWorkloads, { namespace, data }: { namespace: LiveObject | undefined; data: DataSeen }): Recorded {
  const rolls = wanted.flatMap((each) => each.roll ?? []);
  const settledVersion = namespace?.metadata.annotations?.[ANNOTATION.version] ?? data.version;
  const lastAttempt = latestAttempt(rolls.flatMap(({ attempt }) => attempt ?? []));
  return {
    ...(settledVersion !== undefined && { settledVersion }),
    workloads,
    recordedVersions: rolls.map((roll) => roll.version),
    ...(lastAttempt && { lastAttempt }),
    hasData: data.isWritten,
    // Without its data Auth serves nobody, whatever its Deployment says.
    available: data.isHeld && wanted.filter(({ workload }) => workload.away === undefined).every((each) => each.roll !== undefined && isSettledAt(each.workload, each.roll.version)),
  };
}

/** How the preflight of a newer release went that a stuck attempt may go on to. */
export function onwardPreflightState({ tenant, jobs }: ObservedTenant, attempt: string, version: string): Preflight {
  return jobState(jobs, preflightName(onwardPreflight(attempt, version), tenant.metadata.name));
}
