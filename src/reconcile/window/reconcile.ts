import { isDeepStrictEqual } from "node:util";
import type { MaintenanceWindowStatus } from "../../api/index.ts";
import { windowStatus } from "../../domain/status/window-status.ts";
import { instantOf } from "../../domain/time.ts";
import { bindWindows } from "../../domain/window/binding.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { Compiled, CompiledWindow } from "../compiled.ts";
import type { Env, LiveObject } from "../ports.ts";
import { specAs, statusAs } from "../shapes.ts";

export interface WindowEnv extends Env {
  readonly compiled: Compiled;
}

/** Keeps one window's status: whether it is open, until when, and the next openings. */
export async function reconcileWindow(key: string, env: WindowEnv): Promise<Outcome> {
  const object = env.caches.get("MaintenanceWindow", { name: key });
  if (object === undefined) return {};
  const compiled = env.compiled.window(object);
  const now = env.clock.now();
  const previous = statusAs<MaintenanceWindowStatus>(object);
  const { generation, name, uid } = object.metadata;
  const status = windowStatus({ previous, generation, window: compiled.window, tenants: boundTenants(compiled, env), now });
  if (!isDeepStrictEqual(status, previous)) {
    const { apiVersion, kind } = object;
    await env.api.applyStatus({ apiVersion, kind, metadata: { name, ...(uid !== undefined && { uid }) }, status });
  }
  const edges = [instantOf(status.closesAt), instantOf(status.nextOpensAt), instantOf(status.nextOpenings?.[0])];
  const due = edges.filter((edge) => edge !== undefined).filter((edge) => edge > now);
  return due.length === 0 ? {} : { requeueAt: Math.min(...due) };
}

/** How many tenants the window binds; a tenant whose spec cannot be read is bound by none. */
function boundTenants({ name, tenantSelector, window }: CompiledWindow, env: WindowEnv): number {
  return env.caches.list("Tenant").filter((tenant) => {
    const bound = bindWindows({ name: tenant.metadata.name, labels: tenant.metadata.labels, windows: listedWindows(tenant) }, [{ name, tenantSelector, window }]);
    return bound.valid.length + bound.invalid.length > 0;
  }).length;
}

function listedWindows(tenant: LiveObject): readonly string[] | undefined {
  return specAs<{ windows: readonly string[] }>(tenant).windows;
}
