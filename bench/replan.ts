import { setImmediate as turn } from "node:timers/promises";
import { performance } from "node:perf_hooks";
import { indexesOf, Watched, ownerNameOf } from "../src/watched.ts";
import { API_VERSION } from "../src/api/index.ts";
import { Store } from "../src/kube/store.ts";
import { keptOf } from "../src/kept.ts";
import { ChannelBooks, type ChannelEnv } from "../src/reconcile/channel/env.ts";
import { reconcileChannel } from "../src/reconcile/channel/reconcile.ts";
import { Compiled } from "../src/reconcile/compiled.ts";
import { OWNED_KINDS, type KindName, type LiveObject } from "../src/reconcile/ports.ts";
import { TenantMemory } from "../src/reconcile/tenant/memory.ts";
import { createMetrics } from "../src/adapters/metrics.ts";
import { realClock, realMono, realRng } from "../src/runtime/clock.ts";
import { WorkQueue } from "../src/runtime/queue.ts";
import { DAY, HOUR, isoOf, MINUTE, SECOND, type Instant } from "../src/domain/time.ts";
import { channelSpec, release } from "../test/fixtures/channel.ts";
import { runPods } from "../test/fixtures/pods.ts";
import { tenantSpec } from "../test/fixtures/tenant.ts";
import { World } from "../test/fixtures/world.ts";
import { Ticker, type Waited } from "./ticker.ts";

/**
 * How long it takes to plan a channel anew: `node bench/replan.ts 10000` prints it as JSON. All of the operator's own code
 * between the caches and the API server, with the objects of so many tenants in the caches as the watches bring them.
 */

/** Milliseconds. */
export interface Replanning {
  readonly tenants: number;
  /** After one tenant's change, in the quiet and with all slots taken and everybody else waiting. */
  readonly one: Readonly<Record<"quiet" | "busy", { readonly median: number; readonly p99: number }>>;
  /** What happens when all are planned anew. */
  readonly all: Readonly<Record<"freeze" | "wave" | "channel", Sliced>>;
  /** Until it is foreseen whether slots will be short, pass by pass. */
  readonly outlook: Sliced;
}

interface Sliced extends Waited {
  readonly wholeMs: number;
}

const OPENS = Date.UTC(2026, 10, 24, 2);
const [MODEL, WINDOWS, CHANGES] = ["model-tenant", 200, 1_000];
const KINDS: readonly KindName[] = ["Tenant", "MaintenanceWindow", "Freeze", "Approval", "ReleaseChannel", ...OWNED_KINDS];

/** A channel's plans over so many tenants, all of them in memory as the watches would have brought them. */
async function replanning(tenants: number): Promise<Replanning> {
  const fleet = new Cached(OPENS - HOUR);
  await fleet.fill(tenants);
  await fleet.pass();
  const outlook = await fleet.settle();
  const quiet = await fleet.changes(CHANGES);
  fleet.clock.now = OPENS + MINUTE;
  await fleet.pass();
  await fleet.pass();
  const busy = await fleet.changes(CHANGES);
  const freeze = await fleet.sliced(() => fleet.put("Freeze", "sale", { until: isoOf(OPENS + DAY), tenantSelector: { matchLabels: { ring: "2" } }, reason: "a sale" }));
  const channel = await fleet.sliced(() => fleet.publish(4));
  const wave = await fleet.sliced(() => fleet.soak());
  return { tenants, one: { quiet, busy }, all: { freeze, wave, channel }, outlook };
}

/** What the operator has of a fleet: caches, and what a channel keeps between its passes. */
class Cached {
  readonly clock: { now: Instant };
  readonly #stores = new Map(KINDS.map((kind) => [kind, new Store<LiveObject>({ indexes: indexesOf(kind), project: keptOf(kind).project })]));
  readonly #watched = new Watched();
  readonly #env: ChannelEnv;
  #version = 0;
  #tenants = 0;
  #isAsked = false;

  constructor(now: Instant) {
    this.clock = { now };
    for (const [kind, store] of this.#stores) this.#watched.add(kind, store);
    const caches = this.#watched.caches();
    const { env } = new World(now);
    this.#env = {
      ...env,
      caches,
      compiled: new Compiled(caches),
      memory: new TenantMemory(realMono),
      books: new ChannelBooks(),
      clock: { now: () => this.clock.now, wakeAt: () => () => undefined },
      mono: realMono,
      enqueue: (controller) => void (this.#isAsked ||= controller === "channel"),
      api: { ...env.api, applyStatus: (object) => Promise.resolve(this.#putStatus(object)), read: (kind, { name }) => Promise.resolve(this.#stores.get(kind)?.get(name)) },
    };
  }

  /** The channel, its windows, and tenants that run the oldest release: one of 50 a canary, one of five early. */
  async fill(tenants: number): Promise<void> {
    this.#tenants = tenants;
    for (let n = 0; n < WINDOWS; n += 1) this.put("MaintenanceWindow", `w${n}`, { schedule: `0 ${n % 2 === 0 ? 2 : 14} * * *`, duration: "4h", timeZone: "UTC" });
    this.publish(3);
    const model = await modelTenant(this.clock.now - 30 * DAY);
    for (let n = 0; n < tenants; n += 1) {
      for (const { kind, text } of model) {
        const object = JSON.parse(text.replaceAll(MODEL, tenantName(n))) as LiveObject; // as it was put together
        const isTenant = kind === "Tenant";
        this.#put(kind, isTenant ? { ...object, metadata: { ...object.metadata, labels: { ring: ringOf(n) } }, spec: { ...(object.spec as object), windows: [`w${n % WINDOWS}`] } } : object);
      }
    }
  }

  pass(): Promise<unknown> {
    return reconcileChannel("stable", this.#env);
  }

  /** The catalogue with so many releases of the line, one of them for each week. */
  publish(releases: number): void {
    const waves = ["canary", "early"].map((name, ring) => ({ name, tenantSelector: { matchLabels: { ring: String(ring) } }, required: "50%", soak: "1h", timeout: "336h" }));
    const all = Array.from({ length: releases }, (_, n) => release(`17.2.${n + 1}`, isoOf(OPENS - (60 - 7 * n) * DAY)));
    this.put("ReleaseChannel", "stable", channelSpec(all, { rollout: { maxParallel: 200, waves } }));
  }

  put(kind: KindName, name: string, spec: object): void {
    const old = this.#stores.get(kind)?.get(name);
    const generation = (old?.metadata.generation ?? 0) + 1;
    this.#put(kind, { apiVersion: API_VERSION, kind, metadata: { name, uid: `uid-${name}`, generation, creationTimestamp: isoOf(this.clock.now) }, spec, ...(old?.status !== undefined && { status: old.status }) });
  }

  /** Passes, for as long as each asks for another one. */
  async settle(): Promise<Sliced> {
    await turn();
    const ticker = new Ticker();
    const from = performance.now();
    do {
      this.#isAsked = false;
      await this.pass();
      await turn();
    } while (this.#isAsked);
    const wholeMs = performance.now() - from;
    return { wholeMs, ...(await ticker.end()) };
  }

  /** One tenant after the other changes, and the channel is planned anew each time. */
  async changes(times: number): Promise<{ readonly median: number; readonly p99: number }> {
    const taken: number[] = [];
    for (let n = 0; n < times; n += 1) {
      this.#turnReady(tenantName((n * 7_919) % this.#tenants), n);
      this.clock.now += SECOND / 10;
      const from = performance.now();
      await this.pass();
      taken.push(performance.now() - from);
    }
    taken.sort((a, b) => a - b);
    return { median: taken[Math.floor(times / 2)] ?? 0, p99: taken[Math.ceil(times * 0.99) - 1] ?? 0 };
  }

  /** All are asked for, as the operator asks for them, and planned anew as often as it takes. */
  async sliced(change: () => void): Promise<Sliced> {
    change();
    const queue = new WorkQueue({ name: "tenants", clock: realClock(realMono), mono: realMono, rng: realRng, metrics: createMetrics() });
    await turn();
    const ticker = new Ticker();
    const from = performance.now();
    queue.addAll(this.#watched.list("Tenant").map(({ metadata }) => metadata.name));
    await turn();
    for (let n = 0; n < 2; n += 1) {
      await this.pass();
      await turn();
    }
    const wholeMs = performance.now() - from;
    return { wholeMs, ...(await ticker.end()) };
  }

  /** The canaries have run the newest release for long enough. */
  soak(): void {
    const finishedAt = isoOf(this.clock.now - 2 * HOUR);
    for (let n = 0; n < this.#tenants; n += 1) {
      const tenant = this.#stores.get("Tenant")?.get(tenantName(n));
      if (tenant === undefined || ringOf(n) !== "0") continue;
      const history = [{ id: `${tenantName(n)}-1`, class: "Patch", from: "17.2.1", to: "17.2.4", claimedAt: finishedAt, result: "Succeeded", finishedAt, window: "w0" }];
      this.#put("Tenant", { ...tenant, status: { ...(tenant.status as object), version: "17.2.4", history } });
    }
  }

  #turnReady(name: string, n: number): void {
    const tenant = this.#stores.get("Tenant")?.get(name);
    if (tenant === undefined) throw new Error(`no tenant ${name}`);
    const ready = { type: "Ready", status: n % 2 === 0 ? "False" : "True", reason: "Settled", message: "", lastTransitionTime: isoOf(this.clock.now) };
    this.#put("Tenant", { ...tenant, status: { ...(tenant.status as object), conditions: [ready] } });
  }

  #putStatus({ kind, metadata, status }: LiveObject): void {
    const old = this.#stores.get(kind as KindName)?.get(metadata.name); // only our own kinds have a status that we write
    if (old !== undefined) this.#put(kind as KindName, { ...old, status });
  }

  #put(kind: KindName, object: LiveObject): void {
    this.#version += 1;
    this.#stores.get(kind)?.put({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
    this.#watched.changed(kind === "Tenant" ? object.metadata.name : ownerNameOf(object));
  }
}

const tenantName = (n: number): string => `t${String(n).padStart(5, "0")}`;
const ringOf = (n: number): string => (n % 50 === 0 ? "0" : n % 5 === 0 ? "1" : "2");

/** Everything that one tenant consists of when it has come up, as texts that name it. */
async function modelTenant(now: Instant): Promise<readonly { readonly kind: KindName; readonly text: string }[]> {
  const world = new World(now);
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: channelSpec([release("17.2.1")]) });
  world.put("Tenant", { name: MODEL, generation: 1, creationTimestamp: isoOf(now) }, { spec: { ...tenantSpec(), domain: `${MODEL}.teleport.example` } });
  for (let n = 0; n < 6; n += 1) {
    await world.reconcile(MODEL);
    runPods(world);
  }
  return KINDS.filter((kind) => kind !== "ReleaseChannel").flatMap((kind) => world.all(kind).map((object) => ({ kind, text: JSON.stringify(object) })));
}

console.log(JSON.stringify(await replanning(Number(process.argv[2] ?? "10000")), undefined, 2));
