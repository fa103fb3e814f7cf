import type { LiveObject } from "./ports.ts";

/**
 * The spec of an object as its kind describes it. The API server has validated what it serves, so the fields may be read
 * as that kind's API has them; every one of them may still be absent.
 */
export function specAs<Spec extends object>(object: Pick<LiveObject, "spec"> | undefined): Partial<Spec> {
  return object?.spec ?? {};
}

/** The status of an object as its kind describes it, likewise. */
export function statusAs<Status extends object>(object: Pick<LiveObject, "status"> | undefined): Partial<Status> {
  return object?.status ?? {};
}

/** Conditions as every kind writes them. */
export interface WithConditions {
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

export type JobState = "absent" | "running" | "succeeded" | "failed";

/** How far the Job of that name is, as its conditions tell. */
export function jobState(jobs: readonly LiveObject[], name: string): JobState {
  const job = jobs.find(({ metadata }) => metadata.name === name);
  if (job === undefined) return "absent";
  if (isTrue(job, "Complete")) return "succeeded";
  return isTrue(job, "Failed") ? "failed" : "running";
}

/** Whether the object's status has the condition with status True. */
export function isTrue(object: LiveObject | undefined, type: string): boolean {
  const { conditions = [] } = statusAs<WithConditions>(object);
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}
