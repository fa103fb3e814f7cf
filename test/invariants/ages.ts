import type { Instant } from "../../src/domain/time.ts";
import { changesOf, cronOf, starts } from "../unit/domain/window/oracle.ts";
import { lengthOf, type ChannelObject } from "./shapes.ts";

const DAY = 86_400_000;
/** Patch cuts are weekly as a rule; one that is rarer is looked for no farther back. */
const CUTS_REACH = 100 * DAY;

/** Why a release may not be gone to yet at an instant: a security release by its age, any other by its age at the last cut (design §4). */
export function ageProblem({ spec, status }: ChannelObject, version: string, at: Instant): string | undefined {
  const release = spec?.releases?.find((each) => each.version.replace(/^v/, "") === version);
  if (release === undefined) return `goes to ${version}, which is not in the catalogue`;
  const seenAt = status?.releases?.find((each) => each.version === version)?.firstSeenAt;
  const bornAt = Math.max(Date.parse(release.releasedAt), seenAt === undefined ? -Infinity : Date.parse(seenAt));
  if (release.security) return bornAt + (lengthOf(spec?.security?.minAge ?? "0s") ?? Infinity) <= at ? undefined : `goes to ${version}, which is too young`;
  const oldEnoughAt = bornAt + (lengthOf(spec?.patch?.minAge ?? "24h") ?? Infinity);
  return lastCutAt(spec?.patch, at) >= oldEnoughAt ? undefined : `goes to ${version}, which waits for a cut`;
}

function lastCutAt(patch: { readonly cut?: string; readonly timeZone?: string } = {}, at: Instant): Instant {
  const zone = patch.timeZone ?? "UTC";
  const [from, to] = [at - CUTS_REACH, at + 1];
  const changes = changesOf(zone, from - 2 * DAY, to + 2 * DAY);
  return starts(cronOf(patch.cut ?? "0 0 * * 1"), { zone, changes, from, to }).at(-1)?.at ?? -Infinity;
}
