import type { HistoryEntry, HoldCode, LaneStatus, TenantStatus } from "../../api/index.ts";
import { isGivenUp } from "../../domain/upgrade/progress.ts";
import { OUT_OF_REACH } from "../../domain/status/regions.ts";
import type { Happening } from "../ports.ts";

type News = Omit<Happening, "about">;

/** Holds that come and go with every window or claim, or have an event of their own; status shows them, events would drown the rest. */
const ROUTINE: ReadonlySet<HoldCode> = new Set(["OutsideWindow", "WindowTooShort", "UpgradeRunning", "OtherLaneFirst", "ConcurrencyLimit", "NotProvisioned", "MinimumInterval", "Suspended", "ClockUntrusted"]);

/** What happened between two statuses, in the past tense, each thing once; the reasons are the codes of the conditions. */
export function happeningsOf(before: TenantStatus | undefined, after: TenantStatus, entry: HistoryEntry | undefined): readonly News[] {
  // While an upgrade runs every lane is held by it; what else holds is told when it has ended.
  const holds = after.upgrade === undefined ? held(before?.lanes, after.lanes) : [];
  return [...provisioned(before, after), ...upgraded(before, after, entry), ...agents(before, after), ...suspended(before, after), ...lapsed(before, after), ...regions(before, after), ...holds, ...stalled(before, after)];
}

/** That the cluster of a region went out of reach, or was back. */
function regions(before: TenantStatus | undefined, after: TenantStatus): readonly News[] {
  return (after.regions ?? []).flatMap(({ name, reachable }): News[] => {
    const known = before?.regions?.find((region) => region.name === name);
    if (known === undefined || known.reachable === reachable) return [];
    return reachable ? [{ type: "Normal", reason: "RegionWithinReach", note: `Region ${name} was within reach again` }] : [{ type: "Warning", reason: OUT_OF_REACH, note: `Region ${name} went out of reach: its proxies were left as they were` }];
  });
}

/** That a version is told, and that the time of agents which were left behind is nearly over, or over. */
function agents(before: TenantStatus | undefined, after: TenantStatus): readonly News[] {
  const { version } = after.agentUpdates ?? {};
  const told: News[] = version === undefined || version === before?.agentUpdates?.version ? [] : [{ type: "Normal", reason: "AgentsTold", note: `Agents were told to run ${version}` }];
  return [...told, ...warned("AgentsCurrent", "AgentsBehind", { before, after }), ...warned("Supported", "Supported", { before, after })];
}

/** A condition whose reason has become another one than the usual. */
function warned(type: string, usual: string, { before, after }: { readonly before: TenantStatus | undefined; readonly after: TenantStatus }): readonly News[] {
  const find = (status: TenantStatus | undefined) => status?.conditions?.find((condition) => condition.type === type);
  const now = find(after);
  return now === undefined || now.reason === usual || find(before)?.reason === now.reason ? [] : [{ type: "Warning", reason: now.reason, note: now.message }];
}

function suspended(before: TenantStatus | undefined, after: TenantStatus): readonly News[] {
  if (before?.phase === after.phase) return [];
  if (before?.phase === "Restoring") return [{ type: "Warning", reason: "Restored", note: `Auth was given the data of a restore point; the tenant runs ${after.version ?? ""}` }];
  if (after.phase === "Suspended") return [{ type: "Normal", reason: "Suspended", note: "Switched off; data, Services, configuration and version were kept" }];
  return before?.phase === "Resuming" && after.phase === "Active" ? [{ type: "Normal", reason: "Resumed", note: `Switched on again at ${after.version ?? ""}; the proxies follow` }] : [];
}

/** Each thing that a lapse leads to; its instants are in status. */
function lapsed(before: TenantStatus | undefined, after: TenantStatus): readonly News[] {
  const find = (status: TenantStatus | undefined) => status?.conditions?.find(({ type }) => type === "Lapsed");
  const [was, is] = [find(before), find(after)];
  if (is !== undefined && is.reason !== was?.reason) return [{ type: "Warning", reason: is.reason === "GracePeriod" ? "SubscriptionLapsed" : is.reason, note: is.message }];
  return was !== undefined && is === undefined ? [{ type: "Normal", reason: "SubscriptionRenewed", note: "The subscription runs again; nothing of the tenant was deleted" }] : [];
}

function provisioned(before: TenantStatus | undefined, after: TenantStatus): readonly News[] {
  if (before?.version !== undefined || after.version === undefined) return [];
  return [{ type: "Normal", reason: "Provisioned", note: `Provisioned at ${after.version}` }];
}

function upgraded(before: TenantStatus | undefined, after: TenantStatus, entry: HistoryEntry | undefined): readonly News[] {
  if (entry !== undefined) {
    const note = `${entry.class} upgrade from ${entry.from} to ${entry.to}: ${entry.result}${entry.message === undefined ? "" : `: ${entry.message}`}`;
    return [{ type: entry.result === "Succeeded" ? "Normal" : "Warning", reason: `Upgrade${entry.result}`, note }];
  }
  const { upgrade } = after;
  if (upgrade === undefined) return [];
  const known = before?.upgrade?.id === upgrade.id ? before.upgrade : undefined;
  if (isGivenUp(upgrade) && !(known !== undefined && isGivenUp(known))) return [{ type: "Warning", reason: "UpgradeStuck", note: upgrade.failure ?? "stuck" }];
  if (known !== undefined && known.to !== upgrade.to) return [{ type: "Normal", reason: "UpgradeRolledForward", note: `${upgrade.class} upgrade from ${upgrade.from}, stuck on ${upgrade.stuckOn?.at(-1)?.version ?? known.to}, went on to ${upgrade.to}` }];
  if (known?.step !== "RollBack" && upgrade.step === "RollBack") return [{ type: "Warning", reason: "UpgradeRollingBack", note: upgrade.failure ?? "rolling back" }];
  // The steps in between are in status: for a fleet their events would be most of what the API server is asked to write.
  if (known?.disruptiveAt !== undefined || upgrade.disruptiveAt === undefined) return [];
  return [{ type: "Normal", reason: "UpgradeStarted", note: `${upgrade.class} upgrade from ${upgrade.from} to ${upgrade.to} in window ${upgrade.opening.window}` }];
}

function held(before: TenantStatus["lanes"], after: TenantStatus["lanes"]): readonly News[] {
  return [...heldLane("Patch", before?.patch, after?.patch), ...heldLane("Major", before?.major, after?.major)];
}

function heldLane(lane: string, before: LaneStatus | undefined, after: LaneStatus | undefined): readonly News[] {
  if (after?.target === undefined) return [];
  // Holds are news once there is something that they hold.
  const known = new Set(before?.target === undefined ? [] : (before.holds ?? []).map((hold) => hold.code));
  const fresh = (after.holds ?? []).filter((hold) => !known.has(hold.code) && !ROUTINE.has(hold.code));
  return fresh.map((hold) => ({ type: "Normal", reason: hold.code, note: `${lane} lane to ${after.target ?? ""} held: ${hold.message}` }));
}

function stalled(before: TenantStatus | undefined, after: TenantStatus): readonly News[] {
  const find = (status: TenantStatus | undefined) => status?.conditions?.find((condition) => condition.type === "Stalled");
  const now = find(after);
  if (now === undefined || find(before)?.message === now.message) return [];
  return [{ type: "Warning", reason: now.reason, note: now.message }];
}
