import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Slot } from "../../../../src/api/index.ts";
import { haltedVersions, planFleet } from "../../../../src/domain/fleet/plan-fleet.ts";
import type { Channel } from "../../../../src/domain/release/channel.ts";
import type { TenantView } from "../../../../src/domain/tenant/view.ts";
import { DAY, HOUR, isoOf, MINUTE, type Instant } from "../../../../src/domain/time.ts";
import { slotOf } from "../../../fixtures/attempt.ts";
import { channelOf, failedOn, release, SECURITY, type SpecInput } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { bound, BOTH_CHANNEL, knowledge, MAJOR_CHANNEL, pastAttempt, TUESDAY_2AM, viewOf, windowOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);
const RELEASES = [release("17.2.1"), release("17.2.3")];

function channelWith(maxParallel: number | string, slots: readonly Slot[] = []): Channel {
  return channelOf({ releases: RELEASES, spec: { rollout: { maxParallel } }, status: { slots: [...slots] } });
}

function tenantView(name: string, channel: Channel, more: ViewInput = {}): TenantView {
  return viewOf({ name, uid: `uid-${name}`, channel, ...more });
}

function claimed(channel: Channel, views: readonly TenantView[]): readonly string[] {
  return planFleet(channel, views, NOW).claims.map((claim) => claim.tenant);
}

function fleetOf(names: readonly string[], channel: Channel, more: ViewInput = {}): readonly TenantView[] {
  return names.map((name) => tenantView(name, channel, more));
}

function holder(name: string, channel: Channel, { stuck = false, id = name } = {}): TenantView {
  return tenantView(name, channel, { upgrade: { id, class: "Patch", to: "17.2.3", stuck } });
}

function slotFor(name: string): Slot {
  return slotOf({ tenant: name, uid: `uid-${name}`, attempt: name });
}

describe("a claim", () => {
  it("is a start, and says whose it is", () => {
    expect(planFleet(channelWith(1), [viewOf()], NOW + 500).claims).toEqual([
      {
        tenant: "acme",
        uid: "uid-acme",
        attempt: "acme-17.2.3-20261124T020000Z",
        class: "Patch",
        from: "17.2.1",
        to: "17.2.3",
        claimedAt: NOW + 500,
        predictedEndAt: NOW + 500 + 20 * MINUTE,
        opening: { window: "tuesday", opensAt: NOW, closesAt: NOW + 4 * HOUR },
        approvals: [],
      },
    ]);
  });

  it("is made for nobody whom something holds", () => {
    expect(claimed(channelWith(9), [tenantView("a", channelWith(9), { deleting: true }), tenantView("b", channelWith(9))])).toEqual(["b"]);
  });

  it("is made for one lane of a tenant only", () => {
    expect(planFleet(BOTH_CHANNEL, [viewOf({ channel: BOTH_CHANNEL })], NOW).claims.map((claim) => claim.class)).toEqual(["Major"]);
  });
});

describe("slots", () => {
  const names = ["a", "b", "c", "d"];
  it.each<[why: string, maxParallel: number | string, slots: readonly string[], views: (channel: Channel) => readonly TenantView[], claims: number]>([
    ["as many as maxParallel are claimed", 2, [], (channel) => fleetOf(names, channel), 2],
    ["those that are taken count", 2, ["x"], (channel) => [...fleetOf(names, channel), holder("x", channel)], 1],
    ["those whose tenant nobody knows count", 2, ["gone"], (channel) => fleetOf(names, channel), 1],
    ["one that is stuck does not", 2, ["x"], (channel) => [...fleetOf(names, channel), holder("x", channel, { stuck: true })], 2],
    ["a running attempt without a slot counts: the ledger was lost", 2, [], (channel) => [...fleetOf(names, channel), holder("x", channel)], 1],
    ["a stuck one without a slot does not", 2, [], (channel) => [...fleetOf(names, channel), holder("x", channel, { stuck: true })], 2],
    ["a percentage of the tenants rounds up", "30%", [], (channel) => fleetOf(names, channel), 2],
    ["none are free when more are taken than are allowed", 1, ["x", "y"], (channel) => fleetOf(names, channel), 0],
    ["a tenant that has one gets no other", 9, ["a"], (channel) => fleetOf(["a"], channel), 0],
  ])("%s", (_why, maxParallel, slots, views, claims) => {
    const channel = channelWith(maxParallel, slots.map(slotFor));
    expect(claimed(channel, views(channel))).toHaveLength(claims);
  });

  it("never exceed what status has room for, stuck ones included", () => {
    const stuck = Array.from({ length: 999 }, (_, index) => `stuck-${index}`);
    const channel = channelWith(1000, stuck.map(slotFor));
    const views = [...fleetOf(names, channel), ...stuck.map((name) => holder(name, channel, { stuck: true }))];
    expect(claimed(channel, views)).toHaveLength(1);
  });
});

describe("the order", () => {
  const channel = channelWith(1);
  const success = (hours: number) => ({ history: [pastAttempt(NOW - hours * HOUR - HOUR)] });

  it("Security first", () => {
    const secure = channelOf({ releases: [...RELEASES, release("17.3.1", undefined, SECURITY)], spec: { rollout: { maxParallel: 1 } } });
    const patched = tenantView("a", channel, { createdAt: 0 });
    expect(claimed(channel, [patched, tenantView("b", secure)])).toEqual(["b"]);
    expect(claimed(channel, [tenantView("b", secure), patched])).toEqual(["b"]);
  });

  it("then the earlier wave, on whose word the others wait", () => {
    const [late, early] = [tenantView("a", channel, { ...success(100), wave: 1 }), tenantView("b", channel, { ...success(50), wave: 0 })];
    expect([claimed(channel, [late, early]), claimed(channel, [early, late])]).toEqual([["b"], ["b"]]);
  });

  it("then who waited longest since the last success", () => {
    expect(claimed(channel, [tenantView("a", channel, success(50)), tenantView("b", channel, success(100))])).toEqual(["b"]);
  });

  it("the last success counts, not a failure after it, nor an older success", () => {
    const failing = [...success(100).history, pastAttempt(NOW - 30 * HOUR, { succeeded: false })];
    expect(claimed(channel, [tenantView("a", channel, success(50)), tenantView("b", channel, { history: failing })])).toEqual(["b"]);
    const two = [...success(50).history, ...success(200).history];
    expect(claimed(channel, [tenantView("a", channel, { history: two }), tenantView("b", channel, success(100))])).toEqual(["b"]);
  });

  it("or since its creation", () => {
    expect(claimed(channel, [tenantView("a", channel, success(50)), tenantView("b", channel, { createdAt: NOW - 60 * HOUR })])).toEqual(["b"]);
    expect(claimed(channel, [tenantView("a", channel, success(50)), tenantView("b", channel, { createdAt: NOW - 40 * HOUR })])).toEqual(["a"]);
  });

  it("then a hash of the uid, which favours no name, the same in any order", () => {
    const names = ["acme", "birch", "cedar", "delta", "elm", "fir"];
    const views = fleetOf(names, channelWith(6));
    const order = claimed(channelWith(6), views);
    expect(order.toSorted()).toEqual(names);
    expect(order).not.toEqual(order.toSorted());
    expect(claimed(channelWith(6), views.toReversed())).toEqual(order);
  });

  it("and the uid itself, should two hashes be the same", () => {
    const twins = ["costarring", "liquid"].map((uid) => viewOf({ name: uid, uid, channel: channelWith(2) })); // a known collision of FNV-1a
    expect([claimed(channelWith(2), twins), claimed(channelWith(2), twins.toReversed())]).toEqual([["costarring", "liquid"], ["costarring", "liquid"]]);
  });
});

describe("a major rests on a fresh inventory", () => {
  const old = knowledge({ kind: "complete", readAt: NOW - 31 * MINUTE, askedAt: NOW - 31 * MINUTE });
  it("an older one is read again before the claim", () => {
    const view = viewOf({ channel: MAJOR_CHANNEL, version: "17.2.3", agents: old });
    expect(planFleet(MAJOR_CHANNEL, [view], NOW)).toEqual({ claims: [], refresh: ["acme"] });
  });

  it("but not while no slot is free", () => {
    const full = channelOf({ releases: [release("17.2.3"), release("18.1.0")], spec: { rollout: { maxParallel: 1 } }, status: { slots: [slotFor("x")] } });
    expect(planFleet(full, [viewOf({ channel: full, version: "17.2.3", agents: old })], NOW)).toEqual({ claims: [], refresh: [] });
  });

  it("a patch does not wait for it, and one that must be read takes no slot from others", () => {
    const channel = channelOf({ releases: [release("17.2.1"), release("17.2.3"), release("18.1.0")], spec: { rollout: { maxParallel: 1 } } });
    const stale = tenantView("a", channel, { agents: old, createdAt: 0, version: "17.2.3" });
    const patch = tenantView("b", channel, { agents: old, maxMajor: 17 });
    expect(planFleet(channel, [stale, patch], NOW)).toMatchObject({ claims: [{ tenant: "b", class: "Patch" }], refresh: ["a"] });
  });
});

it("versions that failed on too many tenants are told", () => {
  const status = { halts: [...(failedOn("17.2.3", 2).halts ?? []), ...(failedOn("17.2.4", 1).halts ?? [])] };
  expect(haltedVersions(channelOf({ releases: RELEASES, status }))).toEqual(["17.2.3"]);
});

const anyFleet = fc.record({
  now: fc.integer({ min: 0, max: 6 * 60 }).map((minutes) => at("2026-11-24T01:00:00Z") + minutes * MINUTE),
  clockTrusted: fc.constantFrom(true, true, true, false),
  maxParallel: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom("1%", "34%", "50%", "100%")),
  slots: fc.uniqueArray(fc.constantFrom("t0", "t1", "t2", "gone"), { maxLength: 4 }),
  tenants: fc.array(
    fc.record({
      version: fc.constantFrom("17.2.1", "17.2.3", "16.9.9"),
      ready: fc.boolean(),
      deleting: fc.constantFrom(false, false, true),
      suspension: fc.constantFrom(undefined, undefined, undefined, "Wanted" as const, "Resuming" as const),
      running: fc.constantFrom("no", "no", "yes", "stuck"),
      waitedHours: fc.integer({ min: 21, max: 24 }),
      behind: fc.constantFrom(false, false, true),
      readMinutesAgo: fc.integer({ min: 0, max: 60 }),
      window: fc.constantFrom("0 2 * * 2", "0 3 * * 2", "0 5 * * 5"),
    }),
    { maxLength: 8 },
  ),
});
type AnyFleet = typeof anyFleet extends fc.Arbitrary<infer T> ? T : never;
const CATALOGUE = [release("16.9.9"), release("17.2.1"), release("17.2.3"), release("18.1.0")];

function built({ now, maxParallel, slots, tenants, clockTrusted }: AnyFleet): { readonly channel: Channel; readonly views: readonly TenantView[]; readonly now: Instant } {
  const spec: SpecInput = { rollout: { maxParallel } };
  const channel = channelOf({ releases: CATALOGUE, spec, status: { slots: slots.map(slotFor) } });
  const views = tenants.map(({ version, ready, deleting, suspension, running, waitedHours, behind, readMinutesAgo, window }, index) => {
    const name = `t${index}`;
    const lastRead = { kind: "complete", readAt: now - readMinutesAgo * MINUTE, askedAt: now } as const;
    const status = behind ? { behind: [{ id: "a", hostname: "h", version: "15.0.0", lastSeenAt: isoOf(now - DAY) }] } : undefined;
    return tenantView(name, channel, {
      now,
      version,
      ready,
      deleting,
      clockTrusted,
      ...(suspension !== undefined && { suspension }),
      history: [pastAttempt(now - waitedHours * HOUR)],
      agents: knowledge(lastRead, { status }),
      windows: bound(windowOf({ schedule: window }, name)),
      ...(running !== "no" && { upgrade: { id: name, class: "Patch", to: "17.2.3", stuck: running === "stuck" } }),
    });
  });
  return { channel, views, now };
}

describe("a plan, for any fleet", () => {
  it("never makes the slots that are not stuck exceed maxParallel (I2)", () => {
    fc.assert(
      fc.property(anyFleet, (fleet) => {
        const { channel, views, now } = built(fleet);
        const limit = typeof fleet.maxParallel === "number" ? fleet.maxParallel : Math.ceil((Number.parseInt(fleet.maxParallel, 10) / 100) * views.length);
        const busy = new Set([...fleet.slots, ...views.filter((view) => view.upgrade).map((view) => view.name)]);
        const counted = [...busy].filter((name) => views.find((view) => view.name === name)?.upgrade?.stuck !== true).length;
        const { claims } = planFleet(channel, views, now);
        expect([claims.length <= Math.max(0, limit - counted), claims.some((claim) => busy.has(claim.tenant))]).toEqual([true, false]);
      }),
      { numRuns: 2000 },
    );
  });

  it("claims nothing outside a window, nothing for a tenant that is held, no major while an agent is behind (I1, I3, I13)", () => {
    fc.assert(
      fc.property(anyFleet, (fleet) => {
        const { channel, views, now } = built(fleet);
        const wrong = planFleet(channel, views, now).claims.filter((claim) => {
          const [view, raw] = [views.find((each) => each.name === claim.tenant), fleet.tenants[Number(claim.tenant.slice(1))]];
          const isMajor = claim.class === "Major";
          const outside = now < claim.opening.opensAt || now + (isMajor ? 45 : 20) * MINUTE > claim.opening.closesAt;
          return outside || !fleet.clockTrusted || view?.deleting !== false || view.suspension !== undefined || view.upgrade !== undefined || (isMajor && (raw?.behind !== false || raw.readMinutesAgo > 30 || !raw.ready));
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it("does not depend on the order of its tenants (I8)", () => {
    fc.assert(
      fc.property(anyFleet, fc.func(fc.integer()), (fleet, key) => {
        const { channel, views, now } = built(fleet);
        const shuffled = views.toSorted((a, b) => key(a.name) - key(b.name));
        const [one, other] = [planFleet(channel, views, now), planFleet(channel, shuffled, now)];
        expect([other.claims, other.refresh.toSorted()]).toEqual([one.claims, one.refresh.toSorted()]);
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves no slot free that somebody could use", () => {
    fc.assert(
      fc.property(anyFleet, (fleet) => {
        const { channel, views, now } = built({ ...fleet, slots: [] });
        const all = planFleet({ ...channel, maxParallel: 1000 }, views, now).claims.length;
        const used = views.filter((view) => view.upgrade?.stuck === false).length;
        const limit = typeof fleet.maxParallel === "number" ? fleet.maxParallel : Math.ceil((Number.parseInt(fleet.maxParallel, 10) / 100) * views.length);
        expect(planFleet(channel, views, now).claims.length).toBe(Math.min(all, Math.max(0, limit - used)));
      }),
      { numRuns: 1000 },
    );
  });
});

it("an empty fleet plans nothing", () => {
  expect(planFleet(channelWith("10%"), [], NOW)).toEqual({ claims: [], refresh: [] });
});
