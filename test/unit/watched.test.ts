import * as fc from "fast-check";
import { expect, it } from "vitest";
import { ANNOTATION } from "../../src/api/index.ts";
import { blocksIn, blockText, nextBlock, type Block } from "../../src/domain/ports/block.ts";
import { claimObject } from "../../src/domain/ports/claim.ts";
import type { LiveObject, PortsKind } from "../../src/reconcile/ports.ts";
import { Store } from "../../src/kube/store.ts";
import { takenBlocks } from "../../src/reconcile/tenant/taken-blocks.ts";
import { indexesOf, Watched } from "../../src/watched.ts";

const HOME = "slacktide";
/** Three pages, of which one lacks its beginning and one its end. */
const RANGES = [{ address: "b.example", first: 11140, last: 11349 }, { address: "a.example", first: 11200, last: 11299 }];
const BLOCKS = [...blocksIn(RANGES)];
const KINDS: readonly PortsKind[] = ["ConfigMap", "Namespace", "Tenant"];

/** Caches as the operator has them, in which objects tell of blocks. */
class Cluster {
  readonly watched = new Watched();
  readonly #stores = { ConfigMap: storeOf("ConfigMap"), Namespace: storeOf("Namespace"), Tenant: storeOf("Tenant") };
  #version = 0;

  constructor() {
    for (const kind of KINDS) this.watched.add(kind, this.#stores[kind]);
  }

  put(kind: PortsKind, metadata: LiveObject["metadata"], rest: object = {}): void {
    this.#version += 1;
    const object = { apiVersion: "v1", kind, metadata: { uid: `${metadata.namespace}/${metadata.name} ${this.#version}`, ...metadata, resourceVersion: String(this.#version) }, ...rest };
    this.#stores[kind].put(object);
  }

  drop(kind: PortsKind, key: string): void {
    const object = this.#stores[kind].get(key);
    this.#version += 1;
    if (object !== undefined) this.#stores[kind].remove({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  next(): Block | undefined {
    return nextBlock(RANGES, takenBlocks({ caches: this.watched.caches(), home: HOME }));
  }
}

function storeOf(kind: PortsKind): Store<LiveObject> {
  return new Store<LiveObject>({ indexes: indexesOf(kind) });
}

/** What may happen to a block. */
const STEPS = {
  claim: (cluster: Cluster, block: Block) => cluster.put("ConfigMap", claimed(block)),
  release: (cluster: Cluster, block: Block) => cluster.put("ConfigMap", claimed(block, 1)),
  unclaim: (cluster: Cluster, block: Block) => cluster.drop("ConfigMap", `${HOME}/ports-${block.address}-${block.first}`),
  record: (cluster: Cluster, block: Block) => cluster.put("Namespace", { name: `tenant-${block.first}`, annotations: { [ANNOTATION.ports]: blockText(block) } }),
  breakRecord: (cluster: Cluster, block: Block) => cluster.put("Namespace", { name: `tenant-${block.first}`, annotations: { [ANNOTATION.ports]: `${blockText(block)}?` } }),
  tell: (cluster: Cluster, block: Block) => cluster.put("Tenant", { name: `t-${block.first}` }, { status: { endpoints: { address: block.address, ports: { ssh: block.first } } } }),
  fallSilent: (cluster: Cluster, block: Block) => cluster.put("Tenant", { name: `t-${block.first}` }, { status: { endpoints: { web: "https://t.example" } } }),
  goAway: (cluster: Cluster, block: Block) => cluster.drop("Tenant", `t-${block.first}`),
  elsewhere: (cluster: Cluster, block: Block) => cluster.put("ConfigMap", { ...claimed(block), namespace: "another" }),
  unlabelled: (cluster: Cluster, block: Block) => cluster.put("ConfigMap", { ...claimed(block), labels: {} }),
} as const;
type StepName = keyof typeof STEPS;

function claimed(block: Block, releasedAt?: number): LiveObject["metadata"] {
  return claimObject({ block, owner: { name: "acme", uid: "uid-acme" }, releasedAt }, HOME).metadata;
}

/** By rules of its own: what was last said of each block by each who may say it. */
function freeAfter(steps: readonly (readonly [StepName, number])[]): string | undefined {
  const said = new Map<string, boolean>();
  for (const [step, n] of steps) {
    const { address, first } = BLOCKS[n] ?? { address: "", first: 0 };
    if (["claim", "release", "unclaim", "unlabelled"].includes(step)) said.set(`claim ${address}:${first}`, step === "claim" || step === "release");
    // One namespace and one tenant for the blocks of that port, whatever the address is.
    for (const each of RANGES) {
      if (["record", "breakRecord"].includes(step)) said.set(`record ${each.address}:${first}`, step === "record" && each.address === address);
      if (["tell", "fallSilent", "goAway"].includes(step)) said.set(`tell ${each.address}:${first}`, step === "tell" && each.address === address);
    }
  }
  return BLOCKS.map(blockText).find((block) => ["claim", "record", "tell"].every((how) => said.get(`${how} ${block}`) !== true));
}

it("the caches know which block is the next whatever came, changed and went", () => {
  const names: readonly StepName[] = Object.keys(STEPS).filter((name): name is StepName => name in STEPS);
  const step = fc.tuple(fc.constantFrom(...names), fc.nat({ max: BLOCKS.length - 1 }));
  fc.assert(
    fc.property(fc.nat({ max: BLOCKS.length }), fc.array(step, { maxLength: 40, size: "max" }), (given, steps) => {
      const all = [...BLOCKS.keys().take(given).map((n) => ["claim", n] as const), ...steps];
      const cluster = new Cluster();
      for (const [name, n] of all) STEPS[name](cluster, BLOCKS[n] ?? { address: "", first: 0 });
      const next = cluster.next();
      expect(next && blockText(next)).toBe(freeAfter(all));
    }),
    { numRuns: 300, seed: 7 },
  );
});

it("a page of which one block is free is not full, though another is claimed by two names", () => {
  const cluster = new Cluster();
  const page = [...blocksIn([{ address: "b.example", first: 9900, last: 9999 }])];
  for (const block of page.slice(1)) cluster.put("ConfigMap", claimed(block));
  cluster.put("ConfigMap", { ...claimed({ address: "b.example", first: 9905 }), name: "ports-b.example-09905" });
  const taken = takenBlocks({ caches: cluster.watched.caches(), home: HOME });
  expect([taken.isPageFull({ address: "b.example", first: 9905 }), nextBlock([{ address: "b.example", first: 9900, last: 9999 }], taken)]).toEqual([false, page[0]]);
  cluster.put("ConfigMap", claimed({ address: "b.example", first: 9900 }));
  expect(taken.isPageFull({ address: "b.example", first: 9905 })).toBe(true);
});
