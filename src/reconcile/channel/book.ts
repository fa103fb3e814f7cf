import type { Slot } from "../../api/index.ts";
import { slotsMoved } from "../../domain/fleet/claim.ts";
import { Fleet, type SeenTenant } from "../../domain/fleet/fleet.ts";
import { KeptVouching } from "../../domain/fleet/kept-vouching.ts";
import { firstUid } from "../../domain/objects/names.ts";
import { decideLanes } from "../../domain/tenant/decide.ts";
import { nextCheckAt } from "../../domain/tenant/next-check.ts";
import type { Instant } from "../../domain/time.ts";
import { Appointments } from "../../runtime/appointments.ts";
import { sleep, type Mono } from "../../runtime/clock.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "../tenant/env.ts";
import { channelOf, observeTenant } from "../tenant/observe.ts";
import { KeptOutlook } from "./outlook.ts";

/** What of its channel and the cluster a tenant is judged by. */
export interface ChannelTerms {
  /** The catalogue, the cadence and what the ledger says of releases and lines; slots apart. */
  readonly rules: string;
  /** Of all windows, freezes and approvals of the cluster. */
  readonly calendar: number;
  readonly clockTrusted: boolean;
  readonly slots: readonly Slot[];
}

/** At the beginning of an opening many are looked at anew: nobody waits for much longer than this until all have been. */
const SLICE_MS = 5;

/**
 * What a channel knows of its tenants from one pass to the next. A pass looks again only at those that changed, got a slot or
 * lost one, or whose time has come: one tenant's change does not cost a pass over all.
 */
export class ChannelBook {
  readonly fleet = new Fleet();
  readonly vouching = new KeptVouching();
  readonly outlook = new KeptOutlook();
  readonly #channel: string;
  readonly #stale = new Set<string>();
  readonly #due = new Appointments();
  #terms: ChannelTerms | undefined;
  #position = 0;
  #lookedAt: Instant = Number.NEGATIVE_INFINITY;
  #slotFree: boolean | undefined;

  constructor(channel: string) {
    this.#channel = channel;
  }

  /** When some tenant's decision may change by itself. */
  nextAt(): Instant | undefined {
    return this.#due.next();
  }

  /** Looks at everything that may have changed since the last time. What changes meanwhile is left to the next. */
  async bringUpToDate(terms: ChannelTerms, { env, now }: { readonly env: TenantEnv; readonly now: Instant }): Promise<void> {
    const turns = new Turns(env.mono);
    for (const name of this.#outdated(terms, { env, now })) this.#stale.add(name);
    this.#terms = terms;
    this.#lookedAt = now;
    for (const name of this.#stale) {
      const seen = this.#look(name, env, now);
      this.fleet.put(name, seen);
      this.#due.set(name, seen?.checkAt);
      this.#stale.delete(name);
      await turns.after(SLICE_MS);
    }
    // What is decided from them takes a while as well.
    await turns.after(SLICE_MS / 2);
  }

  /** Whether the channel's slots were all taken at the last pass and are not now, or the other way round. */
  slotsTurned(slotFree: boolean): boolean {
    const last = this.#slotFree;
    this.#slotFree = slotFree;
    return last !== undefined && last !== slotFree;
  }

  #outdated(terms: ChannelTerms, { env: { caches }, now }: { readonly env: TenantEnv; readonly now: Instant }): Iterable<string> {
    const { names, position } = caches.changedSince(this.#position);
    this.#position = position;
    const due = this.#due.takeDue(now);
    const last = this.#terms;
    const isSame = last !== undefined && last.rules === terms.rules && last.calendar === terms.calendar && last.clockTrusted === terms.clockTrusted;
    if (isSame && names !== undefined && now >= this.#lookedAt) return [...names, ...due, ...slotsMoved(last.slots, terms.slots)];
    return [...this.fleet.names(), ...caches.ofChannel(this.#channel).map(({ metadata }) => metadata.name)];
  }

  /** Undefined if its spec cannot be read, or it follows another channel by now. */
  #look(name: string, env: TenantEnv, now: Instant): SeenTenant | undefined {
    const object = env.caches.get("Tenant", { name });
    return object === undefined || channelOf(object) !== this.#channel ? undefined : look(object, env, now);
  }
}

/** Lets whoever else waits for this process have a turn when this one has taken a while. */
class Turns {
  readonly #mono: Mono;
  #since: number;

  constructor(mono: Mono) {
    this.#mono = mono;
    this.#since = mono.now();
  }

  async after(ms: number): Promise<void> {
    if (this.#mono.now() - this.#since < ms) return;
    await sleep(this.#mono, 0);
    this.#since = this.#mono.now();
  }
}

/** Slots are the plan's business: each is seen as if one were free. */
function look(object: LiveObject, env: TenantEnv, now: Instant): SeenTenant | undefined {
  const observed = observeTenant(object, { ...env, slotFree: true }, now);
  // A tombstone runs nothing, and nothing is planned for it.
  if ("invalid" in observed || observed.lapse.kind === "purging") return undefined;
  const { tenant, view, upgrade: running } = observed;
  const { proxy, proxyRegions } = tenant.spec;
  const { name, uid = "" } = tenant.metadata;
  const ledger = { name, uid, failsAs: firstUid(observed.owner), upgrade: tenant.status?.upgrade, history: tenant.status?.history ?? [] };
  const lanes = view && decideLanes(view, now);
  return { ledger, view, lanes, checkAt: view && lanes && nextCheckAt(view, lanes, now), shape: { regions: proxyRegions?.length ?? 1, proxies: proxy.replicas }, running };
}
