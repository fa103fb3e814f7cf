import type { HoldStatus, LaneStatus, TenantStatus } from "../../../src/api/index.ts";
import { instantOf, type Instant } from "../../../src/domain/time.ts";

export type InWords = (instant: Instant) => string;

/** What both lanes wait for, one text each, in words that change only when that does; none while an upgrade runs. */
export function tellLanes({ lanes, upgrade, version }: TenantStatus, inWords: InWords): Readonly<Record<"patch" | "major", string | undefined>> {
  if (upgrade !== undefined || lanes === undefined) return { patch: undefined, major: undefined };
  return { patch: lanes.patch && laneText(lanes.patch, patchName(lanes.patch, version), inWords), major: lanes.major && laneText(lanes.major, "Major", inWords) };
}

/** To the version that runs lead new pods alone. */
function patchName({ target, changes = [] }: LaneStatus, version: string | undefined): string {
  return target !== undefined && target === version ? `Config: ${changes.join(", ")}` : "Patch";
}

/** Empty: the lane leads nowhere, or starts. */
function laneText(lane: LaneStatus, name: string, inWords: InWords): string {
  const { target, next, holds = [], nextEligibleAt, window } = lane;
  const version = target ?? next?.version;
  const told = holds.filter((hold) => !isRoutine(hold, lane));
  if (version === undefined && told.length === 0) return "";
  const what = version === undefined ? `${name} lane` : `${version} (${name})`;
  const startsAt = instantOf(nextEligibleAt);
  const may = startsAt === undefined ? "" : `may start ${inWords(startsAt)}`;
  if (told.length === 0) return window?.open === true || may === "" ? "" : `${what} ${may}`;
  const reasons = told.map((hold) => holdText(hold, inWords));
  return [`${what} waits: ${reasons[0] ?? ""}`, ...reasons.slice(1), ...(may === "" ? [] : [may])].join(reasons.length === 1 ? "; " : "\n");
}

/** Every tenant has such holds most of the time. That a lane waits for its window alone is told by when it may start. */
function isRoutine({ code, until }: HoldStatus, { window }: LaneStatus): boolean {
  if (code === "OutsideWindow" || code === "UpgradeRunning" || code === "NotProvisioned") return true;
  // The rest of every window gets too short in the end; that no later one is long enough is news.
  if (code === "WindowTooShort") return until !== undefined;
  const opensAt = instantOf(window?.nextOpensAt);
  return code === "MinimumInterval" && opensAt !== undefined && (instantOf(until) ?? Number.POSITIVE_INFINITY) <= opensAt;
}

/** Where the end is known it says enough, but of a freeze, which is somebody's decision. */
function holdText({ code, message, until }: HoldStatus, inWords: InWords): string {
  const end = instantOf(until);
  if (end === undefined) return `${code}: ${message}`;
  return `${code} until ${inWords(end)}${code === "Frozen" ? `: ${message}` : ""}`;
}
