import { ANNOTATION, LABEL, type AgentSchedule, type TenantSpec } from "../../api/index.ts";
import { AGENTS_FILE, maintenanceConfig } from "./agents.ts";
import { ROLE_ARN } from "./aws/annotations.ts";
import { awsArns, isOnAws, type TableRef } from "./aws/names.ts";
import { storageObjects } from "./aws/storage-objects.ts";
import { tableObject } from "./aws/tables.ts";
import { certificate, mountsCertificate } from "./certificate.ts";
import { authConfig, authConfigName, authResources, configFiles, PORT, PROXY_CONFIG, PROXY_TLS_CONFIG, proxyConfig } from "./config.ts";
import type { DesiredObject } from "./desired.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { metricsClients, metricsObjects, mountsMetrics } from "./metrics.ts";
import { networkPolicies } from "./network-policies.ts";
import { AUTH, AUTH_DATA, inNamespaceOf, namespaceOf, ownerLabels, ownsUid, podSelector, proxyName, proxyRegions, type Owner } from "./names.ts";
import { blockText, portsOf, type Block } from "../ports/block.ts";
import type { Certificates, Platform, RegionCluster } from "./platform.ts";
import { claimOf, reliesOnAccount, type PodTemplate } from "./pod-template.ts";
import { resourceQuota } from "./quota.ts";
import { tokenReview } from "./token-review.ts";

/** What a tenant's objects are made from. */
export interface TenantInput {
  readonly owner: Owner;
  readonly spec: TenantSpec;
  readonly platform: Platform;
  /** Proxies that the spec no longer wants and that are still there. */
  readonly lingering?: readonly string[] | undefined;
  /** Those of which pods may be made: what its Deployments are given, and what they would go back to. */
  readonly templates?: readonly PodTemplate[] | undefined;
  /** The version settled on; recorded on the namespace, so that a lost status is found again (design §9). */
  readonly settled?: { readonly version: string; readonly revision: number; readonly claim?: string | undefined; readonly formerClaims?: readonly string[] } | undefined;
  /** Tables in AWS that Auth does not use, as a restore leaves them behind and prepares them; and which it is about to use. */
  readonly tables?: { readonly others: readonly OtherTable[]; readonly nextData?: string | undefined } | undefined;
  /** The ports that it was given; recorded on the namespace as well. */
  readonly block?: Block | undefined;
  /** When its lapse was first seen, as the namespace goes on recording it; absent: it has not lapsed. */
  readonly lapseObservedAt?: string | undefined;
  /** Whether a certificate is asked for: the platform says of whom. */
  readonly asksCertificate?: boolean | undefined;
  /** Whether a certificate for its metrics is asked for: the platform says for whom. */
  readonly asksMetrics?: boolean | undefined;
  /** Those of which its pods are, whatever they would go back to. */
  readonly served?: readonly PodTemplate[] | undefined;
  /** From which addresses its proxies in other clusters come to Auth. */
  readonly proxiesFrom?: readonly string[] | undefined;
  /** How its agents are told what to run; absent without agents.autoUpdate. */
  readonly agents?: { readonly schedule: AgentSchedule | undefined; readonly askedAt: string } | undefined;
}

/** A table that is there, and whether it is confirmed that it goes. */
export interface OtherTable {
  readonly ref: TableRef;
  readonly isReleased: boolean;
}

/** Everything of a tenant but its Deployments, Jobs and data: applied at once, in this order (design §9). */
export function tenantObjects(input: TenantInput): readonly DesiredObject[] {
  const { owner, spec } = input;
  const asked = certificatesOf(input);
  const inNamespace = inNamespaceOf(owner);
  return [
    namespace(input),
    // Before anything that could run: nothing of the tenant is ever in reach of others.
    ...networkPolicies(input),
    resourceQuota(input),
    ...["auth", "proxy"].map((name) => serviceAccount(name, input)),
    tokenReview(owner),
    ...awsObjects(input),
    ...authConfigs(input),
    ...proxyConfigs(input),
    ...(asked === undefined ? [] : [certificate({ owner, spec, certificates: asked })]),
    ...metricsFor(input),
    { ...inNamespace("v1", "Service", AUTH), spec: serviceSpec(owner.name, AUTH, { auth: PORT.auth }) },
    ...proxyServices(input),
    ...disruptionBudgets(input),
  ];
}

function clustersOf({ platform: { regions = [] } }: TenantInput): readonly RegionCluster[] {
  return regions.flatMap(({ cluster }) => cluster ?? []);
}

/** One for each region. */
export function proxyServices({ owner, spec, block }: Pick<TenantInput, "owner" | "spec" | "block">): readonly DesiredObject[] {
  const ports = { web: PORT.web, ssh: PORT.ssh, tunnel: PORT.tunnel, kube: PORT.proxyKube, mysql: PORT.mysql, postgres: PORT.postgres };
  return proxyRegions(spec).map((region) => ({
    ...inNamespaceOf(owner)("v1", "Service", proxyName(region)),
    spec: serviceSpec(owner.name, proxyName(region), ports, block && portsOf(block)),
  }));
}

function serviceAccount(name: string, { owner, spec, platform: { aws }, templates = [] }: TenantInput): DesiredObject {
  const base = inNamespaceOf(owner)("v1", "ServiceAccount", name);
  // By this the cluster gives Auth's pods the means to take the role on, and no other pod.
  const annotations = name === AUTH && isOnAws(spec) && aws !== undefined ? { annotations: { [ROLE_ARN]: awsArns(owner, { ...aws, region: spec.region }).role } } : {};
  return { ...base, metadata: { ...base.metadata, ...annotations }, automountServiceAccountToken: templates.some(reliesOnAccount) };
}

/** Before any Deployment: Auth waits for them. Tables that it does not use are kept as they should be, but never made. */
function awsObjects({ owner, spec, platform: { aws }, settled, tables }: TenantInput): readonly DesiredObject[] {
  if (aws === undefined || !isOnAws(spec)) return [];
  const data = settled?.claim ?? AUTH_DATA;
  const others = (tables?.others ?? []).filter(({ ref }) => ref.data !== data);
  return [...storageObjects({ owner, spec, aws, version: settled?.version, data, nextData: tables?.nextData }), ...others.map(({ ref, isReleased }) => tableObject(ref, { owner, spec, isReleased }))];
}

/** One for each pair of tables of which a pod may be made: in the midst of a restore those of before and after. */
function authConfigs(input: TenantInput): readonly DesiredObject[] {
  const { owner, spec, agents, settled, templates = [] } = input;
  const resources = { "resources.yaml": authResources(owner.name, clustersOf(input)), ...(agents?.schedule && { [AGENTS_FILE]: maintenanceConfig(agents.schedule) }) };
  const used = isOnAws(spec) ? [settled?.claim ?? AUTH_DATA, ...templates.flatMap((template) => claimOf(template) ?? [])] : [AUTH_DATA];
  return [...new Set(used)].map((data) => ({
    ...inNamespaceOf(owner)("v1", "ConfigMap", authConfigName(data, spec)),
    data: { ...configFiles(authConfig(owner, spec, data), showsMetrics(input)), ...resources },
  }));
}

function certificatesOf({ asksCertificate = false, platform }: TenantInput): Certificates | undefined {
  return asksCertificate ? platform.certificates : undefined;
}

/** Proxies that have the certificate read a file of their own: during an upgrade there are both, and without the certificate that file would not do. */
function proxyConfigs(input: TenantInput): readonly DesiredObject[] {
  const { owner, spec, agents, block, templates = [] } = input;
  const needsBoth = certificatesOf(input) !== undefined || templates.some(mountsCertificate);
  const configMap = (name: string, hasCertificate: boolean) => ({
    ...inNamespaceOf(owner)("v1", "ConfigMap", name),
    data: configFiles(proxyConfig(owner.name, spec, { agentsAt: agents?.askedAt, block, hasCertificate }), showsMetrics(input)),
  });
  return [configMap(PROXY_CONFIG, false), ...(needsBoth ? [configMap(PROXY_TLS_CONFIG, true)] : [])];
}

/** The file that shows metrics over mutual TLS is there for as long as pods start with it. */
function showsMetrics({ platform, templates = [] }: TenantInput): boolean {
  return platform.metrics !== undefined || templates.some(mountsMetrics);
}

function metricsFor({ owner, platform: { metrics }, asksMetrics = false }: TenantInput): readonly DesiredObject[] {
  if (metrics === undefined) return [];
  return [metricsClients(owner, metrics), ...(asksMetrics && metrics.keysFrom === "CertManager" ? metricsObjects(owner) : [])];
}

/** What holds the tenant's data in the cluster. Applied after the Deployments, which record the version: data without a version is a riddle. One that was restored has its volume. */
export function dataObjects({ owner, spec, platform, settled }: TenantInput): readonly DesiredObject[] {
  if (isOnAws(spec) || (settled?.claim !== undefined && settled.claim !== AUTH_DATA)) return [];
  return [{ ...inNamespaceOf(owner)("v1", "PersistentVolumeClaim", AUTH_DATA), spec: claimSpec(platform) }];
}

/** No pod that could reach beyond itself is let in; and who tries is told, and written down. */
const POD_SECURITY_LABELS = Object.fromEntries(["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]));

export function namespace({ owner, settled, block, lapseObservedAt }: TenantInput): DesiredObject {
  const annotations = {
    ...(settled && { [ANNOTATION.version]: settled.version, [ANNOTATION.templateRevision]: String(settled.revision), ...volumeNotes(settled) }),
    ...(lapseObservedAt !== undefined && { [ANNOTATION.lapseObservedAt]: lapseObservedAt }),
    ...(block && { [ANNOTATION.ports]: blockText(block) }),
    ...(owner.formerUids !== undefined && { [ANNOTATION.formerUids]: owner.formerUids.join(",") }),
  };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespaceOf(owner.name),
      labels: { ...ownerLabels(owner), ...POD_SECURITY_LABELS },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}

/** Should Auth's Deployment be lost, it still tells where the data is; and which volumes are not what they were filled with any more. */
function volumeNotes({ claim, formerClaims = [] }: NonNullable<TenantInput["settled"]>): Record<string, string> {
  return {
    ...(claim !== undefined && claim !== AUTH_DATA && { [ANNOTATION.volume]: claim }),
    ...(formerClaims.length > 0 && { [ANNOTATION.formerVolumes]: formerClaims.join(",") }),
  };
}

/** What the claim of a volume for a tenant's data asks for. */
export function claimSpec({ volume }: Platform): object {
  return {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: volume.size } },
    ...(volume.storageClassName !== undefined && { storageClassName: volume.storageClassName }),
  };
}

/** `further` are ports at which the same are reached from outside, under names of their own. */
function serviceSpec(tenant: string, component: string, ports: Readonly<Record<string, number>>, further: Readonly<Record<string, number>> = {}): object {
  return {
    type: "ClusterIP",
    selector: podSelector(tenant, component),
    ports: [
      ...Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name, protocol: "TCP" })),
      ...Object.entries(further).map(([name, port]) => ({ name: `public-${name}`, port, targetPort: name, protocol: "TCP" })),
    ],
  };
}

/** Whether an object carries this tenant's labels; without them it is not ours to touch. */
export function isOwnedBy(labels: Readonly<Record<string, string>> | undefined, owner: Owner): boolean {
  return labels?.[LABEL.tenant] === owner.name && ownsUid(owner, labels[LABEL.tenantUid]);
}
