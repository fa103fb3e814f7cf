import { ANNOTATION, LABEL, type LaneName } from "../../src/api/index.ts";
import { seenAs, imageVersion, lengthOf, textOf, type TenantObject } from "../invariants/shapes.ts";
import { bindsTenant } from "../invariants/openings.ts";
import { ABROAD, HOME } from "./abroad.ts";
import type { Scenario } from "./scenario.ts";
import type { Fields, Stored } from "./server/objects.ts";
import type { ApiServer } from "./server/server.ts";

/** Holds that only people can end: a lane with one of them rightly stays where it is. */
const FOR_PEOPLE = new Set(["AgentsBehind", "InventoryUnknown", "ReleaseHalted", "ReleaseWithdrawn", "NoWindow", "WindowInvalid", "WindowTooShort", "PinnedBelow", "NoPath", "LineNotOpen", "Suspended", "VersionUnknown"]);

interface Rest {
  readonly server: ApiServer;
  /** The cluster of another region. */
  readonly member: { readonly server: ApiServer } | undefined;
  readonly scenario: Scenario;
  /** Whether pods of a component get Ready at a version. */
  readonly works: (component: string, version: string) => boolean;
}

/** How the world differs from what was asked for, once nothing has gone wrong for long enough; empty if it does not. */
export function problemsAtRest(rest: Rest): readonly string[] {
  const tenants = seenAs("Tenant", [...rest.server.store.values("Tenant")]);
  return [...tenants.flatMap((tenant) => problemsOf(tenant, rest)), ...serversOf(rest).flatMap((server) => leftBehind(tenants, server)), ...slots(tenants, rest.server)];
}

function problemsOf(tenant: TenantObject, rest: Rest): readonly string[] {
  const { name, uid, deletionTimestamp, annotations } = tenant.metadata;
  if (deletionTimestamp !== undefined && annotations?.[ANNOTATION.confirmDelete] === uid) return [`tenant ${name} is still there, though its deletion was confirmed`];
  const { status } = tenant;
  if (status?.lapse?.purgeStartedAt !== undefined) return tombstone(tenant, rest).map((problem) => `tenant ${name}: ${problem}`);
  // One that never became Active is not provisioned any further while somebody wants it gone.
  if (deletionTimestamp !== undefined && status?.version === undefined) return [];
  const isStuck = status?.upgrade?.stuckSince !== undefined;
  const found = [...workloads(tenant, { rest, isStuck }), ...objects(tenant, rest), ...ports(tenant, rest), ...certificate(tenant, rest), ...metricsKey(tenant, rest), ...telling(tenant), ...agentsRead(tenant, rest), ...lanes(tenant, rest)];
  if (!isStuck && status?.upgrade !== undefined) found.push(`attempt ${status.upgrade.id} has not ended`);
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  const isSuspended = isOff(tenant);
  if (!isStuck && isDue(tenant, rest) && condition("Lapsed")?.reason !== "PurgesLimited") found.push("has data that was due, and does not say why");
  if (!isStuck && !isSuspended && condition("Ready")?.status !== "True") found.push(`is not Ready: ${condition("Ready")?.message ?? "no condition"}`);
  // An attempt that has begun ends first.
  if (isSuspended && !isStuck && condition("Ready")?.reason !== "Suspended") found.push(`is not Suspended: ${condition("Ready")?.message ?? "no condition"}`);
  if (deletionTimestamp !== undefined && condition("Stalled")?.reason !== "DeletionNotConfirmed") found.push("does not say that its deletion is not confirmed");
  if (status?.observedGeneration !== tenant.metadata.generation) found.push("has a status of another generation");
  return found.map((problem) => `tenant ${name}: ${problem}`);
}

/** Of a tenant whose data was deleted nothing is there but its Tenant. */
function tombstone({ metadata, spec, status }: TenantObject, rest: Rest): readonly string[] {
  const stalled = status?.conditions?.some(({ type, reason }) => type === "Stalled" && reason === "Purged") === true;
  const left = ["Namespace", "ClusterRoleBinding"].flatMap((kind) => serversOf(rest).flatMap((server) => [...server.store.values(kind)]).filter((object) => object.metadata.labels?.[LABEL.tenantUid] === metadata.uid).map((object) => `still has ${kind} ${object.metadata.name}`));
  if (status?.phase !== "Purged") left.push("is not Purged");
  const lapsedAt = spec?.subscription?.lapsedAt;
  const isRenewed = lapsedAt === undefined || lapsedAt > (status?.lapse?.purgeStartedAt ?? "");
  if (stalled !== isRenewed) left.push(`says ${stalled ? "" : "not "}that its renewal comes too late`);
  return left;
}

/** Switched off since somebody asked for it, or since it lapsed some time ago. */
function isOff({ spec, status }: TenantObject): boolean {
  const lapsed = status?.conditions?.find(({ type }) => type === "Lapsed")?.reason;
  return spec?.suspend === true || (lapsed !== undefined && lapsed !== "GracePeriod");
}

function isDue({ status }: TenantObject, { scenario }: Rest): boolean {
  const { observedAt, purgeAt } = status?.lapse ?? {};
  return observedAt !== undefined && purgeAt !== undefined && Date.parse(purgeAt) < scenario.restFrom;
}

interface WorkloadTerms {
  readonly rest: Rest;
  readonly isStuck: boolean;
}

function workloads(tenant: TenantObject, { rest, isStuck }: WorkloadTerms): readonly string[] {
  const { spec, status, metadata } = tenant;
  const namespace = `tenant-${metadata.name}`;
  const regions = spec?.proxyRegions ?? [spec?.region ?? ""];
  const size = (replicas: number) => (isOff(tenant) ? 0 : replicas);
  const wanted = new Map([["auth", size(1)], ...regions.map((region): [string, number] => [`proxy-${region}`, size(spec?.proxy?.replicas ?? 2)])]);
  const deployments = seenAs("Deployment", inPlace(rest, "Deployment", namespace));
  const extra = deployments.filter((deployment) => !wanted.has(deployment.metadata.name)).map((deployment) => `has a Deployment ${deployment.metadata.name} too many`);
  const found = [...wanted].flatMap(([name, replicas]) => {
    const deployment = deployments.find((each) => each.metadata.name === name);
    if (deployment === undefined) return [`has no Deployment ${name}`];
    const version = textOf(imageVersion(deployment.spec?.template?.spec));
    const pods = seenAs("Pod", inPlace(rest, "Pod", namespace)).filter((pod) => pod.metadata.labels?.[LABEL.component] === name);
    const running = pods.map((pod) => textOf(imageVersion(pod.spec)));
    if (isStuck) return [];
    // One that was switched off before it was ever Active runs no version yet.
    const runsNone = isOff(tenant) && status?.version === undefined;
    if (version !== status?.version && !runsNone) return [`has ${name} at ${version}, and says that it runs ${status?.version ?? "nothing"}`];
    if (deployment.metadata.annotations?.[ANNOTATION.version] !== version) return [`records no version on ${name}`];
    return running.length === replicas && running.every((each) => each === version) ? [] : [`should have ${replicas} pods of ${name} at ${version} and has ${running.join(", ") || "none"}`];
  });
  return [...extra, ...found];
}

function objects(tenant: TenantObject, rest: Rest): readonly string[] {
  const { metadata, spec } = tenant;
  const { server } = rest;
  const namespace = `tenant-${metadata.name}`;
  const names = (kind: string) => new Set(inPlace(rest, kind, namespace).map((object) => object.metadata.name));
  const regions = spec?.proxyRegions ?? [spec?.region ?? ""];
  const wanted = { Service: ["auth", ...regions.map((region) => `proxy-${region}`)], ServiceAccount: ["auth", "proxy"], ConfigMap: ["auth-config", "proxy-config"], PersistentVolumeClaim: ["auth-data"] };
  const missing = Object.entries(wanted).flatMap(([kind, all]) => all.filter((name) => !names(kind).has(name)).map((name) => `has no ${kind} ${name}`));
  const config = inNamespace(server, "ConfigMap", namespace).find((object) => object.metadata.name === "auth-config");
  const text = (config?.["data"] as Fields | undefined)?.["teleport.yaml"]; // core/v1 ConfigMap
  const services = [...names("Service")].filter((name) => !wanted.Service.includes(name)).map((name) => `has a Service ${name} too many`);
  return [...missing, ...services, ...abroad(tenant, rest), ...(text === "{}" ? ["has a configuration that was changed by hand"] : [])];
}

/** Every cluster of the story. */
function serversOf({ server, member }: Rest): readonly ApiServer[] {
  return member === undefined ? [server] : [server, member.server];
}

/** What a tenant has of a kind, each component in the cluster in which it belongs. */
function inPlace(rest: Rest, kind: string, namespace: string): readonly Stored[] {
  return serversOf(rest).flatMap((server) => inNamespace(server, kind, namespace).filter((object) => isAt(rest, server, object)));
}

function isAt({ server, member }: Rest, where: ApiServer, { metadata }: Stored): boolean {
  const component = metadata.labels?.[LABEL.component] ?? metadata.name;
  return member === undefined || (component === `proxy-${ABROAD}`) === (where !== server);
}

/** What there is in the other cluster, where the tenant has a region there, and that nothing is, where it has none. */
function abroad({ metadata, spec }: TenantObject, rest: Rest): readonly string[] {
  const { member } = rest;
  if (member === undefined) return [];
  const namespace = `tenant-${metadata.name}`;
  const wanted = (spec?.proxyRegions ?? [spec?.region]).includes(ABROAD);
  const isThere = [...member.server.store.values("Namespace")].some((object) => object.metadata.name === namespace);
  if (isThere !== wanted) return [`${wanted ? "has no" : "still has a"} namespace in the other cluster`];
  const misplaced = serversOf(rest).flatMap((server) => ["Deployment", "Service"].flatMap((kind) => inNamespace(server, kind, namespace).filter((object) => !isAt(rest, server, object)))).map((object) => `has ${object.metadata.name} in the wrong cluster`);
  if (!wanted) return misplaced;
  const needed = [["ServiceAccount", "proxy"], ["ConfigMap", "proxy-config"], ["Service", `proxy-${ABROAD}`]] as const;
  return [...misplaced, ...needed.filter(([kind, name]) => !inNamespace(member.server, kind, namespace).some((object) => object.metadata.name === name)).map(([kind, name]) => `has no ${kind} ${name} in the other cluster`)];
}

/** Where certificates are configured, its own is issued, and said to be; and that of its metrics likewise. */
function certificate({ status }: TenantObject, { scenario: { platform } }: Rest): readonly string[] {
  const isSaid = (type: string): boolean => status?.conditions?.some((each) => each.type === type && each.status === "True") === true;
  const asked = [["CertificateReady", platform.certificates], ["MetricsReady", platform.metrics]] as const;
  return asked.flatMap(([type, asks]) => (isSaid(type) === (asks !== undefined) ? [] : [`says ${isSaid(type) ? "" : "not "}${type}`]));
}

/** Whose agents are to be told something are told it, unless it says what else keeps it from that. */
function telling(tenant: TenantObject): readonly string[] {
  const { spec, status } = tenant;
  const told = status?.agentUpdates;
  if (spec?.agents?.autoUpdate !== true) return told === undefined ? [] : ["tells of agents that are told nothing"];
  // In the middle of an attempt there may be no Auth to tell.
  if (isOff(tenant) || status?.version === undefined || status.upgrade !== undefined) return [];
  return told === undefined || told.reason === "ScheduleNotPublished" ? ["has not published the hour of its agents"] : [];
}

/** Whose agents can be read says which they are; a reading that failed is tried again in some hours. */
function agentsRead(tenant: TenantObject, { server }: Rest): readonly string[] {
  const { metadata, status } = tenant;
  if (isOff(tenant) || status?.version === undefined || status.upgrade !== undefined || metadata.deletionTimestamp !== undefined) return [];
  const isShown = inNamespace(server, "ConfigMap", `tenant-${metadata.name}`).some((object) => object.metadata.name === "agents");
  return isShown && status.agents?.total === undefined ? ["does not say which agents it has"] : [];
}

/** Where Slacktide makes the keys of metrics, it has one, and the certificate that is shown is of that one. */
function metricsKey({ metadata }: TenantObject, { server, scenario: { platform } }: Rest): readonly string[] {
  if (platform.metrics?.keysFrom !== "Slacktide") return [];
  const namespace = `tenant-${metadata.name}`;
  const dataOf = (kind: string, name: string) => inNamespace(server, kind, namespace).find((object) => object.metadata.name === name)?.["data"] as Readonly<Record<string, string>> | undefined; // core/v1
  const kept = Buffer.from(dataOf("Secret", "metrics-own")?.["tls.crt"] ?? "", "base64").toString();
  return kept !== "" && dataOf("ConfigMap", "metrics-certificate")?.["tls.crt"] === kept ? [] : ["shows no certificate of its metrics, or another one than it has"];
}

/** Where the platform gives blocks of ports, it has one, and every Service of its proxies shows it. */
function ports({ metadata, status }: TenantObject, rest: Rest): readonly string[] {
  const { server, scenario } = rest;
  if (scenario.platform.ports === undefined) return [];
  const first = status?.endpoints?.ports?.ssh;
  if (first === undefined) return ["has no ports"];
  const claims = [...server.store.values("ConfigMap")].filter(({ metadata: { labels, annotations } }) => labels?.[LABEL.ports] !== undefined && labels[LABEL.tenantUid] === metadata.uid && annotations?.[ANNOTATION.releasedAt] === undefined);
  const proxies = serversOf(rest).flatMap((each) => inNamespace(each, "Service", `tenant-${metadata.name}`)).filter((service) => service.metadata.name !== "auth");
  const hidden = proxies.filter((service) => !JSON.stringify(service["spec"]).includes(`"port":${first},`)).map((service) => `does not show its ports in ${service.metadata.name}`);
  return [...(claims.length === 1 ? [] : [`has ${claims.length} claims of ports`]), ...hidden];
}

/** Whether any opening of the tenant is longer than an upgrade of the lane takes by any reckoning: of one as long a moment is always over. */
function fits(server: ApiServer, tenant: TenantObject, lane: LaneName): boolean {
  const channels = seenAs("ReleaseChannel", [...server.store.values("ReleaseChannel")]);
  const expected = channels.map(({ spec }) => lengthOf(lane === "Major" ? spec?.rollout?.expectedDuration.major : spec?.rollout?.expectedDuration.patch) ?? 0);
  const predicted = channels.map(({ status }) => ((lane === "Major" ? status?.durations?.major : status?.durations?.patch)?.fromClaim.predicted ?? 0) * 1_000);
  const windows = seenAs("MaintenanceWindow", [...server.store.values("MaintenanceWindow")]).filter((window) => bindsTenant(window, tenant) && window.spec?.lanes?.includes(lane) === true);
  return windows.some(({ spec }) => (lengthOf(spec?.duration) ?? 0) > Math.max(...expected, ...predicted));
}

function lanes(tenant: TenantObject, { works, server }: Rest): readonly string[] {
  const { status, metadata } = tenant;
  return Object.entries({ Patch: status?.lanes?.patch, Major: status?.lanes?.major }).flatMap(([name, lane]) => {
    const next = lane?.next?.version;
    if (lane?.holds?.some(({ code }) => code === "WaveNotReached") && next !== undefined && isRunByCanaries(server, next)) return [`still waits in its ${name} lane for a wave that runs ${next}`];
    if (!fits(server, tenant, name === "Major" ? "Major" : "Patch")) return [];
    if (lane?.target === undefined || metadata.deletionTimestamp !== undefined) return [];
    const version = lane.target;
    const canWork = ["preflight", "auth", "proxy", `proxy-${HOME}`].every((component) => works(component, version));
    const codes = (lane.holds ?? []).map(({ code }) => code);
    // What somebody took back is not tried again for a while.
    const isRestored = codes.includes("MinimumInterval") && (status?.history ?? []).some(({ message }) => message?.startsWith("restored to") === true);
    const isForPeople = isRestored || codes.some((code) => FOR_PEOPLE.has(code)) || awaitsApproval(server, tenant, name) || isHalted(tenant, name);
    if (!canWork || isForPeople || status?.upgrade !== undefined) return [];
    return [`did not take ${version} in its ${name} lane, held by ${codes.join(", ") || "nothing"}`];
  });
}

/** Whether every tenant of the only wave that a story has runs the release well: all have soaked by then. */
function isRunByCanaries(server: ApiServer, version: string): boolean {
  const canaries = seenAs("Tenant", [...server.store.values("Tenant")]).filter(({ metadata }) => metadata.labels?.["tier"] === "gold");
  const isReady = ({ status }: TenantObject) => status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
  return canaries.length > 0 && canaries.every((tenant) => tenant.status?.version === version && isReady(tenant));
}

/** People asked to be asked. */
function awaitsApproval(server: ApiServer, { spec }: TenantObject, lane: string): boolean {
  const [channel] = seenAs("ReleaseChannel", [...server.store.values("ReleaseChannel")]);
  return spec?.upgrades?.mode === "Manual" || (lane === "Major" && channel?.spec?.major?.approval === true);
}

/** As often as the channel lets a lane fail in a row. */
const MAX_ATTEMPTS = 2;

function isHalted({ status }: TenantObject, lane: string): boolean {
  const ended = (status?.history ?? []).filter((entry) => (entry.class === "Major") === (lane === "Major") && entry.result !== "Aborted");
  const success = ended.findIndex(({ result }) => result === "Succeeded");
  return (success === -1 ? ended.length : success) >= MAX_ATTEMPTS;
}

function leftBehind(tenants: readonly TenantObject[], server: ApiServer): readonly string[] {
  const uids = new Set(tenants.flatMap(({ metadata }) => [metadata.uid, ...formerUids(metadata.name, server)]));
  const kinds = ["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ClusterRoleBinding", "ConfigMap", "Secret", "Issuer", "Certificate", "PersistentVolumeClaim", "Service", "PodDisruptionBudget", "Deployment", "Pod", "Job", "VolumeSnapshot"];
  return kinds.flatMap((kind) => [...server.store.values(kind)].filter(({ metadata }) => metadata.labels?.[LABEL.tenantUid] !== undefined && metadata.annotations?.[ANNOTATION.releasedAt] === undefined && !uids.has(metadata.labels[LABEL.tenantUid])).map(({ metadata }) => `${kind} ${metadata.name} was left behind`));
}

/** Of Tenants whose objects it has taken over: pods and Secrets keep the label they were made with. */
function formerUids(tenant: string, server: ApiServer): readonly string[] {
  const namespace = [...server.store.values("Namespace")].find(({ metadata }) => metadata.name === `tenant-${tenant}`);
  return namespace?.metadata.annotations?.[ANNOTATION.formerUids]?.split(",") ?? [];
}

function slots(tenants: readonly TenantObject[], server: ApiServer): readonly string[] {
  const running = new Set(tenants.flatMap(({ status }) => status?.upgrade?.id ?? []));
  const channels = seenAs("ReleaseChannel", [...server.store.values("ReleaseChannel")]);
  return channels.flatMap(({ status }) => (status?.slots ?? []).filter(({ attempt }) => !running.has(attempt)).map(({ attempt }) => `the slot of ${attempt} was not freed`));
}

function inNamespace(server: ApiServer, kind: string, namespace: string): readonly Stored[] {
  return [...server.store.values(kind)].filter(({ metadata }) => metadata.namespace === namespace);
}
