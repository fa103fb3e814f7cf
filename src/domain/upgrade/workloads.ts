import { compareVersions, isNewer } from "../release/version.ts";

/** One Deployment of a tenant as observed; replica counts as kube-controller-manager reports them. */
export interface Workload {
  /** `auth`, or `proxy-<region>`. */
  readonly name: string;
  readonly exists: boolean;
  /** The version its pod template asks for, read from the image itself; undefined if the tag is no version. */
  readonly version?: string;
  /** Whether it records the template that it was last given on purpose. */
  readonly recorded: boolean;
  /** The attempt that last rolled it. */
  readonly attempt?: string;
  /** That attempt gave it back what ran before. */
  readonly rolledBack?: boolean;
  /** Whether its controller has seen the latest spec. */
  readonly observed: boolean;
  readonly desired: number;
  readonly updated: number;
  readonly available: number;
  readonly total: number;
  /** Versions of the pods that still exist, terminating ones included (invariant I14). Of one out of reach: those that it may run. */
  readonly podVersions: readonly (string | undefined)[];
  /** It is in a cluster beside the operator's own, which may be out of reach at the next look. */
  readonly isAbroad?: true;
  /** Its cluster is out of reach: nothing is known of it now. It is never settled, and never taken to be gone. */
  readonly away?: Away;
}

/** What was recorded of a workload that is out of reach. */
export interface Away {
  /** Whether it is on record which versions it may run; else it may run whatever Auth does, or anything below. */
  readonly isKnown: boolean;
}

export interface Workloads {
  readonly auth: Workload;
  /** Region by region, home last: the order in which they are rolled (design §8). */
  readonly proxies: readonly Workload[];
  /** Versions of proxies that the spec no longer wants and that still run: they count for I14 until they are gone. */
  readonly leaving: readonly string[];
}

/** Everything at the version, available, and no other pod left. */
export function isSettledAt(workload: Workload, version: string): boolean {
  return isRolledTo(workload, version) && isAvailable(workload) && onlyPodsOf(workload, version);
}

/** The template asks for the version, and no pod above it is left. */
export function isDownAt(workload: Workload, version: string): boolean {
  return isRolledTo(workload, version) && liveVersions(workload).every((live) => !isNewer(live, version));
}

/** Whether the template asks for the version; compared as versions, so that a leading `v` makes no difference. */
export function isRolledTo(workload: Workload, version: string): boolean {
  return workload.exists && workload.version !== undefined && compareVersions(workload.version, version) === 0;
}

/** Available in full, as kstatus reads a Deployment; one without pods serves nobody. */
export function isAvailable({ exists, observed, desired, updated, available, total }: Workload): boolean {
  return exists && observed && desired > 0 && updated === desired && available === desired && total === desired;
}

function onlyPodsOf({ podVersions, desired }: Workload, version: string): boolean {
  return podVersions.length === desired && podVersions.every((each) => each !== undefined && compareVersions(each, version) === 0);
}

/** Every workload of the tenant, Auth first. */
export function allOf({ auth, proxies }: Workloads): readonly Workload[] {
  return [auth, ...proxies];
}

/** Those of which something is known now. */
export function withinReach(workloads: readonly Workload[]): readonly Workload[] {
  return workloads.filter(({ away }) => away === undefined);
}

/** The regions of which nothing is known now, in order. */
export function regionsAway({ proxies }: Pick<Workloads, "proxies">): readonly string[] {
  return proxies.filter(({ away }) => away !== undefined).map(regionOf).sort();
}

/** Of a workload of proxies. */
export function regionOf({ name }: Pick<Workload, "name">): string {
  return name.slice("proxy-".length);
}

/**
 * Under which name the time of a step is counted: what goes by while a region is out of reach is no time of that region's, and
 * what it takes when it is back is no time of the others'.
 */
export function clockedStep(step: string, workloads: Workloads): string {
  const away = regionsAway(workloads);
  return away.length === 0 ? step : `${step}, without ${away.join(", ")}`;
}

/** Whether rolling the workload to the version would put a proxy above Auth, or Auth below a proxy (invariant I14). */
export function wouldOvertake(workloads: Workloads, workload: Workload, version: string): boolean {
  if (workload.name === workloads.auth.name) return [...workloads.proxies.flatMap(liveVersions), ...workloads.leaving].some((live) => isNewer(live, version));
  return liveVersions(workloads.auth).some((live) => isNewer(version, live));
}

/** Versions that run or will: those of the pods, and the template's. */
export function liveVersions({ version, podVersions }: Workload): readonly string[] {
  return [version, ...podVersions].filter((each) => each !== undefined);
}
