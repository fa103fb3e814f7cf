import { beforeEach, describe, expect, it } from "vitest";
import type { KindName, LiveObject } from "../../../src/reconcile/ports.ts";
import type { ReleaseChannelStatus } from "../../../src/api/index.ts";
import { ChannelViews, type ChannelTerms, type SeenTenant } from "../../../src/reconcile/channel/views.ts";
import { Compiled } from "../../../src/reconcile/compiled.ts";
import type { TenantEnv } from "../../../src/reconcile/tenant/env.ts";
import { at } from "../../fixtures/time.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";
import { World } from "../../fixtures/world.ts";

const NOW = at("2026-11-24T02:05:00Z");
const NAMES = ["acme", "bolt", "cave"];

let world: World;
let env: TenantEnv;
let views: ChannelViews;
/** Of which tenants something was read from the caches. */
let looks: string[];
let revisions: Record<string, number>;

beforeEach(() => {
  world = new World(NOW);
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  for (const name of NAMES) world.put("Tenant", { name, generation: 1 }, { spec: { ...tenantSpec(), domain: `${name}.teleport.example` }, status: { version: "17.2.1" } });
  looks = [];
  revisions = {};
  views = new ChannelViews();
  const ofTenant = (kind: KindName, tenant: string): readonly LiveObject[] => {
    if (kind === "Pod") looks.push(tenant);
    return world.env.caches.ofTenant(kind, tenant);
  };
  const caches = { ...world.env.caches, ofTenant, revisionOf: (tenant: string) => revisions[tenant] ?? 0 };
  env = { ...world.env, caches, compiled: new Compiled(caches) };
});

function look(now: number, terms: Partial<ChannelTerms> = {}): readonly (SeenTenant | undefined)[] {
  looks = [];
  const { rules } = env.compiled.channel("stable", now) ?? { rules: "" };
  const all = { rules, calendar: env.compiled.calendarRevision(), clockTrusted: true, slotFree: true, slots: new Map(), ...terms };
  return NAMES.map((name) => views.look(tenantOf(name), all, { env, now }));
}

/** The channel learned of one more upgrade, and predicts so many seconds for the next. */
function predict(predicted: number): void {
  const { spec } = world.get("ReleaseChannel", "stable") ?? {};
  const measured = { seconds: [500, 510, 520, 530, predicted], predicted };
  world.put("ReleaseChannel", { name: "stable" }, { spec, status: { durations: { patch: { fromClaim: measured, fromDisruption: { seconds: [400], predicted: 600 } } } } });
}

function tenantOf(name: string): LiveObject {
  const object = world.get("Tenant", name);
  if (object === undefined) throw new Error(`no tenant ${name}`);
  return object;
}

describe("what a channel saw of its tenants", () => {
  it("is seen again only of those that have changed", () => {
    const first = look(NOW);
    expect(looks).toEqual(NAMES);
    const second = look(NOW + 1_000);
    expect(looks).toEqual([]);
    expect(second).toEqual(first);
    revisions["bolt"] = 1;
    look(NOW + 2_000);
    expect(looks).toEqual(["bolt"]);
  });

  it.each<[string, () => Partial<ChannelTerms>]>([
    ["a window was edited", () => (world.put("MaintenanceWindow", { name: "tuesday", generation: 2 }, { spec: { schedule: "0 3 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } }), {})],
    ["the channel's rules have changed", () => (world.put("ReleaseChannel", { name: "stable", generation: 2 }, { spec: { releases: [] } }), {})],
    ["upgrades are thought to take another time", () => (predict(660), {})],
    ["slots ran out", () => ({ slotFree: false })],
    ["the clock is no longer trusted", () => ({ clockTrusted: false })],
  ])("is seen again of all when %s", (_, change) => {
    look(NOW);
    look(NOW, change());
    expect(looks).toEqual(NAMES);
  });

  it("is kept while merely slots of others come and go", () => {
    look(NOW);
    const slot = { tenant: "bolt", uid: "uid-bolt", attempt: "bolt-1", class: "Patch", from: "17.2.1", to: "17.2.3", claimedAt: "2026-11-24T02:00:00Z", predictedEndAt: "2026-11-24T02:20:00Z", opening: { window: "tuesday", opensAt: "2026-11-24T02:00:00Z", closesAt: "2026-11-24T06:00:00Z" } } as const;
    look(NOW, { slots: new Map([["uid-bolt", slot]]) });
    expect(looks).toEqual(["bolt"]);
  });

  it("is kept while durations are measured that change no prediction", () => {
    predict(660);
    look(NOW);
    const { spec, status } = world.get("ReleaseChannel", "stable") ?? {};
    const { durations } = status as ReleaseChannelStatus; // as it was put
    world.put("ReleaseChannel", { name: "stable" }, { spec, status: { durations: { patch: { ...durations?.patch, fromDisruption: { seconds: [400, 401], predicted: 600 } } } } });
    look(NOW);
    expect(looks).toEqual([]);
  });

  it("is seen again of one whose inventory was read", () => {
    look(NOW);
    env.memory.noteRead("uid-cave", { kind: "complete", readAt: NOW, askedAt: NOW }, undefined);
    look(NOW);
    expect(looks).toEqual(["cave"]);
  });

  it("is seen again when it may change by itself, and when the clock went back", () => {
    const [acme] = look(NOW);
    const checkAt = acme?.checkAt ?? 0;
    expect(checkAt).toBeGreaterThan(NOW);
    look(checkAt - 1);
    expect(looks).toEqual([]);
    look(checkAt);
    expect(looks).toEqual(NAMES);
    look(NOW);
    expect(looks).toEqual(NAMES);
  });

  it("tells when slots ran out and when one is free again", () => {
    const turns = [true, false, false, true].map((slotFree) => views.slotsTurned("stable", slotFree));
    expect(turns).toEqual([false, true, false, true]);
  });
});
