import type { AgentSchedule, AgentUpdates, HistoryEntry, TellingReason, UpgradeStatus } from "../../api/index.ts";
import { countsFor, isActive, type Freeze } from "../freeze/freeze.ts";
import type { Channel, InvalidChannel } from "../release/channel.ts";
import type { ConditionWish } from "../status/conditions.ts";
import type { Instant } from "../time.ts";
import type { Workloads } from "../upgrade/workloads.ts";
import { placeAt } from "../window/place.ts";
import type { Window } from "../window/window.ts";
import { agentSchedule } from "./schedule.ts";
import { lowestVersion, type TellingTerms } from "./told.ts";

/** What is known of a tenant that wants its agents updated. */
export interface TellingFacts {
  readonly autoUpdate: boolean;
  /** The version that it was last settled at. */
  readonly version: string | undefined;
  readonly provisioned: boolean;
  readonly upgrade: Pick<UpgradeStatus, "step" | "to" | "class"> | undefined;
  readonly history: readonly HistoryEntry[];
  readonly workloads: Workloads;
  readonly windows: readonly Window[];
  /** Those that cover it. */
  readonly freezes: readonly Freeze[];
  readonly channel: Channel | InvalidChannel | undefined;
}

/** Everything that decides what its agents are told but what was published; undefined if they are told nothing (agents.autoUpdate). */
export function tellingTerms(facts: TellingFacts, now: Instant): Omit<TellingTerms, "published"> | undefined {
  if (!facts.autoUpdate) return undefined;
  const { workloads, windows, freezes, channel } = facts;
  const version = versionToTell(facts);
  const security = version !== undefined && cameBySecurity(version, facts.history, facts.upgrade);
  return {
    version,
    lowest: lowestVersion(workloads),
    wanted: agentSchedule(windows, now),
    withdrawn: channel?.kind === "valid" && channel.releases.some((release) => release.version === version && release.withdrawn),
    frozen: freezes.some((freeze) => isActive(freeze, now) && countsFor(freeze, "Patch", security ? "Security" : "Patch")),
    urgentUntil: security ? urgentUntil(windows, freezes, now) : undefined,
  };
}

/** The end of the opening, or a freeze that begins in it: even what cannot wait waits then. */
function urgentUntil(windows: readonly Window[], freezes: readonly Freeze[], now: Instant): Instant | undefined {
  const { opening } = placeAt(windows, now);
  const coming = freezes.filter((freeze) => freeze.from > now && countsFor(freeze, "Patch", "Security")).map(({ from }) => from);
  return opening && Math.min(opening.closesAt, ...coming);
}

/** The earliest instant after now at which something else may have to be told, whether or not the channel can be used. */
export function tellingChangesAt({ windows, freezes }: Pick<TellingFacts, "windows" | "freezes">, now: Instant): Instant | undefined {
  const { opening, next } = placeAt(windows, now);
  const later = [opening?.closesAt, next, ...freezes.flatMap(({ from, until }) => [from, until])].filter((instant): instant is Instant => instant !== undefined && instant > now);
  return later.length === 0 ? undefined : Math.min(...later);
}

/** The one that it was verified at: while an attempt runs the one that it leaves, and in its step Agents the one that it came to. */
function versionToTell({ version, provisioned, upgrade }: TellingFacts): string | undefined {
  if (!provisioned) return undefined;
  return upgrade?.step === "Agents" ? upgrade.to : version;
}

function cameBySecurity(version: string, history: readonly HistoryEntry[], upgrade: TellingFacts["upgrade"]): boolean {
  // Newer pods of the same version take nothing of its urgency away.
  const running = upgrade?.step === "Agents" && upgrade.to === version && upgrade.class !== "Config" ? upgrade : undefined;
  const last = running ?? history.find(({ to, result, class: upgradeClass }) => to === version && result === "Succeeded" && upgradeClass !== "Config");
  return last?.class === "Security";
}

/** Whether anything is left to do for the step Agents: what they are told is known, whatever it is (design §8). */
export function isTold(said: AgentUpdates | undefined, version: string): boolean {
  if (said === undefined) return false;
  return said.answer === "None" || (said.answer === "Version" && said.version === version);
}

const MESSAGES: Readonly<Record<TellingReason, string>> = {
  Told: "Agents are told the tenant's version, and an hour of its windows",
  Frozen: "Agents are told to stay as they are: a freeze covers the tenant",
  ReleaseWithdrawn: "Agents are told to stay as they are: the release that the tenant runs was withdrawn",
  NoWholeHour: "Agents are told to stay as they are: no opening of the next seven days holds a whole hour of UTC; make a window longer",
  ScheduleNotPublished: "Agents get no version: the tenant's cluster does not tell them their hour yet; it is tried again, the log says why",
  ClusterBelow: "Agents get no version: some pod of the tenant runs an older one",
  VersionUnknown: "Agents get no version: the one that the tenant runs is not known",
};

/** Whether agents are told a version, and if not what has to change. */
export function toldWish(said: AgentUpdates | undefined): readonly ConditionWish[] {
  if (said === undefined) return [];
  return [{ type: "AgentsTold", status: said.answer === "Version" ? "True" : "False", reason: said.reason, message: MESSAGES[said.reason] }];
}

/** Their hour, unless there is nothing to be told. */
export function scheduleToPublish(terms: Omit<TellingTerms, "published"> | undefined): AgentSchedule | undefined {
  return terms?.version === undefined ? undefined : terms.wanted;
}
