import { HOLDS, type AgentRef, type AgentStatus, type Downtime, type LaneStatus, type TenantStatus, type UpgradeStatus } from "../api/index.ts";
import { downtimeAt } from "../domain/status/downtime.ts";
import { formatDuration, SECOND, type Instant } from "../domain/time.ts";
import { isGivenUp } from "../domain/upgrade/progress.ts";
import { wayText } from "./attempts.ts";
import { tellingText } from "./why-agents.ts";
import { regionsText } from "./why-regions.ts";
import { item, table } from "./text.ts";

/** What `slacktide why` explains. */
export interface WhyInput {
  readonly name: string;
  readonly channel: string;
  readonly status: TenantStatus;
  /** Things taken for granted because no cluster was asked. */
  readonly assumptions: readonly string[];
  /** The instant that the downtime is told of; absent: it is not told. */
  readonly asOf?: Instant | undefined;
  /** Columns of the terminal. */
  readonly width: number;
  /** Absent: it is about now, or judged as if it was. */
  readonly foreseen?: Foreseen | undefined;
}

/** Of an instant to come. */
export interface Foreseen {
  readonly at: string;
  /** What starts until then, in words. */
  readonly starts: readonly string[];
}

/** Why a tenant is not upgraded now: both lanes, every hold, what clears it and when, the next opening, the agents. */
export function explainWhy({ name, channel, status, assumptions, asOf, width, foreseen }: WhyInput): string {
  const { lanes, upgrade, version } = status;
  const ready = status.conditions?.find((condition) => condition.type === "Ready");
  const stalled = status.conditions?.find((condition) => condition.type === "Stalled");
  const terms = { width, now: foreseen === undefined ? "now" : "then" };
  const parts = [
    `${foreseen === undefined ? "" : `At ${foreseen.at}: `}Tenant ${name} runs ${version ?? "no version yet"} (${status.phase ?? "unknown"}, ${ready?.status === "True" ? "Ready" : "not Ready"}), channel ${channel}`,
    ...(stalled ? [item("Stalled:", `${stalled.reason}: ${stalled.message}`, { indent: 0, width })] : []),
    ...(ready?.status === "False" && foreseen === undefined ? [item("Not ready:", ready.message, { indent: 0, width })] : []),
    ...(upgrade ? [item("Upgrade:", upgradeText(upgrade, status.phase), { indent: 0, width })] : []),
    ...(foreseen?.starts ?? []).map((start) => item("Until then:", start, { indent: 0, width })),
    "",
    ...(foreseen === undefined ? regionsText(status, width) : []),
    ...(lanes?.patch ? laneText("Patch", lanes.patch, terms) : []),
    ...(lanes?.major ? laneText("Major", lanes.major, terms) : []),
    ...(status.agents ? agentsText(status.agents, width) : []),
    ...tellingText(status, width),
    ...(status.downtime && asOf !== undefined ? [item("Downtime:", downtimeText(status.downtime, asOf), { indent: 0, width }), ""] : []),
    ...assumptions.map((assumption) => item("Assumed:", assumption, { indent: 0, width })),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

function downtimeText(downtime: Downtime, now: Instant): string {
  const { month, seconds, allowed } = downtimeAt(downtime, now);
  const since = downtime.since === undefined ? "" : `; down since ${downtime.since}`;
  return `${formatDuration(seconds * SECOND)} of ${formatDuration(allowed * SECOND)} in ${month} (99.9 %)${since}`;
}

function upgradeText(upgrade: UpgradeStatus, phase: TenantStatus["phase"]): string {
  const { id, from, to, step, claimedAt, pausedAt } = upgrade;
  const paused = phase === "Paused" && pausedAt !== undefined ? `paused, first ${pausedAt}` : undefined;
  return [`${id} from ${from} to ${to}`, `step ${step}`, `claimed ${claimedAt}`, wayText(upgrade), paused, troubleText(upgrade)].filter((part) => part !== undefined).join(", ");
}

/** Why it makes no progress, or is taken back; undefined: nothing is wrong with it. */
function troubleText(upgrade: UpgradeStatus): string | undefined {
  const { failure, stuckSince } = upgrade;
  if (stuckSince === undefined || !isGivenUp(upgrade)) return failure;
  return `stuck since ${stuckSince}${failure === undefined ? "" : `: ${failure}`}`;
}

interface LaneTerms {
  readonly width: number;
  /** What the instant is called that this is about. */
  readonly now: string;
}

function laneText(title: string, lane: LaneStatus, { width, now }: LaneTerms): readonly string[] {
  const { target, changes = [], next, holds = [], nextEligibleAt, window } = lane;
  const line = (name: string, text: string, indent = 2) => item(name, text, { indent, width });
  return [
    `${title} lane: ${headline(lane)}`,
    ...(changes.length > 0 ? [line("with it:", `the pods' template changes: ${changes.join(", ")}`)] : []),
    ...(holds.length > 0 ? [line("held by:", `${holds.length} ${holds.length === 1 ? "reason" : "reasons"}`)] : []),
    ...holds.flatMap((hold) => [
      line(`- ${hold.code}:`, hold.message, 4),
      line("clears:", `${HOLDS[hold.code].remedy}${hold.until === undefined ? "" : ` (${hold.until})`}`, 6),
    ]),
    ...(target !== undefined || next !== undefined ? [line("may start:", nextEligibleAt ?? (holds.length === 0 ? now : "not known"))] : []),
    line("window:", windowText(window)),
    "",
  ];
}

function headline({ target, next, holds = [] }: LaneStatus): string {
  if (target !== undefined) return `${target}${holds.length === 0 ? ", starts as soon as it gets a slot" : ""}`;
  if (next !== undefined) return `${next.version} is coming${next.eligibleAt === undefined ? "" : `, eligible ${next.eligibleAt}`}`;
  return holds.length === 0 ? "up to date" : "nothing to go to";
}

function windowText(window: LaneStatus["window"]): string {
  if (window === undefined) return "not known";
  const next = window.nextOpensAt === undefined ? "no known opening" : `next opening ${window.nextOpensAt}`;
  return window.open ? `open from ${window.opensAt ?? "?"} until ${window.closesAt ?? "?"}; ${next}` : `closed; ${next}`;
}

function agentsText({ total, behind = [], behindCount = 0, unknownCount = 0 }: AgentStatus, width: number): readonly string[] {
  const unread = unknownCount > 0 ? `, ${unknownCount} not understood` : "";
  const seen = total === undefined ? "never read completely" : `${total} in the last complete reading`;
  const title = `Agents: ${seen}, ${behindCount} behind${unread}`;
  if (behind.length === 0) return [title, ""];
  return [title, behindText(behind, width), ...(behindCount > behind.length ? [`  and ${behindCount - behind.length} more`] : []), ""];
}

/** A table where the terminal has room for it, else one agent after the other. */
function behindText(behind: readonly AgentRef[], width: number): string {
  const rows = behind.map((agent) => [agent.id, agent.hostname, agent.version, agent.lastSeenAt]);
  const wide = table(["ID", "HOSTNAME", "VERSION", "LAST SEEN"], rows).replaceAll(/^/gm, "  ");
  if (wide.split("\n").every((line) => line.length <= width)) return wide;
  return behind.map(({ id, hostname, version, lastSeenAt }) => item("-", `${id} (${hostname}) at ${version}, last seen ${lastSeenAt}`, { indent: 4, width })).join("\n");
}
