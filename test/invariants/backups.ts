import { ANNOTATION, LABEL } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import { componentOf, type AttemptNote } from "./shapes.ts";
import type { World } from "./world.ts";

interface Owner {
  readonly name: string;
  readonly uid: string;
}

interface Start {
  readonly attempt: AttemptNote;
  readonly tenant: Owner;
}

/** A restore point is this old at most when a major disrupts the tenant (design §8). */
const MAX_AGE_MS = 30 * 60_000;
/** How many restore points a tenant keeps (design §2). */
const POINTS_KEPT = 10;

/** Why no major may start: no restore point of the version it leaves is known to be whole, or each is too old. */
export function backupProblem(world: World, { attempt, tenant }: Start): string | undefined {
  const ofVersion = wholePoints(world, tenant).filter(({ metadata }) => metadata.annotations?.[ANNOTATION.version] === attempt.from);
  if (ofVersion.length === 0) return `is a major, and nothing of ${attempt.from} was backed up`;
  const ages = ofVersion.map((point) => Date.parse(attempt.disruptiveAt) - takenAt(point));
  return ages.some((age) => age >= 0 && age <= MAX_AGE_MS) ? undefined : `is a major, and what was backed up of ${attempt.from} is older than half an hour`;
}

/** Whether an object is a restore point that may go: it was never whole, or ten that are were taken after it. */
export function isOutdated(world: World, object: KubeObject, owner: Owner): boolean {
  if (componentOf(object) !== "restore-point") return false;
  const whole = wholePoints(world, owner);
  const newer = new Set(whole.filter((each) => takenAt(each) > takenAt(object)).map(({ metadata }) => metadata.uid));
  return newer.size >= POINTS_KEPT || !whole.some(({ metadata }) => metadata.uid === object.metadata.uid);
}

/** The tenant's restore points, as they were at any time that the operator may have gone by. */
function wholePoints(world: World, tenant: Owner): readonly KubeObject[] {
  const isOurs = (object: KubeObject) => componentOf(object) === "restore-point" && object.metadata.labels?.[LABEL.tenantUid] === tenant.uid;
  const points = (kind: string) => world.keys(kind).filter((key) => key.startsWith(`tenant-${tenant.name}/`)).flatMap((key) => world.lately(kind, key).flatMap((object) => (object !== undefined && isOurs(object) ? [{ key, object }] : [])));
  return [
    ...points("VolumeSnapshot").filter(({ object }) => statusOf(object).readyToUse === true),
    ...points("PersistentVolumeClaim").filter(({ key }) => world.lately("Job", key).some((job) => job !== undefined && isComplete(job))),
  ].map(({ object }) => object);
}

function takenAt({ metadata }: KubeObject): number {
  return Date.parse(metadata.annotations?.[ANNOTATION.takenAt] ?? "");
}

function isComplete(job: KubeObject): boolean {
  return (statusOf(job).conditions ?? []).some(({ type, status }) => type === "Complete" && status === "True");
}

function statusOf(object: KubeObject) {
  return (object as { readonly status?: { readonly readyToUse?: boolean; readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }).status ?? {}; // of a snapshot, or a Job
}
