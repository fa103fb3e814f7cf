import { isDeepStrictEqual } from "node:util";
import { parseTenant } from "./api/index.ts";
import type { Asked } from "./adapters/version-server.ts";
import { answerOf, lowestVersion } from "./domain/agents/told.ts";
import { proxyRegions } from "./domain/objects/names.ts";
import type { Caches, LiveObject } from "./reconcile/ports.ts";
import { ownObjects } from "./reconcile/tenant/own-objects.ts";
import { identityOf } from "./reconcile/tenant/owner.ts";
import { observeWorkloads } from "./reconcile/tenant/workloads.ts";
import type { Clock, Mono } from "./runtime/clock.ts";

export interface AgentAnswersOptions {
  readonly caches: Pick<Caches, "get" | "list" | "ofTenant" | "changedSince">;
  /** The tenant behind an id. */
  readonly tenant: (id: string) => LiveObject | undefined;
  /** Why the caches cannot be relied on, or undefined. */
  readonly staleReason: () => string | undefined;
  readonly mono: Mono;
  readonly clock: Clock;
}

/** For how long an answer stands while nothing of the tenant changes: it may say until when something is critical. Agents themselves keep it for a minute. */
const STANDS_MS = 5_000;

interface Known {
  at: number;
  asked: Asked;
}

const UNSURE: Asked = { kind: "unsure" };
const UNKNOWN: Asked = { kind: "unknown" };

/** What this replica, leading or not, answers agents from its own caches. */
export class AgentAnswers {
  readonly #options: AgentAnswersOptions;
  /** By the Tenant as it is: one that changes is another object. */
  #known = new WeakMap<LiveObject, Known>();
  /** Up to where changes of tenants, and of what is theirs, have been taken note of. */
  #position = 0;

  constructor(options: AgentAnswersOptions) {
    this.#options = options;
  }

  /** Asks nobody. While the caches are not filled, or have not followed the cluster for long, it is sure of nothing. */
  ask(id: string): Asked {
    const { staleReason, tenant: find, mono } = this.#options;
    if (staleReason() !== undefined) return UNSURE;
    const tenant = find(id);
    if (tenant === undefined) return UNKNOWN;
    this.#forgetChanged();
    const now = mono.now();
    const known = this.#known.get(tenant);
    if (known !== undefined && now - known.at < STANDS_MS) return known.asked;
    const asked = this.#judge(tenant);
    if (known === undefined) this.#known.set(tenant, { at: now, asked });
    // In place: thousands of new ones a second would outlive the young and make the collector go through all that is old.
    else Object.assign(known, { at: now, asked: isDeepStrictEqual(asked, known.asked) ? known.asked : asked });
    return asked;
  }

  #forgetChanged(): void {
    const { caches } = this.#options;
    const { names, position } = caches.changedSince(this.#position);
    this.#position = position;
    if (names === undefined) this.#known = new WeakMap();
    for (const name of names ?? []) {
      const tenant = caches.get("Tenant", { name });
      if (tenant !== undefined) this.#known.delete(tenant);
    }
  }

  #judge(object: LiveObject): Asked {
    const parsed = parseTenant(object);
    if (parsed.kind === "invalid") return UNSURE;
    const { caches, clock } = this.#options;
    const { tenant: { spec, status }, owner } = identityOf(parsed.value, caches);
    const deployments = ownObjects(caches, "Deployment", owner);
    // Of regions in other clusters status tells: a replica that does not lead may see less of them.
    const regions = status?.regions ?? [];
    const names = regions.map((region) => region.name);
    const abroad = { regions: names, spared: [], isAway: true, deployments: [], services: [], budgets: [], pods: [] };
    const placed = { here: proxyRegions(spec).filter((region) => !names.includes(region)), abroad: [abroad], left: [], said: regions, upgrade: status?.upgrade };
    const { workloads } = observeWorkloads(spec, { deployments, services: [], budgets: [], pods: ownObjects(caches, "Pod", owner) }, placed);
    const answer = answerOf({ autoUpdate: spec.agents.autoUpdate, said: status?.agentUpdates, lowest: lowestVersion(workloads), now: clock.now() });
    return answer === undefined ? UNSURE : { kind: "answer", answer };
  }
}
