import type { Slot } from "../../api/index.ts";
import type { LastRead } from "../../domain/agents/gate.ts";
import type { LedgerTenant } from "../../domain/fleet/ledger.ts";
import { decideLanes, type LanesDecision } from "../../domain/tenant/decide.ts";
import { nextCheckAt } from "../../domain/tenant/next-check.ts";
import type { TenantView } from "../../domain/tenant/view.ts";
import type { Instant } from "../../domain/time.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "../tenant/env.ts";
import { observeTenant } from "../tenant/observe.ts";

/** What a channel knows of one of its tenants. */
export interface SeenTenant {
  readonly ledger: LedgerTenant;
  /** Absent while the channel cannot be used. */
  readonly view: TenantView | undefined;
  readonly lanes: LanesDecision | undefined;
  /** When the decision may change by itself. */
  readonly checkAt: Instant | undefined;
}

/** What of its channel a tenant is judged by. */
export interface ChannelTerms {
  /** The catalogue, the cadence and what the ledger says of releases and lines; slots apart. */
  readonly rules: string;
  /** Of all windows and freezes of the cluster. */
  readonly calendar: number;
  readonly clockTrusted: boolean;
  readonly slotFree: boolean;
  readonly slots: ReadonlyMap<string, Slot>;
}

/** Everything that a look at a tenant rests on; as long as it is the same, so is what was seen, until `checkAt`. */
interface Basis {
  readonly revision: number;
  readonly calendar: number;
  readonly rules: string;
  readonly clockTrusted: boolean;
  readonly slotFree: boolean;
  readonly attempt: string | undefined;
  readonly lastRead: LastRead;
}

interface Known {
  readonly basis: Basis;
  readonly at: Instant;
  readonly seen: SeenTenant | undefined;
}

/**
 * The tenants of a channel, each looked at again only when something has changed that it rests on: one tenant's change
 * does not cost a pass over all.
 */
export class ChannelViews {
  readonly #known = new Map<string, Known>();
  readonly #slotFree = new Map<string, boolean>();

  /** The tenant at `now`; undefined if its spec cannot be read. */
  look(object: LiveObject, terms: ChannelTerms, { env, now }: { env: TenantEnv; now: Instant }): SeenTenant | undefined {
    const uid = object.metadata.uid ?? "";
    const basis = basisOf(object, terms, env);
    const known = this.#known.get(uid);
    if (known !== undefined && stillHolds(known, basis, now)) return known.seen;
    const seen = look(object, terms, { env, now });
    this.#known.set(uid, { basis, at: now, seen });
    return seen;
  }

  /** Whether the channel's slots were all taken at the last look and are not now, or the other way round. */
  slotsTurned(channel: string, slotFree: boolean): boolean {
    const last = this.#slotFree.get(channel);
    this.#slotFree.set(channel, slotFree);
    return last !== undefined && last !== slotFree;
  }

  /** Forgets all tenants but these. */
  keep(objects: readonly LiveObject[]): void {
    if (this.#known.size <= objects.length) return;
    const uids = new Set(objects.map(({ metadata }) => metadata.uid ?? ""));
    for (const uid of this.#known.keys()) if (!uids.has(uid)) this.#known.delete(uid);
  }
}

function basisOf({ metadata }: LiveObject, { slots, ...terms }: ChannelTerms, { caches, memory }: TenantEnv): Basis {
  const uid = metadata.uid ?? "";
  return { revision: caches.revisionOf(metadata.name), ...terms, attempt: slots.get(uid)?.attempt, lastRead: memory.lastRead(uid) };
}

function stillHolds({ basis, at, seen }: Known, now: Basis, instant: Instant): boolean {
  const isSame =
    basis.revision === now.revision &&
    basis.calendar === now.calendar &&
    basis.rules === now.rules &&
    basis.clockTrusted === now.clockTrusted &&
    basis.slotFree === now.slotFree &&
    basis.attempt === now.attempt &&
    basis.lastRead === now.lastRead;
  return isSame && instant >= at && instant < (seen?.checkAt ?? Number.POSITIVE_INFINITY);
}

function look(object: LiveObject, { slotFree }: ChannelTerms, { env, now }: { env: TenantEnv; now: Instant }): SeenTenant | undefined {
  const observed = observeTenant(object, { ...env, slotFree }, now);
  if ("invalid" in observed) return undefined;
  const { tenant, view } = observed;
  const { name, uid = "" } = tenant.metadata;
  const ledger = { name, uid, upgrade: tenant.status?.upgrade, history: tenant.status?.history ?? [] };
  const lanes = view && decideLanes(view, now);
  return { ledger, view, lanes, checkAt: view && lanes && nextCheckAt(view, lanes, now) };
}
