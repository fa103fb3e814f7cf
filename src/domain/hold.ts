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

/** The longest that a message may be in a status (its CRD says so). */
const MESSAGE_MAX = 1024;

/** A message as a status has room for it; names that others chose make some longer. */
export function bounded(message: string): string {
  return message.length <= MESSAGE_MAX ? message : `${message.slice(0, MESSAGE_MAX - 1).toWellFormed()}…`;
}

/** Whether an Approval could lift it. */
export function isLiftable(code: HoldCode): boolean {
  return HOLDS[code].liftable;
}

/** Of the operator itself: it holds every lane of every tenant. */
export function fleetHold(code: HoldCode, message: string): Hold {
  return { code, message, scope: "Fleet", source: { kind: "Operator", name: "slacktide" } };
}

export function tenantHold(code: HoldCode, name: string, message: string, until?: Instant): Hold {
  return hold({ code, message: bounded(message), scope: "Tenant", source: { kind: "Tenant", name } }, until);
}

export function channelHold(code: HoldCode, name: string, message: string, until?: Instant): Hold {
  return hold({ code, message: bounded(message), scope: "Channel", source: { kind: "ReleaseChannel", name } }, until);
}

function hold(known: Omit<Hold, "until">, until: Instant | undefined): Hold {
  return until === undefined ? known : { ...known, until };
}
