import type { AgentStatus, AgentUpdates, Downtime, HistoryEntry, HoldStatus, LaneStatus, RegionStatus, RestorePointStatus, TenantStatus, UpgradeStatus } from "../../api/index.ts";
import type { Adoption } from "../tenant/belief.ts";
import { followState, mustFollowBy } from "../agents/follow.ts";
import { saidAgents } from "../agents/said.ts";
import { toldWish } from "../agents/telling.ts";
import { restoreWish, type Restore } from "../backup/restore.ts";
import { newestFirst, POINTS_KEPT, type RestorePoint } from "../backup/restore-point.ts";
import { isLiftable, type Hold } from "../hold.ts";
import { portsOf, type Block } from "../ports/block.ts";
import { supportSaid, supportWish, type Support } from "../release/support.ts";
import type { LaneDecision, LanesDecision } from "../tenant/decide.ts";
import type { Fit } from "../tenant/predicted.ts";
import type { Lapse } from "../tenant/lapse.ts";
import type { Suspension } from "../tenant/suspension.ts";
import { isoOf, stampOf, type Instant } from "../time.ts";
import { isGivenUp } from "../upgrade/progress.ts";
import { lapsedWish, lapseSaid, SWITCHED_OFF, type PurgeHeld } from "./lapse-status.ts";
import { awayText, NO_REGIONS, OUT_OF_REACH, regionsWish, type RegionsSeen } from "./regions.ts";
import { certificateWish, metricsWish, type CertificateSeen } from "./certificate-status.ts";
import { storageWish, type StorageSeen } from "./storage-status.ts";
import { conditionsOf, stalledWish, type ConditionWish, type Problem } from "./conditions.ts";

/** How many attempts that ended a status keeps (design §2). */
export const HISTORY_KEPT = 20;

/** Everything a tenant's status tells. */
export interface TenantReport {
  readonly previous: TenantStatus | undefined;
  readonly generation: number | undefined;
  readonly deleting: boolean;
  /** Whose objects it has taken over; default: nobody's. */
  readonly adoption?: Adoption | undefined;
  readonly version?: string | undefined;
  readonly provisioned: boolean;
  readonly templateRevision?: number | undefined;
  /** Workloads that are not available, by name, but for those out of reach; with none of either it is Ready. */
  readonly unavailable: readonly string[];
  /** Of regions in other clusters; default: there are none. */
  readonly regions?: RegionsSeen | undefined;
  readonly regionStatus?: readonly RegionStatus[] | undefined;
  readonly problems: readonly Problem[];
  /** Names of windows that bind the tenant but cannot be used. */
  readonly brokenWindows: readonly string[];
  readonly upgrade?: UpgradeStatus | undefined;
  /** The freeze that holds it between two steps. */
  readonly pausedBy?: string | undefined;
  /** Absent while an upgrade runs: that ends first. */
  readonly suspension?: Suspension | undefined;
  /** The newest first: in the order in which attempts ended, whatever a clock that was set back says. */
  readonly history: readonly HistoryEntry[];
  readonly agents?: AgentStatus | undefined;
  /** Absent without agents.autoUpdate. */
  readonly agentUpdates?: AgentUpdates | undefined;
  /** Of the release that it runs. */
  readonly support?: Support | undefined;
  /** How long agents have to follow a major; undefined while the channel cannot be used. */
  readonly followWithinMs?: number | undefined;
  readonly restorePoints?: readonly RestorePoint[] | undefined;
  /** The restore that somebody asked for. */
  readonly restore?: Restore | undefined;
  /** Absent while the channel cannot be used. */
  readonly lanes?: LanesDecision | undefined;
  readonly downtime?: Downtime | undefined;
  /** Absent of one whose subscription nobody has looked at. */
  readonly lapse?: Lapse | undefined;
  /** Why data that may be deleted by now is not yet. */
  readonly purgeHeld?: PurgeHeld | undefined;
  readonly domain: string;
  /** The block of ports that it has. */
  readonly block?: Block | undefined;
  /** Of the domain; default: none is asked for. */
  readonly certificate?: CertificateSeen | undefined;
  /** Of its metrics; likewise. */
  readonly metrics?: CertificateSeen | undefined;
  /** Where its data lives; default: on a volume. */
  readonly storage?: StorageSeen | undefined;
  readonly namespace?: string | undefined;
  readonly now: Instant;
}

/** The status of a tenant; equal inputs give equal text, so that an unchanged world writes nothing. */
export function tenantStatus(report: TenantReport): TenantStatus {
  const { version, templateRevision, generation, upgrade, lanes } = report;
  const agents = agentsSaid(report);
  const support = supportSaid(report.support);
  const target = lanes && nextTarget(lanes);
  const lapse = lapseSaid(report.lapse);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...report.adoption,
    ...(report.provisioned && version !== undefined && { version }),
    ...(target !== undefined && { target }),
    ...(templateRevision !== undefined && { templateRevision }),
    phase: phaseOf(report),
    ...(lanes && { window: windowText(lanes) }),
    ...(upgrade && { upgrade }),
    ...(lanes && { lanes: { patch: laneStatus(lanes.patch, report), major: laneStatus(lanes.major, report) } }),
    ...(agents && { agents }),
    ...(report.agentUpdates && { agentUpdates: report.agentUpdates }),
    ...(support && { support }),
    endpoints: { web: `https://${report.domain}`, ...(report.block && { address: report.block.address, ports: portsOf(report.block) }) },
    ...(report.regionStatus !== undefined && report.regionStatus.length > 0 && { regions: [...report.regionStatus] }),
    ...(report.downtime && { downtime: report.downtime }),
    ...restorePointsSaid(report.restorePoints),
    ...(lapse && { lapse }),
    ...(report.history.length > 0 && { history: report.history.slice(0, HISTORY_KEPT) }),
    conditions: conditionsOf([...wishes(report), ...followWish(agents, report.now), ...supportWish(report.support, version, report.now)], { previous: report.previous?.conditions, generation, now: report.now }),
  };
}

function restorePointsSaid(points: readonly RestorePoint[] = []): Pick<TenantStatus, "restorePoints"> {
  if (points.length === 0) return {};
  const said = ({ name, kind, takenAt, version, attempt, progress }: RestorePoint): RestorePointStatus => ({ name, kind, takenAt: isoOf(takenAt), version, attempt, confirmed: progress === "Confirmed" });
  return { restorePoints: newestFirst(points).slice(0, POINTS_KEPT).map(said) };
}

/** What is known of the agents, and until when those that are behind must follow. */
function agentsSaid({ previous, agents, version, history, followWithinMs }: TenantReport): AgentStatus | undefined {
  const said = saidAgents(previous?.agents, agents);
  if (said === undefined) return undefined;
  const { mustFollowBy: before, ...rest } = said;
  const by = followWithinMs === undefined ? before : mustFollowBy(said, { version, history, previous, withinMs: followWithinMs });
  return { ...rest, ...(by !== undefined && { mustFollowBy: by }) };
}

/** What changes in the status of a tenant whose deletion was confirmed, whether or not its spec can be read. */
export function terminatingStatus(previous: TenantStatus | undefined, { generation, away, inAws = [] }: { readonly generation: number | undefined; readonly away: readonly string[]; readonly inAws?: readonly string[] }, now: Instant): Pick<TenantStatus, "phase" | "conditions"> {
  const message = `The tenant is being torn down: proxies, Auth, then everything else with its namespace${awayText({ away, behind: [] })}${inAws.length === 0 ? "" : `; AWS still has ${inAws.join(", ")}`}`;
  const wishes = [
    { type: "Ready", status: "False" as const, reason: "Terminating", message },
    { type: "Reconciling", status: "True" as const, reason: "Terminating", message },
  ];
  return { phase: "Terminating", conditions: conditionsOf(wishes, { previous: previous?.conditions, generation, now }) };
}

/** What would start next, for people: the lane that is eligible first. A tenant that is pinned has nothing to wait for. */
function nextTarget({ patch, major }: LanesDecision): string | undefined {
  const lanes = [major, patch].filter((lane) => lane.target !== undefined && !lane.holds.some((hold) => hold.code === "PinnedBelow"));
  const at = (lane: LaneDecision) => (lane.holds.length === 0 ? 0 : (lane.nextEligibleAt ?? Number.POSITIVE_INFINITY));
  return lanes.sort((a, b) => at(a) - at(b) || Number(b.lane === "Patch") - Number(a.lane === "Patch"))[0]?.target;
}

/** The state in one word. Derived, for people; nothing reads it back. */
function phaseOf({ deleting, provisioned, upgrade, pausedBy, suspension, lapse, problems }: TenantReport): string {
  if (deleting && !problems.some((problem) => problem.reason === "DeletionNotConfirmed")) return "Terminating";
  if (upgrade?.stuckSince !== undefined) return "Stuck";
  if (pausedBy !== undefined) return "Paused";
  if (upgrade !== undefined) return upgrade.step === "RollBack" ? "RollingBack" : "Upgrading";
  if (lapse?.kind === "lapsed") return "Lapsed";
  if (suspension !== undefined) return suspension;
  if (provisioned) return "Active";
  return problems.length > 0 ? "Pending" : "Provisioning";
}

function windowText({ patch, major }: LanesDecision): string {
  const closes = [patch, major].flatMap(({ window }) => (window.closesAt === undefined ? [] : [window.closesAt]));
  if (closes.length > 0) return `open until ${isoOf(Math.max(...closes))}`;
  const opens = [patch, major].flatMap(({ window }) => (window.nextOpensAt === undefined ? [] : [window.nextOpensAt]));
  return opens.length > 0 ? `opens ${isoOf(Math.min(...opens))}` : "none";
}

function laneStatus(lane: LaneDecision, report: TenantReport): LaneStatus {
  const before = lane.lane === "Patch" ? report.previous?.lanes?.patch : report.previous?.lanes?.major;
  const { target, changes, next, holds, nextEligibleAt, window } = lane;
  return {
    ...(target !== undefined && { target }),
    ...(changes && { changes: [...changes] }),
    ...(next && { next: { version: next.version, ...(next.eligibleAt !== undefined && { eligibleAt: isoOf(next.eligibleAt) }) } }),
    ...(holds.length > 0 && { holds: holds.map((hold) => holdStatus(hold, before, report.now)) }),
    ...(nextEligibleAt !== undefined && { nextEligibleAt: isoOf(nextEligibleAt) }),
    window: {
      open: window.open,
      ...(window.opensAt !== undefined && { opensAt: isoOf(window.opensAt) }),
      ...(window.closesAt !== undefined && { closesAt: isoOf(window.closesAt) }),
      ...(window.nextOpensAt !== undefined && { nextOpensAt: isoOf(window.nextOpensAt) }),
    },
  };
}

function holdStatus(hold: Hold, before: LaneStatus | undefined, now: Instant): HoldStatus {
  const { code, message, scope, source, until } = hold;
  const since = before?.holds?.find((known) => known.code === code)?.since ?? stampOf(now);
  return { code, message, scope, source, since, ...(until !== undefined && { until: isoOf(until) }), liftable: isLiftable(code) };
}

function wishes(report: TenantReport): readonly ConditionWish[] {
  return [readyWish(report), ...reconcilingWish(report), ...stalledWish(report.problems), ...windowsWish(report), ...fittingWish(report), ...certificateWish(report.certificate ?? { kind: "none" }), ...metricsWish(report.metrics ?? { kind: "none" }), ...storageWish(report.storage ?? { kind: "embedded" }, report.namespace ?? ""), ...toldWish(report.agentUpdates), ...lapsedWish(report), ...(report.restore === undefined ? [] : restoreWish(report.restore))];
}

/** Agents that a major has left behind: nothing is forced, but their time is limited (row F13). */
function followWish(agents: AgentStatus | undefined, now: Instant): readonly ConditionWish[] {
  if (agents?.mustFollowBy === undefined) return [];
  const reason = followState(agents.mustFollowBy, now);
  const message = reason === "FollowOverdue" ? "Agents have not followed the last major in time: status.agents names them" : "Agents must follow the last major by status.agents.mustFollowBy: status.agents names them";
  return [{ type: "AgentsCurrent", status: "False", reason, message }];
}

const SUSPENSION: Readonly<Record<Suspension, string>> = {
  Suspending: "The tenant is being switched off, proxies before Auth",
  Suspended: "The tenant is switched off by spec.suspend; its data, Services, configuration and version are kept",
  Restoring: "Auth is given the data of a restore point: all stops, and starts again with that",
  Resuming: "The tenant is being switched on again, Auth before proxies",
};

/** A healthy upgrade is Ready, and so is waiting for a window (design §2). Who serves nobody is not, also if that is wanted. */
function readyWish({ unavailable, upgrade, suspension, provisioned, lapse, regions = NO_REGIONS }: TenantReport): ConditionWish {
  const healthyUpgrade = upgrade !== undefined && upgrade.stuckSince === undefined && upgrade.step !== "RollBack";
  const away = awayText(regions);
  if (provisioned && healthyUpgrade) return { type: "Ready", status: "True", reason: "Upgrading", message: `Upgrading to ${upgrade.to}${away}` };
  if (suspension !== undefined) return { type: "Ready", status: "False", reason: suspension, message: suspension === "Suspended" && lapse?.kind === "lapsed" && lapse.isOff ? SWITCHED_OFF : `${SUSPENSION[suspension]}${away}` };
  if (unavailable.length === 0 && provisioned && regions.away.length > 0) return { type: "Ready", status: "False", reason: OUT_OF_REACH, message: `Out of reach: ${regions.away.join(", ")}; Auth and all other proxies are available` };
  if (unavailable.length === 0 && (provisioned || regions.away.length === 0)) return { type: "Ready", status: "True", reason: "Available", message: "Auth and every region's Proxy are available" };
  const reason = provisioned ? "Unavailable" : "Provisioning";
  return { type: "Ready", status: "False", reason, message: `Not available: ${[...unavailable].sort().join(", ")}${away}` };
}

function reconcilingWish({ upgrade, pausedBy, suspension, provisioned, deleting, problems, regions = NO_REGIONS }: TenantReport): readonly ConditionWish[] {
  const wish = (reason: string, message: string): ConditionWish[] => [{ type: "Reconciling", status: "True", reason, message }];
  if (upgrade !== undefined && pausedBy !== undefined) return wish("Paused", `${upgrade.from} to ${upgrade.to}: held before its next step by freeze ${pausedBy}`);
  if (upgrade !== undefined && !isGivenUp(upgrade)) return wish(upgrade.step, `${upgrade.from} to ${upgrade.to}: ${upgrade.step}${awayText(regions)}`);
  if (deleting && problems.length === 0) return wish("Terminating", "The tenant is being torn down");
  if (suspension === "Suspended") return [];
  if (suspension !== undefined) return wish(suspension, `${SUSPENSION[suspension]}${awayText(regions)}`);
  if (!provisioned && problems.length === 0) return wish("Provisioning", "The tenant's objects are being made");
  return upgrade === undefined ? regionsWish(regions) : [];
}

function windowsWish({ brokenWindows }: TenantReport): readonly ConditionWish[] {
  if (brokenWindows.length === 0) return [];
  const message = `Cannot be used: ${[...brokenWindows].sort().join(", ")}`;
  return [{ type: "WindowsValid", status: "False", reason: "WindowInvalid", message }];
}

/** Openings too short for what was measured and long enough for what is expected hold nothing: that is only a warning (design §7). */
function fittingWish({ lanes }: TenantReport): readonly ConditionWish[] {
  const opens = ({ window }: LaneDecision) => window.open || window.nextOpensAt !== undefined;
  const asked = lanes === undefined ? [] : [lanes.patch, lanes.major].filter((lane) => lane.target !== undefined && opens(lane));
  const namesOf = (fit: Fit) => asked.filter((lane) => lane.fit === fit).map(({ lane }) => lane).join(", ");
  const [never, hardly] = [namesOf("None"), namesOf("ExpectedOnly")];
  const messages = [
    ...(never === "" ? [] : [`No opening is long enough for the lanes: ${never}`]),
    ...(hardly === "" ? [] : [`No opening is as long as upgrades took lately; expectedDuration counts for the lanes: ${hardly}`]),
  ];
  if (messages.length === 0) return [];
  return [{ type: "NoFittingWindow", status: "True", reason: never === "" ? "ExpectedDurationUsed" : "NoFittingWindow", message: messages.join("; ") }];
}
