import { canonical, compare, componentOf, imageVersion, ownerOf, seenAs, textOf, type Version } from "./shapes.ts";
import type { Templates } from "./templates.ts";
import { InvariantViolation, type SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

interface LivePod {
  readonly key: string;
  readonly component: string;
  readonly version: Version;
}

/** At every instant no live Proxy pod is above a live Auth pod of its tenant, terminating ones included (I14). */
export class Pods {
  readonly #world: World;
  readonly #templates: Templates;
  readonly #live = new Map<string, Map<string, LivePod>>();
  /** Tenants whose workloads somebody changed by hand: what that leads to is not the operator's doing. */
  readonly #byHand = new Set<string>();

  constructor(world: World, templates: Templates) {
    this.#world = world;
    this.#templates = templates;
  }

  see(write: SeenWrite): void {
    if (write.kind === "Deployment") this.#noteHands(write);
    if (write.kind === "Pod") this.#pod(write);
  }

  #pod(write: SeenWrite): void {
    const [pod] = seenAs("Pod", [write.after ?? write.before]);
    const component = componentOf(pod);
    const tenant = ownerOf(pod);
    if (tenant === undefined || (component !== "auth" && !component.startsWith("proxy-"))) return;
    const live = this.#live.get(tenant.uid) ?? new Map<string, LivePod>();
    this.#live.set(tenant.uid, live);
    const version = imageVersion(pod?.spec);
    const hasEnded = write.after === undefined || ["Succeeded", "Failed"].includes(pod?.status?.phase ?? "");
    const isNew = !live.has(write.key);
    if (hasEnded || version === undefined) live.delete(write.key);
    else live.set(write.key, { key: write.key, component, version });
    if (isNew) this.#check(write, tenant, live);
  }

  #check(write: SeenWrite, tenant: { readonly name: string; readonly uid: string }, live: ReadonlyMap<string, LivePod>): void {
    const all = [...live.values()].sort((a, b) => compare(a.version, b.version));
    const lowest = all.find(({ component }) => component === "auth");
    const highest = all.findLast(({ component }) => component !== "auth");
    const isOver = lowest !== undefined && highest !== undefined && compare(highest.version, lowest.version) > 0;
    if (isOver && !this.#byHand.has(tenant.uid)) {
      throw new InvariantViolation("I14", `pod "${highest.key}" runs ${textOf(highest.version)} while Auth pod "${lowest.key}" runs ${textOf(lowest.version)}`, write);
    }
    if (!isOver && this.#byHand.has(tenant.uid) && this.#isRestored(tenant)) this.#byHand.delete(tenant.uid);
  }

  #noteHands({ by, before, after }: SeenWrite): void {
    const tenant = ownerOf(before);
    if (by !== "user" || tenant === undefined) return;
    const templates = seenAs("Deployment", [before, after]).map(({ spec }) => canonical(spec?.template));
    if (after === undefined || templates[0] !== templates[1]) this.#byHand.add(tenant.uid);
  }

  #isRestored({ name, uid }: { readonly name: string; readonly uid: string }): boolean {
    const keys = this.#world.keys("Deployment").filter((key) => key.startsWith(`tenant-${name}/`));
    const templates = seenAs("Deployment", keys.map((key) => this.#world.now("Deployment", key)));
    const live = [...(this.#live.get(uid)?.values() ?? [])];
    return templates.every((deployment) => {
      const version = imageVersion(deployment.spec?.template?.spec);
      const own = live.filter(({ component }) => component === deployment.metadata.name);
      return this.#templates.isAsIntended(uid, deployment) && own.every((pod) => textOf(pod.version) === textOf(version));
    });
  }
}
