import type { HistoryEntry, UpgradeClass } from "../../api/index.ts";
import type { AgentKnowledge } from "../agents/gate.ts";
import type { Approval } from "../approval/approval.ts";
import type { Freeze } from "../freeze/freeze.ts";
import type { Channel } from "../release/channel.ts";
import type { LineState } from "../release/lines.ts";
import { instantOf, type Instant } from "../time.ts";
import type { WindowBinding } from "../window/binding.ts";
import type { SuspendedBy } from "./suspension.ts";

/** The attempt under way, as far as gates ask for it. */
export interface RunningAttempt {
  readonly id: string;
  readonly class: UpgradeClass;
  readonly to: string;
  readonly disruptiveAt?: Instant;
  readonly stuck: boolean;
}

/** A region in another cluster, as far as gates ask for it. */
export interface RegionSeen {
  readonly name: string;
  readonly isAway: boolean;
  /** That its proxies may run; absent: nobody knows, or there are none. */
  readonly oldestMajor?: number;
}

/** An attempt that ended, as far as gates ask for it. */
export interface PastAttempt {
  readonly class: UpgradeClass;
  readonly to: string;
  readonly succeeded: boolean;
  /** It did not work, which is more than that it was aborted. */
  readonly failed?: true;
  readonly disruptiveAt?: Instant;
  readonly finishedAt: Instant;
}

/** Everything that decides when one tenant is upgraded; gathered in one place, judged purely. */
export interface TenantView {
  readonly name: string;
  readonly uid: string;
  readonly createdAt: Instant;
  readonly deleting: boolean;
  /** Switched off, or about to be, or not yet up again; nothing starts then. */
  readonly suspension?: SuspendedBy | "Resuming";
  /** Undefined: never yet Active, or the version cannot be derived; `provisioned` tells which. */
  readonly version?: string;
  readonly provisioned: boolean;
  /** What its pods would have otherwise if they were rolled out again now (design §9); absent: nothing. */
  readonly templateChanges?: readonly string[] | undefined;
  /** All of that is what the tenant's owner has set. */
  readonly ownSettings?: true | undefined;
  /** A version that Auth runs, a major above `version`, though no attempt led there. */
  readonly authAbove?: string;
  readonly ready: boolean;
  /** Since when status says so. */
  readonly readySince?: Instant;
  /** Those in clusters beside the operator's own. */
  readonly regions?: readonly RegionSeen[];
  readonly maxMajor?: number;
  readonly windows: WindowBinding;
  /** Those that cover the tenant and have not ended, in order of name. */
  readonly freezes: readonly Freeze[];
  /** Those that name the tenant and have not expired, the newest first. */
  readonly approvals: readonly Approval[];
  /** Every upgrade needs an Approval. */
  readonly manual: boolean;
  readonly channel: Channel;
  /** Its place in the channel's waves. */
  readonly wave: number;
  readonly lines: readonly LineState[];
  readonly agents: AgentKnowledge;
  readonly history: readonly PastAttempt[];
  readonly upgrade?: RunningAttempt;
  /** Whether the channel has a slot left. */
  readonly slotFree: boolean;
  /** Whether the operator's clock agrees with the API server's; nothing starts by one that does not. */
  readonly clockTrusted: boolean;
}

export function laneOf(upgradeClass: UpgradeClass): "Patch" | "Major" {
  return upgradeClass === "Major" ? "Major" : "Patch";
}

/** The tenant once its attempt has ended so: what holds it then is said together with the end. */
export function afterAttempt({ upgrade: _ended, ...view }: TenantView, entry: HistoryEntry, version: string): TenantView {
  return { ...view, version, history: [...pastAttempts([entry], instantOf), ...view.history] };
}

/** Reads status.history; entries with unreadable times are left out rather than guessed. */
export function pastAttempts(history: readonly HistoryEntry[] | undefined, parse: (iso: string | undefined) => Instant | undefined): PastAttempt[] {
  return (history ?? []).flatMap((entry) => {
    const finishedAt = parse(entry.finishedAt);
    if (finishedAt === undefined) return [];
    const disruptiveAt = parse(entry.disruptiveAt);
    const past = { class: entry.class, to: entry.to, succeeded: entry.result === "Succeeded", ...(isFailure(entry) && { failed: true as const }), finishedAt };
    return [disruptiveAt === undefined ? past : { ...past, disruptiveAt }];
  });
}

/** It was tried and did not work; one that was aborted changed nothing and says nothing of the release. */
export function isFailure({ result }: Pick<HistoryEntry, "result">): boolean {
  return result !== "Succeeded" && result !== "Aborted";
}
