import { isDeepStrictEqual } from "node:util";
import type { ApprovalStatus, TenantStatus } from "../../api/index.ts";
import { approvalStatus } from "../../domain/status/approval-status.ts";
import type { Outcome } from "../../runtime/controller.ts";
import type { Compiled } from "../compiled.ts";
import type { Env } from "../ports.ts";
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
  const { upgrade, history = [] } = statusAs<TenantStatus>(caches.get("Tenant", { name: tenant }));
  const attempts = [...(upgrade ? [upgrade] : []), ...history];
  return attempts.filter(({ approvals = [] }) => approvals.includes(approval)).map(({ id }) => id);
}
