import { createInventoryReader, parseInventory } from "../../../src/adapters/inventory/reader.ts";
import { API_VERSION, parseTenant, type HoldCode, type Tenant } from "../../../src/api/index.ts";
import { agentsOf } from "../../../src/cli/offline-agents.ts";
import type { LastRead } from "../../../src/domain/agents/gate.ts";
import { readInventory } from "../../../src/domain/agents/inventory.ts";
import type { Lane } from "../../../src/domain/hold.ts";
import type { TenantView } from "../../../src/domain/tenant/view.ts";
import { isoOf, MINUTE } from "../../../src/domain/time.ts";
import { approvalOf } from "../../fixtures/approval.ts";
import { channelOf, failedOn, release, SECURITY, WITHDRAWN } from "../../fixtures/channel.ts";
import { freezeOf } from "../../fixtures/freeze.ts";
import { at } from "../../fixtures/time.ts";
import { agentsFine, bound, knowledge, NO_WINDOW, pastAttempt, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../fixtures/view.ts";

/** A tenant that is held, as a runbook's page tells of it. */
export interface HeldTenant {
  readonly code: HoldCode;
  readonly lane: Lane;
  readonly view: TenantView;
  readonly now: number;
}

const NOW = at(TUESDAY_2AM);
const WINDOWS = bound(windowOf({}, "tuesday-night-berlin"));
const PATCHES = channelOf({ releases: [release("17.2.1"), release("17.2.3")] });
const MAJORS = channelOf({ releases: [release("17.2.3"), release("18.1.2")] });
const BOTH = channelOf({ releases: [release("17.2.1"), release("17.2.3"), release("18.1.2")] });
const FIX_AND_MAJOR = channelOf({ releases: [release("17.2.1"), release("17.2.3", undefined, SECURITY), release("18.1.2")] });
const OLD_BASTION = { behind: [{ id: "6fa459ea", hostname: "old-bastion", version: "16.4.7", lastSeenAt: isoOf(NOW - 5 * MINUTE) }], behindCount: 1, total: 1 };

const SOURCE = { type: "Exec", maxAge: "30m", rememberFor: "168h" } as const;
const AGENTS_KNOWN = validTenant({ inventory: { type: "ConfigMap", name: "inventory" } }, { agents: { total: 3 } });
const { signal } = new AbortController();
const ignore = (): void => undefined;
/** Of a cluster that has the ConfigMap, without the key, and no Auth pod. */
const nobody = () => Promise.reject(new Error("nobody to ask"));
const reader = createInventoryReader({ exec: nobody, configMap: () => Promise.resolve({}), secret: nobody, service: nobody, lookup: nobody, https: nobody });

/** Each of the ways in which a code comes about; a page quotes the message of every one. */
export const HELD: readonly HeldTenant[] = [
  held("NotProvisioned", { provisioned: false }),
  held("VersionUnknown", { version: undefined }),
  held("VersionUnknown", { authAbove: "18.1.2" }),
  heldMajor("VersionUnknown", { regions: [{ name: "eu-central-1", isAway: true, oldestMajor: 16 }] }),
  heldMajor("Unhealthy", { ready: false }),
  heldMajor("Unhealthy", { ready: false, regions: [{ name: "eu-central-1", isAway: true, oldestMajor: 17 }] }),
  held("Suspended", { suspension: "Wanted" }),
  held("Suspended", { suspension: "Lapsed" }),
  held("Suspended", { suspension: "Resuming" }),
  held("Suspended", { suspension: "Restored" }),
  held("Suspended", { suspension: "VolumeLeaves" }),
  held("Suspended", { deleting: true }),
  held("UpgradeRunning", { upgrade: { id: "other", class: "Patch", to: "17.2.3", stuck: false } }),
  held("OtherLaneFirst", { channel: BOTH }),
  heldMajor("OtherLaneFirst", { channel: FIX_AND_MAJOR, version: "17.2.1" }),
  held("NoWindow", { windows: NO_WINDOW }),
  heldMajor("NoWindow", { windows: bound(windowOf({ lanes: ["Patch"] })) }),
  held("WindowInvalid", { windows: { valid: [], invalid: [{ kind: "invalid", name: "broken", problems: ["duration"] }], missing: ["absent"] } }),
  held("OutsideWindow", {}, at("2026-11-24T06:00:00Z")),
  held("WindowTooShort", {}, at("2026-11-24T05:50:00Z")),
  held("WindowTooShort", { approvals: [approvalOf({ lifts: ["OutsideWindow"], expiresAt: "2026-11-24T12:10:00Z" }, { name: "acme-chg-1234" })] }, at("2026-11-24T12:00:00Z")),
  held("WindowTooShort", { freezes: [freezeOf({ from: "2026-11-24T02:10:00Z" })] }),
  held("RetryNextOpening", { history: [{ class: "Patch", to: "17.2.3", succeeded: false, finishedAt: NOW }] }),
  ...[{}, { channel: "stable" }, { tenantSelector: {} }].map((whom) => held("Frozen", { freezes: [freezeOf({ from: TUESDAY_2AM, reason: "no changes in the sale", ...whom }, "black-friday")] })),
  held("AwaitingCut", { channel: channelOf({ releases: [release("17.2.3", "2026-11-22T12:00:00Z")] }) }),
  held("AwaitingCut", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T02:30:00Z")], spec: { patch: { cut: "0 * * * *" } } }) }, NOW + 70 * MINUTE),
  held("TooYoung", { channel: channelOf({ releases: [release("17.2.3", "2026-11-23T12:00:00Z")] }) }),
  heldMajor("LineNotOpen", { channel: channelOf({ releases: [release("17.2.3"), release("18.1.2", "2026-11-04T12:00:00Z")] }) }),
  heldMajor("LineNotOpen", { channel: openedAt("2026-11-24T03:00:00Z") }, NOW + 70 * MINUTE),
  heldMajor("PinnedBelow", { maxMajor: 17 }),
  heldMajor("NoPath", { channel: channelOf({ releases: [release("17.2.3"), release("19.1.0")] }) }),
  held("ReleaseWithdrawn", { channel: channelOf({ releases: [release("17.2.3", undefined, WITHDRAWN)] }) }),
  held("ReleaseWithdrawn", { channel: channelOf({ releases: [release("17.2.3", undefined, WITHDRAWN)] }), version: "17.2.3" }),
  held("ApprovalRequired", { manual: true }),
  heldMajor("ApprovalRequired", { channel: channelOf({ releases: [release("17.2.3"), release("18.1.2")], spec: { major: { approval: true } } }) }),
  heldMajor("AgentsBehind", { agents: { ...agentsFine(NOW), status: OLD_BASTION } }),
  heldMajor("InventoryUnknown", { agents: knowledge({ kind: "never" }) }),
  ...(await unreadInventories()).map((message) => heldMajor("InventoryUnknown", { agents: knowledge({ kind: "failed", message, askedAt: NOW }) })),
  held("WaveNotReached", { channel: channelOf({ releases: [release("17.2.1"), release("17.2.3")], spec: { rollout: { waves: [waveOf("canary"), waveOf("everyone")] } } }), wave: 1 }),
  held("ConcurrencyLimit", { slotFree: false }),
  held("ReleaseHalted", { channel: channelOf({ releases: [release("17.2.3")], status: failedOn("17.2.3", 2) }) }),
  held("TenantHalted", { history: [pastAttempt("2026-11-17T02:00:00Z", { succeeded: false, failed: true }), pastAttempt("2026-11-10T02:00:00Z", { succeeded: false, failed: true })] }),
  held("MinimumInterval", { history: [pastAttempt("2026-11-23T07:00:00Z")] }),
  heldMajor("MinimumInterval", { history: [pastAttempt("2026-11-10T02:00:00Z", { class: "Major" })] }),
  held("ClockUntrusted", { clockTrusted: false }),
];

function held(code: HoldCode, input: ViewInput, now = NOW, lane: Lane = "Patch"): HeldTenant {
  return { code, lane, now, view: viewOf({ channel: PATCHES, windows: WINDOWS, agents: agentsFine(now), ...input, now }) };
}

/** The major lane of a tenant at the end of its line, unless said otherwise. */
function heldMajor(code: HoldCode, input: ViewInput = {}, now = NOW): HeldTenant {
  return held(code, { channel: MAJORS, version: "17.2.3", ...input }, now, "Major");
}

function validTenant(agents: object, status: object): Tenant {
  const parsed = parseTenant({ apiVersion: API_VERSION, kind: "Tenant", metadata: { name: "acme" }, spec: { domain: "acme.teleport.example", region: "us-west-2", agents }, status });
  if (parsed.kind === "invalid") throw new Error(parsed.message);
  return parsed.value;
}

function openedAt(instant: string) {
  return channelOf({ releases: [release("17.2.3"), release("18.1.2")], status: { lines: [{ major: 18, openedAt: instant }] } });
}

function waveOf(name: string) {
  return { name, required: "100%", soak: "24h", timeout: "336h", tenantSelector: { matchLabels: { wave: name } } };
}

/** What the readers of inventories say of those that they cannot believe. */
async function unreadInventories(): Promise<readonly string[]> {
  const twice = { id: "a", version: "17.2.3" };
  const unread = [readInventory([{ id: "a" }], { readAt: NOW }), readInventory([], { readAt: NOW, authVersion: "17.2.3" }), readInventory([twice, twice], { readAt: NOW })];
  const empty = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "inventory", namespace: "tenant-acme" } };
  return [
    ...unread.flatMap((reading) => (reading.kind === "unknown" ? [reading.message] : [])),
    await refusalOf(() => parseInventory("agents: none", ignore)),
    await refusalOf(() => reader.read({ namespace: "tenant-acme", source: SOURCE, authPod: undefined }, ignore, signal)),
    await refusalOf(() => reader.read({ namespace: "tenant-acme", source: { ...SOURCE, type: "ConfigMap", name: "inventory" }, authPod: undefined }, ignore, signal)),
    ...messageOf(agentsOf(AGENTS_KNOWN, { manifests: [{ ...empty, data: { "inventory.json": "[]" } }], at: NOW, version: "17.2.3" }).lastRead),
  ];
}

async function refusalOf(read: () => unknown): Promise<string> {
  try {
    await read();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("it was read");
}

function messageOf(lastRead: LastRead): readonly string[] {
  return lastRead.kind === "failed" ? [lastRead.message] : [];
}
