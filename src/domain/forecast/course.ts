import { SECOND } from "../time.ts";
import type { Assumptions } from "./assumptions.ts";

/** The pods of a tenant, as far as they take time. */
export interface Shape {
  readonly regions: number;
  /** In each region. */
  readonly proxies: number;
}

/** How long the parts of a tenant's upgrades take, in milliseconds; all of them are assumed (design §8, §10). */
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

/** Pods end within their whole grace; Auth is replaced, the proxies of each region follow one by one, and all is watched for a while. */
export function courseOf({ regions, proxies }: Shape, { pods, podStartMs, preflightMs }: Assumptions): Course {
  const podMs = podStartMs + pods.minReadySeconds * SECOND;
  const authMs = pods.authGraceSeconds * SECOND + podMs;
  const regionMs = proxies * podMs + pods.proxyGraceSeconds * SECOND;
  return {
    preflightMs,
    workMs: authMs + regions * regionMs + pods.verifySeconds * SECOND,
    givenUpMs: pods.stepDeadlineSeconds * SECOND,
    backMs: authMs,
  };
}
