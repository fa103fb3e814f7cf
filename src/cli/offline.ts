import { parseTenant, type Tenant, type TenantStatus } from "../api/index.ts";
import { parseInventory } from "../adapters/inventory.ts";
import type { LastRead } from "../domain/agents/gate.ts";
import { readInventory } from "../domain/agents/inventory.ts";
import { rememberAgents } from "../domain/agents/memory.ts";
import { namespaceOf } from "../domain/objects/names.ts";
import type { Channel } from "../domain/release/channel.ts";
import { initialVersion } from "../domain/release/initial-version.ts";
import { lineStates } from "../domain/release/lines.ts";
import { majorOf, parseVersion } from "../domain/release/version.ts";
import { tenantStatus } from "../domain/status/tenant-status.ts";
import { decideLanes } from "../domain/tenant/decide.ts";
import { pastAttempts, type TenantView } from "../domain/tenant/view.ts";
import { instantOf, parseDuration, type Instant } from "../domain/time.ts";
import { bindWindows } from "../domain/window/binding.ts";
import { compiledChannel, compiledWindow } from "../reconcile/compiled.ts";
import { UsageError } from "./errors.ts";
import type { Manifest } from "./manifests.ts";

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
    version,
    provisioned: true,
    ready: true,
    ...(upgrades.maxMajor !== undefined && { maxMajor: upgrades.maxMajor }),
    windows: bindWindows({ name, labels: tenant.metadata.labels, windows: tenant.spec.windows }, ofKind(manifests, "MaintenanceWindow").map(compiledWindow)),
    channel,
    lines,
    agents,
    history: pastAttempts(tenant.status?.history, instantOf),
    slotFree: true,
  };
  return { tenant, status: statusOf(tenant, view, at), assumptions: assumptionsOf({ known, version, inventory: agents.lastRead.kind === "complete" }) };
}

function statusOf(tenant: Tenant, view: TenantView, now: Instant): TenantStatus {
  return tenantStatus({
    previous: tenant.status,
    generation: tenant.metadata.generation,
    deleting: view.deleting,
    version: view.version,
    provisioned: true,
    unavailable: [],
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
  const found = ofKind(manifests, "Tenant").find((object) => object.metadata.name === name);
  if (found === undefined) throw new UsageError(`there is no Tenant "${name}" in the manifests`);
  const parsed = parseTenant(found);
  if (parsed.kind === "invalid") throw new UsageError(`Tenant "${name}": ${parsed.message}`);
  return parsed.value;
}

function channelOf({ metadata, spec }: Tenant, manifests: readonly Manifest[], at: Instant): Channel {
  const found = ofKind(manifests, "ReleaseChannel").find((object) => object.metadata.name === spec.channel);
  if (found === undefined) throw new UsageError(`Tenant "${metadata.name}": there is no ReleaseChannel "${spec.channel}" in the manifests`);
  const { channel } = compiledChannel(found, at);
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

function agentsOf({ metadata, spec, status }: Tenant, { manifests, at, version }: { manifests: readonly Manifest[]; at: Instant; version: string }): TenantView["agents"] {
  const { inventory } = spec.agents;
  const terms = { rememberForMs: parseDuration(inventory.rememberFor) ?? 0, maxAgeMs: parseDuration(inventory.maxAge) ?? 0 };
  const found = ofKind(manifests, "ConfigMap").find((object) => object.metadata.name === inventory.name && object.metadata.namespace === namespaceOf(metadata.name));
  const text = inventory.type === "ConfigMap" ? found?.data?.[inventory.key ?? "inventory.json"] : undefined;
  const never: LastRead = { kind: "failed", message: "the manifests hold no inventory of this tenant", askedAt: at };
  if (text === undefined) return { status: status?.agents, lastRead: never, ...terms };
  const reading = readInventory(parseInventory(text), { readAt: at });
  const lastRead: LastRead = reading.kind === "complete" ? { kind: "complete", readAt: at, askedAt: at } : { kind: "failed", message: reading.message, askedAt: at };
  return { status: rememberAgents(status?.agents, reading, { currentMajor: majorOf(version), now: at, ...terms }), lastRead, ...terms };
}

function assumptionsOf({ known, version, inventory }: { known: string | undefined; version: string; inventory: boolean }): readonly string[] {
  return [
    ...(known === undefined ? [`the tenant runs ${version}, the version it would be provisioned at`] : []),
    "the tenant is Ready, nothing else runs, and the channel has a free slot",
    ...(inventory ? ["the inventory is the one in the manifests"] : []),
  ];
}

function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((object) => object.kind === kind);
}
