import { isDeepStrictEqual } from "node:util";
import type { TenantStatus } from "../../api/index.ts";
import { isOutOfBackup } from "../../domain/tenant/belief.ts";
import { conditionsOf, stalledWish } from "../../domain/status/conditions.ts";
import type { Outcome, ReconcileContext } from "../../runtime/controller.ts";
import type { LiveObject } from "../ports.ts";
import { statusAs } from "../shapes.ts";
import { act } from "./act.ts";
import { decide } from "./decide.ts";
import type { TenantEnv } from "./env.ts";
import { gather } from "./gather.ts";
import { tidyPorts } from "./port-claims.ts";
import { beginPurge, purge } from "./purge.ts";
import { report } from "./report.ts";
import { removeReleasedTables } from "./released-tables.ts";
import { tearDown } from "./tear-down.ts";

/** One look at one tenant: read everything, decide purely, act, and say what was done and why not more. */
export async function reconcileTenant(key: string, env: TenantEnv, { signal }: Pick<ReconcileContext, "signal">): Promise<Outcome> {
  env.memory.see(key, env.caches.get("Tenant", { name: key })?.metadata.uid); // of who is gone nothing is remembered
  const gathered = await gather(key, env, signal); // all reads
  if (gathered.kind !== "present") env.followTurns.leave(key); // others may follow in its place
  if (gathered.kind === "gone") return forget(key, env);
  if (gathered.kind === "leaving") return tearDown(gathered.object, env);
  if (gathered.kind === "invalid") return refuse(gathered.object, gathered.message, env);
  if (gathered.kind === "purging") return purge(gathered, env);
  const { platform, memory, followTurns, clock } = env;
  if (isOutOfBackup(gathered.facts)) {
    await env.api.eraseStatus(gathered.facts.object);
    return { requeueAt: clock.now(), settling: true };
  }
  const decision = decide(gathered, { platform, memory, followTurns, now: clock.now() }); // pure
  const { problems, unfinished } = await act(decision, env, signal); // all writes but status
  const deletion = await beginPurge(gathered.facts, env); // of a tenant that lapsed long ago
  if (deletion.kind === "begun") return { requeueAt: clock.now(), settling: true };
  const outcome = await report({ decision, problems, unfinished, deletion, readingDueAt: gathered.readingDueAt }, env); // status, events, when to come back
  const portsDueAt = await tidyPorts(gathered.facts.owner, env); // what tenants of that name have left
  const tablesDueAt = await removeReleasedTables(gathered.facts, env); // what restores have left
  const dueAt = Math.min(outcome.requeueAt ?? Infinity, portsDueAt ?? Infinity, tablesDueAt ?? Infinity);
  return Number.isFinite(dueAt) ? { ...outcome, requeueAt: dueAt } : outcome;
}

async function forget(key: string, env: TenantEnv): Promise<Outcome> {
  env.meter.tenantSeen(key, undefined);
  const requeueAt = await tidyPorts({ name: key, uid: undefined }, env);
  return requeueAt === undefined ? {} : { requeueAt };
}

/** A spec that cannot be read (an older or newer CRD let it in) is Stalled; nothing else of the tenant is touched. */
async function refuse(object: LiveObject, message: string, env: TenantEnv): Promise<Outcome> {
  const { name, generation } = object.metadata;
  const { apiVersion, kind } = object;
  const previous = statusAs<TenantStatus>(object);
  const wishes = [
    { type: "Ready", status: "False" as const, reason: "SpecInvalid", message },
    ...stalledWish([{ reason: "SpecInvalid", message }]),
  ];
  const conditions = conditionsOf(wishes, { previous: previous.conditions, generation, now: env.clock.now() });
  const status = { ...previous, conditions };
  if (!isDeepStrictEqual(status, object.status)) await env.api.applyStatus({ apiVersion, kind, metadata: { name }, status });
  return {};
}
