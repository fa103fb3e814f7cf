import { describe, expect, it } from "vitest";
import type { AgentSchedule } from "../../../src/api/index.ts";
import { TenantMemory } from "../../../src/reconcile/tenant/memory.ts";
import { at } from "../../fixtures/time.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { World } from "../../fixtures/world.ts";
import { FakeTime } from "../runtime/fake-time.ts";

/** The elapsed time of each step as it is entered or looked at, so many milliseconds after the one before. */
function elapsed(...visits: readonly (readonly [step: string, afterMs: number])[]): readonly number[] {
  let now = 0;
  const memory = new TenantMemory({ now: () => now, after: () => () => undefined });
  return visits.map(([step, afterMs]) => {
    now += afterMs;
    return memory.stepElapsedMs("uid", { id: "attempt" }, step);
  });
}

describe("how long an attempt was in a step", () => {
  it("counts from when this process first saw it", () => {
    expect(elapsed(["Auth", 50], ["Auth", 100], ["Proxy", 10], ["Proxy", 5])).toEqual([0, 100, 0, 5]);
  });

  it("counts all visits together: a proxy that comes and goes has a deadline too", () => {
    expect(elapsed(["Proxy", 0], ["Verify", 300], ["Proxy", 60], ["Verify", 300], ["Proxy", 60])).toEqual([0, 0, 300, 0, 600]);
  });

  it("counts Verify anew: it asks for an unbroken stretch", () => {
    expect(elapsed(["Verify", 0], ["Proxy", 90], ["Verify", 10], ["Verify", 20])).toEqual([0, 0, 0, 20]);
  });

  it("counts nothing of another attempt", async () => {
    const time = new FakeTime();
    const memory = new TenantMemory(time);
    memory.stepElapsedMs("uid", { id: "one" }, "Auth");
    await time.advance(100);
    expect([memory.stepElapsedMs("uid", { id: "two" }, "Auth"), memory.stepElapsedMs("other", { id: "one" }, "Auth")]).toEqual([0, 0]);
  });
});

const NOW = at("2026-11-24T02:05:00Z");
const HOUR: AgentSchedule = { utcStartHour: 2, weekdays: ["Tuesday"] };

/** Notes one of everything. */
function fill(memory: TenantMemory, uid: string): void {
  memory.noteRead(uid, { kind: "complete", readAt: NOW, askedAt: NOW }, { total: 3 });
  memory.askForReading(uid);
  memory.notePublishing(uid, { wanted: HOUR, published: HOUR, triedAt: NOW, failures: 0 });
  memory.noteDowntime(uid, { month: "2026-11", seconds: 5 });
  memory.noteProblems(uid, [{ reason: "ObjectRefused", message: "no", about: "Service/auth" }]);
  for (const whose of [uid, `${uid} tables`]) memory.stepElapsedMs(whose, { id: "an attempt" }, "Auth");
}

/** What is known of the tenant; how long it was in a step is 0 only if nothing was. */
function known(memory: TenantMemory, uid: string): readonly unknown[] {
  const steps = [uid, `${uid} tables`].map((whose) => memory.stepElapsedMs(whose, { id: "an attempt" }, "Auth"));
  return [memory.lastRead(uid), memory.agents(uid), memory.hasRead(uid), memory.isAskedFor(uid, NOW + 1, NOW), memory.publishing(uid), memory.downtime(uid), memory.problems(uid), steps];
}

describe("a tenant that was removed by force, without its teardown,", () => {
  async function lookedAt(): Promise<World> {
    const world = new World(NOW);
    world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec() });
    await world.reconcile(OWNER.name);
    // Also what a look notes that was under way when the tenant went.
    fill(world.env.memory, OWNER.uid);
    await world.time.advance(1_000);
    return world;
  }

  it("leaves nothing in memory once it is gone", async () => {
    const world = await lookedAt();
    world.drop("Tenant", { name: OWNER.name });
    await world.reconcile(OWNER.name);
    expect(known(world.env.memory, OWNER.uid)).toEqual(known(new TenantMemory(world.time), OWNER.uid));
  });

  it("leaves nothing in memory if another of its name is there at once", async () => {
    const world = await lookedAt();
    world.put("Tenant", { name: OWNER.name, uid: "uid-of-the-next", generation: 1 }, { spec: tenantSpec() });
    await world.reconcile(OWNER.name);
    expect(known(world.env.memory, OWNER.uid)).toEqual(known(new TenantMemory(world.time), OWNER.uid));
  });

  it("is the only one that is forgotten", async () => {
    const world = await lookedAt();
    await world.reconcile("globex"); // that never was
    await world.reconcile(OWNER.name);
    expect([world.env.memory.downtime(OWNER.uid), world.env.memory.publishing(OWNER.uid)?.wanted]).toEqual([{ month: "2026-11", seconds: 5 }, HOUR]);
  });
});
