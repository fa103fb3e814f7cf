import { expect, it } from "vitest";
import { entryOf, slotOf, upgradeOf } from "../../fixtures/attempt.ts";
import { channelSpec, release } from "../../fixtures/channel.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NIGHT = { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } };
const BOTH = [release("17.2.1"), release("17.2.3")];

it("a slot whose upgrade has ended goes to the next tenant in the same write", async () => {
  const world = new World(at("2026-11-24T02:05:00Z"));
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, NIGHT);
  world.put("Tenant", { name: "acme", generation: 1 }, { spec: { ...tenantSpec(), domain: "acme.teleport.example" }, status: { version: "17.2.3", history: [entryOf()] } });
  world.put("Tenant", { name: "bolt", generation: 1 }, { spec: { ...tenantSpec(), domain: "bolt.teleport.example" }, status: { version: "17.2.1" } });
  world.put("ReleaseChannel", { name: "stable" }, { spec: channelSpec(BOTH, { rollout: { maxParallel: 1 }, patch: { minAge: "0s" } }), status: { slots: [slotOf()] } });
  await world.reconcileChannel("stable");
  expect(world.get("ReleaseChannel", "stable")).toMatchObject({ status: { slots: [{ tenant: "bolt" }] } });
});

it("what a failure halts in this very write is claimed for nobody", async () => {
  const world = new World(at("2026-11-24T02:05:00Z"));
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, NIGHT);
  world.put("Tenant", { name: "acme", generation: 1 }, { spec: { ...tenantSpec(), domain: "acme.teleport.example" }, status: { version: "17.2.1", history: [entryOf({ result: "RolledBack" })] } });
  world.put("Tenant", { name: "bolt", generation: 1 }, { spec: { ...tenantSpec(), domain: "bolt.teleport.example" }, status: { version: "17.2.1" } });
  world.put("ReleaseChannel", { name: "stable" }, { spec: channelSpec(BOTH, { rollout: { maxParallel: 1, maxFailures: 0 }, patch: { minAge: "0s" } }), status: { slots: [slotOf()] } });
  await world.reconcileChannel("stable");
  expect(world.get("ReleaseChannel", "stable")).toMatchObject({ status: { slots: [], halts: [{ version: "17.2.3", failedCount: 1 }] } });
});

it("whoever is in an opening is told of a slot that was free for a moment: it may have said so", async () => {
  const world = new World(at("2026-11-24T02:05:00Z"));
  const told: string[] = [];
  world.env = { ...world.env, enqueue: (controller, key) => void (controller === "tenant" && told.push(key)) };
  const publish = (maxParallel: number, status: object) =>
    world.put("ReleaseChannel", { name: "stable" }, { spec: channelSpec(BOTH, { rollout: { maxParallel }, patch: { minAge: "0s" } }), status });
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, NIGHT);
  for (const name of ["acme", "bolt", "cave"]) {
    const spec = { ...tenantSpec(), domain: `${name}.teleport.example` };
    world.put("Tenant", { name, generation: 1 }, { spec, status: { version: "17.2.1", ...(name === "acme" && { upgrade: upgradeOf() }) } });
  }
  publish(1, { slots: [slotOf()] });
  for (let n = 0; n < 2; n += 1) await world.reconcileChannel("stable");
  expect(told).toEqual([]);
  publish(2, world.get("ReleaseChannel", "stable")?.status ?? {});
  await world.reconcileChannel("stable");
  expect(world.get("ReleaseChannel", "stable")).toMatchObject({ status: { slots: [{ tenant: "acme" }, { tenant: expect.any(String) }] } });
  expect(told.sort()).toEqual(["acme", "bolt", "cave"]);
});
