import { ANNOTATION, LABEL } from "./api/index.ts";
import { namespaceOf } from "./domain/objects/names.ts";
import { agentsIdOf } from "./reconcile/tenant/agents-id.ts";
import { keyOf } from "./kube/kind.ts";
import type { Index, ReadStore } from "./kube/store.ts";
import type { Caches, KindName, LiveObject, PortsKind } from "./reconcile/ports.ts";
import { channelOf, isStuck } from "./reconcile/tenant/observe.ts";
import { portsKeys } from "./reconcile/tenant/taken-blocks.ts";
import { ChangeLog } from "./runtime/change-log.ts";

const BY_TENANT = "tenant";
const BY_CHANNEL = "channel";
const BY_AGENTS_ID = "what its agents ask with";
const BY_PORTS = "ports";
const BY_STUCK = "channel where stuck";

type Indexes = Readonly<Record<string, Index<LiveObject>>>;

/** How a tenant's objects are found: by its name, as their label has it. */
export const OWNED_INDEXES: Indexes = { [BY_TENANT]: (object) => [ownerNameOf(object)] };

const INDEXES: Partial<Record<KindName, Indexes>> = {
  Tenant: {
    [BY_CHANNEL]: (object) => [channelOf(object)],
    [BY_STUCK]: (object) => (isStuck(object) ? [channelOf(object)] : []),
    [BY_AGENTS_ID]: ({ metadata }) => [agentsIdOf(metadata.uid ?? "")],
    ...byPorts("Tenant"),
  },
  ConfigMap: { ...OWNED_INDEXES, ...byPorts("ConfigMap") },
  Namespace: { ...OWNED_INDEXES, [BY_AGENTS_ID]: (object) => firstAgentsId(object), ...byPorts("Namespace") },
};

/**
 * How objects of a kind are found: tenants by their channel, by that of those which are stuck, and by what their agents ask
 * with, also where they have taken over who was first asked for by it; what is theirs by their name; and whatever tells of a block of ports by that.
 */
export function indexesOf(kind: KindName): Indexes {
  return INDEXES[kind] ?? OWNED_INDEXES;
}

/** What the agents of a tenant ask with that has been taken over (docs/adr/0008). */
function firstAgentsId({ metadata }: LiveObject): readonly string[] {
  const [first = ""] = metadata.annotations?.[ANNOTATION.formerUids]?.split(",") ?? [];
  return first === "" ? [] : [agentsIdOf(first)];
}

function byPorts(kind: PortsKind): Indexes {
  return { [BY_PORTS]: (object) => portsKeys(kind, object) };
}

/** The tenant that an object says it is of; the empty text if it says none. */
export function ownerNameOf({ metadata }: LiveObject): string {
  return metadata.labels?.[LABEL.tenant] ?? "";
}

/** All that is watched, as the reconciles read it, and which tenants have changed. */
export class Watched {
  readonly #stores = new Map<KindName, ReadStore<LiveObject>>();
  readonly #changes = new ChangeLog();

  add(kind: KindName, store: ReadStore<LiveObject>): void {
    this.#stores.set(kind, store);
  }

  /** Every object of a kind; none while it is not watched yet. */
  list(kind: KindName): readonly LiveObject[] {
    return this.#stores.get(kind)?.list() ?? [];
  }

  tenant(name: string): LiveObject | undefined {
    return this.#stores.get("Tenant")?.get(name);
  }

  /** The tenant whose agents ask with this id. */
  tenantOfAgents(id: string): LiveObject | undefined {
    return this.#stores.get("Tenant")?.byIndex(BY_AGENTS_ID, id)[0] ?? this.#adopterOf(id);
  }

  /** The tenant that has taken over one whose agents ask with this id. */
  #adopterOf(id: string): LiveObject | undefined {
    const namespaces = this.#stores.get("Namespace")?.byIndex(BY_AGENTS_ID, id) ?? [];
    // A copy of one, under another name, is nobody's.
    const adopted = namespaces.flatMap((namespace) => {
      const tenant = this.tenant(ownerNameOf(namespace));
      const isIts = tenant !== undefined && namespace.metadata.name === namespaceOf(tenant.metadata.name) && namespace.metadata.labels?.[LABEL.tenantUid] === tenant.metadata.uid;
      return isIts ? [tenant] : [];
    });
    return adopted[0];
  }

  tenantsOf(channel: string): readonly LiveObject[] {
    return this.#stores.get("Tenant")?.byIndex(BY_CHANNEL, channel) ?? [];
  }

  /** Notes that something of the tenant has changed; gives its key back. */
  changed(tenant: string): string {
    this.#changes.note(tenant);
    return tenant;
  }

  /** The caches of the reconciles; throws at a kind that is not watched. */
  caches(): Caches {
    const store = (kind: KindName): ReadStore<LiveObject> => {
      const found = this.#stores.get(kind);
      if (found === undefined) throw new Error(`read ${kind} from the caches: it is not watched`);
      return found;
    };
    return {
      get: (kind, ref) => store(kind).get(keyOf(ref)),
      list: (kind) => store(kind).list(),
      revisionOf: (kind) => store(kind).revision,
      isWatched: (kind) => this.#stores.has(kind),
      ofTenant: (kind, tenant) => store(kind).byIndex(BY_TENANT, tenant),
      ofChannel: (channel) => store("Tenant").byIndex(BY_CHANNEL, channel),
      stuckIn: (channel) => store("Tenant").byIndex(BY_STUCK, channel),
      countOfPorts: (kind, key) => store(kind).countBy(BY_PORTS, key),
      countOfChannel: (channel) => store("Tenant").countBy(BY_CHANNEL, channel),
      changedSince: (position) => ({ names: this.#changes.since(position), position: this.#changes.position }),
    };
  }
}
