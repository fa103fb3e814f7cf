import { parseTenant, type Tenant, type TenantStatus } from "../api/index.ts";
import { approvalsFor, type Approval } from "../domain/approval/approval.ts";
import type { Freeze } from "../domain/freeze/freeze.ts";
import type { Channel } from "../domain/release/channel.ts";
import { initialVersion } from "../domain/release/initial-version.ts";
import { lineStates } from "../domain/release/lines.ts";
import { waveOf } from "../domain/release/waves.ts";
import { majorOf, parseVersion } from "../domain/release/version.ts";
import { tenantStatus } from "../domain/status/tenant-status.ts";
import { decideLanes } from "../domain/tenant/decide.ts";
import { pastAttempts, type TenantView } from "../domain/tenant/view.ts";
import { instantOf, isoOf, type Instant } from "../domain/time.ts";
import { bindWindows } from "../domain/window/binding.ts";
import { compiledApproval, compiledChannel, compiledFreeze, compiledWindow } from "../reconcile/compiled.ts";
import { UsageError } from "./errors.ts";
import { findManifest, type Manifest } from "./manifests.ts";
import { agentsOf } from "./offline-agents.ts";

/** A tenant as manifests alone describe it at an instant, and what had to be assumed. */
export interface OfflineTenant {
  readonly tenant: Tenant;
  readonly status: TenantStatus;
  readonly assumptions: readonly string[];
}

/** Judges a tenant from manifests with the rules of the operator; what only a cluster knows is assumed, and said. Throws UsageError. */
export function judgeOffline(name: string, manifests: readonly Manifest[], at: Instant): OfflineTenant {
  const tenant = tenantOf(name, manifests);
  const channel = channelOf(tenant, manifests, at);
  const lines = lineStates(channel, runsOf(manifests), at);
  const { initialVersion: wanted, upgrades } = tenant.spec;
  const known = parseVersion(tenant.status?.version ?? "");
  const version = known ?? initialVersion(channel, { initialVersion: wanted, maxMajor: upgrades.maxMajor, lines }, at);
  if (version === undefined) throw new UsageError(`Tenant "${name}": ReleaseChannel "${channel.name}" offers no release to begin with`);
  const agents = agentsOf(tenant, { manifests, at, version });
  const view: TenantView = {
    name,
    uid: tenant.metadata.uid ?? name,
    createdAt: instantOf(tenant.metadata.creationTimestamp) ?? at,
    deleting: tenant.metadata.deletionTimestamp !== undefined,
    ...(tenant.spec.suspend && { suspension: "Wanted" }),
    version,
    provisioned: true,
    ready: true,
    ...(upgrades.maxMajor !== undefined && { maxMajor: upgrades.maxMajor }),
    windows: bindWindows({ name, labels: tenant.metadata.labels, windows: tenant.spec.windows }, ofKind(manifests, "MaintenanceWindow").map(compiledWindow)),
    freezes: freezesOf(tenant, manifests, at),
    approvals: approvalsFor(name, ofKind(manifests, "Approval").flatMap((object) => approvalOf(object, at) ?? []), at),
    manual: upgrades.mode === "Manual",
    channel,
    wave: waveOf(channel, tenant.metadata),
    lines,
    agents,
    history: pastAttempts(tenant.status?.history, instantOf),
    slotFree: true,
    clockTrusted: true,
  };
  return { tenant, status: statusOf(tenant, view, at), assumptions: assumptionsOf(view, { known, inventory: agents.lastRead.kind === "complete" }) };
}

/** What is applied now is created now. */
function approvalOf(object: Manifest, at: Instant): Approval | undefined {
  const { metadata } = object;
  return compiledApproval({ ...object, metadata: { ...metadata, creationTimestamp: metadata.creationTimestamp ?? isoOf(at) } });
}

function freezesOf({ metadata: { name, labels }, spec: { channel } }: Tenant, manifests: readonly Manifest[], at: Instant): readonly Freeze[] {
  const freezes = ofKind(manifests, "Freeze").map((object) => compiledFreeze(object));
  return freezes.filter((freeze) => at < freeze.until && freeze.covers({ name, labels, channel })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function statusOf(tenant: Tenant, view: TenantView, now: Instant): TenantStatus {
  return tenantStatus({
    previous: tenant.status,
    generation: tenant.metadata.generation,
    deleting: view.deleting,
    version: view.version,
    provisioned: true,
    unavailable: [],
    suspension: view.suspension && "Suspended",
    problems: [],
    brokenWindows: [...view.windows.invalid.map((window) => window.name), ...view.windows.missing],
    history: tenant.status?.history ?? [],
    agents: view.agents.status,
    lanes: decideLanes(view, now),
    domain: tenant.spec.domain,
    now,
  });
}

function tenantOf(name: string, manifests: readonly Manifest[]): Tenant {
  const parsed = parseTenant(findManifest({ kind: "Tenant", name }, manifests));
  if (parsed.kind === "invalid") throw new UsageError(`Tenant "${name}": ${parsed.message}`);
  return parsed.value;
}

function channelOf({ metadata, spec }: Tenant, manifests: readonly Manifest[], at: Instant): Channel {
  const sought = { kind: "ReleaseChannel", name: spec.channel, namedBy: `Tenant "${metadata.name}"` };
  const { channel } = compiledChannel(findManifest(sought, manifests), at);
  if (channel.kind === "invalid") throw new UsageError(`ReleaseChannel "${channel.name}": ${channel.problems.join("; ")}`);
  return channel;
}

/** The majors that the manifests' tenants run, as far as they say. */
function runsOf(manifests: readonly Manifest[]): ReadonlySet<number> {
  const versions = ofKind(manifests, "Tenant").flatMap((object) => {
    const parsed = parseTenant(object);
    return parsed.kind === "valid" ? (parseVersion(parsed.value.status?.version ?? parsed.value.spec.initialVersion ?? "") ?? []) : [];
  });
  return new Set(versions.map(majorOf));
}

function assumptionsOf({ version, suspension }: TenantView, { known, inventory }: { known: string | undefined; inventory: boolean }): readonly string[] {
  return [
    ...(known === undefined ? [`the tenant runs ${version ?? ""}, the version it would be provisioned at`] : []),
    `${suspension === undefined ? "the tenant is Ready, " : ""}nothing else runs, and the channel has a free slot`,
    ...(inventory ? ["the inventory is the one in the manifests"] : []),
  ];
}

function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((object) => object.kind === kind);
}
