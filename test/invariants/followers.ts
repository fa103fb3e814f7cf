import { seenAs } from "./shapes.ts";
import type { SeenWrite } from "./violation.ts";

/** Proxies in other clusters that were out of reach, and may follow what their tenant runs by now, without an attempt of their own (design §8). */
export class Followers {
  readonly #left = new Set<string>();

  /** Takes in what a tenant's status says of its regions. */
  note({ kind, after }: SeenWrite): void {
    const [tenant] = kind === "Tenant" ? seenAs("Tenant", [after]) : [];
    if (tenant === undefined) return;
    const { uid = "" } = tenant.metadata;
    const { regions = [], version = "", history = [] } = tenant.status ?? {};
    for (const { name, reachable, versions } of regions) {
      const isToFollow = history[0]?.message?.includes(name) === true && versions.join() !== version;
      if (!reachable || isToFollow) this.#left.add(`${uid}/proxy-${name}`);
      else if (versions.join() === version) this.#left.delete(`${uid}/proxy-${name}`);
    }
  }

  isFollowing(uid: string, workload: string): boolean {
    return this.#left.has(`${uid}/${workload}`);
  }
}
