import type { HoldStatus, Tenant } from "../api/index.ts";
import { parseInventory } from "../adapters/inventory/reader.ts";
import type { LastRead } from "../domain/agents/gate.ts";
import { InventoryTally, type Reading } from "../domain/agents/inventory.ts";
import { rememberAgents, turnedEmpty } from "../domain/agents/memory.ts";
import { named } from "../domain/forecast/findings.ts";
import { namespaceOf } from "../domain/objects/names.ts";
import { majorOf } from "../domain/release/version.ts";
import type { TenantView } from "../domain/tenant/view.ts";
import { parseDuration, type Instant } from "../domain/time.ts";
import { AppError } from "../reconcile/app-error.ts";
import type { Manifest } from "./manifests.ts";

const DEFAULT_KEY = "inventory.json";

/** Where the agents of a tenant are looked for, and when. */
export interface AgentTerms {
  readonly manifests: readonly Manifest[];
  readonly at: Instant;
  /** The version the tenant runs. */
  readonly version: string;
}

/** The agents as the manifests tell of them: in the ConfigMap that the tenant names, else in its status alone. */
export function agentsOf(tenant: Tenant, { manifests, at, version }: AgentTerms): TenantView["agents"] {
  const { inventory } = tenant.spec.agents;
  const previous = tenant.status?.agents;
  const terms = { rememberForMs: parseDuration(inventory.rememberFor) ?? 0, maxAgeMs: parseDuration(inventory.maxAge) ?? 0 };
  const reading = readingOf(tenant, manifests, at);
  const status = reading === undefined ? previous : rememberAgents(previous, reading, { currentMajor: majorOf(version), now: at, isFirst: true, ...terms });
  return { status, lastRead: lastReadOf(reading, { emptied: reading !== undefined && turnedEmpty(previous, reading), at }), ...terms };
}

/** The ConfigMap that holds the tenant's inventory, if it has one and the manifests do. */
export function inventoryOf({ metadata, spec }: Tenant, manifests: readonly Manifest[]): Manifest | undefined {
  const { type, name } = spec.agents.inventory;
  if (type !== "ConfigMap") return undefined;
  return manifests.find((object) => object.kind === "ConfigMap" && object.metadata.name === name && object.metadata.namespace === namespaceOf(metadata.name));
}

/**
 * Only the operator reads inventories: unless the manifests hold one, or status says that it could not, all are taken to be as it
 * wrote them, and agents of which nothing was ever written to be fine. `noInventoryLine` says so.
 */
export function takenRead({ lastRead }: TenantView["agents"], tenant: Tenant, manifests: readonly Manifest[]): LastRead {
  if (inventoryOf(tenant, manifests) !== undefined) return lastRead;
  const unknown = unreadHold(tenant);
  return unknown === undefined ? { kind: "never" } : { kind: "failed", message: unknown.message, askedAt: 0 };
}

function unreadHold({ status }: Tenant): HoldStatus | undefined {
  return status?.lanes?.major?.holds?.find(({ code }) => code === "InventoryUnknown");
}

/** Of which tenants nothing says what agents they have, in words; nothing, if there are none. */
export function noInventoryLine(tenants: readonly Tenant[], manifests: readonly Manifest[]): readonly string[] {
  const unknown = tenants.filter((tenant) => tenant.status?.agents === undefined && unreadHold(tenant) === undefined && inventoryOf(tenant, manifests) === undefined);
  return unknown.length === 0 ? [] : [`no inventory is known of ${named(unknown.map(({ metadata }) => metadata.name))}: none of their agents is taken to be behind`];
}

/** An inventory that the operator could not read is unknown to it, and so it is here. */
function readingOf(tenant: Tenant, manifests: readonly Manifest[], at: Instant): Reading | undefined {
  const { key = DEFAULT_KEY } = tenant.spec.agents.inventory;
  const namespace = namespaceOf(tenant.metadata.name);
  const found = inventoryOf(tenant, manifests);
  if (found === undefined) return undefined;
  const unknown = (message: string): Reading => ({ kind: "unknown", message, unknownCount: 0, readAt: at });
  const text = textAt(found.data, key);
  if (text === undefined) return unknown(`the inventory cannot be read: ConfigMap "${namespace}/${found.metadata.name}" has no key "${key}"`);
  try {
    const tally = new InventoryTally({ readAt: at });
    parseInventory(text, (row) => tally.take(row));
    return tally.reading();
  } catch (error) {
    if (error instanceof AppError) return unknown(error.message);
    throw error;
  }
}

function textAt(data: unknown, key: string): string | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const entry = Object.entries(data).find(([name]) => name === key);
  return typeof entry?.[1] === "string" ? entry[1] : undefined;
}

function lastReadOf(reading: Reading | undefined, { emptied, at }: { readonly emptied: boolean; readonly at: Instant }): LastRead {
  if (reading === undefined) return { kind: "failed", message: "the manifests hold no inventory of this tenant", askedAt: at };
  if (emptied) return { kind: "failed", message: "the inventory turned empty though agents were known", askedAt: at };
  if (reading.kind === "complete") return { kind: "complete", readAt: at, askedAt: at };
  return { kind: "failed", message: reading.message, askedAt: at };
}
