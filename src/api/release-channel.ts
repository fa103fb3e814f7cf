import { z } from "zod";
import {
  atomicList,
  cel,
  conditions,
  duration,
  intOrPercent,
  intOrPercentInList,
  labelSelector,
  mapList,
  opening,
  schedule,
  setList,
  timestamp,
  timeZone,
  upgradeClass,
  version,
} from "./common.ts";

const digest = () =>
  z
    .string()
    .max(71)
    .meta(cel({ rule: "self.matches('^sha256:[0-9a-f]{64}$')", message: "must be an image digest: sha256: and 64 hexadecimal digits" }));

const release = z.object({
  version: version().describe("The release's semantic version. Pre-releases are never targets."),
  releasedAt: timestamp()
    .describe("When it was published; its age counts from the later of this and firstSeenAt.")
    .meta(cel({ rule: "self >= timestamp('2000-01-01T00:00:00Z') && self < timestamp('3000-01-01T00:00:00Z')", message: "must lie between the years 2000 and 2999" })),
  security: z.boolean().default(false).describe("Whether it mends a vulnerability; it then waits for no cut."),
  endOfLife: timestamp().optional().describe("When support for it ends."),
  minimumClient: version().optional().describe("The oldest client that it supports."),
  images: z
    .object({ auth: digest().optional().describe("Digest of the Auth image."), proxy: digest().optional().describe("Digest of the Proxy image.") })
    .optional()
    .describe("Digests that pin the images; without them the tag is used."),
  withdrawn: z
    .object({ reason: z.string().min(1).max(256).describe("Why it was withdrawn.") })
    .optional()
    .describe("Set when the release must not be rolled out any more."),
});

const patch = z
  .object({
    cut: schedule().default("0 0 * * 1").describe("When the set of eligible patches moves on, as a cron schedule."),
    timeZone: timeZone().default("UTC").describe("The zone of the cut."),
    minAge: duration("0s", "2160h").default("24h").describe("How old a release must be at the cut."),
    minInterval: duration("0s", "2160h").default("20h").describe("The least time between two starts for one tenant."),
  })
  .prefault({})
  .describe("The patch lane's cadence.");

const major = z
  .object({
    cut: schedule().default("0 0 1 1,4,7,10 *").describe("The quarter's edge: at most one line opens between two of these cuts."),
    timeZone: timeZone().default("UTC").describe("The zone of the cut."),
    minAge: duration("0s", "8784h").default("504h").describe("How old a line's first release must be before the line opens."),
    firstMinor: z.int().min(0).max(99).default(1).describe("The lowest minor that is deployed: 12.1.0 and not 12.0.0."),
    approval: z
      .boolean()
      .default(false)
      .describe("Whether each major needs an Approval."),
    minInterval: duration("0s", "8784h").default("720h").describe("The least time between two majors of one tenant."),
    followWithin: duration("0s", "8784h").default("2160h").describe("How long agents have to follow their tenant's major; then they are reported as overdue."),
  })
  .prefault({})
  .describe("The major lane's cadence.");

const wave = z.object({
  name: z.string().min(1).max(63).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/).describe("The wave's name, a DNS label."),
  tenantSelector: labelSelector().optional().describe("Its tenants. Absent or {}: all that are left."),
  required: intOrPercentInList(1, 10000).default("100%").describe("How many of its tenants must run a release well."),
  soak: duration("0s", "2160h").default("24h").describe("How long they must have been Ready with it."),
  timeout: duration("1h", "8784h").default("336h").describe("After how long a wave counts as stalled."),
});

const rollout = z
  .object({
    maxParallel: intOrPercent(1, 10000).default(10).describe("How many tenants are upgraded at once: a number or a percentage, rounded up."),
    maxFailures: z.int().min(0).max(1000).default(1).describe("How many tenants a release may fail before it is halted."),
    maxAttempts: z
      .int()
      .min(1)
      .max(10)
      .default(2)
      .describe("After how many failures in a row a tenant's lane is halted."),
    expectedDuration: z
      .object({
        patch: duration("1m", "24h").default("20m").describe("What a patch takes."),
        major: duration("1m", "24h").default("45m").describe("What a major takes."),
      })
      .prefault({})
      .describe("How long an upgrade takes, until five of its class have succeeded; from then on at most twice as long is predicted. It must fit before the window closes."),
    waves: z
      .array(wave)
      .max(16)
      .default([])
      .describe("Groups that take a release one after the other.")
      .meta(mapList("name")),
  })
  .prefault({})
  .describe("How the fleet rolls out.");

const spec = z.object({
  releases: z.array(release).max(256).default([]).describe("The catalogue.").meta(mapList("version")),
  lines: z
    .array(
      z.object({
        major: z.int().min(0).max(9999).describe("The major line."),
        open: z.enum(["Auto", "Always", "Never"]).default("Auto").describe("Auto: by the rules of the major lane."),
      }),
    )
    .max(64)
    .default([])
    .describe("Overrides of when a major line opens.")
    .meta(mapList("major")),
  patch,
  major,
  security: z
    .object({
      minAge: duration("0s", "720h").default("0s").describe("How old a security release must be."),
      waves: z
        .enum(["Skip", "Follow"])
        .default("Skip")
        .describe("Whether security releases skip the waves or follow them."),
    })
    .prefault({})
    .describe("How security releases go out."),
  rollout,
});

const slot = z.object({
  tenant: z.string().max(253).describe("The tenant's name."),
  uid: z.string().max(64).describe("Its uid."),
  attempt: z.string().max(128).describe("The attempt's id."),
  class: upgradeClass().describe("What kind of upgrade."),
  from: version().describe("The version it runs."),
  to: version().describe("The version it goes to."),
  claimedAt: timestamp().describe("When the slot was claimed."),
  predictedEndAt: timestamp().describe("When the upgrade is expected to end."),
  opening: opening.describe("The opening it was claimed in."),
  approvals: z.array(z.string().max(253)).max(20).optional().describe("Approvals it rests on.").meta(atomicList),
  recovered: z.boolean().optional().describe("The ledger had lost it; what it takes is not learned from."),
});

const measured = () =>
  z.object({
    seconds: z.array(z.int()).max(50).describe("Whole seconds of the last 50, the newest last.").meta(atomicList),
    predicted: z.int().optional().describe("Seconds that the next one is thought to take, kept between 5m and twice expectedDuration; absent until five have succeeded."),
  });

const laneDurations = () =>
  z.object({
    fromClaim: measured().describe("From the claim to the end: must fit when a slot is claimed."),
    fromDisruption: measured().describe("From the first write to a workload to the end: must fit before that write."),
  });

const status = z.object({
  observedGeneration: z.int().optional().describe("The generation this status was computed from."),
  slots: z.array(slot).max(1000).optional().describe("Upgrades under way, one slot each.").meta(mapList("attempt")),
  lines: z
    .array(
      z.object({
        major: z.int().describe("The major line."),
        openedAt: timestamp().describe("The cut at which it opened."),
        fromStart: z.boolean().optional().describe("Open from the start: the oldest line, or one that a tenant ran. Uses no turn."),
      }),
    )
    .max(64)
    .optional()
    .describe("Lines that have opened; they never close again.")
    .meta(mapList("major")),
  halts: z
    .array(
      z.object({
        version: version().describe("The release that failed."),
        failed: z.array(z.string().max(64)).max(500).optional().describe("Uids of the tenants it failed on.").meta(setList),
        failedCount: z.int().describe("How many tenants it failed on."),
        since: timestamp().describe("When the first failure was seen."),
        acknowledgedBy: z.string().max(253).optional().describe("The Approval that let it go on."),
        acknowledgedAt: timestamp().optional().describe("When that was created: failures that ended before it no longer count."),
      }),
    )
    .max(256)
    .optional()
    .describe("Failures by release; more than maxFailures halt it.")
    .meta(mapList("version")),
  promotions: z
    .array(
      z.object({
        line: z.int().describe("The major line."),
        version: version().describe("The release vouched for."),
        wave: z.string().max(63).describe("The wave that vouched."),
        at: timestamp().describe("When it vouched."),
      }),
    )
    .max(256)
    .optional()
    .describe("Releases that a wave has vouched for.")
    .meta(atomicList),
  durations: z
    .object({
      patch: laneDurations().optional().describe("Of patches; security upgrades are predicted from them."),
      major: laneDurations().optional().describe("Of majors."),
    })
    .optional()
    .describe("What the last succeeded upgrades took, and what the next ones are thought to take."),
  waves: z
    .array(
      z.object({
        name: z.string().max(63).describe("The wave's name."),
        tenants: z.int().optional().describe("How many tenants belong to it."),
        message: z.string().max(256).optional().describe("How far it is."),
      }),
    )
    .max(17)
    .optional()
    .describe("The waves' progress.")
    .meta(mapList("name")),
  releases: z
    .array(z.object({ version: version().describe("The release."), firstSeenAt: timestamp().describe("When Slacktide first saw it.") }))
    .max(256)
    .optional()
    .describe("When each release was first seen.")
    .meta(mapList("version")),
  nextPatchCutAt: timestamp().optional().describe("The next patch cut."),
  nextMajorCutAt: timestamp().optional().describe("The next major cut."),
  tenants: z.int().optional().describe("How many tenants follow the channel."),
  outlook: z.string().max(64).optional().describe("Stands for what the condition CapacityShort was last judged by: rules, windows, freezes, approvals, the number of tenants and the last patch cut."),
  conditions: conditions(),
});

/** The catalogue of releases, the cadence, how the fleet rolls out, and the fleet's ledger (design §4, §7). */
export const releaseChannel = { spec, status };
export type ReleaseChannelSpec = z.infer<typeof spec>;
export type ReleaseChannelStatus = z.infer<typeof status>;
export type Release = z.infer<typeof release>;
export type Slot = z.infer<typeof slot>;
