import type { AttemptRecord } from "../tenant/recorded-state.ts";
import { replicasOf } from "../tenant/suspension.ts";
import type { Problem } from "../status/conditions.ts";
import { isNewer, majorOf } from "../release/version.ts";
import { liveVersions, wouldOvertake, type Workload, type Workloads } from "../upgrade/workloads.ts";
import { deployment, type RollRecord } from "./deployment.ts";
import { isOnAws } from "./aws/names.ts";
import { AUTH } from "./names.ts";
import type { PodTemplate } from "./pod-template.ts";
import { renderedTemplate, revisionOf, type RenderInput } from "./rendered.ts";
import { isWithin } from "./same-template.ts";
import type { DesiredObject } from "./desired.ts";

/** A Deployment as it is, for deciding how it should be. */
export interface CurrentDeployment {
  readonly name: string;
  readonly workload: Workload;
  readonly roll: RollRecord | undefined;
  /** Its pod template as it is now. */
  readonly template: PodTemplate | undefined;
}

export interface WantedInput extends RenderInput {
  /** It is to be switched off. */
  readonly suspended: boolean;
  /** The version that Deployments without a record get. */
  readonly version: string;
  /** The tenant was never Active: what its Deployments record counts only at that version (design §8). */
  readonly anew: boolean;
  /** The attempt under way, once it was announced. */
  readonly attempt?: { readonly record: AttemptRecord; readonly hasBegun: boolean } | undefined;
  /** The last one that disrupted the tenant and has ended. */
  readonly ended?: AttemptRecord | undefined;
  readonly current: readonly CurrentDeployment[];
  readonly workloads: Workloads;
  /** What all of it is to become that is being restored: this version, and Auth this volume. */
  readonly restore?: { readonly stage: RestoreStage; readonly version: string; readonly claim: string; readonly record?: AttemptRecord | undefined } | undefined;
  /** The one Deployment that the running attempt rolls now. */
  readonly roll?: { readonly workload: string; readonly version: string; readonly back: boolean } | undefined;
}

/** Everything stops; when no pod is left the proxies get the version, and when all of them have it so does Auth (invariant I14). */
export type RestoreStage = "Stopping" | "Proxies" | "Auth";

export interface WantedDeployments {
  readonly deployments: readonly DesiredObject[];
  readonly problems: readonly Problem[];
}

/**
 * The tenant's Deployments: each with the template it was last given on purpose, so that drift is repaired and nothing
 * else restarts a pod (design §9), but for the one that the attempt rolls now.
 */
export function wantedDeployments(input: WantedInput): WantedDeployments {
  if (input.restore !== undefined && input.restore.stage !== "Stopping") return { deployments: restoredDeployments(input, input.restore), problems: [] };
  // Of what is out of reach nothing is known that could be compared with.
  const planned = input.current.filter(({ workload }) => workload.away === undefined).map((current) => ({ current, roll: rollFor(current, input) }));
  const raised = planned.filter((plan) => isRaised(plan) && !isLeftByRestore(plan, input));
  const written = planned.filter((plan) => !raised.includes(plan) && !isWaiting(plan, input));
  return {
    deployments: written.map(({ current, roll }) => deployment({ ...input, name: current.name, roll, replicas: replicasFor(current, input), isShared: isOnAws(input.spec) })),
    problems: raised.map(({ current, roll }) => ({
      reason: "RaisedByHand",
      message: `Deployment "${current.name}" runs ${[...new Set(liveVersions(current.workload))].join(" and ")}, a major above ${roll.version}: Auth cannot go back, so it is left as it is; restore a backup, or finish the upgrade by hand`,
    })),
  };
}

/** Auth last: with its volume the restore is done, and until then it is gone on with. What ran before is no way back any more. */
function restoredDeployments(input: WantedInput, { stage, version, claim, record }: NonNullable<WantedInput["restore"]>): readonly DesiredObject[] {
  const now = input.current.filter(({ name, workload }) => (name === AUTH) === (stage === "Auth") && workload.away === undefined);
  return now.map(({ name, workload }) => deployment({ ...input, name, roll: { ...fresh({ name, workload }, version, { ...input, claim }), ...(record && { attempt: record }) }, replicas: 0, isShared: isOnAws(input.spec) }));
}

/** It is given no pod any more: whatever its template says runs nowhere. */
function isLeftByRestore({ current }: Planned, input: WantedInput): boolean {
  return input.restore !== undefined && replicasFor(current, input) === 0;
}

/** Sizes follow the spec at once, also while an attempt runs; suspending waits for one past its first write (design §9). */
function replicasFor({ name, workload }: CurrentDeployment, { spec, suspended, attempt, workloads, restore }: WantedInput): number {
  const full = name === AUTH ? spec.auth.replicas : spec.proxy.replicas;
  return replicasOf(workload, full, { suspended: restore !== undefined || (suspended && attempt?.hasBegun !== true), workloads });
}

interface Planned {
  readonly current: CurrentDeployment;
  readonly roll: RollRecord;
}

/** Auth that runs a major above has migrated its data: nothing ever takes it down (invariant I7). */
function isRaised({ current, roll }: Planned): boolean {
  return current.name === AUTH && liveVersions(current.workload).some((live) => majorOf(live) > majorOf(roll.version));
}

/**
 * A version is restored, and a missing Deployment made, once that puts no proxy above Auth (invariant I14); past its first
 * write only the attempt itself knows at which version a missing Auth belongs.
 */
function isWaiting({ current: { name, workload }, roll }: Planned, { workloads, anew, attempt, roll: now }: WantedInput): boolean {
  if (anew || now?.workload === name) return false;
  if (name === AUTH && !workload.exists && attempt?.hasBegun === true) return true;
  // A proxy that is above Auth already comes no further above it when Auth goes up.
  if (name === AUTH && workload.version !== undefined && isNewer(roll.version, workload.version)) return false;
  return (!workload.exists || workload.version !== roll.version) && wouldOvertake(workloads, workload, roll.version);
}

function rollFor(current: CurrentDeployment, input: WantedInput): RollRecord {
  const known = recordOf(current, input);
  if (input.roll?.workload !== current.name) return known;
  const { version, back } = input.roll;
  const previous = { version: known.version, revision: known.revision, template: known.template };
  if (back && known.previous?.version === version) return { ...known.previous, previous, ...(known.attempt && { attempt: known.attempt, rolledBack: true }) };
  // A region that follows after an attempt does what that left to be done.
  const attempt = input.attempt?.record ?? (input.ended?.to === version ? input.ended : undefined);
  return { ...fresh(current, version, input), previous, ...(attempt && { attempt }) };
}

/** What the Deployment records; a lost record is made again from what runs, if that is the version it should be. */
function recordOf({ name, roll, workload, template }: CurrentDeployment, input: WantedInput): RollRecord {
  if (roll !== undefined && !(input.anew && roll.version !== input.version)) return roll;
  const { version } = workload;
  const { record } = input.attempt ?? {};
  // With the attempt's id, or the attempt would seem not to have begun.
  const versions = record === undefined ? [] : [record.to, ...(record.stuckOn ?? []).map((each) => each.version)];
  if (template !== undefined && version !== undefined && versions.includes(version)) return { ...readBack({ name, workload, template, version }, input), attempt: record };
  // Should status be lost as well, Auth still tells that the tenant was disrupted in this opening (invariant I12).
  const ended = name === AUTH && !input.anew && input.ended !== undefined && { attempt: input.ended };
  if (template !== undefined && version === input.version) return { ...readBack({ name, workload, template, version }, input), ...ended };
  return { ...fresh({ name, workload }, input.version, input), ...(!workload.exists && ended) };
}

/** What runs, as it would be rendered if that comes to the same pods: else of no revision that anybody knows. */
function readBack({ name, workload, template, version }: Pick<CurrentDeployment, "name" | "workload"> & { readonly template: PodTemplate; readonly version: string }, input: WantedInput): RollRecord {
  const now = fresh({ name, workload }, version, input);
  return isWithin(now.template, template) ? now : { version, revision: UNKNOWN_REVISION, template };
}

/** Older than any: it is brought up to date as soon as a window lets it. */
const UNKNOWN_REVISION = 0;

function fresh({ name, workload }: Pick<CurrentDeployment, "name" | "workload">, version: string, input: WantedInput): RollRecord {
  return { version, revision: revisionOf(input), template: renderedTemplate({ name, isAbroad: workload.isAbroad }, version, input) };
}
