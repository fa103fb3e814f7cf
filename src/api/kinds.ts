import type { z } from "zod";
import { DNS_LABEL, type CelRule } from "./common.ts";
import { approval, type ApprovalSpec, type ApprovalStatus } from "./approval.ts";
import { freeze, type FreezeSpec, type FreezeStatus } from "./freeze.ts";
import { leadership, type LeadershipSpec } from "./leadership.ts";
import { maintenanceWindow, type MaintenanceWindowSpec, type MaintenanceWindowStatus } from "./maintenance-window.ts";
import { purgeLedger, type PurgeLedgerSpec } from "./purge-ledger.ts";
import { releaseChannel, type ReleaseChannelSpec, type ReleaseChannelStatus } from "./release-channel.ts";
import { tenant, type TenantSpec, type TenantStatus } from "./tenant.ts";

/** What a person sees in `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "date";
  readonly jsonPath: string;
  readonly priority?: number;
}

/** One of our kinds: its names, schemas and rules; the CRD is generated from it. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly PrinterColumn[];
  /** Rules over the whole object, which alone see metadata.name. They never relate spec to status. */
  readonly rules: readonly CelRule[];
}

/** A kind that serves the operator alone: nobody lists it beside ours, and it has no status. */
export type InternalKindDefinition = Omit<KindDefinition, "shortName" | "status">;

const AGE: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
const condition = (type: string, field = "status") => `.status.conditions[?(@.type=="${type}")].${field}`;

export const TENANT: KindDefinition = {
  kind: "Tenant",
  plural: "tenants",
  shortName: "tn",
  description: "One isolated cluster: domain, region, channel, windows, sizes, subscription.",
  ...tenant,
  columns: [
    { name: "Version", type: "string", jsonPath: ".status.version" },
    { name: "Target", type: "string", jsonPath: ".status.target" },
    { name: "State", type: "string", jsonPath: ".status.phase" },
    { name: "Window", type: "string", jsonPath: ".status.window" },
    { name: "Ready", type: "string", jsonPath: condition("Ready") },
    AGE,
    { name: "Agents-Told", type: "string", jsonPath: ".status.agentUpdates.version", priority: 1 },
    { name: "Must-Follow-By", type: "string", jsonPath: ".status.agents.mustFollowBy", priority: 1 },
    { name: "Purge-At", type: "string", jsonPath: ".status.lapse.purgeAt", priority: 1 },
    { name: "End-Of-Life", type: "string", jsonPath: ".status.support.endOfLife", priority: 1 },
    { name: "Message", type: "string", jsonPath: condition("Ready", "message"), priority: 1 },
  ],
  rules: [
    {
      rule: `self.metadata.name.size() <= 40 && self.metadata.name.matches('^${DNS_LABEL}$')`,
      message: "metadata.name must be a DNS label of at most 40 characters: the tenant's namespace is named after it",
    },
    {
      rule: "self.spec.domain.startsWith(self.metadata.name + '.')",
      message: "spec.domain must start with the tenant's name and a dot",
    },
  ],
};

export const MAINTENANCE_WINDOW: KindDefinition = {
  kind: "MaintenanceWindow",
  plural: "maintenancewindows",
  shortName: "mw",
  description: "When upgrades may start: cron start, duration, IANA zone.",
  ...maintenanceWindow,
  columns: [
    { name: "Schedule", type: "string", jsonPath: ".spec.schedule" },
    { name: "Zone", type: "string", jsonPath: ".spec.timeZone" },
    { name: "Duration", type: "string", jsonPath: ".spec.duration" },
    { name: "Open", type: "boolean", jsonPath: ".status.open" },
    { name: "Next", type: "string", jsonPath: ".status.nextOpensAt" },
    AGE,
    { name: "Ready", type: "string", jsonPath: condition("Ready"), priority: 1 },
    { name: "Message", type: "string", jsonPath: condition("Ready", "message"), priority: 1 },
  ],
  rules: [],
};

export const RELEASE_CHANNEL: KindDefinition = {
  kind: "ReleaseChannel",
  plural: "releasechannels",
  shortName: "rch",
  description: "The catalogue of releases, the cadence, how the fleet rolls out; in its status the fleet's ledger.",
  ...releaseChannel,
  columns: [
    { name: "Tenants", type: "integer", jsonPath: ".status.tenants" },
    { name: "Next-Patch-Cut", type: "string", jsonPath: ".status.nextPatchCutAt" },
    { name: "Next-Major-Cut", type: "string", jsonPath: ".status.nextMajorCutAt" },
    { name: "Ready", type: "string", jsonPath: condition("Ready") },
    { name: "Halted", type: "string", jsonPath: condition("Halted") },
    AGE,
    { name: "Message", type: "string", jsonPath: condition("Halted", "message"), priority: 1 },
  ],
  rules: [],
};

export const FREEZE: KindDefinition = {
  kind: "Freeze",
  plural: "freezes",
  shortName: "fz",
  description: "A period in which nothing, or no major, may start; it always ends, and has a reason and an owner.",
  ...freeze,
  columns: [
    { name: "From", type: "string", jsonPath: ".spec.from" },
    { name: "Until", type: "string", jsonPath: ".spec.until" },
    { name: "Active", type: "boolean", jsonPath: ".status.active" },
    { name: "Tenants", type: "integer", jsonPath: ".status.tenants" },
    { name: "Owner", type: "string", jsonPath: ".spec.owner" },
    AGE,
    { name: "Reason", type: "string", jsonPath: ".spec.reason", priority: 1 },
    { name: "Ready", type: "string", jsonPath: condition("Ready"), priority: 1 },
    { name: "Message", type: "string", jsonPath: condition("Ready", "message"), priority: 1 },
  ],
  rules: [
    {
      rule: "!has(self.spec.from) || self.spec.until > self.spec.from",
      message: "spec.until must be later than spec.from",
    },
    {
      rule: "!has(self.spec.from) || self.spec.until - self.spec.from <= duration('2160h')",
      message: "spec.until must be at most 90 days after spec.from: a freeze always ends",
    },
  ],
};

export const APPROVAL: KindDefinition = {
  kind: "Approval",
  plural: "approvals",
  shortName: "apv",
  description: "Lifts named holds for named tenants until it expires; the only way past a hold.",
  ...approval,
  columns: [
    { name: "Version", type: "string", jsonPath: ".spec.version" },
    { name: "Lifts", type: "string", jsonPath: ".spec.lifts" },
    { name: "Approver", type: "string", jsonPath: ".spec.approver" },
    { name: "Expires", type: "string", jsonPath: ".spec.expiresAt" },
    { name: "Active", type: "boolean", jsonPath: ".status.active" },
    AGE,
    { name: "Tenants", type: "string", jsonPath: ".spec.tenants", priority: 1 },
    { name: "Reason", type: "string", jsonPath: ".spec.reason", priority: 1 },
    { name: "Ready", type: "string", jsonPath: condition("Ready"), priority: 1 },
    { name: "Message", type: "string", jsonPath: condition("Ready", "message"), priority: 1 },
  ],
  rules: [],
};

export const LEADERSHIP: InternalKindDefinition = {
  kind: "Leadership",
  plural: "leaderships",
  description: "Which replica of the operator may write; kept by the operator itself.",
  ...leadership,
  columns: [
    { name: "Namespace", type: "string", jsonPath: ".spec.namespace" },
    { name: "Holder", type: "string", jsonPath: ".spec.holder" },
    { name: "Epoch", type: "integer", jsonPath: ".spec.epoch" },
    AGE,
  ],
};

export const PURGE_LEDGER: InternalKindDefinition = {
  kind: "PurgeLedger",
  plural: "purgeledgers",
  description: "Whose data was let be deleted in the last 24 hours; kept by the operator itself.",
  ...purgeLedger,
  columns: [AGE],
};

/** The kinds that people write and read. */
export const KINDS: readonly KindDefinition[] = [TENANT, MAINTENANCE_WINDOW, RELEASE_CHANNEL, FREEZE, APPROVAL];

/** Every kind that has to be installed. */
export const ALL_KINDS: readonly (KindDefinition | InternalKindDefinition)[] = [...KINDS, LEADERSHIP, PURGE_LEDGER];

/** Metadata as the operator sees it; the rest of metav1.ObjectMeta is nobody's business here. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
}

interface Resource<Spec, Status> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: Status;
}
export type Leadership = Resource<LeadershipSpec, never>;
export type PurgeLedger = Resource<PurgeLedgerSpec, never>;
export type Tenant = Resource<TenantSpec, TenantStatus>;
export type MaintenanceWindow = Resource<MaintenanceWindowSpec, MaintenanceWindowStatus>;
export type ReleaseChannel = Resource<ReleaseChannelSpec, ReleaseChannelStatus>;
export type Freeze = Resource<FreezeSpec, FreezeStatus>;
export type Approval = Resource<ApprovalSpec, ApprovalStatus>;
