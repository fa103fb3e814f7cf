import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { ReleaseChannelStatus } from "../../../src/api/index.ts";
import { ChannelBooks, type ChannelEnv } from "../../../src/reconcile/channel/env.ts";
import { decideChannel, type ChannelDecision } from "../../../src/reconcile/channel/decide.ts";
import { gatherChannel } from "../../../src/reconcile/channel/gather.ts";
import { Compiled } from "../../../src/reconcile/compiled.ts";
import type { KindName, LiveObject } from "../../../src/reconcile/ports.ts";
import { DAY, HOUR, isoOf, MINUTE } from "../../../src/domain/time.ts";
import { entryOf, upgradeOf } from "../../fixtures/attempt.ts";
import { channelSpec, release } from "../../fixtures/channel.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NOW = at("2026-11-24T02:05:00Z");
const NAMES = ["acme", "bolt", "cave"];
/** One without this would have come into being whenever it is looked at. */
const CREATED = "2026-10-01T00:00:00Z";
const SLOT = { tenant: "bolt", uid: "uid-bolt", attempt: "bolt-1", class: "Patch", from: "17.2.1", to: "17.2.3", claimedAt: "2026-11-24T02:00:00Z", predictedEndAt: "2026-11-24T02:20:00Z", opening: { window: "tuesday", opensAt: "2026-11-24T02:00:00Z", closesAt: "2026-11-24T06:00:00Z" } } as const;

let world: World;
let env: ChannelEnv;
/** Of which tenants something was read from the caches. */
let looks: string[];

beforeEach(() => {
  world = new World(NOW);
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: channelSpec([release("17.2.1")]) });
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  for (const name of NAMES) putTenant(name);
  const ofTenant = (kind: KindName, tenant: string): readonly LiveObject[] => {
    if (kind === "Pod") looks.push(tenant);
    return world.env.caches.ofTenant(kind, tenant);
  };
  const caches = { ...world.env.caches, ofTenant };
  env = { ...world.env, caches, compiled: new Compiled(caches) };
});

function putTenant(name: string, { spec = {}, status = { version: "17.2.1" }, metadata = {} }: { spec?: object; status?: object; metadata?: object } = {}): void {
  world.put("Tenant", { name, generation: 1, creationTimestamp: CREATED, ...metadata }, { spec: { ...tenantSpec(), domain: `${name}.teleport.example`, ...spec }, status });
}

function putStatus(status: ReleaseChannelStatus): void {
  world.put("ReleaseChannel", { name: "stable" }, { spec: world.get("ReleaseChannel", "stable")?.spec, status });
}

async function pass(now = NOW): Promise<readonly string[]> {
  looks = [];
  await gatherChannel("stable", { ...env, clock: { now: () => now, wakeAt: () => () => undefined } });
  return looks.sort();
}

describe("a pass over a channel", () => {
  it("looks again only at those that have changed", async () => {
    expect(await pass()).toEqual(NAMES);
    expect(await pass(NOW + 1_000)).toEqual([]);
    putTenant("bolt", { status: { version: "17.2.3" } });
    expect(await pass(NOW + 2_000)).toEqual(["bolt"]);
  });

  it.each<[string, () => void]>([
    ["a window was edited", () => world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { schedule: "0 3 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } })],
    ["the channel's rules have changed", () => world.put("ReleaseChannel", { name: "stable", generation: 2 }, { spec: channelSpec([]) })],
    ["upgrades are thought to take another time", () => putStatus({ durations: measured(660) })],
    ["the clock is no longer trusted", () => (world.clock.known = false)],
  ])("looks at all when %s", async (_, change) => {
    await pass();
    change();
    expect(await pass()).toEqual(NAMES);
  });

  it("looks at whoever got a slot, or lost one", async () => {
    await pass();
    putStatus({ slots: [SLOT] });
    expect(await pass()).toEqual(["bolt"]);
    putStatus({ slots: [] });
    expect(await pass()).toEqual(["bolt"]);
  });

  it("looks at nobody when durations are measured that change no prediction", async () => {
    putStatus({ durations: measured(660) });
    await pass();
    putStatus({ durations: { patch: { ...measured(660).patch, fromDisruption: { seconds: [400, 401], predicted: 600 } } } });
    expect(await pass()).toEqual([]);
  });

  it("looks at one whose inventory was read", async () => {
    await pass();
    env.noteChange("cave");
    expect(await pass()).toEqual(["cave"]);
  });

  it("looks again when something may change by itself, and at all when the clock went back", async () => {
    await pass();
    const checkAt = env.books.of("stable").nextAt() ?? 0;
    expect(checkAt).toBeGreaterThan(NOW);
    expect(await pass(checkAt - 1)).toEqual([]);
    expect(await pass(checkAt)).toEqual(NAMES);
    expect(await pass(NOW)).toEqual(NAMES);
  });

  it("forgets a tenant that has gone, or follows another channel by now", async () => {
    await pass();
    world.drop("Tenant", { name: "acme" });
    putTenant("bolt", { spec: { channel: "fast" } });
    await pass();
    expect([...env.books.of("stable").fleet.names()]).toEqual(["cave"]);
  });

  it("tells when slots ran out and when one is free again", () => {
    const book = env.books.of("stable");
    expect([true, false, false, true].map((slotFree) => book.slotsTurned(slotFree))).toEqual([false, true, false, true]);
  });
});

function measured(predicted: number) {
  return { patch: { fromClaim: { seconds: [500, 510, 520, 530, predicted], predicted }, fromDisruption: { seconds: [400], predicted: 600 } } };
}

/** What may happen to a channel of three tenants between two passes. */
const anyEvent = fc.oneof(
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(0, 1_000, MINUTE, HOUR, DAY, 7 * DAY, -HOUR) }),
  fc.record({ kind: fc.constant("tenant" as const), name: fc.constantFrom(...NAMES), version: fc.constantFrom("17.2.1", "17.2.3", undefined), ring: fc.constantFrom("0", "1"), suspend: fc.boolean(), channel: fc.constantFrom("stable", "stable", "stable", "fast"), doing: fc.constantFrom("nothing", "upgrading", "failed", "done") }),
  fc.record({ kind: fc.constant("gone" as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ kind: fc.constant("read" as const), name: fc.constantFrom(...NAMES), failed: fc.boolean() }),
  fc.record({ kind: fc.constant("window" as const), hour: fc.integer({ min: 0, max: 23 }) }),
  fc.record({ kind: fc.constant("freeze" as const), there: fc.boolean() }),
  fc.record({ kind: fc.constant("clock" as const), trusted: fc.boolean() }),
  fc.record({ kind: fc.constant("releases" as const), patch: fc.integer({ min: 1, max: 5 }), maxParallel: fc.constantFrom(1, 2, "50%") }),
  fc.constant({ kind: "ledger lost" as const }),
);
type Event = typeof anyEvent extends fc.Arbitrary<infer E> ? E : never;

let generation = 1;
let instant = NOW;
/** Whether another pass is asked for. */
let isAsked = false;

function happen(event: Event): void {
  generation += 1;
  if (event.kind === "pass") instant += event.ms;
  else if (event.kind === "tenant") changeTenant(event);
  else if (event.kind === "gone") world.drop("Tenant", { name: event.name });
  else if (event.kind === "read") {
    env.memory.noteRead(`uid-${event.name}`, event.failed ? { kind: "failed", message: "no answer", askedAt: instant } : { kind: "complete", readAt: instant, askedAt: instant }, undefined);
    env.noteChange(event.name);
  } else if (event.kind === "window") world.put("MaintenanceWindow", { name: "tuesday", generation }, { spec: { schedule: `0 ${event.hour} * * *`, duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  else if (event.kind === "freeze" && event.there) world.put("Freeze", { name: "sale", generation, creationTimestamp: isoOf(NOW) }, { spec: { until: isoOf(instant + DAY), tenantSelector: {}, reason: "a sale" } });
  else if (event.kind === "freeze") world.drop("Freeze", { name: "sale" });
  else if (event.kind === "clock") world.clock.known = world.clock.found = event.trusted;
  else if (event.kind === "releases") putChannel(event);
  else world.put("ReleaseChannel", { name: "stable" }, { spec: world.get("ReleaseChannel", "stable")?.spec });
}

function changeTenant({ name, version, ring, suspend, channel, doing }: Event & { kind: "tenant" }): void {
  const conditions = [{ type: "Ready", status: "True", reason: "Ready", message: "", lastTransitionTime: isoOf(NOW - DAY) }];
  const status = {
    version,
    conditions,
    ...(doing === "upgrading" && { upgrade: upgradeOf({ id: `${name}-1` }) }),
    ...(doing === "failed" && { history: [entryOf({ id: `${name}-1`, result: "RolledBack" })] }),
    ...(doing === "done" && { history: [entryOf({ id: `${name}-1` })] }),
  };
  putTenant(name, { spec: { suspend, channel }, status, metadata: { labels: { ring } } });
}

function putChannel({ patch, maxParallel }: { patch: number; maxParallel: number | string }): void {
  const waves = [{ name: "canary", tenantSelector: { matchLabels: { ring: "0" } }, required: "50%", soak: "24h", timeout: "336h" }];
  const releases = Array.from({ length: patch }, (_, index) => release(`17.2.${index + 1}`, isoOf(NOW - (20 - index) * DAY)));
  const { status } = world.get("ReleaseChannel", "stable") ?? {};
  world.put("ReleaseChannel", { name: "stable", generation }, { spec: channelSpec(releases, { rollout: { maxParallel, waves } }), status });
}

/** Passes, for as long as each asks for another one. */
async function passes(): Promise<void> {
  for (let n = 0; n === 0 || isAsked; n += 1) {
    expect(n).toBeLessThan(10);
    isAsked = false;
    await world.reconcileChannel("stable");
  }
}

async function decide(books: ChannelBooks): Promise<ChannelDecision | undefined> {
  const gathered = await gatherChannel("stable", { ...env, books });
  return gathered && decideChannel(gathered, instant);
}

it("what is decided is what would be by one who looks at all of them anew, whatever happened", async () => {
  const run = async (events: readonly Event[]) => {
    putChannel({ patch: 3, maxParallel: 1 });
    for (const event of events) {
      happen(event);
      const anew = await decide(new ChannelBooks());
      expect(await decide(env.books)).toEqual(anew);
      if (event.kind === "pass") await passes();
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 5, maxLength: 25 }), async (events) => {
      world = new World(NOW);
      instant = NOW;
      env = world.env = { ...world.env, clock: { now: () => instant, wakeAt: () => () => undefined }, enqueue: (controller) => void (isAsked ||= controller === "channel") };
      world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * *", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
      for (const name of NAMES) putTenant(name, { metadata: { labels: { ring: name === "acme" ? "0" : "1" } } });
      await run(events);
    }),
    { numRuns: 400 },
  );
});
