import type { Liftable } from "../../api/index.ts";
import { parseVersion } from "../release/version.ts";
import { instantOf, type Instant } from "../time.ts";

/** What an Approval says, as it is written (design §2). */
export interface ApprovalSpec {
  readonly tenants: readonly string[];
  readonly version: string;
  readonly lifts: readonly Liftable[];
  readonly expiresAt: string;
}

/** An approval, compiled; it never lifts what must not be lifted, whatever it says. */
export interface Approval {
  readonly name: string;
  readonly tenants: ReadonlySet<string>;
  readonly version: string;
  readonly lifts: ReadonlySet<Liftable>;
  /** Failures that ended before it are acknowledged, later ones are not (design §6). */
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

/** Compiles an approval; undefined if its version or its end cannot be read: then it lifts nothing (fail closed). */
export function compileApproval(name: string, spec: ApprovalSpec, createdAt: Instant): Approval | undefined {
  const version = parseVersion(spec.version);
  const expiresAt = instantOf(spec.expiresAt);
  if (version === undefined || expiresAt === undefined) return undefined;
  return { name, tenants: new Set(spec.tenants), version, lifts: new Set(spec.lifts), createdAt, expiresAt };
}

/** The approvals that name a tenant and have not expired, the newest first. */
export function approvalsFor(tenant: string, all: readonly Approval[], now: Instant): readonly Approval[] {
  const valid = all.filter(({ tenants, expiresAt }) => tenants.has(tenant) && now < expiresAt);
  return valid.toSorted((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1));
}
