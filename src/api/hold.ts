import { z } from "zod";
import { timestamp } from "./common.ts";

interface HoldFacts {
  readonly liftable: boolean;
  /** What clears it, for people; `slacktide why` prints it. */
  readonly remedy: string;
}

/**
 * Every reason for which a lane waits (design §6). The same word is the condition's reason, the event, the metric's
 * label, the log field and the heading in the runbook.
 */
export const HOLDS = {
  NotProvisioned: { liftable: false, remedy: "wait until the tenant was Ready once" },
  VersionUnknown: { liftable: false, remedy: "put the version that wrote the data on the tenant's namespace (annotation slacktide.dev/version); if Auth was raised by hand, or a region is named, see the runbook VersionUnknown" },
  Unhealthy: { liftable: true, remedy: "make the tenant Ready again" },
  Suspended: { liftable: false, remedy: "set spec.suspend to false, remove spec.subscription.lapsedAt, and wait until the tenant is up again; a deletion is final" },
  UpgradeRunning: { liftable: false, remedy: "wait until it has ended; if it is stuck or paused, see the runbook UpgradeRunning" },
  OtherLaneFirst: { liftable: false, remedy: "the other lane starts first; this one follows" },
  NoWindow: { liftable: true, remedy: "list a window in spec.windows or let a window's tenantSelector match" },
  WindowInvalid: { liftable: true, remedy: "mend the window: its Stalled condition says what is wrong, and of a manifest `slacktide windows <name> -f <file>` does" },
  OutsideWindow: { liftable: true, remedy: "wait for the next opening" },
  WindowTooShort: { liftable: true, remedy: "wait for an opening that leaves enough time, or lengthen the window" },
  RetryNextOpening: { liftable: true, remedy: "wait for the next opening; the last attempt did not succeed in this one" },
  Frozen: { liftable: true, remedy: "wait until the freeze ends, or end it by setting its spec.until" },
  AwaitingCut: { liftable: true, remedy: "wait for the next cut of the channel" },
  TooYoung: { liftable: true, remedy: "wait until the release is old enough" },
  LineNotOpen: { liftable: false, remedy: "wait until the line opens, or set spec.lines in the channel" },
  PinnedBelow: { liftable: false, remedy: "raise or remove spec.upgrades.maxMajor" },
  NoPath: { liftable: false, remedy: "add a release of the next major line to the channel" },
  ReleaseWithdrawn: { liftable: false, remedy: "publish a newer release in the channel" },
  ApprovalRequired: { liftable: true, remedy: "have somebody who may lift ApprovalRequired create an Approval of this version" },
  AgentsBehind: { liftable: false, remedy: "upgrade or remove the agents named" },
  InventoryUnknown: { liftable: false, remedy: "make the tenant's inventory readable" },
  WaveNotReached: { liftable: true, remedy: "wait until the wave before has run the release well; the channel's status says how far it is" },
  ConcurrencyLimit: { liftable: false, remedy: "wait for a free slot, or raise spec.rollout.maxParallel" },
  ReleaseHalted: { liftable: true, remedy: "publish a newer release, or have an Approval lift ReleaseHalted once the cause is known" },
  TenantHalted: { liftable: true, remedy: "find out why the tenant's upgrades fail, then have an Approval lift TenantHalted for it" },
  MinimumInterval: { liftable: true, remedy: "wait until the minimum interval is over" },
  ClockUntrusted: { liftable: false, remedy: "set the clock of the operator's node or of the API server's right; it clears by itself once they agree" },
} as const satisfies Record<string, HoldFacts>;

export type HoldCode = keyof typeof HOLDS;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the literal above
export const holdCodes = Object.keys(HOLDS) as [HoldCode, ...HoldCode[]];

export const hold = z.object({
  code: z.enum(holdCodes).describe("The reason, one of the codes of the runbook."),
  message: z.string().max(1024).describe("What holds, in one sentence."),
  scope: z.enum(["Fleet", "Channel", "Tenant"]).describe("How far the reason reaches."),
  source: z
    .object({
      kind: z.string().max(63).describe("The kind of the object the hold comes from."),
      name: z.string().max(253).describe("Its name."),
    })
    .describe("Where the hold comes from."),
  since: timestamp().describe("When this hold was first seen."),
  until: timestamp().optional().describe("When it ends by itself, if that is known."),
  liftable: z.boolean().describe("Whether an Approval could lift it."),
});
export type HoldStatus = z.infer<typeof hold>;
