import { z } from "zod";
import {
  atomicList,
  cel,
  conditions,
  DNS_LABEL,
  duration,
  mapList,
  opening,
  setList,
  timestamp,
  upgradeClass,
  version,
} from "./common.ts";
import { hold } from "./hold.ts";
import { storage } from "./storage.ts";

const REGION = `^${DNS_LABEL}$`;
const region = () =>
  z
    .string()
    .max(40)
    .meta(cel({ rule: `self.matches('${REGION}')`, message: "must be a region's name such as us-west-2" }));

/** No user, no password, no fragment; where it leads is judged when it is read. */
const INVENTORY_URL = "^https://[^/?#@]+([/?][^#]*)?$";
const INVENTORY_URL_MESSAGE = "must begin with https:// and hold no user, password or fragment";

export const inventorySource = z
  .object({
    type: z
      .enum(["Exec", "Http", "ConfigMap"])
      .default("Exec")
      .describe("Exec asks tctl in an Auth pod; Http asks a server; ConfigMap reads a key in the tenant's namespace."),
    url: z
      .string()
      .max(2048)
      .refine((text) => new RegExp(INVENTORY_URL).test(text), INVENTORY_URL_MESSAGE)
      .optional()
      .describe("Where to read, with type Http: https, on the public network or a Service in the tenant's namespace.")
      .meta(cel({ rule: `self.matches('${INVENTORY_URL}')`, message: INVENTORY_URL_MESSAGE })),
    secretName: z.string().max(253).optional().describe("The Secret in the tenant's namespace with the keys token, ca.crt or both, with type Http."),
    name: z.string().max(253).optional().describe("The ConfigMap's name, with type ConfigMap."),
    key: z.string().max(253).optional().describe("The key in the ConfigMap; inventory.json by default."),
    maxAge: duration("1m", "6h").default("30m").describe("How old a reading may be when an upgrade is claimed."),
    rememberFor: duration("0s", "2160h").default("168h").describe("How long an agent that was behind when last seen goes on holding a major."),
  })
  .prefault({})
  .meta(
    cel(
      { rule: "has(self.type) && self.type == 'ConfigMap' ? has(self.name) : !has(self.name) && !has(self.key)", message: "name is needed with type ConfigMap, and name and key belong to it alone" },
      { rule: "has(self.type) && self.type == 'Http' ? has(self.url) : !has(self.url) && !has(self.secretName)", message: "url is needed with type Http, and url and secretName belong to it alone" },
    ),
  );

/** Large: for more than 10,000 agents (row F14). */
export const tenantSizes = ["Standard", "Large"] as const;

const spec = z
  .object({
    domain: z
      .string()
      .max(253)
      .describe("The tenant's public domain: its name and a suffix of the platform. Immutable.")
      .meta(
        cel(
          { rule: `self.matches('^${DNS_LABEL}(\\\\.${DNS_LABEL})+$')`, message: "must be a lower-case DNS name such as acme.teleport.example" },
          { rule: "self == oldSelf", message: "domain is immutable: agents and users know the tenant by it" },
        ),
      ),
    region: region()
      .describe("The home of the data and of Auth. Immutable.")
      .meta(cel({ rule: `self.matches('${REGION}')`, message: "must be a region's name such as us-west-2" }, { rule: "self == oldSelf", message: "region is immutable: the tenant's data lives there" })),
    proxyRegions: z.array(region()).min(1).max(6).optional().describe("Regions with proxies; by default the home region alone.").meta(setList),
    channel: z
      .string()
      .max(253)
      .default("stable")
      .describe("The ReleaseChannel the tenant follows.")
      .meta(cel({ rule: "self.size() > 0", message: "must name a ReleaseChannel" })),
    windows: z
      .array(z.string().min(1).max(253))
      .max(16)
      .optional()
      .describe("Exactly these windows bind the tenant; absent or empty: every window whose tenantSelector matches it.")
      .meta(setList),
    upgrades: z
      .object({
        mode: z
          .enum(["Automatic", "Manual"])
          .default("Automatic")
          .describe("Manual: every upgrade needs an Approval."),
        maxMajor: z.int().min(1).max(9999).optional().describe("The highest major line the tenant may reach."),
      })
      .prefault({})
      .describe("How the tenant is upgraded."),
    initialVersion: version().optional().describe("The version it is provisioned at. Immutable."),
    agents: z
      .object({
        inventory: inventorySource.describe("Where the list of the tenant's agents is read."),
        autoUpdate: z
          .boolean()
          .default(false)
          .describe("Whether to tell the tenant's agents to follow its version after each upgrade, in an hour of its windows."),
        expected: z
          .int()
          .min(0)
          .max(1000000)
          .default(0)
          .describe("How many agents are expected; above 10000 size Large is required."),
      })
      .prefault({})
      .describe("What is known of the tenant's agents."),
    size: z
      .enum(tenantSizes)
      .default("Standard")
      .describe("Large for more than 10000 agents: larger pods, and more connections. A tenant that runs takes it in its next opening, and never gets smaller.")
      .meta(cel({ rule: "self == 'Large' || oldSelf == 'Standard'", message: "size never goes from Large to Standard: its quota would refuse the pods that run" })),
    auth: z
      .object({ replicas: z.int().min(1).max(10).default(1).describe("Pods of the Auth Service; 1 with Embedded storage.") })
      .prefault({})
      .describe("The Auth Service."),
    proxy: z
      .object({ replicas: z.int().min(1).max(50).default(2).describe("Pods of the Proxy Service in each region.") })
      .prefault({})
      .describe("The Proxy Service."),
    storage: storage.describe("Where the tenant's data lives."),
    subscription: z
      .object({
        lapsedAt: timestamp().optional().describe("When the subscription lapsed, or will; absent while it runs. Removing it restores everything, until the deletion has begun."),
        retention: duration("168h", "720h").default("720h").describe("How long data is kept after the lapse, or after it was first seen if that was later."),
      })
      .prefault({})
      .describe("The subscription that pays for the tenant."),
    suspend: z
      .boolean()
      .default(false)
      .describe("Whether the tenant is switched off: no pods, nothing starts; data, Services and version stay."),
  })
  .meta(
    cel(
      {
        rule: "has(self.initialVersion) == has(oldSelf.initialVersion) && (!has(self.initialVersion) || self.initialVersion == oldSelf.initialVersion)",
        message: "initialVersion is immutable: it only says where the tenant began",
      },
      { rule: "self.storage.type != 'Embedded' || self.auth.replicas == 1", message: "auth.replicas must be 1 with Embedded storage: the volume has one writer" },
      { rule: "self.agents.expected <= 10000 || self.size == 'Large'", message: "agents.expected above 10000 needs size: Large" },
    ),
  );

const agentRef = z.object({
  id: z.string().max(128).describe("The agent's id."),
  hostname: z.string().max(253).describe("Its host."),
  version: z.string().max(64).describe("The version it runs."),
  lastSeenAt: timestamp().describe("When it was last seen."),
});
export type AgentRef = z.infer<typeof agentRef>;

export const upgradeSteps = ["Preflight", "Backup", "Auth", "Proxy", "Verify", "Agents", "RollBack"] as const;
export type UpgradeStep = (typeof upgradeSteps)[number];

/** How many releases one attempt may go on to. */
export const ROLLED_FORWARD_MOST = 20;

const stuckOn = z
  .array(z.object({ version: version().describe("The release."), since: timestamp().describe("Since when it made no progress.") }))
  .max(ROLLED_FORWARD_MOST)
  .optional()
  .describe("Releases that it got stuck on and left for a newer one, the first of them first.")
  .meta(atomicList);

export type StuckOn = NonNullable<z.infer<typeof stuckOn>>[number];

const upgrade = z.object({
  id: z.string().max(128).describe("The attempt's id."),
  class: upgradeClass().describe("What kind of upgrade."),
  from: version().describe("The version it left."),
  to: version().describe("The version it goes to."),
  step: z.enum(upgradeSteps).describe("The step under way."),
  claimedAt: timestamp().describe("When its slot was claimed."),
  disruptiveAt: timestamp().optional().describe("Its first write to a workload of the tenant."),
  predictedEndAt: timestamp().describe("When it is expected to end, as of its claim, and anew as of its first write."),
  opening: opening.describe("The opening it belongs to."),
  stuckSince: timestamp().optional().describe("Since when it makes no progress."),
  pausedAt: timestamp().optional().describe("When a freeze first paused it."),
  failure: z.string().max(1024).optional().describe("Why it is being rolled back or is stuck."),
  stuckOn,
  rolledForward: z.array(version()).max(ROLLED_FORWARD_MOST).optional().describe("Newer releases it went on to.").meta(atomicList),
  approvals: z.array(z.string().max(253)).max(20).optional().describe("Approvals it used.").meta(atomicList),
  ownSettings: z.boolean().optional().describe("Of class Config: nothing but the tenant's own settings changes its pods, such as its size. If that does not work it is no failure of the release."),
  asked: z.array(z.string().max(63)).max(6).optional().describe("Regions in other clusters that may run `to` by now: said before they are asked to.").meta(atomicList),
});
export type UpgradeStatus = z.infer<typeof upgrade>;

export const attemptResults = ["Succeeded", "Failed", "Aborted", "RolledBack", "RollbackFailed"] as const;
export type AttemptResult = (typeof attemptResults)[number];

const historyEntry = z.object({
  id: z.string().max(128).describe("The attempt's id."),
  class: upgradeClass().describe("What kind of upgrade."),
  from: version().describe("The version it left."),
  to: version().describe("The version it went to."),
  result: z.enum(attemptResults).describe("How it ended."),
  claimedAt: timestamp().describe("When its slot was claimed."),
  disruptiveAt: timestamp().optional().describe("Its first write to a workload."),
  finishedAt: timestamp().describe("When it ended."),
  stuckSince: timestamp().optional().describe("Since when it made no progress for a while."),
  stuckOn,
  pausedAt: timestamp().optional().describe("When a freeze first paused it."),
  window: z.string().max(253).describe("The window it belonged to."),
  step: z.enum(upgradeSteps).optional().describe("The step that failed, of one that ended before it changed anything."),
  ownSettings: z.boolean().optional().describe("Of class Config: nothing but the tenant's own settings changes its pods, such as its size. If that does not work it is no failure of the release."),
  approvals: z.array(z.string().max(253)).max(20).optional().describe("Approvals it used.").meta(atomicList),
  message: z.string().max(1024).optional().describe("Why it did not succeed, or which regions have still to follow."),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

const lane = z.object({
  target: version().optional().describe("The version this lane would start next; the one that runs, of class Config, if its pods alone are to change."),
  changes: z.array(z.string().max(300)).max(16).optional().describe("What pods get with it besides, or of class Config alone, such as another size.").meta(atomicList),
  next: z
    .object({ version: version().describe("The version that is coming."), eligibleAt: timestamp().optional().describe("From when, if known.") })
    .optional()
    .describe("What will become the target, while there is none."),
  holds: z.array(hold).max(24).optional().describe("Every reason why it does not start now.").meta(mapList("code")),
  nextEligibleAt: timestamp().optional().describe("The earliest instant at which it may start, if known."),
  window: z
    .object({
      open: z.boolean().describe("Whether a window for this lane is open."),
      opensAt: timestamp().optional().describe("The start of the current opening."),
      closesAt: timestamp().optional().describe("The end of the current stretch."),
      nextOpensAt: timestamp().optional().describe("The next start; absent when none is known."),
    })
    .optional()
    .describe("The tenant's windows, as this lane sees them."),
});
export type LaneStatus = z.infer<typeof lane>;

const count = z.int().optional();
const agentStatus = z.object({
  total: count.describe("Agents in the last complete reading."),
  byMajor: z.record(z.string(), z.int()).optional().describe("Agents by major version."),
  behind: z.array(agentRef).max(50).optional().describe("Agents that hold a major, remembered ones included; at most 50.").meta(mapList("id")),
  behindCount: count.describe("How many hold it in all."),
  behindUntil: timestamp().optional().describe("Until when agents that no longer fit the list hold the major."),
  tooNew: z.array(agentRef).max(20).optional().describe("Agents more than one major ahead; at most 20.").meta(mapList("id")),
  unknownCount: count.describe("Rows of the last reading that could not be understood."),
  mustFollowBy: timestamp().optional().describe("Until when agents must follow the last major."),
});
export type AgentStatus = z.infer<typeof agentStatus>;

export const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;
export type Weekday = (typeof weekdays)[number];

const agentSchedule = z.object({
  utcStartHour: z.int().min(0).max(23).describe("The hour of the day in UTC in which agents update themselves; it lasts one hour."),
  weekdays: z.array(z.enum(weekdays)).min(1).max(7).describe("The days, in UTC, on which it comes.").meta(setList),
});
/** When agents update themselves: one hour of these days, in UTC (facts §2). */
export type AgentSchedule = z.infer<typeof agentSchedule>;

/** Why agents are told a version or not; the first one is the only one with which they are. */
export const tellingReasons = ["Told", "Frozen", "ReleaseWithdrawn", "NoWholeHour", "ScheduleNotPublished", "ClusterBelow", "VersionUnknown"] as const;
export type TellingReason = (typeof tellingReasons)[number];

const agentUpdates = z.object({
  answer: z.enum(["Version", "None", "Unknown"]).describe("Version: they are told to run it. None: to stay as they are. Unknown: they get no answer, and stay as well."),
  version: version().optional().describe("The version that they are told."),
  criticalUntil: timestamp().optional().describe("Until when they are told not to wait for their hour: after a security upgrade, while a window is open."),
  reason: z.enum(tellingReasons).describe("Why they are told so."),
  schedule: agentSchedule.optional().describe("The hour that the tenant's cluster tells them, as it was last seen there."),
});
/** What the version server tells a tenant's agents. */
export type AgentUpdates = z.infer<typeof agentUpdates>;

const downtime = z.object({
  month: z.string().max(7).describe("The calendar month, in UTC, such as 2026-11."),
  seconds: z.int().min(0).describe("For how long it was down in that month, without the time since `since`."),
  since: timestamp().optional().describe("Since when it is down now."),
});
/** For how long a tenant was down in a month. */
export type Downtime = z.infer<typeof downtime>;

const restorePoint = z.object({
  name: z.string().max(253).describe("Its name, and that of the objects that hold it."),
  kind: z.enum(["VolumeSnapshot", "Copy", "PointInTime"]).describe("A snapshot of the volume, a copy of the data in a volume of its own, or an instant to which tables in AWS can be brought back."),
  takenAt: timestamp().describe("When it was asked for: what it holds is that new or newer."),
  version: version().describe("The version that the tenant ran then: its data needs this one or a later one of the same major."),
  attempt: z.string().max(128).describe("The attempt that it was taken for."),
  confirmed: z.boolean().describe("Whether it is known to be whole; one that is not is worth nothing."),
});
/** One restore point of a tenant (design §2). */
export type RestorePointStatus = z.infer<typeof restorePoint>;

const regionStatus = z.object({
  name: z.string().max(63).describe("The region."),
  versions: z.array(version()).max(8).describe("What its proxies run, or may run while nobody can look; empty: there are none, or it is not known.").meta(atomicList),
  reachable: z.boolean().describe("Whether the region's cluster answers."),
});
/** The proxies of one region that lies in a cluster beside the operator's own. */
export type RegionStatus = z.infer<typeof regionStatus>;

/** How many objects that held data a tombstone names at most. */
export const PURGED_NAMED = 50;

const port = z.int().optional();
const status = z.object({
  observedGeneration: z.int().optional().describe("The generation this status was computed from."),
  adoptedFrom: z.string().max(64).optional().describe("The uid of the earlier Tenant whose objects were taken over, the last of them. A status that names another than the namespace records is out of a backup, and counts as lost."),
  adoptedBy: z.string().max(64).optional().describe("The uid of the Tenant that has taken them over: its own, or the status is another's, out of a backup."),
  version: version().optional().describe("The version the tenant runs."),
  target: version().optional().describe("What would start next."),
  templateRevision: z.int().optional().describe("The revision of the pod templates it runs."),
  phase: z.string().max(32).optional().describe("The state in one word, for people."),
  window: z.string().max(64).optional().describe("The window in a few words, for people."),
  upgrade: upgrade.optional().describe("The attempt under way."),
  lanes: z
    .object({ patch: lane.optional().describe("The patch lane."), major: lane.optional().describe("The major lane.") })
    .optional()
    .describe("What each lane would do and why it waits."),
  agents: agentStatus.optional().describe("What the inventory says."),
  agentUpdates: agentUpdates.optional().describe("What the agents are told; absent without agents.autoUpdate."),
  support: z
    .object({
      endOfLife: timestamp().optional().describe("When support for the release that the tenant runs ends."),
      minimumClient: version().optional().describe("The oldest client that works with it."),
    })
    .optional()
    .describe("The support window of the tenant's release, as far as its channel tells."),
  endpoints: z
    .object({
      web: z.string().max(300).optional().describe("The tenant's web address."),
      ports: z
        .object({ ssh: port.describe("SSH."), tunnel: port.describe("Reverse tunnels."), kube: port.describe("Kubernetes."), mysql: port.describe("MySQL."), postgres: port.describe("PostgreSQL.") })
        .optional()
        .describe("The tenant's public ports."),
      address: z.string().max(200).optional().describe("At which of the platform's addresses the ports are: what the domain is to resolve to."),
    })
    .optional()
    .describe("Where the tenant is reached."),
  lapse: z
    .object({
      observedAt: timestamp().optional().describe("When Slacktide first saw the lapse; absent of one that is yet to come."),
      suspendAt: timestamp().optional().describe("When the tenant is switched off."),
      purgeAt: timestamp().optional().describe("From when on its data is deleted."),
      purgeStartedAt: timestamp().optional().describe("When the deletion began; from then on nothing brings the tenant back."),
      purgedAt: timestamp().optional().describe("When nothing of it was left."),
      purged: z.array(z.string().max(320)).max(PURGED_NAMED).optional().describe("What held its data and was deleted, or is being so: kind and name.").meta(atomicList),
    })
    .optional()
    .describe("What a lapsed subscription leads to."),
  restorePoints: z
    .array(restorePoint)
    .max(10)
    .optional()
    .describe("The newest restore points, the newest first.")
    .meta(mapList("name")),
  regions: z.array(regionStatus).max(12).optional().describe("The tenant's regions in clusters beside the operator's own, in order.").meta(mapList("name")),
  downtime: downtime.optional().describe("For how long nobody was served by Auth, or by the proxies of some region, though somebody should have been; absent if that never was."),
  history: z.array(historyEntry).max(20).optional().describe("The newest attempts that ended.").meta(mapList("id")),
  conditions: conditions(),
});

/** One isolated cluster: domain, region, channel, windows, sizes, subscription (design §2). */
export const tenant = { spec, status };
export type TenantSpec = z.infer<typeof spec>;
export type TenantStatus = z.infer<typeof status>;
export type LapseStatus = NonNullable<TenantStatus["lapse"]>;
export type InventorySource = z.infer<typeof inventorySource>;
