import { parseVersion } from "../../domain/release/version.ts";
import { rollRecordOf, type RollRecord } from "../../domain/objects/deployment.ts";
import { AUTH, proxyName, proxyRegions } from "../../domain/objects/names.ts";
import { isAttemptRecord } from "../../domain/tenant/recorded-state.ts";
import { regionOf, type Workload, type Workloads } from "../../domain/upgrade/workloads.ts";
import { LABEL, type RegionStatus, type TenantSpec, type UpgradeStatus } from "../../api/index.ts";
import { awayWorkload, inOrder } from "../../domain/upgrade/away.ts";
import type { LiveObject } from "../ports.ts";
import { isTrue, specAs, statusAs } from "../shapes.ts";
import type { Abroad } from "./abroad.ts";

/** A Deployment of the tenant: the object, what it records, and what the rules see of it. */
export interface ObservedWorkload {
  readonly name: string;
  readonly object: LiveObject | undefined;
  readonly roll: RollRecord | undefined;
  readonly workload: Workload;
}

/** What a tenant serves with, as far as it is there. */
export interface Serving {
  readonly deployments: readonly LiveObject[];
  readonly services: readonly LiveObject[];
  readonly budgets: readonly LiveObject[];
  readonly pods: readonly LiveObject[];
}

/** Where a tenant's proxies are besides. */
export interface Placed {
  /** Its regions in the operator's own cluster. */
  readonly here: readonly string[];
  readonly abroad: readonly (Serving & Pick<Abroad, "regions" | "spared" | "isAway">)[];
  /** Of regions that are no longer wanted, and that nobody can look at. */
  readonly left: readonly RegionStatus[];
  readonly said: readonly RegionStatus[] | undefined;
  readonly upgrade: UpgradeStatus | undefined;
}

/** An object that is to go. */
export interface Removal {
  readonly kind: "Namespace" | "Service" | "PodDisruptionBudget" | "Deployment" | "Job" | "PersistentVolumeClaim" | "VolumeSnapshot" | "Role";
  readonly metadata: LiveObject["metadata"];
}

/** The tenant's Deployments as its spec wants them, Auth first, home proxies last; `extra` is what it no longer wants. */
export interface ObservedWorkloads {
  readonly wanted: readonly ObservedWorkload[];
  /** Services first: nobody is sent to proxies that go. */
  readonly extra: readonly Removal[];
  readonly workloads: Workloads;
  /** Its regions in this cluster. */
  readonly here: readonly string[];
  /** Regions in other clusters that are no longer wanted, and that nobody can look at or that are not gone yet. */
  readonly left: readonly RegionStatus[];
  /** Proxies that it no longer wants, by name, while a pod of theirs is still there. */
  readonly lingering: readonly string[];
}

/** Without `placed` everything is in one cluster. */
export function observeWorkloads(spec: TenantSpec, serving: Serving, placed: Placed = allHere(spec)): ObservedWorkloads {
  const { here, abroad, left } = placed;
  const auth = observe(AUTH, serving);
  const proxies = proxyRegions(spec).flatMap((region) => observeRegion(region, { serving, placed, auth: auth.workload }) ?? []);
  const names = [AUTH, ...here.map(proxyName)];
  const strays = [strayIn(serving, names), ...abroad.map((each) => strayIn(each, each.regions.map(proxyName)))];
  const leaving = [...strays.flatMap(({ versions }) => versions), ...left.flatMap(({ versions }) => versions)];
  return {
    wanted: [auth, ...proxies],
    extra: extraIn(serving, names),
    workloads: { auth: auth.workload, proxies: proxies.map((proxy) => proxy.workload), leaving },
    here,
    left: [...left, ...abroad.flatMap(goingIn)],
    lingering: strays[0]?.lingering ?? [],
  };
}

function allHere(spec: TenantSpec): Placed {
  return { here: proxyRegions(spec), abroad: [], left: [], said: undefined, upgrade: undefined };
}

/** Undefined: the platform does not know of the region. */
function observeRegion(region: string, { serving, placed, auth }: { serving: Serving; placed: Placed; auth: Workload }): ObservedWorkload | undefined {
  const name = proxyName(region);
  if (placed.here.includes(region)) return observe(name, serving);
  const there = placed.abroad.find(({ regions }) => regions.includes(region));
  if (there === undefined) return undefined;
  if (there.isAway) return { name, object: undefined, roll: undefined, workload: awayWorkload({ region, said: placed.said?.find((each) => each.name === region), upgrade: placed.upgrade, auth }) };
  const seen = observe(name, there);
  return { ...seen, workload: { ...seen.workload, isAbroad: true } };
}

/** What is there beside the workloads of these names; Services first. */
export function extraIn({ services, deployments, budgets }: Pick<Serving, "services" | "deployments" | "budgets">, names: readonly string[]): readonly Removal[] {
  const extra = (objects: readonly LiveObject[]) => objects.filter((object) => !names.includes(object.metadata.name));
  return [...extra(services).map(removal("Service")), ...extra(deployments).map(removal("Deployment")), ...extra(budgets).map(removal("PodDisruptionBudget"))];
}

/** Proxies beside those of these names, and the versions that they run or will. */
export function strayIn({ deployments, pods }: Pick<Serving, "deployments" | "pods">, names: readonly string[]): { readonly lingering: readonly string[]; readonly versions: readonly string[] } {
  const extra = deployments.filter(({ metadata }) => !names.includes(metadata.name));
  const stray = pods.filter((pod) => isLive(pod) && isStrayProxy(pod, names));
  const versions = [...extra.map(templateVersion), ...stray.map(imageVersion)].filter((version) => version !== undefined);
  return { lingering: [...new Set([...extra.map(({ metadata }) => metadata.name), ...stray.map(componentOf)])].sort(), versions };
}

/** The regions of a cluster that are no longer wanted there and still have proxies: on record, should the cluster go out of reach before they are gone. */
function goingIn({ deployments, pods, regions, spared }: Placed["abroad"][number]): readonly RegionStatus[] {
  const { lingering } = strayIn({ deployments, pods }, [...regions, ...spared].map(proxyName));
  return lingering.map((name) => {
    const own = { deployments: deployments.filter(({ metadata }) => metadata.name === name), pods: pods.filter((pod) => componentOf(pod) === name) };
    return { name: regionOf({ name }), versions: inOrder(strayIn(own, []).versions), reachable: true };
  });
}

const removal = (kind: Removal["kind"]) => ({ metadata }: LiveObject): Removal => ({ kind, metadata });

function componentOf({ metadata }: LiveObject): string {
  return metadata.labels?.[LABEL.component] ?? "";
}

function isStrayProxy(pod: LiveObject, names: readonly string[]): boolean {
  const component = componentOf(pod);
  return component.startsWith(proxyName("")) && !names.includes(component);
}

function templateVersion(deployment: LiveObject | undefined): string | undefined {
  return imageVersion(specAs<DeploymentSpec>(deployment).template);
}

function observe(name: string, { deployments, pods }: Pick<Serving, "deployments" | "pods">): ObservedWorkload {
  const object = deployments.find((deployment) => deployment.metadata.name === name);
  const own = pods.filter((pod) => pod.metadata.labels?.[LABEL.component] === name);
  const roll = object && rollRecordOf(object.metadata.annotations, isAttemptRecord);
  return { name, object, roll, workload: workloadOf(name, { object, roll, pods: own }) };
}

interface Parts {
  readonly object: LiveObject | undefined;
  readonly roll: RollRecord | undefined;
  readonly pods: readonly LiveObject[];
}

function workloadOf(name: string, { object, roll, pods }: Parts): Workload {
  const spec = specAs<DeploymentSpec>(object);
  const status = statusAs<DeploymentStatus>(object);
  const version = templateVersion(object);
  return {
    name,
    exists: object !== undefined,
    ...(version !== undefined && { version }),
    recorded: roll !== undefined,
    ...(roll?.attempt && { attempt: roll.attempt.id, ...(roll.rolledBack === true && { rolledBack: true }) }),
    observed: (status.observedGeneration ?? 0) >= (object?.metadata.generation ?? 0),
    desired: spec.replicas ?? 1,
    updated: status.updatedReplicas ?? 0,
    available: status.availableReplicas ?? 0,
    total: status.replicas ?? 0,
    podVersions: pods.filter(isLive).map(imageVersion),
  };
}

/** Pods that ended no longer serve; terminating ones still do. */
export function isLive(pod: LiveObject): boolean {
  const { phase } = statusAs<{ phase: string }>(pod);
  return phase !== "Succeeded" && phase !== "Failed";
}

/** The version of the first container's image, from its tag; undefined if the tag is no version. */
export function imageVersion(podOrTemplate: Pick<LiveObject, "spec"> | undefined): string | undefined {
  const image = specAs<PodSpec>(podOrTemplate).containers?.[0]?.image;
  const tag = image?.split("@")[0]?.match(/:([^:/]+)$/)?.[1];
  return tag === undefined ? undefined : parseVersion(tag);
}

interface PodSpec {
  readonly containers: readonly { readonly image?: string }[];
}

interface DeploymentSpec {
  readonly replicas?: number;
  readonly template?: Pick<LiveObject, "spec">;
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

/** A Ready pod of Auth that is not ending, for exec. */
export function readyAuthPod(pods: readonly LiveObject[]): string | undefined {
  const ready = pods.filter((pod) => pod.metadata.labels?.[LABEL.component] === AUTH && pod.metadata.deletionTimestamp === undefined && isTrue(pod, "Ready"));
  return ready.map((pod) => pod.metadata.name).sort()[0];
}
