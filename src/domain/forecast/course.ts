import type { UpgradeClass } from "../../api/index.ts";
import { usualOf, type Durations } from "../fleet/durations.ts";
import { SECOND } from "../time.ts";
import type { Assumptions } from "./assumptions.ts";

/** The pods of a tenant, as far as they take time. */
export interface Shape {
  readonly regions: number;
  /** In each region. */
  readonly proxies: number;
}

/** How long the parts of an upgrade take, in milliseconds (design §8, §10). */
export interface Course {
  /** From the claim to the disruptive instant. */
  readonly preflightMs: number;
  /** From there to the end, if all goes well. */
  readonly workMs: number;
  /** From there until Auth is given up. */
  readonly givenUpMs: number;
  /** From there until what ran before runs again. */
  readonly backMs: number;
}

/**
 * How long a tenant's upgrades of a class take: as long as half of those that the channel remembers, and where it remembers too
 * few what its pods need. They end within their whole grace; Auth is replaced, the proxies of each region follow one by one, and
 * all is watched for a while.
 */
export function courseOf({ regions, proxies }: Shape, { pods, podStartMs, preflightMs }: Assumptions, measured?: Durations[keyof Durations]): Course {
  const podMs = podStartMs + pods.minReadySeconds * SECOND;
  const authMs = pods.authGraceSeconds * SECOND + podMs;
  const regionMs = proxies * podMs + pods.proxyGraceSeconds * SECOND;
  const usual = usualOf(measured);
  return {
    preflightMs: usual === undefined ? preflightMs : usual.fromClaimMs - usual.fromDisruptionMs,
    workMs: usual?.fromDisruptionMs ?? authMs + regions * regionMs + pods.verifySeconds * SECOND,
    givenUpMs: pods.stepDeadlineSeconds * SECOND,
    backMs: authMs,
  };
}

/** The courses of a tenant's lanes. */
export interface Courses {
  readonly patch: Course;
  readonly major: Course;
}

export function coursesOf(shape: Shape, assumptions: Assumptions, durations: Durations | undefined): Courses {
  return { patch: courseOf(shape, assumptions, durations?.patch), major: courseOf(shape, assumptions, durations?.major) };
}

/** Config and Security take as long as a patch. */
export function courseFor({ patch, major }: Courses, upgradeClass: UpgradeClass): Course {
  return upgradeClass === "Major" ? major : patch;
}
