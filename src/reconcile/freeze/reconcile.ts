import { isDeepStrictEqual } from "node:util";
import type { FreezeStatus } from "../../api/index.ts";
import type { Freeze } from "../../domain/freeze/freeze.ts";
import { freezeStatus } from "../../domain/status/freeze-status.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { Compiled } from "../compiled.ts";
import type { Env } from "../ports.ts";
import { statusAs } from "../shapes.ts";
import { channelOf } from "../tenant/observe.ts";

export interface FreezeEnv extends Env {
  readonly compiled: Compiled;
}

/** Keeps one freeze's status: whether it holds, and whom it covers. */
export async function reconcileFreeze(key: string, env: FreezeEnv): Promise<Outcome> {
  const object = env.caches.get("Freeze", { name: key });
  if (object === undefined) return {};
  const freeze = env.compiled.freeze(object);
  const now = env.clock.now();
  const previous = statusAs<FreezeStatus>(object);
  const { generation, name, uid } = object.metadata;
  const status = freezeStatus({ previous, generation, freeze, tenants: covered(freeze, env), now });
  if (!isDeepStrictEqual(status, previous)) {
    const { apiVersion, kind } = object;
    await env.api.applyStatus({ apiVersion, kind, metadata: { name, ...(uid !== undefined && { uid }) }, status });
  }
  const due = [freeze.from, freeze.until].filter((edge) => edge > now && Number.isFinite(edge));
  return due.length === 0 ? {} : { requeueAt: Math.min(...due) };
}

function covered(freeze: Freeze, { caches }: FreezeEnv): number {
  return caches.list("Tenant").filter((tenant) => freeze.covers({ ...tenant.metadata, channel: channelOf(tenant) })).length;
}
