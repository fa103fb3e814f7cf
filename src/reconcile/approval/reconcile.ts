import { isDeepStrictEqual } from "node:util";
import type { ApprovalStatus, TenantStatus } from "../../api/index.ts";
import { approvalStatus } from "../../domain/status/approval-status.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { Compiled } from "../compiled.ts";
import type { Env, LiveObject } from "../ports.ts";
import { specAs, statusAs } from "../shapes.ts";

export interface ApprovalEnv extends Env {
  readonly compiled: Compiled;
}

/** Keeps one approval's status: whether it lifts anything, and which attempts rest on it. */
export async function reconcileApproval(key: string, env: ApprovalEnv): Promise<Outcome> {
  const object = env.caches.get("Approval", { name: key });
  if (object === undefined) return {};
  const approval = env.compiled.approval(object);
  const now = env.clock.now();
  const previous = statusAs<ApprovalStatus>(object);
  const { generation, name, uid } = object.metadata;
  const { tenants = [] } = specAs<{ tenants: readonly string[] }>(object);
  const usedBy = tenants.flatMap((tenant) => attemptsOf(tenant, name, env).map((attempt) => ({ tenant, attempt })));
  const status = approvalStatus({ previous, generation, approval, usedBy, now });
  if (!isDeepStrictEqual(status, previous)) {
    const { apiVersion, kind } = object;
    await env.api.applyStatus({ apiVersion, kind, metadata: { name, ...(uid !== undefined && { uid }) }, status });
  }
  const due = [approval?.createdAt, approval?.expiresAt].filter((edge) => edge !== undefined).filter((edge) => edge > now);
  return due.length === 0 ? {} : { requeueAt: Math.min(...due) };
}

function attemptsOf(tenant: string, approval: string, { caches }: ApprovalEnv): readonly string[] {
  return usesOf(caches.get("Tenant", { name: tenant })).flatMap((use) => (use.approval === approval ? [use.attempt] : []));
}

/** The approvals that a tenant's attempts rest on since this change of it: they may have expired long ago, and tell of it all the same. */
export function newlyUsed({ old, now }: { readonly old?: LiveObject | undefined; readonly now?: LiveObject | undefined }): readonly string[] {
  const before = usesOf(old);
  const isNew = (use: Use) => !before.some(({ attempt, approval }) => attempt === use.attempt && approval === use.approval);
  return [...new Set(usesOf(now).filter(isNew).map(({ approval }) => approval))];
}

interface Use {
  readonly attempt: string;
  readonly approval: string;
}

function usesOf(tenant: LiveObject | undefined): readonly Use[] {
  const { upgrade, history = [] } = statusAs<TenantStatus>(tenant);
  return [...(upgrade ? [upgrade] : []), ...history].flatMap(({ id, approvals = [] }) => approvals.map((approval) => ({ attempt: id, approval })));
}
