import { approvalsAt, lift } from "../approval/lift.ts";
import { deployable, type Release } from "../release/channel.ts";
import { dueDate, instantOf } from "../release/due.ts";
import { notDue } from "../release/lane-target.ts";
import { isNewer, majorOf } from "../release/version.ts";
import { waveTerms } from "../release/waves.ts";
import type { Instant } from "../time.ts";
import { approvalRequired } from "./gates.ts";
import type { TenantView } from "./view.ts";

/** A release that a stuck major may go on to, and the approvals without which it might not. */
export interface Onward {
  readonly version: string;
  readonly approvals: readonly string[];
}

/**
 * The newest release of the line above `version` that a stuck major may go on to now (design §8): one that the wave before has
 * vouched for, old enough at the last cut as of now. No window is asked, for service is degraded already, and no agent, for the
 * tenant has left the major that they would have to reach.
 */
export function newerRelease(view: TenantView, version: string, now: Instant): Onward | undefined {
  const newer = deployable(view.channel, majorOf(version)).filter((release) => isNewer(release.version, version));
  for (const release of newer.toReversed()) {
    const approvals = approvalsFor(view, release, now);
    if (approvals !== undefined) return { version: release.version, approvals };
  }
  return undefined;
}

/** Whether the release that a stuck major said it goes on to is still one that it may go on to. */
export function mayEnter(view: TenantView, version: string, now: Instant): boolean {
  const release = deployable(view.channel, majorOf(version)).find((each) => each.version === version);
  return release !== undefined && approvalsFor(view, release, now) !== undefined;
}

/** The approvals it rests on, mostly none; undefined: something holds it. What is withdrawn or halted no approval opens. */
function approvalsFor(view: TenantView, release: Release, now: Instant): readonly string[] | undefined {
  if (release.withdrawn || release.halted || !view.clockTrusted) return undefined;
  const { channel } = view;
  const wave = waveTerms(channel, view.wave, "Major");
  const due = dueDate(channel, release, { wave });
  const approvals = approvalsAt(view.approvals, now).filter(({ version }) => version === release.version);
  const waiting = instantOf(due) > now ? [notDue(channel, { release, due, wave }, now)] : [];
  const { holds, liftedBy } = lift([...waiting, ...approvalRequired(view, "Major", release.version)], approvals);
  return holds.length === 0 ? liftedBy : undefined;
}
