import type { LeadershipSpec } from "./api/index.ts";
import type { LeadershipObject, LeadershipRecord } from "./kube/leadership.ts";
import type { Mono } from "./runtime/clock.ts";
import { isRenewed, type LeaseTiming } from "./runtime/lease.ts";

interface Judging {
  readonly record: LeadershipRecord;
  readonly mono: Mono;
  readonly timing: LeaseTiming;
}

/** For an operator that takes part in no election: throws if a cluster is led already. */
export async function refuseIfLed(options: Judging): Promise<void> {
  const found = await options.record.read();
  if (found === undefined || !(await isLed(found, options))) return;
  const { namespace, lease } = found.spec;
  throw new Error(`start: the cluster is led by ${nameOf(found.spec)}: stop it, or join it with --leader-elect --lease-namespace=${namespace} --lease-name=${lease}`);
}

/** Whether the installation that a record names is alive, which its Lease tells. */
export function isLed(found: LeadershipObject, { record, mono, timing }: Judging): Promise<boolean> {
  return isRenewed(() => record.leaseOf(found), { mono, everyMs: timing.retryPeriodMs });
}

/** Whom a record names, for people. */
export function nameOf({ holder, namespace, lease }: Omit<LeadershipSpec, "epoch">): string {
  return `pod "${holder}" of "${namespace}/${lease}"`;
}
