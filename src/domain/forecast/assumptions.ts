import type { PodTimings } from "../objects/platform.ts";
import { SECOND, type Instant } from "../time.ts";

/** What a forecast takes for granted, because only the future knows it; it is printed with it (design §10). */
export interface Assumptions {
  readonly pods: PodTimings;
  /** From the creation of a pod until it is Ready, its image pulled. */
  readonly podStartMs: number;
  /** From a claim until the new image has proved that it can be run. */
  readonly preflightMs: number;
  /** When the agents of a tenant catch up: from each instant on they all run at least what it runs then. */
  readonly catchUps: ReadonlyMap<string, readonly Instant[]>;
  readonly failures: readonly AssumedFailure[];
}

/** A release with which Auth does not become Ready. */
export interface AssumedFailure {
  readonly version: string;
  /** On these tenants; absent: on all. */
  readonly tenants?: ReadonlySet<string> | undefined;
}

/** Nothing fails, agents stay as they are, and pods start in half a minute. */
export function usualAssumptions(pods: PodTimings): Assumptions {
  return { pods, podStartMs: 30 * SECOND, preflightMs: 30 * SECOND, catchUps: new Map(), failures: [] };
}

export function isAssumedToFail({ failures }: Assumptions, tenant: string, version: string): boolean {
  return failures.some((failure) => failure.version === version && (failure.tenants?.has(tenant) ?? true));
}
