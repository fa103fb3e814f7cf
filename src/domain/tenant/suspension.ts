import { allOf, isAvailable, type Workload, type Workloads } from "../upgrade/workloads.ts";

/** Why a tenant is to be switched off, as holds and histories say it. */
export const SUSPENDED_BY = { Wanted: "spec.suspend is set", Lapsed: "the subscription lapsed", Restored: "it is being restored", VolumeLeaves: "the volume with its data is being deleted, and would be gone with the pod" } as const;
export type SuspendedBy = keyof typeof SUSPENDED_BY;

/** How far a tenant is with being switched off, or on again, or off to be restored; undefined of one that simply runs. */
export type Suspension = "Suspending" | "Suspended" | "Resuming" | "Restoring";

/**
 * Seen from the Deployments, never remembered (design §9). An attempt past its disruptive instant ends first; until then
 * the tenant is neither.
 */
export function suspensionOf(wanted: boolean, workloads: Workloads): Suspension | undefined {
  if (wanted) return isDown(workloads.auth) && proxiesAreDown(workloads) ? "Suspended" : "Suspending";
  return isResuming(workloads) ? "Resuming" : undefined;
}

/** Whether Auth still has to come up before its proxies may. A proxy that somebody else scaled down is no resumption. */
export function isResuming({ auth, proxies }: Workloads): boolean {
  if (!auth.exists) return false;
  return isSwitchedOff(auth) || (!isAvailable(auth) && proxies.some(isSwitchedOff));
}

/** How many pods a Deployment is to have now; `full` is what the spec says. Down: proxies first; up: Auth first. */
export function replicasOf(workload: Workload, full: number, { suspended, workloads }: { readonly suspended: boolean; readonly workloads: Workloads }): number {
  const { auth } = workloads;
  if (workload.name === auth.name) return suspended && (!auth.exists || isSwitchedOff(auth) || proxiesAreDown(workloads)) ? 0 : full;
  if (suspended) return 0;
  const isOff = isSwitchedOff(workload) || (!workload.exists && isSwitchedOff(auth));
  return isOff && !isAvailable(auth) ? 0 : full;
}

/** Whether any of it is off already. */
export function isPartlyOff(workloads: Workloads): boolean {
  return allOf(workloads).some(isSwitchedOff);
}

function isSwitchedOff({ exists, desired }: Workload): boolean {
  return exists && desired === 0;
}

/** Nothing is left that sends anybody to Auth. */
function proxiesAreDown({ proxies, leaving }: Workloads): boolean {
  return leaving.length === 0 && proxies.every(isDown);
}

/** Without any pod, those that are ending included. */
function isDown({ exists, desired, observed, total, podVersions }: Workload): boolean {
  return podVersions.length === 0 && (!exists || (desired === 0 && observed && total === 0));
}
