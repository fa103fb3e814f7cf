import { parseTenant, type ApprovalSpec, type LaneStatus, type Liftable, type RawObject, type Tenant } from "../api/index.ts";
import { majorOf, parseVersion } from "../domain/release/version.ts";
import { instantOf } from "../domain/time.ts";

/** What lifts one of these is an opening of its own, or counts after it has expired. */
const NEEDS_NO_OPENING: ReadonlySet<Liftable> = new Set(["OutsideWindow", "NoWindow", "WindowInvalid", "RetryNextOpening", "ReleaseHalted"]);

/** What the Approval can hardly be meant to be: it ends before a tenant's lane has an opening, as the operator last wrote it. */
export function warningsOf(spec: ApprovalSpec, tenants: readonly RawObject[]): readonly string[] {
  if (spec.lifts.some((code) => NEEDS_NO_OPENING.has(code))) return [];
  return tenants.flatMap((object) => {
    const tenant = parseTenant(object);
    const window = tenant.kind === "valid" ? laneFor(tenant.value, spec.version)?.window : undefined;
    const opensAt = window?.open === false ? window.nextOpensAt : undefined;
    const isTooLate = (instantOf(opensAt) ?? Number.NEGATIVE_INFINITY) >= (instantOf(spec.expiresAt) ?? Number.POSITIVE_INFINITY);
    return isTooLate ? [`it expires at ${spec.expiresAt}, and Tenant "${object.metadata.name}" has no opening before ${opensAt ?? ""}: give it longer, or lift OutsideWindow too`] : [];
  });
}

function laneFor({ status }: Tenant, to: string): LaneStatus | undefined {
  const isMajor = majorOf(to) !== majorOf(parseVersion(status?.version ?? "") ?? to);
  return isMajor ? status?.lanes?.major : status?.lanes?.patch;
}
