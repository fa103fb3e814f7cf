import { ANNOTATION, LABEL } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import { ownerOf, seenAs } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

const SIZE = 5;
const QUARANTINE_MS = 30 * 86_400_000;

interface PortBlock {
  readonly address: string;
  readonly first: number;
}

/** No two tenants share a port on one address, a released block is nobody's for a month, and a tenant's ports never change (I15). */
export class Ports {
  readonly #world: World;
  /** What was told of each tenant's ports, by its uid. */
  readonly #told = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  see(write: SeenWrite): void {
    if (!isReplicas(write)) return;
    if (isClaim(write.after ?? write.before)) this.#claim(write);
    if (write.kind === "Service") this.#service(write);
    if (write.kind === "Tenant") this.#tenant(write);
  }

  #claim(write: SeenWrite): void {
    const { before, after, key, at } = write;
    const block = blockOf(key);
    const fail = (why: string): never => {
      throw new InvariantViolation("I15", why, write);
    };
    if (block === undefined) return fail("a claim of no block");
    if (after === undefined) {
      const releasedAt = Date.parse(before?.metadata.annotations?.[ANNOTATION.releasedAt] ?? "");
      if (!(releasedAt + QUARANTINE_MS <= at)) fail("a block was given free before its quarantine was over");
      return;
    }
    if (before !== undefined && ownerOf(before)?.uid !== ownerOf(after)?.uid) fail("the claim of one tenant was taken for another");
    const other = this.#claims().find((each) => each.key !== key && overlap(each.block, block));
    if (other !== undefined && before === undefined) fail(`the block overlaps with ${other.key}`);
    if (isReleased(after) && before !== undefined && !isReleased(before)) this.#release(write, after);
  }

  /** Only of who is gone, or goes, or has another; of a tombstone as well. */
  #release(write: SeenWrite, claim: KubeObject): void {
    const owner = ownerOf(claim);
    const standing = this.#world.lately("Tenant", owner?.name ?? "").map((tenant) => tenant?.metadata.uid === owner?.uid && tenant?.metadata.deletionTimestamp === undefined && !isTombstone(tenant));
    const hasOther = this.#claims().some(({ key, object }) => key !== write.key && ownerOf(object)?.uid === owner?.uid && !isReleased(object));
    if (standing.every(Boolean) && standing.length > 0 && !hasOther) throw new InvariantViolation("I15", `the ports of tenant ${owner?.name ?? ""} were given up, and it is there`, write);
  }

  /** What a Service shows is claimed for its tenant, at that time or a moment before. */
  #service(write: SeenWrite): void {
    const ports = publicPorts(write.after);
    const owner = ownerOf(write.after);
    if (ports.length === 0 || JSON.stringify(ports) === JSON.stringify(publicPorts(write.before))) return;
    const isClaimed = this.#claims().some(({ block, object }) => ownerOf(object)?.uid === owner?.uid && ports.every((port, n) => port === block.first + n));
    if (!isClaimed) throw new InvariantViolation("I15", `a Service of tenant ${owner?.name ?? ""} shows ports that are not claimed for it`, write);
  }

  #tenant({ after, ...write }: SeenWrite): void {
    const [tenant] = seenAs("Tenant", [after]);
    const { address = "", ports } = tenant?.status?.endpoints ?? {};
    const uid = tenant?.metadata.uid ?? "";
    if (ports === undefined) return;
    const now = `${address}:${ports.ssh ?? ""}`;
    const before = this.#told.get(uid);
    if (before !== undefined && before !== now) throw new InvariantViolation("I15", `the ports of tenant ${tenant?.metadata.name ?? ""} changed from ${before} to ${now}`, { after, ...write });
    this.#told.set(uid, now);
  }

  #claims(): readonly { readonly key: string; readonly block: PortBlock; readonly object: KubeObject }[] {
    return this.#world.keys("ConfigMap").flatMap((key) => {
      const object = this.#world.now("ConfigMap", key);
      const block = isClaim(object) ? blockOf(key) : undefined;
      return object === undefined || block === undefined ? [] : [{ key, block, object }];
    });
  }
}

export function isClaim(object: KubeObject | undefined): boolean {
  return object?.kind === "ConfigMap" && object.metadata.labels?.[LABEL.ports] !== undefined;
}

function isReleased({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[ANNOTATION.releasedAt] !== undefined;
}

function blockOf(key: string): PortBlock | undefined {
  const [, address, first] = /\/ports-(.+)-(\d+)$/.exec(key) ?? [];
  return address === undefined ? undefined : { address, first: Number(first) };
}

function overlap(a: PortBlock, b: PortBlock): boolean {
  return a.address === b.address && Math.abs(a.first - b.first) < SIZE;
}

/** Those under names of their own, in the order of the block. */
function publicPorts(service: KubeObject | undefined): readonly number[] {
  const { ports = [] } = (service as { spec?: { ports?: readonly { name?: string; port: number }[] } } | undefined)?.spec ?? {}; // core/v1 Service
  return ["ssh", "tunnel", "kube", "mysql", "postgres"].flatMap((name) => ports.find((each) => each.name === `public-${name}`)?.port ?? []);
}

function isTombstone(tenant: KubeObject | undefined): boolean {
  return seenAs("Tenant", [tenant])[0]?.status?.lapse?.purgeStartedAt !== undefined;
}
