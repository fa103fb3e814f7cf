import type { AgentSchedule, AgentUpdates, TellingReason } from "../../api/index.ts";
import { instantOf, isoOf, type Instant } from "../time.ts";
import { isNewer, compareVersions } from "../release/version.ts";
import { allOf, liveVersions, type Workloads } from "../upgrade/workloads.ts";
import { isSameSchedule } from "./schedule.ts";

/** What decides what a tenant's agents are told. */
export interface TellingTerms {
  /** The version that the whole cluster was last verified at; undefined if nobody knows it. */
  readonly version: string | undefined;
  /** The lowest that runs, undefined if that cannot be told. */
  readonly lowest: string | undefined;
  /** The hour of its windows; undefined: there is none within a week. */
  readonly wanted: AgentSchedule | undefined;
  /** What its cluster tells agents of their hour, as far as anybody knows. */
  readonly published: AgentSchedule | undefined;
  readonly withdrawn: boolean;
  /** A freeze covers it now. */
  readonly frozen: boolean;
  /** It came to this version by a security upgrade, and until then a window is open and no freeze begins. */
  readonly urgentUntil: Instant | undefined;
}

/**
 * What a tenant's agents are told (rows F10, F13, F8). A version only after the whole cluster runs it and never above
 * that, in an hour that was published before: an updater that finds no schedule updates at once. Where that is not sure
 * nothing is answered, and where it is not wanted `none`: in both cases agents stay as they are.
 */
export function tellingOf(terms: TellingTerms): AgentUpdates {
  const { version, lowest, wanted, published, urgentUntil } = terms;
  const schedule = published && { schedule: published };
  const unknown = (reason: TellingReason): AgentUpdates => ({ answer: "Unknown", reason, ...schedule });
  const none = (reason: TellingReason): AgentUpdates => ({ answer: "None", reason, ...schedule });
  if (version === undefined || lowest === undefined) return unknown("VersionUnknown");
  if (isNewer(version, lowest)) return unknown("ClusterBelow");
  if (terms.withdrawn) return none("ReleaseWithdrawn");
  if (terms.frozen) return none("Frozen");
  if (wanted === undefined) return none("NoWholeHour");
  if (!isSameSchedule(wanted, published)) return unknown("ScheduleNotPublished");
  return { answer: "Version", version, ...(urgentUntil !== undefined && { criticalUntil: isoOf(urgentUntil) }), reason: "Told", schedule: published };
}

/** The lowest version that Auth or any proxy runs or is to run; undefined if there is no Auth, or a version cannot be read. */
export function lowestVersion({ auth, proxies, leaving }: Workloads): string | undefined {
  const there = allOf({ auth, proxies, leaving }).filter(({ exists }) => exists);
  const isReadable = there.every(({ version, podVersions, away }) => (away === undefined ? version !== undefined : away.isKnown) && podVersions.every((each) => each !== undefined));
  if (!auth.exists || !isReadable) return undefined;
  return [...there.flatMap(liveVersions), ...leaving].sort(compareVersions)[0];
}

/** What the version server answers. */
export interface AgentsAnswer {
  /** `v17.2.1`, or `none` (facts §2). */
  readonly version: string;
  readonly critical: "yes" | "no";
}

const NONE: AgentsAnswer = { version: "none", critical: "no" };

/** What a replica knows of a tenant from its own caches. */
export interface AnswerTerms {
  readonly autoUpdate: boolean;
  readonly said: AgentUpdates | undefined;
  /** As in TellingTerms, seen anew: what was said may be older. */
  readonly lowest: string | undefined;
  /** What was said may have been for a time that is over, with no leader there since to say otherwise. */
  readonly now: Instant;
}

/** What any replica answers a tenant's agents by what was said in its status; undefined when unsure, which is a 503. */
export function answerOf({ autoUpdate, said, lowest, now }: AnswerTerms): AgentsAnswer | undefined {
  if (!autoUpdate) return NONE;
  if (said === undefined || said.answer === "Unknown") return undefined;
  if (said.answer === "None") return NONE;
  if (said.version === undefined || lowest === undefined || isNewer(said.version, lowest)) return undefined;
  return { version: `v${said.version}`, critical: now < (instantOf(said.criticalUntil) ?? now) ? "yes" : "no" };
}
