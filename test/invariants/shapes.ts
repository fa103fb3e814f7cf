import { ANNOTATION, LABEL, type ApprovalSpec, type FreezeSpec, type MaintenanceWindowSpec, type ReleaseChannelSpec, type ReleaseChannelStatus, type TenantSpec, type TenantStatus } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";

/** Objects as the API server keeps them; whatever the CRD has no default for may be absent. */
export interface TenantObject extends KubeObject {
  readonly spec?: Partial<TenantSpec>;
  readonly status?: TenantStatus;
}

export interface WindowObject extends KubeObject {
  readonly spec?: Partial<MaintenanceWindowSpec>;
}

export interface FreezeObject extends KubeObject {
  readonly spec?: Partial<FreezeSpec>;
}

export interface ApprovalObject extends KubeObject {
  readonly spec?: Partial<ApprovalSpec>;
}

export interface ChannelObject extends KubeObject {
  readonly spec?: Partial<ReleaseChannelSpec>;
  readonly status?: ReleaseChannelStatus;
}

interface Template {
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[]; readonly volumes?: readonly { readonly name?: string; readonly persistentVolumeClaim?: { readonly claimName?: string } }[] };
}

export interface DeploymentObject extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly template?: Template };
}

export interface PodObject extends KubeObject {
  readonly spec?: Template["spec"];
  readonly status?: { readonly phase?: string };
}

export interface ConfigMapObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface EventObject extends KubeObject {
  readonly reason?: string;
}

/** What the annotation of a workload says of the attempt that last changed it. */
export interface AttemptNote {
  readonly id: string;
  readonly class: string;
  readonly from: string;
  readonly to: string;
  readonly claimedAt: string;
  readonly disruptiveAt: string;
  readonly predictedEndAt: string;
  readonly opening: { readonly opensAt: string };
}

interface Shapes {
  readonly Tenant: TenantObject;
  readonly MaintenanceWindow: WindowObject;
  readonly Freeze: FreezeObject;
  readonly Approval: ApprovalObject;
  readonly ReleaseChannel: ChannelObject;
  readonly Deployment: DeploymentObject;
  readonly Pod: PodObject;
  readonly ConfigMap: ConfigMapObject;
  readonly Event: EventObject;
}

/** Objects of a kind as that kind's schema has them; those that are not there are left out. */
export function seenAs<K extends keyof Shapes>(_kind: K, objects: readonly (KubeObject | undefined)[]): readonly Shapes[K][] {
  return objects.filter((object) => object !== undefined);
}

export function attemptOf(object: KubeObject | undefined): AttemptNote | undefined {
  const text = object?.metadata.annotations?.[ANNOTATION.attempt];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as AttemptNote; // the operator's own format; a person may have broken it
  } catch {
    return undefined;
  }
}

/** The tenant whose an object is, by the labels of the operator. */
export function ownerOf(object: KubeObject | undefined): { readonly name: string; readonly uid: string } | undefined {
  const { [LABEL.tenant]: name, [LABEL.tenantUid]: uid } = object?.metadata.labels ?? {};
  return name === undefined || uid === undefined ? undefined : { name, uid };
}

export function componentOf(object: KubeObject | undefined): string {
  return object?.metadata.labels?.[LABEL.component] ?? "";
}

/** The version in the tag of the first container's image; undefined if it is none. */
export function imageVersion(spec: Template["spec"]): Version | undefined {
  const tag = spec?.containers?.[0]?.image?.split("@")[0]?.split("/").at(-1)?.split(":")[1];
  return tag === undefined ? undefined : versionOf(tag);
}

/** Major, minor, patch. */
export type Version = readonly [number, number, number];

export function versionOf(text: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

export function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export function textOf(version: Version | undefined): string {
  return version?.join(".") ?? "no version";
}

/** Milliseconds of a length in h, m and s. */
export function lengthOf(text: string | undefined): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text ?? "");
  if (match === null || text === "") return undefined;
  return (Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)) * 1000;
}

/** JSON that does not depend on the order of fields. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  ) ?? "undefined";
}
