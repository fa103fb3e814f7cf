import { ANNOTATION, FINALIZER, type AgentStatus, type HistoryEntry, type UpgradeStatus } from "../../api/index.ts";
import { isHopeless } from "../../domain/agents/publishing.ts";
import { isTold } from "../../domain/agents/telling.ts";
import { abroadCidrs } from "../../domain/objects/member-objects.ts";
import { authConfigName } from "../../domain/objects/config.ts";
import { AUTH, AUTH_DATA, namespaceOf, specAt } from "../../domain/objects/names.ts";
import { metricsSecretOf } from "../../domain/objects/metrics.ts";
import { onwardPreflight, preflightJob } from "../../domain/objects/preflight-job.ts";
import type { DesiredObject } from "../../domain/objects/desired.ts";
import { dataObjects, isOwnedBy, tenantObjects } from "../../domain/objects/tenant-objects.ts";
import { wantedDeployments, type WantedInput } from "../../domain/objects/wanted.ts";
import type { Platform } from "../../domain/objects/platform.ts";
import { awaitsPorts, blockOf, decidePorts, type PortsDecision } from "../../domain/ports/decide-ports.ts";
import { initialVersion } from "../../domain/release/initial-version.ts";
import { majorOf } from "../../domain/release/version.ts";
import type { Block } from "../../domain/ports/block.ts";
import { certificateProblems, metricsProblems, type CertificateSeen } from "../../domain/status/certificate-status.ts";
import type { Problem } from "../../domain/status/conditions.ts";
import { awaitedStorage, storageProblems } from "../../domain/status/storage-status.ts";
import { decideLanes, type LanesDecision } from "../../domain/tenant/decide.ts";
import { decideAttempt, isSaidOnly, type AttemptDecision } from "../../domain/tenant/decide-tenant.ts";
import { notOurs, nothingToAdopt, storageDiffers } from "../../domain/tenant/adoption.ts";
import { afterAttempt } from "../../domain/tenant/view.ts";
import { endedAttempt } from "../../domain/tenant/recorded-state.ts";
import { SUSPENDED_BY } from "../../domain/tenant/suspension.ts";
import { specProblems } from "../../domain/tenant/problems.ts";
import { isoOf, SECOND, type Instant } from "../../domain/time.ts";
import { hasBegun, type Action } from "../../domain/upgrade/next-action.ts";
import { attemptOf, recordOf, versionAfter } from "../../domain/upgrade/progress.ts";
import { liveVersions } from "../../domain/upgrade/workloads.ts";
import { abroadWishes, placeDeployments, type AbroadWish } from "./abroad-wishes.ts";
import { agentObjects, decideTelling, type Telling } from "./agents.ts";
import { getsCertificate } from "./certificate.ts";
import type { Gathered } from "./gather.ts";
import { isOff, suspendedBy } from "./lapse.ts";
import { imagesOf } from "./images.ts";
import { decideFollowing, type Following } from "./following.ts";
import type { FollowTurns } from "./follow-turns.ts";
import { metricsSecretFor } from "./metrics.ts";
import type { TenantMemory } from "./memory.ts";
import { onwardPreflightState, type ObservedTenant } from "./observe.ts";
import { attemptUnderRestore, restoreEntry, restoreFor, restoreObjects } from "./restore.ts";
import { backupFor, backupObject, outdatedPoints } from "./restore-points.ts";
import { otherTables } from "./released-tables.ts";
import { idleRestoreRole } from "./tables.ts";
import { servedTemplates, templateOf, templatesOf } from "./templates.ts";
import type { Removal } from "./workloads.ts";

/** What a reconcile will do and say. */
export interface Decision {
  readonly facts: ObservedTenant;
  /** Objects to apply, in order. Empty while something is only said. */
  readonly objects: readonly DesiredObject[];
  readonly removals: readonly Removal[];
  /** What is to be in other clusters, those that are out of reach apart. */
  readonly abroad: readonly AbroadWish[];
  /** Settled before any object is applied; undefined while nothing is made for the tenant, and before it is clear what. */
  readonly ports: PortsDecision | undefined;
  /** Where the tenant is reached, beside its domain. */
  readonly block: Block | undefined;
  readonly certificate: CertificateSeen;
  readonly metrics: CertificateSeen;
  /** The credential of its metrics is to be made, which nobody else does. */
  readonly makesMetricsSecret: boolean;
  readonly needsFinalizer: boolean;
  readonly action: Action | undefined;
  readonly upgrade: UpgradeStatus | undefined;
  readonly entry: HistoryEntry | undefined;
  readonly version: string | undefined;
  readonly provisioned: boolean;
  readonly agents: AgentStatus | undefined;
  readonly telling: Telling | undefined;
  /** The newest first. */
  readonly history: readonly HistoryEntry[];
  readonly lanes: LanesDecision | undefined;
  /** A region of it has something to follow, and others' go first. */
  readonly awaitsTurn: boolean;
  readonly problems: readonly Problem[];
}

/** What deciding depends on besides what was gathered. */
export interface DecideTerms {
  readonly platform: Platform;
  readonly memory: TenantMemory;
  readonly followTurns: FollowTurns;
  readonly now: Instant;
}

/** Decides everything about one tenant at `now`: its attempt, its objects, both lanes. No I/O. */
export function decide({ facts, agents, ports: portsSeen, certificate, metrics }: Extract<Gathered, { kind: "present" }>, terms: DecideTerms): Decision {
  const { metadata } = facts.tenant;
  const deleting = metadata.deletionTimestamp !== undefined;
  const problems = [...problemsOf(facts, terms), ...storageProblems(facts.storage), ...(facts.provisioned ? [] : [...certificateProblems(certificate), ...metricsProblems(metrics)]), ...(deleting ? [unconfirmedDeletion(metadata.uid ?? "")] : [])];
  const attempt = attemptDecision(facts, terms);
  const running = attempt === undefined ? facts.upgrade : attempt.upgrade;
  const entry = attempt?.entry ?? restoreEntry(facts, terms.now);
  const version = attempt?.entry === undefined ? facts.version : versionAfter(attempt.entry);
  const history = entry === undefined ? facts.history : [entry, ...facts.history.filter(({ id }) => id !== entry.id)];
  const telling = decideTelling(facts, { version, upgrade: running, history }, terms.now);
  const ports = decidePorts(portsSeen, facts.owner, terms.platform.ports);
  const block = blockOf(ports);
  const following = decideFollowing(facts, terms.followTurns, terms.now);
  const wanted = attempt && isSaidOnly(attempt.action) ? NOTHING : wantedObjects(facts, attempt?.action, { ...terms, problems, telling, block, certificate, metrics, following });
  const informed = facts.view && { ...facts.view, ...(agents && { agents: { ...facts.view.agents, status: agents } }) };
  const view = informed && entry && version !== undefined ? afterAttempt(informed, entry, version) : informed;
  return {
    facts,
    ...(awaitsPorts(ports, facts.provisioned) ? { objects: [], abroad: [] } : { objects: wanted.objects, abroad: wanted.abroad }),
    ports: wanted.objects.length > 0 ? ports : undefined,
    block,
    certificate,
    metrics,
    makesMetricsSecret: metrics.kind === "asked" && metrics.bySlacktide === true && !metrics.issued,
    removals: [...facts.observed.extra, ...outdatedPoints(facts), ...idleRestoreRole(facts)],
    needsFinalizer: !deleting && !(metadata.finalizers ?? []).includes(FINALIZER),
    action: attempt?.action,
    upgrade: running,
    entry,
    version,
    provisioned: facts.provisioned,
    agents,
    telling,
    history,
    lanes: view && decideLanes(view, terms.now),
    awaitsTurn: following.awaitsTurn,
    problems: [...problems, ...wanted.problems],
  };
}

const NOTHING: WantedObjects = { objects: [], abroad: [], problems: [] };

function attemptDecision(facts: ObservedTenant, { platform, memory, now }: DecideTerms): AttemptDecision | undefined {
  const { upgrade, view, observed, preflight, tenant, freezes } = facts;
  const uid = tenant.metadata.uid ?? "";
  if (upgrade === undefined) return undefined;
  const restored = attemptUnderRestore(facts, now);
  if (restored !== undefined) return restored;
  // Claimed or begun, but not told of: the tenant's status says it before anything is done (design §7).
  if (tenant.status?.upgrade?.id !== upgrade.id) return { action: { kind: "say", step: upgrade.step }, upgrade };
  const { verifySeconds, stepDeadlineSeconds } = platform.pods;
  const sight = {
    upgrade,
    workloads: observed.workloads,
    preflight,
    preflightOf: (version: string) => onwardPreflightState(facts, upgrade.id, version),
    backup: backupFor(facts, upgrade, now),
    suspended: suspendedBy(facts),
    tellsAgents: tenant.spec.agents.autoUpdate && (upgrade.step !== "Agents" || !(isTold(tenant.status?.agentUpdates, upgrade.to) || isHopeless(memory.publishing(uid)))),
    freezes,
    stepElapsedMs: (step: string) => memory.stepElapsedMs(uid, upgrade, step),
    verifyMs: verifySeconds * SECOND,
    stepDeadlineMs: stepDeadlineSeconds * SECOND,
  };
  const decision = decideAttempt(view, sight, now);
  // With Auth's pod its volume would go (invariant I16).
  if (!facts.volumeLeaves || decision.action.kind !== "roll" || decision.action.workload !== AUTH) return decision;
  return { action: { kind: "wait", step: upgrade.step, message: SUSPENDED_BY.VolumeLeaves }, upgrade };
}

interface ObjectTerms extends DecideTerms {
  readonly problems: readonly Problem[];
  readonly telling: Telling | undefined;
  readonly block: Block | undefined;
  readonly certificate: CertificateSeen;
  readonly metrics: CertificateSeen;
  readonly following: Following;
}

interface WantedObjects extends Pick<Decision, "objects" | "abroad"> {
  readonly problems: readonly Problem[];
}

/** The objects of the tenant. One that is not provisioned yet gets none while its spec has problems. */
function wantedObjects(facts: ObservedTenant, action: Action | undefined, terms: ObjectTerms): WantedObjects {
  const { tenant, owner, observed, provisioned } = facts;
  const version = isUsable(facts) ? facts.version : versionForNew(facts, terms.now);
  if ((!provisioned && terms.problems.length > 0) || version === undefined || !canHaveObjects(facts) || adoptionProblems(facts).length > 0) return NOTHING;
  const { platform, block, certificate, metrics } = terms;
  const inHome = observed.wanted.filter(({ workload }) => !workload.isAbroad);
  const templates = templatesOf(inHome);
  // While an attempt runs the namespace goes on recording the version it left.
  const restore = restoreFor(facts, terms.now);
  const settled = provisioned ? { revision: facts.templateRevision ?? 0, ...settledOf(facts, restore, version) } : undefined;
  const wanted = wantedDeployments({
    owner,
    spec: tenant.spec,
    suspended: isOff(facts),
    platform,
    version,
    anew: !provisioned,
    certificate: getsCertificate(certificate, { provisioned, templates }),
    metrics: metricsSecretFor(platform.metrics, metrics, { provisioned, templates }),
    attempt: announcedAttempt(facts, terms.now),
    ended: endedAttempt(facts.history),
    current: observed.wanted.map(({ name, workload, roll, object }) => ({ name, workload, roll, template: templateOf(object) })),
    workloads: observed.workloads,
    claim: facts.claim,
    restore,
    digests: (each) => imagesOf(facts, each),
    roll: action?.kind === "roll" ? action : terms.following.roll,
  });
  const notedAt = facts.lapse.kind === "lapsed" ? facts.lapse.notedAt : undefined;
  const lapseObservedAt = notedAt === undefined ? undefined : isoOf(notedAt);
  const proxiesFrom = abroadCidrs(tenant.spec, platform);
  const input = { owner, spec: specAt(tenant.spec, observed.here), platform, settled, tables: tablesFor(facts), lapseObservedAt, lingering: observed.lingering, templates, block, proxiesFrom, asksCertificate: certificate.kind === "asked", asksMetrics: metrics.kind === "asked", served: servedTemplates(inHome), agents: agentObjects(facts, { telling: terms.telling, platform, templates }) };
  const { here, abroad } = placeDeployments(facts, startable(wanted.deployments, facts));
  return {
    objects: [...tenantObjects(input), ...here, ...dataObjects(input), ...attemptObjects(facts, action, terms), ...restoreObjects(facts, platform)],
    abroad: abroadWishes(facts, abroad, { platform, block, agents: input.agents }),
    problems: wanted.problems,
  };
}

/** Those beside the ones that Auth uses, and those that it gets next. */
function tablesFor(facts: ObservedTenant) {
  const { restore } = facts;
  return { others: otherTables(facts), ...(restore.kind === "Switching" && { nextData: restore.volume }) };
}

/** Nothing of a new tenant starts before that is there in which Auth keeps its data; what is there already is kept as it should be. */
function startable(deployments: readonly DesiredObject[], { provisioned, storage, observed }: ObservedTenant): readonly DesiredObject[] {
  if (provisioned || awaitedStorage(storage).length === 0) return deployments;
  return deployments.filter(({ metadata }) => observed.wanted.some(({ name, object }) => name === metadata.name && object !== undefined));
}

/** What the namespace records: of a restore, from the look on in which Auth gets its volume. */
function settledOf({ claim, formerClaims }: ObservedTenant, restore: WantedInput["restore"], version: string) {
  if (restore?.stage !== "Auth") return { version, claim, formerClaims };
  const former = new Set([...formerClaims, claim].filter((each) => each !== restore.claim && each !== AUTH_DATA));
  return { version: restore.version, claim: restore.claim, formerClaims: [...former].sort() };
}

/** What the attempt itself asks for before it changes anything. */
function attemptObjects(facts: ObservedTenant, action: Action | undefined, { platform, now }: ObjectTerms): readonly DesiredObject[] {
  const { owner, tenant, upgrade } = facts;
  if (upgrade === undefined || action === undefined) return [];
  if (action.kind === "backUp") return [backupObject(facts, upgrade, { platform, now })];
  if (action.kind !== "preflight") return [];
  return [preflightJob({ owner, platform, ...preflightFor(upgrade, action), digest: imagesOf(facts, action.version).auth, metrics: metricsWorn(facts), configMap: authConfigName(facts.claim, tenant.spec) })];
}

/** As its Auth has it: nothing that could change while the Job runs, which nobody can change. */
function metricsWorn({ observed }: ObservedTenant): string | undefined {
  const auth = templateOf(observed.wanted.find(({ name }) => name === AUTH)?.object);
  return auth && metricsSecretOf(auth);
}

function preflightFor({ id, to }: UpgradeStatus, { version }: { readonly version: string }): { readonly attempt: string; readonly version: string } {
  return { attempt: version === to ? id : onwardPreflight(id, version), version };
}

/** A tenant that has data but no known version is not touched: it might be the wrong one (design §9). Nor is one whose storage cannot be seen. */
function canHaveObjects({ provisioned, version, storage }: ObservedTenant): boolean {
  return storage.kind !== "unreachable" && (!provisioned || version !== undefined);
}

/** A tenant that was never Active is not kept at a release that was withdrawn, halted or taken from the catalogue (design §8). */
function isUsable({ version, provisioned, channel }: ObservedTenant): boolean {
  if (version === undefined || provisioned || channel?.kind !== "valid") return version !== undefined;
  return channel.releases.some((release) => release.version === version && !release.withdrawn && !release.halted);
}

function announcedAttempt(facts: ObservedTenant, now: Instant): WantedInput["attempt"] {
  const { upgrade, observed } = facts;
  const record = upgrade && recordOf(upgrade, imagesOf(facts, upgrade.to));
  return upgrade && record && { record, hasBegun: hasBegun(attemptOf(upgrade, now), observed.workloads) };
}

/** Never below a major that Auth has been given: it may have written its data already (invariant I7). */
function versionForNew({ view, tenant, provisioned, observed }: ObservedTenant, now: Instant): string | undefined {
  if (view === undefined || provisioned) return undefined;
  const { initialVersion: wanted, upgrades } = tenant.spec;
  const version = initialVersion(view.channel, { initialVersion: wanted, maxMajor: upgrades.maxMajor, lines: view.lines }, now);
  const given = [...liveVersions(observed.workloads.auth), ...observed.wanted.flatMap(({ name, roll }) => (name === AUTH && roll ? roll.version : []))];
  return version !== undefined && given.every((each) => majorOf(each) <= majorOf(version)) ? version : undefined;
}

function problemsOf(facts: ObservedTenant, { platform, now }: DecideTerms): readonly Problem[] {
  const { tenant, owner, channel, provisioned, namespace } = facts;
  const foreign = namespace !== undefined && !isOwnedBy(namespace.metadata.labels, owner);
  const noRelease = channel?.kind === "valid" && !provisioned && !isUsable(facts) && versionForNew(facts, now) === undefined;
  return [
    ...specProblems(tenant, { platform, channel, provisioned }),
    ...(facts.volumeLeaves ? [volumeLeaving(facts.claim, owner.name)] : []),
    ...(foreign ? [notOurs("Namespace", namespace.metadata, tenant)] : []),
    ...adoptionProblems(facts),
    ...(noRelease ? [{ reason: "NoRelease", message: `ReleaseChannel "${tenant.spec.channel}" offers no release to begin with: add one to spec.releases` }] : []),
  ];
}

/** Why nothing is made of a tenant that is to be taken over. Its data counts, whatever a status says that somebody kept. */
function adoptionProblems({ tenant, namespace, isAdopting, inherited, observed }: ObservedTenant): readonly Problem[] {
  if (namespace === undefined) return nothingToAdopt(tenant);
  const auth = observed.wanted.find(({ name }) => name === AUTH);
  const hasVolume = inherited.some(({ kind }) => kind === "PersistentVolumeClaim");
  return isAdopting ? storageDiffers(tenant, { hasVolume, templates: auth === undefined ? [] : templatesOf([auth]) }) : [];
}

/** It cannot be taken back; until Auth's pod ends, though, the data is there (invariant I16). */
function volumeLeaving(claim: string, name: string): Problem {
  return { reason: "VolumeLeaving", message: `somebody deleted the claim "${claim}" in namespace "${namespaceOf(name)}": its volume goes when Auth's pod ends, so nothing that ends it is begun; copy the data, or set the reclaim policy of the volume to Retain, before anything does` };
}

function unconfirmedDeletion(uid: string): Problem {
  return { reason: "DeletionNotConfirmed", message: `deletion is not confirmed: annotate the tenant with ${ANNOTATION.confirmDelete}=${uid}` };
}
