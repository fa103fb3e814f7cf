import { HOLDS, type HoldCode } from "../api/index.ts";
import type { Instant } from "./time.ts";

export type Lane = "Patch" | "Major";

/** One reason why a lane does not start now (design §6). Messages hold no times and no counters. */
export interface Hold {
  readonly code: HoldCode;
  readonly message: string;
  readonly scope: "Fleet" | "Channel" | "Tenant";
  readonly source: { readonly kind: string; readonly name: string };
  /** When it ends by itself, if that is known. */
  readonly until?: Instant;
}

/** Whether an Approval could lift it. */
export function isLiftable(code: HoldCode): boolean {
  return HOLDS[code].liftable;
}

export function tenantHold(code: HoldCode, name: string, message: string, until?: Instant): Hold {
  return hold({ code, message, scope: "Tenant", source: { kind: "Tenant", name } }, until);
}

export function channelHold(code: HoldCode, name: string, message: string, until?: Instant): Hold {
  return hold({ code, message, scope: "Channel", source: { kind: "ReleaseChannel", name } }, until);
}

function hold(known: Omit<Hold, "until">, until: Instant | undefined): Hold {
  return until === undefined ? known : { ...known, until };
}
