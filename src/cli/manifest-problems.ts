import { parseApproval, parseFreeze, parseMaintenanceWindow, parseReleaseChannel, parseTenant, TENANT, type Freeze, type Parsed, type Tenant } from "../api/index.ts";
import { DNS_LABEL } from "../api/common.ts";
import type { Platform } from "../domain/objects/platform.ts";
import { specProblems } from "../domain/tenant/problems.ts";
import { DAY, instantOf, type Instant } from "../domain/time.ts";
import { compiledWindow } from "../reconcile/compiled.ts";
import type { Manifest } from "./manifests.ts";
import { unknownFields } from "./unknown-fields.ts";
import type { World } from "./world.ts";

/** What the API server refuses, or the operator is `Stalled` by, in manifests that neither has seen; without a platform, as far as none is needed to tell. */
export function manifestProblems(world: World, platform: { readonly given: boolean; readonly platform: Platform }): readonly string[] {
  const own = world.manifests.flatMap((object) => problemsOf(object, world.at).map((problem) => `${object.kind} "${object.metadata.name}": ${problem}`));
  const together = world.tenants.flatMap((tenant) => tenantProblems(tenant, world, platform).map((problem) => `${TENANT.kind} "${tenant.metadata.name}": ${problem}`));
  return [...own, ...together];
}

/** Of one object by itself. Tenants and channels that cannot be read at all are told of elsewhere. */
function problemsOf(object: Manifest, at: Instant): readonly string[] {
  const parsed: Parsed<{ readonly spec: unknown }> | undefined = PARSERS[object.kind]?.(object);
  if (parsed === undefined) return [];
  if (parsed.kind === "invalid") return LEFT_OUT.has(object.kind) ? [] : [parsed.message];
  const unknown = unknownFields(object.spec, parsed.value.spec, "spec").map((field) => `unknown field ${field}`);
  return [...unknown, ...(object.kind === "MaintenanceWindow" ? windowProblems(object) : []), ...lengthProblems(object, at)];
}

const PARSERS: Readonly<Record<string, (object: Manifest) => Parsed<{ readonly spec: unknown }>>> = {
  Tenant: parseTenant,
  MaintenanceWindow: parseMaintenanceWindow,
  ReleaseChannel: parseReleaseChannel,
  Freeze: parseFreeze,
  Approval: parseApproval,
};
const LEFT_OUT: ReadonlySet<string> = new Set(["Tenant", "ReleaseChannel"]);

function windowProblems(object: Manifest): readonly string[] {
  const { window } = compiledWindow(object);
  return window.kind === "invalid" ? window.problems : [];
}

/** The longest that a Freeze and an Approval may last (design §2); what is not there yet is created now. */
function lengthProblems(object: Manifest, at: Instant): readonly string[] {
  const created = instantOf(object.metadata.creationTimestamp) ?? at;
  const freeze = object.kind === "Freeze" ? parseFreeze(object) : undefined;
  if (freeze?.kind === "valid") return freezeProblems(freeze.value, created);
  const approval = object.kind === "Approval" ? parseApproval(object) : undefined;
  const expiresAt = approval?.kind === "valid" ? instantOf(approval.value.spec.expiresAt) : undefined;
  return expiresAt !== undefined && expiresAt - created > 30 * DAY ? ["spec.expiresAt must be at most 30 days ahead"] : [];
}

function freezeProblems({ spec }: Freeze, created: Instant): readonly string[] {
  const begins = instantOf(spec.from) ?? created;
  const ends = instantOf(spec.until) ?? begins;
  if (spec.from !== undefined && ends <= begins) return ["spec.until must be later than spec.from"];
  return ends - begins > 90 * DAY ? ["spec.until must be at most 90 days after the freeze begins: it always ends"] : [];
}

const NAME = new RegExp(`^${DNS_LABEL}$`);
/** What is told of the channels and tenants that are left out. */
const TOLD: ReadonlySet<string> = new Set(["ChannelNotFound", "ChannelInvalid"]);

/** What relates one of its fields to another, or to another object. */
function tenantProblems(tenant: Tenant, { manifests, channels }: World, { given, platform }: { readonly given: boolean; readonly platform: Platform }): readonly string[] {
  const { metadata: { name }, spec, status } = tenant;
  const windows = new Set(manifests.filter(({ kind }) => kind === "MaintenanceWindow").map(({ metadata }) => metadata.name));
  const isNamed = spec.domain.startsWith(`${name}.`);
  // Whoever does not say which platform it is has any suffix, and any region.
  const terms = given ? platform : { ...platform, domainSuffixes: [spec.domain.slice(name.length)], regions: undefined, aws: undefined };
  const stalled = specProblems(tenant, { platform: terms, channel: channels.get(spec.channel)?.channel, provisioned: status?.version !== undefined });
  return [
    ...(name.length <= 40 && NAME.test(name) ? [] : ["metadata.name must be a DNS label of at most 40 characters"]),
    ...(isNamed ? [] : ["spec.domain must start with the tenant's name and a dot"]),
    ...(spec.storage.type === "Embedded" && spec.auth.replicas !== 1 ? ["auth.replicas must be 1 with Embedded storage"] : []),
    ...(spec.agents.expected > 10_000 && spec.size !== "Large" ? ["agents.expected above 10000 needs size: Large"] : []),
    ...(spec.windows ?? []).filter((window) => !windows.has(window)).map((window) => `spec.windows names "${window}", and there is no such MaintenanceWindow`),
    ...stalled.filter(({ reason }) => !TOLD.has(reason) && (isNamed || reason !== "DomainNotAllowed")).map(({ reason, message }) => `${reason}: ${message}`),
  ];
}
