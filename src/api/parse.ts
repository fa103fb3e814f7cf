import type { z } from "zod";
import { APPROVAL, FREEZE, MAINTENANCE_WINDOW, RELEASE_CHANNEL, TENANT, type Approval, type Freeze, type KindDefinition, type MaintenanceWindow, type ObjectMeta, type ReleaseChannel, type Tenant } from "./kinds.ts";

/** An object as it came from the API server or a file: nothing of it is believed yet. */
export interface RawObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** `lost`: a status is there and says what is not understood, so the value has none. */
export type Parsed<T> = { readonly kind: "valid"; readonly value: T; readonly lost?: string } | { readonly kind: "invalid"; readonly message: string };

export function parseTenant(raw: RawObject): Parsed<Tenant> {
  return parse<Tenant>(TENANT, raw);
}

export function parseMaintenanceWindow(raw: RawObject): Parsed<MaintenanceWindow> {
  return parse<MaintenanceWindow>(MAINTENANCE_WINDOW, raw);
}

export function parseFreeze(raw: RawObject): Parsed<Freeze> {
  return parse<Freeze>(FREEZE, raw);
}

export function parseApproval(raw: RawObject): Parsed<Approval> {
  return parse<Approval>(APPROVAL, raw);
}

export function parseReleaseChannel(raw: RawObject): Parsed<ReleaseChannel> {
  return parse<ReleaseChannel>(RELEASE_CHANNEL, raw);
}

/** Objects of caches never change, and each is looked at many times: what was found of one is kept as long as it is. */
const known = new WeakMap<RawObject, Parsed<unknown>>();

function parse<T>(definition: KindDefinition, raw: RawObject): Parsed<T> {
  const found = known.get(raw) ?? parsed<T>(definition, raw);
  known.set(raw, found);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object is of one kind, and T is that kind's
  return found as Parsed<T>;
}

/** Parses spec strictly and status leniently: a status that cannot be read counts as lost and is derived again (design §9). */
function parsed<T>(definition: KindDefinition, raw: RawObject): Parsed<T> {
  const spec = definition.spec.safeParse(raw.spec ?? {});
  if (!spec.success) return { kind: "invalid", message: explain(spec.error) };
  const status = definition.status.safeParse(raw.status);
  const { apiVersion, kind, metadata } = raw;
  const value = { apiVersion, kind, metadata, spec: spec.data, ...(status.success && { status: status.data }) };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the definition's schemas are the source of T
  const result: Parsed<T> = { kind: "valid", value: value as T, ...(!status.success && !isAbsent(raw.status) && { lost: explainStatus(status.error, raw.status) }) };
  known.set(value, result); // it may be kept in place of what it was parsed from
  return result;
}

function isAbsent(status: unknown): boolean {
  return status === undefined || status === null;
}

/** The first thing that is not understood, with the field that it stands in. */
function explainStatus({ issues: [issue] }: z.ZodError, status: unknown): string {
  if (issue === undefined) return "status";
  const found: unknown = issue.path.reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined), status);
  const isUnknownWord = issue.code === "invalid_value" && typeof found === "string";
  return `${placeOf("status", issue.path)}: ${isUnknownWord ? `"${found}" is not known` : wording(issue)}`;
}

/** Every error on one line, each with the field it stands in. */
function explain(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${placeOf("spec", issue.path)}: ${wording(issue)}`)
    .sort()
    .join("; ");
}

function placeOf(root: string, path: readonly PropertyKey[]): string {
  return `${root}${path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("")}`;
}

/** zod tells of a field that is not there as of one with the value undefined, which nobody wrote. */
function wording({ message }: z.core.$ZodIssue): string {
  return message.endsWith("received undefined") ? "is missing" : message.replace(/^Invalid input: /, "");
}
