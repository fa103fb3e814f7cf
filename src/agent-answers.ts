import { parseTenant, type AgentUpdates } from "./api/index.ts";
import type { Asked } from "./adapters/version-server.ts";
import { answerOf, lowestVersion, type AgentsAnswer } from "./domain/agents/told.ts";
import { proxyRegions } from "./domain/objects/names.ts";
import { instantOf, type Instant } from "./domain/time.ts";
import type { Caches, LiveObject } from "./reconcile/ports.ts";
import { ownObjects } from "./reconcile/tenant/own-objects.ts";
import { identityOf } from "./reconcile/tenant/owner.ts";
import { observeWorkloads } from "./reconcile/tenant/workloads.ts";
import type { Clock } from "./runtime/clock.ts";

export interface AgentAnswersOptions {
  readonly caches: Pick<Caches, "get" | "list" | "ofTenant" | "changedSince">;
  /** The tenant behind an id. */
  readonly tenant: (id: string) => LiveObject | undefined;
  /** Why the caches cannot be relied on, or undefined. */
  readonly staleReason: () => string | undefined;
  readonly clock: Clock;
}

interface Known {
  readonly asked: Asked;
  /** From then on it may be another, though nothing changes. */
  readonly until: Instant;
}

const UNSURE: Asked = { kind: "unsure" };
const UNKNOWN: Asked = { kind: "unknown" };

/** What this replica, leading or not, answers agents from its own caches. */
export class AgentAnswers {
  readonly #options: AgentAnswersOptions;
  /** By the tenant's name, until something of it changes: fleets ask thousands of times a second. */
  readonly #known = new Map<string, Known>();
  /** Up to where changes of tenants, and of what is theirs, have been taken note of. */
  #position = 0;

  constructor(options: AgentAnswersOptions) {
    this.#options = options;
  }

  /** Asks nobody. While the caches are not filled, or have not followed the cluster for long, it is sure of nothing. */
  ask(id: string): Asked {
    const { staleReason, tenant: find, clock } = this.#options;
    if (staleReason() !== undefined) return UNSURE;
    const tenant = find(id);
    if (tenant === undefined) return UNKNOWN;
    this.#forgetChanged();
    const known = this.#known.get(tenant.metadata.name);
    if (known !== undefined && clock.now() < known.until) return known.asked;
    const judged = this.#judge(tenant);
    this.#known.set(tenant.metadata.name, judged);
    return judged.asked;
  }

  #forgetChanged(): void {
    const { names, position } = this.#options.caches.changedSince(this.#position);
    this.#position = position;
    if (names === undefined) this.#known.clear();
    for (const name of names ?? []) this.#known.delete(name);
  }

  #judge(object: LiveObject): Known {
    const parsed = parseTenant(object);
    if (parsed.kind === "invalid") return { asked: UNSURE, until: Number.POSITIVE_INFINITY };
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
    return { asked: answer === undefined ? UNSURE : { kind: "answer", answer }, until: standsUntil(answer, status?.agentUpdates) };
  }
}

/** What may be critical is so for a time, and asked anew after it: the clock may have been ahead. Anything else stands until something changes. */
function standsUntil(answer: AgentsAnswer | undefined, said: AgentUpdates | undefined): Instant {
  const criticalUntil = instantOf(said?.criticalUntil);
  if (criticalUntil === undefined) return Number.POSITIVE_INFINITY;
  return answer?.critical === "yes" ? criticalUntil : Number.NEGATIVE_INFINITY;
}
