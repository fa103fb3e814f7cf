import { isDeepStrictEqual } from "node:util";
import type { Downtime, HistoryEntry, TenantStatus, UpgradeStatus } from "../../api/index.ts";
import { followInstants } from "../../domain/agents/follow.ts";
import { namespaceOf } from "../../domain/objects/names.ts";
import { supportInstants, supportOf } from "../../domain/release/support.ts";
import { downtimeOf, isDown } from "../../domain/status/downtime.ts";
import type { Problem } from "../../domain/status/conditions.ts";
import { purgeStatus } from "../../domain/status/lapse-status.ts";
import { tenantStatus, terminatingStatus } from "../../domain/status/tenant-status.ts";
import { adoptionSaid } from "../../domain/tenant/belief.ts";
import { nextCheckAt } from "../../domain/tenant/next-check.ts";
import { isSaidOnly } from "../../domain/tenant/decide-tenant.ts";
import { lapseInstants, type Purging } from "../../domain/tenant/lapse.ts";
import { seeRegions } from "../../domain/status/regions.ts";
import { suspensionOf, type Suspension } from "../../domain/tenant/suspension.ts";
import { MINUTE, SECOND, type Instant } from "../../domain/time.ts";
import { isAhead } from "../../domain/upgrade/next-action.ts";
import { regionsSaid } from "../../domain/upgrade/away.ts";
import { attemptOf, isGivenUp } from "../../domain/upgrade/progress.ts";
import { allOf, clockedStep, isAvailable, withinReach } from "../../domain/upgrade/workloads.ts";
import type { Outcome } from "../../runtime/controller.ts";
import { saidToAgents, tellingDueAt } from "./agents.ts";
import type { Decision } from "./decide.ts";
import type { LiveObject } from "../ports.ts";
import { statusAs } from "../shapes.ts";
import type { TenantEnv } from "./env.ts";
import { happeningsOf } from "./happenings.ts";
import { isOff } from "./lapse.ts";
import { leftInAws } from "./release-storage.ts";
import type { NotBegun } from "./purge.ts";

/** How long a tenant that is being provisioned, suspended or resumed keeps a rehearsal from leaping. */
const SETTLES_MS = 60 * SECOND;

/** What a report is made of. */
export interface Reportable {
  readonly decision: Decision;
  /** What acting ran into. */
  readonly problems: readonly Problem[];
  /** Something in another cluster could not be written and is tried again. */
  readonly unfinished: boolean;
  readonly readingDueAt: Instant | undefined;
  /** Why the tenant's data is not deleted yet though it may be. */
  readonly deletion: NotBegun;
}

/** Writes status if it changed, tells what happened, and says when to come back. The only place that writes status. */
export async function report(reportable: Reportable, env: TenantEnv): Promise<Outcome> {
  const { decision, problems, deletion } = reportable;
  const { object, tenant } = decision.facts;
  const now = env.clock.now();
  const support = supportOf(decision.facts.channel, decision.version);
  const status = tenantStatus({
    previous: tenant.status,
    generation: tenant.metadata.generation,
    deleting: tenant.metadata.deletionTimestamp !== undefined,
    adoption: adoptionSaid(tenant, decision.facts),
    version: decision.version,
    provisioned: decision.provisioned,
    templateRevision: decision.facts.templateRevision,
    unavailable: unavailable(decision),
    regions: { ...seeRegions(decision.facts.observed.workloads, decision.upgrade === undefined && decision.provisioned ? decision.version : undefined), awaitsTurn: decision.awaitsTurn },
    regionStatus: regionsSaid(decision.facts.observed.workloads, decision.facts.observed.left),
    problems: [...decision.problems, ...problems],
    brokenWindows: [...decision.facts.windows.invalid.map((window) => window.name), ...decision.facts.windows.missing],
    upgrade: decision.upgrade,
    pausedBy: decision.action?.kind === "pause" ? decision.action.freeze : undefined,
    suspension: suspensionFor(decision),
    history: decision.history,
    agents: decision.agents,
    agentUpdates: saidToAgents(decision.facts, decision.telling, env.memory),
    support,
    restorePoints: decision.facts.restorePoints,
    restore: decision.facts.restore,
    followWithinMs: decision.facts.channel?.kind === "valid" ? decision.facts.channel.major.followWithinMs : undefined,
    lanes: decision.lanes,
    downtime: measured(decision, env, now),
    lapse: decision.facts.lapse,
    purgeHeld: deletion.held,
    domain: tenant.spec.domain,
    block: decision.block,
    certificate: decision.certificate,
    metrics: decision.metrics,
    storage: decision.facts.storage,
    namespace: namespaceOf(tenant.metadata.name),
    now,
  });
  // Its claim is about to come and will be said with all that it changes.
  const claimDueAt = decision.upgrade === undefined && decision.entry === undefined ? claimAwaitedUntil(decision, now) : undefined;
  if (claimDueAt !== undefined) return { requeueAt: claimDueAt };
  await write(status, { decision, env });
  env.meter.tenantSeen(tenant.metadata.name, { phase: status.phase ?? "", down: status.downtime?.since !== undefined, holds: holdCodes(status), reasons: Object.fromEntries((status.conditions ?? []).map(({ type, reason }) => [type, reason])) });
  for (const happening of happeningsOf(tenant.status, status, decision.entry)) env.recorder.record({ about: object, ...happening });
  const said = [...followInstants(status.agents?.mustFollowBy), ...supportInstants(support), ...lapseInstants(decision.facts.lapse), deletion.until ?? now, decision.awaitsTurn ? now + TURN_AWAITED_MS : now].filter((instant) => instant > now);
  return outcome(reportable, { env, at: said });
}

/** It is woken when there is a turn for it to follow; should that get lost, it looks by then. */
const TURN_AWAITED_MS = 5 * MINUTE;

/** How long after a window has opened a tenant that may start waits for its claim before its status says otherwise. */
const CLAIM_AWAITED_MS = 10 * SECOND;

function claimAwaitedUntil({ lanes }: Decision, now: Instant): Instant | undefined {
  const until = lanes?.start && lanes.start.opening.opensAt + CLAIM_AWAITED_MS;
  return until !== undefined && now < until ? until : undefined;
}

/** Says, before it is done, that the tenant goes, and for which regions it has to wait; the rest of its status stays to be read until it is gone. */
export async function reportTerminating(object: LiveObject, env: TenantEnv, away: readonly string[] = []): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, uid, generation } = metadata;
  const previous = statusAs<TenantStatus>(object);
  const status = { ...previous, ...terminatingStatus(previous, { generation, away, inAws: leftInAws(object, env) }, env.clock.now()) };
  env.meter.tenantSeen(name, { phase: status.phase ?? "", holds: [] });
  if (isDeepStrictEqual(status, object.status)) return;
  await env.api.applyStatus({ apiVersion, kind, metadata: { name, ...(uid !== undefined && { uid }) }, status });
}

/** Says what becomes of a tenant whose data is being deleted, and for which regions that waits, and tells what happened. */
export async function reportPurge(object: LiveObject, lapse: Purging, env: TenantEnv, away: readonly string[] = []): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, uid, resourceVersion, generation } = metadata;
  const previous = statusAs<TenantStatus>(object);
  const status = purgeStatus({ previous, generation, lapse: lapse.said, isRenewed: lapse.isRenewed, away, now: env.clock.now() });
  env.meter.tenantSeen(name, { phase: status.phase ?? "", holds: [], reasons: { Lapsed: status.phase ?? "" } });
  if (isDeepStrictEqual(status, object.status)) return;
  await env.api.applyStatus({ apiVersion, kind, metadata: { name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) }, status });
  if (status.phase === "Purged" && previous.phase !== "Purged") env.meter.purged();
  for (const happening of happeningsOf(previous, status, undefined)) env.recorder.record({ about: object, ...happening });
}

async function write(status: TenantStatus, { decision, env }: { decision: Decision; env: TenantEnv }): Promise<void> {
  if (!isNews(status, decision)) return;
  const { object } = decision.facts;
  const { name, uid, resourceVersion } = object.metadata;
  const { apiVersion, kind } = object;
  // What is said of an attempt rests on the object as it was read: a change in between is looked at first.
  const metadata = { name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && !decision.needsFinalizer && { resourceVersion }) };
  await env.api.applyStatus({ apiVersion, kind, metadata, status });
  if (decision.entry !== undefined) ended(decision.entry, env);
  const { action, upgrade } = decision;
  if (action?.kind === "goOn") env.log.info("upgrade rolled forward", { tenant: name, id: upgrade?.id, to: action.onward.version, stuckOn: upgrade?.stuckOn });
}

function ended(entry: HistoryEntry, env: TenantEnv): void {
  env.meter.upgradeEnded({ class: entry.class, result: entry.result });
  env.log.info("upgrade ended", { ...entry });
}

function suspensionFor({ facts, upgrade }: Decision): Suspension | undefined {
  if (facts.restore.kind === "Switching") return "Restoring";
  return upgrade === undefined ? suspensionOf(isOff(facts), facts.observed.workloads) : undefined;
}

function unavailable({ facts }: Decision): readonly string[] {
  return withinReach(allOf(facts.observed.workloads)).filter((workload) => !isAvailable(workload)).map((workload) => workload.name);
}

/** As this process has seen it, or else as status says. */
function measured(decision: Decision, { memory }: TenantEnv, now: Instant): Downtime | undefined {
  const { metadata: { uid = "" }, status } = decision.facts.tenant;
  const down = isServed(decision) && isDown(decision.facts.observed.workloads);
  const downtime = downtimeOf({ previous: memory.downtime(uid) ?? status?.downtime, down, now });
  memory.noteDowntime(uid, downtime);
  return downtime;
}

/** Whether status says anything new. That Auth comes and goes in an upgrade is said with the next step: it costs no write of its own. */
function isNews(status: TenantStatus, { facts: { said }, upgrade }: Decision): boolean {
  if (upgrade === undefined || said === undefined) return !isDeepStrictEqual(status, said);
  return !isDeepStrictEqual({ ...status, downtime: undefined }, { ...said, downtime: undefined });
}

/** Whether anybody is to be served: one that is being provisioned or is switched off owes nobody anything. */
function isServed(decision: Decision): boolean {
  return decision.provisioned && suspensionFor(decision) === undefined && !isOff(decision.facts);
}

function holdCodes(status: TenantStatus): readonly string[] {
  return [...new Set([status.lanes?.patch, status.lanes?.major].flatMap((lane) => (lane?.holds ?? []).map((hold) => hold.code)))];
}

interface Coming {
  readonly env: TenantEnv;
  /** Instants to come at which status says something else. */
  readonly at: readonly Instant[];
}

function outcome({ decision, problems, unfinished: isLeft, readingDueAt }: Reportable, { env, at: coming }: Coming): Outcome {
  const { action, lanes, facts } = decision;
  const now = env.clock.now();
  const at: (Instant | undefined)[] = [...coming, readingDueAt, lanes && facts.view && nextCheckAt(facts.view, lanes, now), attemptDueAt(decision, env), ...tellingDueAt(facts, decision.telling, { memory: env.memory, now })];
  if (action !== undefined && (isSaidOnly(action) || action.kind === "readInventory")) at.push(now);
  // What was claimed is seen at the next look, which goes on with it.
  if (decision.ports?.kind === "wanted" || decision.ports?.kind === "lost") at.push(now);
  const stalled = decision.problems.length + problems.length > 0;
  const settling = stalled ? 0 : settlesFor(decision, env);
  if (settling > 0) at.push(now + settling);
  const due = at.filter((each) => each !== undefined);
  // What is not ours, and what refuses our objects, is not watched.
  const unfinished = problems.length > 0 || isLeft;
  return { ...(unfinished && { unfinished }), ...(due.length > 0 && { requeueAt: Math.min(...due) }), settling: isRunning(decision) || isFollowing(decision) || settling > 0 };
}

/** A region that is back is brought to the tenant's version. */
function isFollowing({ upgrade, provisioned, version, facts }: Decision): boolean {
  return upgrade === undefined && provisioned && seeRegions(facts.observed.workloads, version).behind.length > 0;
}

/** Milliseconds for which a tenant without an upgrade still counts as under way: its pods come up or go down. */
function settlesFor({ facts, upgrade, provisioned }: Decision, env: TenantEnv): number {
  if (upgrade !== undefined) return 0;
  const { tenant, observed } = facts;
  const state = suspensionOf(isOff(facts) || facts.restore.kind === "Switching", observed.workloads) ?? (provisioned ? "Active" : "Provisioning");
  // Asked in every state, so that each visit is measured anew.
  const elapsedMs = env.memory.stepElapsedMs(tenant.metadata.uid ?? "", { id: state }, state);
  return state === "Active" || state === "Suspended" ? 0 : SETTLES_MS - elapsedMs;
}

/** A running step is looked at again when it is verified or overdue, whatever the watches bring, and a paused one when it may go on. */
function attemptDueAt({ upgrade, facts, action }: Decision, env: TenantEnv): Instant | undefined {
  if (action?.kind === "pause") return Number.isFinite(action.until) ? action.until : undefined;
  // What is stuck has no deadline any more, unless it works again and has only to be watched.
  if (upgrade === undefined || (isGivenUp(upgrade) && !isRolled(upgrade))) return undefined;
  if (isAhead(attemptOf(upgrade, env.clock.now()), facts.observed.workloads)) return undefined;
  const { verifySeconds, stepDeadlineSeconds } = env.platform.pods;
  const limitMs = (upgrade.step === "Verify" ? verifySeconds : stepDeadlineSeconds) * SECOND;
  const elapsedMs = env.memory.stepElapsedMs(facts.tenant.metadata.uid ?? "", upgrade, clockedStep(upgrade.step, facts.observed.workloads));
  return env.clock.now() + Math.max(limitMs - elapsedMs + 1, 1);
}

/** Neither stuck, paused nor barred: time must not leap over it in a rehearsal (design §12). What was stuck and is only watched, or about to go on, runs again. */
function isRunning({ upgrade, action }: Decision): boolean {
  if (upgrade === undefined || action?.kind === "pause" || (action?.kind === "wait" && action.barred)) return false;
  return !isGivenUp(upgrade) || isRolled(upgrade) || action?.kind === "preflight" || (action?.kind === "wait" && action.step === "Preflight");
}

/** Whether everything runs the new version: it is watched, and its agents are told. What was stuck before is so no longer. */
function isRolled({ step }: UpgradeStatus): boolean {
  return step === "Verify" || step === "Agents";
}
