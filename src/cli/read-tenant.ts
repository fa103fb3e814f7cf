import { parseTenant, type RawObject, type Tenant } from "../api/index.ts";
import { VERSION } from "../version.ts";
import { UsageError } from "./errors.ts";

/** A Tenant as a command reads it, or what is wrong with it, in one line. */
export type ReadTenant = { readonly kind: "read"; readonly tenant: Tenant } | { readonly kind: "unreadable"; readonly problem: string };

/** Unlike the operator, which derives a status again that it cannot read, a command has nothing else to tell from. */
export function readTenantObject(object: RawObject): ReadTenant {
  const parsed = parseTenant(object);
  const lead = `Tenant "${object.metadata.name}": `;
  if (parsed.kind === "invalid") return { kind: "unreadable", problem: lead + parsed.message };
  if (parsed.lost !== undefined) return { kind: "unreadable", problem: lead + lostStatus(parsed.lost) };
  return { kind: "read", tenant: parsed.value };
}

/** The Tenant, with its status if it has one. Throws UsageError. */
export function tenantOf(object: RawObject): Tenant {
  const found = readTenantObject(object);
  if (found.kind === "unreadable") throw new UsageError(found.problem);
  return found.tenant;
}

/** What to do about a status that another version wrote. */
export function lostStatus(lost: string): string {
  return `its status cannot be read by this slacktide (${VERSION}): ${lost}; use the operator's version`;
}
