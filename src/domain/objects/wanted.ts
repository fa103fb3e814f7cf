import type { TenantSpec } from "../../api/index.ts";
import type { AttemptRecord } from "../tenant/recorded-state.ts";
import type { Problem } from "../status/conditions.ts";
import { majorOf } from "../release/version.ts";
import { wouldOvertake, type Workload, type Workloads } from "../upgrade/workloads.ts";
import { deployment, type RollRecord } from "./deployment.ts";
import { AUTH, type Owner } from "./names.ts";
import { authTemplate, proxyTemplate, type PodTemplate } from "./pod-template.ts";
import { TEMPLATE_REVISION, type Platform } from "./platform.ts";
import type { DesiredObject } from "./tenant-objects.ts";

/** A Deployment as it is, for deciding how it should be. */
export interface CurrentDeployment {
  readonly name: string;
  readonly workload: Workload;
  readonly roll: RollRecord | undefined;
  /** Its pod template as it is now. */
  readonly template: PodTemplate | undefined;
}

export interface WantedInput {
  readonly owner: Owner;
  readonly spec: TenantSpec;
  readonly platform: Platform;
  /** The version that Deployments without a record get. */
  readonly version: string;
  readonly current: readonly CurrentDeployment[];
  readonly workloads: Workloads;
  readonly digests: (version: string) => { readonly auth?: string; readonly proxy?: string };
  /** The one Deployment that the running attempt rolls now. */
  readonly roll?: { readonly workload: string; readonly version: string; readonly back: boolean; readonly attempt?: AttemptRecord | undefined } | undefined;
}

export interface WantedDeployments {
  readonly deployments: readonly DesiredObject[];
  readonly problems: readonly Problem[];
}

/**
 * The tenant's Deployments: each with the template it was last given on purpose, so that drift is repaired and nothing
 * else restarts a pod (design §9), but for the one that the attempt rolls now.
 */
export function wantedDeployments(input: WantedInput): WantedDeployments {
  const raised = input.current.filter(isRaisedByHand);
  const kept = input.current.filter((current) => !raised.includes(current) && !isWaiting(current, input));
  return {
    deployments: kept.map((current) => deployment({ ...input, name: current.name, roll: rollFor(current, input) })),
    problems: raised.map(({ name, workload, roll }) => ({
      reason: "RaisedByHand",
      message: `Deployment "${name}" was set to ${workload.version ?? ""} by hand, a major above ${roll?.version ?? ""}: Auth cannot go back, so it is left as it is; restore a backup, or finish the upgrade by hand`,
    })),
  };
}

/** Auth that somebody raised by a major has migrated its data: it is never reverted (invariant I7). */
function isRaisedByHand({ name, workload, roll }: CurrentDeployment): boolean {
  return name === AUTH && workload.version !== undefined && roll !== undefined && majorOf(workload.version) > majorOf(roll.version);
}

/** Restoring a version waits until it no longer would put a proxy above Auth (invariant I14). */
function isWaiting({ name, workload, roll }: CurrentDeployment, { workloads, roll: now }: WantedInput): boolean {
  if (!workload.exists || roll === undefined || now?.workload === name || workload.version === roll.version) return false;
  return wouldOvertake(workloads, workload, roll.version);
}

function rollFor(current: CurrentDeployment, input: WantedInput): RollRecord {
  const known = recordOf(current, input);
  if (input.roll?.workload !== current.name) return known;
  const { version, back, attempt } = input.roll;
  const previous = { version: known.version, template: known.template };
  if (back && known.previous?.version === version) {
    return { version, revision: known.revision, template: known.previous.template, previous, ...(known.attempt && { attempt: known.attempt }) };
  }
  return { ...fresh(current.name, version, input), previous, ...(attempt && { attempt }) };
}

/** What the Deployment records; a lost record is made again from what runs, if that is the version it should be. */
function recordOf({ name, roll, workload, template }: CurrentDeployment, input: WantedInput): RollRecord {
  if (roll !== undefined) return roll;
  if (template !== undefined && workload.version === input.version) return { version: input.version, revision: TEMPLATE_REVISION, template };
  return fresh(name, input.version, input);
}

function fresh(name: string, version: string, { owner, platform, digests }: WantedInput): RollRecord {
  const digest = digests(version);
  const template =
    name === AUTH
      ? authTemplate({ owner, version, platform, digest: digest.auth })
      : proxyTemplate({ owner, version, platform, digest: digest.proxy }, name.slice("proxy-".length));
  return { version, revision: TEMPLATE_REVISION, template };
}
