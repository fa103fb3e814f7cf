import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ANNOTATION, FINALIZER, type TenantStatus } from "../../../src/api/index.ts";
import { claimName, claimOf } from "../../../src/domain/ports/claim.ts";
import { DAY } from "../../../src/domain/time.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMES = ["acme", "globex"] as const;
/** Fewer blocks than come to be wanted. */
const RANGES = [{ address: "a.example", first: 11105, last: 11114 }, { address: "b.example", first: 11105, last: 11114 }];
const HOME = "slacktide";

type Step =
  | { readonly kind: "look"; readonly tenant: (typeof NAMES)[number]; readonly times: number }
  | { readonly kind: "create" | "delete" | "vanish" | "loseStatus" | "loseRecord" | "loseClaim"; readonly tenant: (typeof NAMES)[number] }
  | { readonly kind: "crash"; readonly tenant: (typeof NAMES)[number]; readonly n: number; readonly when: "before" | "after" }
  | { readonly kind: "time"; readonly days: number }
  | { readonly kind: "ranges"; readonly which: readonly number[] };

/** What is true whatever happens: judged from what is shown to the outside, by rules of its own. */
class Judge {
  readonly problems: string[] = [];
  readonly #world: World;
  readonly #told = new Map<string, string>();
  /** When a block was last somebody's. */
  readonly #last = new Map<string, { readonly uid: string; readonly at: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  look(): void {
    const now = this.#world.time.now();
    const shown = new Map<string, string>();
    for (const { metadata, status } of this.#world.all("Tenant")) {
      const { address = "", ports } = statusAs<TenantStatus>({ status }).endpoints ?? {};
      if (ports === undefined) continue;
      const [uid, block] = [metadata.uid ?? "", `${address}:${ports.ssh ?? ""}`];
      const [before, last] = [this.#told.get(uid) ?? block, this.#last.get(block)];
      if (shown.has(block)) this.problems.push(`${block} is shown for ${shown.get(block) ?? ""} and ${uid}`);
      if (before !== block) this.problems.push(`the ports of ${uid} changed from ${before} to ${block}`);
      if (last !== undefined && last.uid !== uid && now - last.at < 30 * DAY) this.problems.push(`${block} went from ${last.uid} to ${uid} within a month`);
      shown.set(block, uid);
      this.#told.set(uid, block);
      this.#last.set(block, { uid, at: now });
    }
  }
}

class Play {
  readonly world = new World(at("2026-11-24T02:05:00Z"));
  readonly judge = new Judge(this.world);
  #uids = 0;

  constructor() {
    this.world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
    this.#offer([0, 1]);
  }

  async step(step: Step): Promise<void> {
    if (step.kind === "time") this.world.time.pass(step.days * DAY);
    else if (step.kind === "ranges") this.#offer(step.which);
    else if (step.kind === "crash") {
      this.world.crashAt(step.n, step.when);
      await this.#look(step.tenant);
      this.world.restart();
    } else {
      if (step.kind !== "look") this.#edit(step.kind, step.tenant);
      // Whoever takes a claim away is seen at once; were its tenant gone as well before that, nothing would be left to know it by.
      const looks = step.kind === "look" ? step.times : Number(step.kind === "loseClaim");
      for (let n = 0; n < looks; n += 1) await this.#look(step.tenant);
    }
    this.judge.look();
  }

  async #look(name: string): Promise<void> {
    await this.world.reconcile(name).catch(() => this.world.restart());
    // No pods run here, so that those of a tenant that is taken down need not end.
    const tenant = this.world.get("Tenant", name);
    if (tenant?.metadata.deletionTimestamp !== undefined && tenant.metadata.finalizers?.length === 0) this.world.drop("Tenant", { name });
  }

  #edit(kind: "create" | "delete" | "vanish" | "loseStatus" | "loseRecord" | "loseClaim", name: string): void {
    const { world } = this;
    const tenant = world.get("Tenant", name);
    if (kind === "create" && tenant === undefined) {
      this.#uids += 1;
      world.put("Tenant", { name, uid: `uid-${this.#uids}`, generation: 1 }, { spec: tenantSpec({ domain: `${name}.teleport.example` }) });
    }
    if (tenant === undefined) return;
    const { uid = "" } = tenant.metadata;
    if (kind === "delete") world.put("Tenant", { name, deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: uid } }, { spec: tenant.spec, status: tenant.status });
    // Somebody takes its finalizer away, and what it had is cleared up by hand.
    if (kind === "vanish") {
      world.drop("Tenant", { name });
      const all = (["Namespace", "PersistentVolumeClaim", "Deployment", "Service"] as const).flatMap((each) => world.all(each).map(({ metadata }) => ({ each, metadata })));
      for (const { each, metadata } of all) if ([metadata.name, metadata.namespace].includes(`tenant-${name}`)) world.drop(each, metadata);
    }
    if (kind === "loseStatus" && world.get("Namespace", `tenant-${name}`) !== undefined) world.put("Tenant", { name }, { spec: tenant.spec });
    const isTold = statusAs<TenantStatus>(tenant).endpoints?.ports !== undefined;
    if (kind === "loseRecord" && isTold && world.get("Namespace", `tenant-${name}`) !== undefined) world.put("Namespace", { name: `tenant-${name}`, annotations: {} });
    const recorded = world.get("Namespace", `tenant-${name}`)?.metadata.annotations?.[ANNOTATION.ports] !== undefined;
    for (const { metadata } of kind === "loseClaim" && recorded ? world.all("ConfigMap") : []) {
      const claim = claimOf(metadata);
      if (claim?.owner.uid === uid && claim.releasedAt === undefined) world.drop("ConfigMap", { name: claimName(claim.block), namespace: HOME });
    }
  }

  #offer(which: readonly number[]): void {
    this.world.env = { ...this.world.env, platform: { ...PLATFORM, ports: RANGES.filter((_, n) => which.includes(n)) } };
  }
}

const tenant = fc.constantFrom(...NAMES);
const of = (kind: Exclude<Step["kind"], "crash" | "time" | "ranges" | "look">, weight: number) => ({ weight, arbitrary: tenant.map((name): Step => ({ kind, tenant: name })) });
const step: fc.Arbitrary<Step> = fc.oneof(
  of("create", 4),
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("look" as const), tenant, times: fc.integer({ min: 1, max: 5 }) }) },
  of("delete", 3),
  of("vanish", 1),
  of("loseStatus", 1),
  of("loseRecord", 1),
  of("loseClaim", 1),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("crash" as const), tenant, n: fc.integer({ min: 1, max: 20 }), when: fc.constantFrom("before" as const, "after" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const), days: fc.integer({ min: 1, max: 29 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("ranges" as const), which: fc.subarray([0, 1]) }) },
);

it("no two tenants are ever told the same port of one address, none is told another than before, and none within a month of who had it last", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), async (steps) => {
      const play = new Play();
      for (const each of steps) await play.step(each);
      expect(play.judge.problems).toEqual([]);
    }),
    { numRuns: 150, seed: 4 },
  );
});
