import { parseReleaseChannel, type HoldCode, type Tenant } from "../api/index.ts";
import { approvalsFor, type Approval } from "../domain/approval/approval.ts";
import type { Freeze } from "../domain/freeze/freeze.ts";
import type { Channel } from "../domain/release/channel.ts";
import { initialVersion } from "../domain/release/initial-version.ts";
import { lineStates } from "../domain/release/lines.ts";
import { waveOf } from "../domain/release/waves.ts";
import { majorOf, parseVersion } from "../domain/release/version.ts";
import { pastAttempts, type TenantView } from "../domain/tenant/view.ts";
import { instantOf, isoOf, type Instant } from "../domain/time.ts";
import { bindWindows } from "../domain/window/binding.ts";
import { compiledApproval, compiledChannel, compiledFreeze, compiledWindow, type CompiledChannel, type CompiledWindow } from "../reconcile/compiled.ts";
import { UsageError } from "./errors.ts";
import { findManifest, type Manifest } from "./manifests.ts";
import { lostStatus, readTenantObject, tenantOf } from "./read-tenant.ts";
import { agentsOf } from "./offline-agents.ts";

/** What manifests describe, or a cluster's objects that were read at once: compiled, as the rules want it. */
export interface World {
  readonly at: Instant;
  readonly manifests: readonly Manifest[];
  readonly windows: readonly CompiledWindow[];
  readonly freezes: readonly Freeze[];
  readonly approvals: readonly Approval[];
  readonly tenants: readonly Tenant[];
  /** What is wrong with those Tenants that cannot be read. */
  readonly unreadable: readonly string[];
  readonly channels: ReadonlyMap<string, CompiledChannel>;
  /** The majors that tenants run, as far as they say. */
  readonly runs: ReadonlySet<number>;
}

/** Compiles the objects as they are at `at`. */
export function worldOf(manifests: readonly Manifest[], at: Instant): World {
  const parsed = ofKind(manifests, "Tenant").map(readTenantObject);
  const tenants = parsed.flatMap((each) => (each.kind === "read" ? [each.tenant] : []));
  const versions = tenants.flatMap(({ status, spec }) => parseVersion(status?.version ?? spec.initialVersion ?? "") ?? []);
  return {
    at,
    manifests,
    windows: ofKind(manifests, "MaintenanceWindow").map(compiledWindow),
    freezes: ofKind(manifests, "Freeze").map((object) => compiledFreeze(createdBy(object, at))),
    approvals: ofKind(manifests, "Approval").flatMap((object) => compiledApproval(createdBy(object, at)) ?? []),
    tenants,
    unreadable: parsed.flatMap((each) => (each.kind === "unreadable" ? [each.problem] : [])),
    channels: new Map(ofKind(manifests, "ReleaseChannel").map((object) => [object.metadata.name, channelOf(object, at)])),
    runs: new Set(versions.map(majorOf)),
  };
}

/** A tenant of that world as the rules judge it: as its status says, else as if it had just been provisioned. Throws UsageError. */
export function viewIn(world: World, tenant: Tenant): TenantView {
  const { at } = world;
  const { metadata, spec, status } = tenant;
  const { name, labels } = metadata;
  const channel = channelIn(world, tenant);
  const lines = lineStates(channel, world.runs, at);
  const { initialVersion: wanted, upgrades } = spec;
  const version = parseVersion(status?.version ?? "") ?? initialVersion(channel, { initialVersion: wanted, maxMajor: upgrades.maxMajor, lines }, at);
  if (version === undefined) throw new UsageError(`Tenant "${name}": ReleaseChannel "${channel.name}" offers no release to begin with`);
  return {
    name,
    uid: metadata.uid ?? name,
    createdAt: instantOf(metadata.creationTimestamp) ?? at,
    deleting: metadata.deletionTimestamp !== undefined,
    ...suspensionOf(spec, at),
    version,
    provisioned: true,
    ...(status?.lanes?.patch?.changes && { templateChanges: status.lanes.patch.changes }),
    ...readinessOf(tenant, at),
    ...(upgrades.maxMajor !== undefined && { maxMajor: upgrades.maxMajor }),
    windows: bindWindows({ name, labels, windows: spec.windows }, world.windows),
    freezes: world.freezes.filter((freeze) => at < freeze.until && freeze.covers({ name, labels, channel: spec.channel })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    approvals: approvalsFor(name, world.approvals, at),
    manual: upgrades.mode === "Manual",
    channel,
    wave: waveOf(channel, metadata),
    lines,
    agents: agentsOf(tenant, { manifests: world.manifests, at, version }),
    history: pastAttempts(status?.history, instantOf),
    ...runningOf(tenant),
    ...(isHeldBy(tenant, "VersionUnknown") && { authAbove: "an unknown version" }),
    slotFree: true,
    clockTrusted: true,
  };
}

/** The tenant of that name. Throws UsageError. */
export function tenantIn({ manifests }: Pick<World, "manifests">, name: string): Tenant {
  return tenantOf(findManifest({ kind: "Tenant", name }, manifests));
}

/** One whose slots and halts are not understood is of no use: what they keep back would start. */
function channelOf(object: Manifest, at: Instant): CompiledChannel {
  const parsed = parseReleaseChannel(object);
  const compiled = compiledChannel(object, at);
  return parsed.kind === "valid" && parsed.lost !== undefined ? { ...compiled, channel: { kind: "invalid", name: object.metadata.name, problems: [lostStatus(parsed.lost)] } } : compiled;
}

function channelIn({ channels, manifests }: World, { metadata, spec }: Tenant): Channel {
  const compiled = channels.get(spec.channel);
  if (compiled === undefined) findManifest({ kind: "ReleaseChannel", name: spec.channel, namedBy: `Tenant "${metadata.name}"` }, manifests);
  if (compiled?.channel.kind === "valid") return compiled.channel;
  throw new UsageError(`ReleaseChannel "${spec.channel}": ${compiled?.channel.problems.join("; ") ?? ""}`);
}

/** Switched off because somebody asks for it, or about to be since its subscription has lapsed. */
function suspensionOf({ suspend, subscription: { lapsedAt } }: Tenant["spec"], at: Instant): Pick<TenantView, "suspension"> {
  if (suspend) return { suspension: "Wanted" };
  return (instantOf(lapsedAt) ?? Number.POSITIVE_INFINITY) <= at ? { suspension: "Lapsed" } : {};
}

/** A tenant whose status says nothing of it is Ready. */
function readinessOf({ status }: Tenant, at: Instant): Pick<TenantView, "ready" | "readySince"> {
  const condition = status?.conditions?.find(({ type }) => type === "Ready");
  if (condition === undefined) return { ready: true, readySince: at };
  const since = condition.status === "True" ? instantOf(condition.lastTransitionTime) : undefined;
  return { ready: condition.status === "True", ...(since !== undefined && { readySince: since }) };
}

/** Whether status tells of a hold that only the operator can see the reason of. */
function isHeldBy({ status }: Tenant, code: HoldCode): boolean {
  return [status?.lanes?.patch, status?.lanes?.major].some((lane) => lane?.holds?.some((hold) => hold.code === code) === true);
}

function runningOf({ status }: Tenant): Pick<TenantView, "upgrade"> {
  const upgrade = status?.upgrade;
  if (upgrade === undefined) return {};
  const disruptiveAt = instantOf(upgrade.disruptiveAt);
  return { upgrade: { id: upgrade.id, class: upgrade.class, to: upgrade.to, stuck: upgrade.stuckSince !== undefined, ...(disruptiveAt !== undefined && { disruptiveAt }) } };
}

/** What is applied now is created now. */
function createdBy(object: Manifest, at: Instant): Manifest {
  const { metadata } = object;
  return metadata.creationTimestamp === undefined ? { ...object, metadata: { ...metadata, creationTimestamp: isoOf(at) } } : object;
}

function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((object) => object.kind === kind);
}
