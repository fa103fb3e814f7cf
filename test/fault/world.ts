import type { ReleaseChannelStatus, TenantStatus } from "../../src/api/index.ts";
import type { Instant } from "../../src/domain/time.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import { OWN_KINDS } from "../../src/operator.ts";
import { LABEL } from "../../src/api/index.ts";
import { PLAN_LABEL, type Seen } from "./observer.ts";

/** An object with whatever its kind has. */
export type AnyObject = KubeObject & { readonly spec?: unknown; readonly status?: unknown; readonly data?: unknown };

/** The names of one plan's objects; no other plan has any that begin with `id`. */
export interface Names {
  readonly id: string;
  /** One or two, which share a channel. */
  readonly tenants: readonly string[];
  readonly channel: string;
  readonly window: string;
  /** What to call the tenants instead, where chance decides which is first. */
  readonly aliases?: ReadonlyMap<string, string>;
}

export function namesOf(id: string, tenants = 1): Names {
  return { id, tenants: ["a", "b"].slice(0, tenants).map((letter) => `${id}-${letter}`), channel: id, window: `${id}-w` };
}

/** What one plan's part of the cluster is and was. */
export class World {
  readonly names: Names;
  /** Every write since the beginning, in the order in which it was seen, which for one kind is etcd's. */
  readonly record: (Seen & { readonly domainAt: Instant })[] = [];
  /** What people's own writes answered: they know of them even while nobody is shown anything. */
  readonly told: { readonly after: KubeObject; readonly at: number; readonly domainAt: Instant }[] = [];
  readonly #objects = new Map<string, AnyObject>();
  readonly #newest = new Map<string, number>();

  constructor(names: Names) {
    this.names = names;
  }

  /** Whether the write is one of this plan's. */
  owns({ before, after }: Seen): boolean {
    const labels = (after ?? before)?.metadata.labels ?? {};
    return labels[PLAN_LABEL] === this.names.id || this.names.tenants.includes(labels[LABEL.tenant] ?? "");
  }

  /** `domainAt`: when it happened, by the cluster's clock. */
  take(seen: Seen, domainAt: Instant): void {
    this.record.push({ ...seen, domainAt });
    if (isOperators(seen) && seen.isInferred !== true) this.#newest.set(seen.kind, seen.revision);
    const id = `${seen.kind} ${seen.key}`;
    if (seen.after === undefined) this.#objects.delete(id);
    else this.#objects.set(id, seen.after);
  }

  /** By kind: the newest write to an object that an operator watches. */
  get newest(): ReadonlyMap<string, number> {
    return this.#newest;
  }

  get(kind: string, key: string): AnyObject | undefined {
    return this.#objects.get(`${kind} ${key}`);
  }

  list(kind: string): readonly AnyObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  all(): readonly AnyObject[] {
    return [...this.#objects.values()];
  }

  /** The names with the tenants called by the order in which they were done. */
  namesInOrder(): Names {
    const { tenants } = this.names;
    if (tenants.length < 2) return this.names;
    const doneAt = (name: string) => this.status(name)?.history?.[0]?.finishedAt ?? "";
    const inOrder = [...tenants].sort((a, b) => (doneAt(a) < doneAt(b) ? -1 : 1));
    return { ...this.names, aliases: new Map(inOrder.map((name, n) => [name, `{plan}-${n + 1}`])) };
  }

  status(tenant: string): TenantStatus | undefined {
    return this.get("Tenant", tenant)?.status as TenantStatus | undefined; // a Tenant of ours
  }

  channelStatus(): ReleaseChannelStatus | undefined {
    return this.get("ReleaseChannel", this.names.channel)?.status as ReleaseChannelStatus | undefined; // one of ours
  }
}

/** What people add beside a tenant's own objects no operator watches. */
function isOperators({ kind, before, after }: Seen): boolean {
  return OWN_KINDS.some((each) => each.kind === kind) || (after ?? before)?.metadata.labels?.[LABEL.tenant] !== undefined;
}
