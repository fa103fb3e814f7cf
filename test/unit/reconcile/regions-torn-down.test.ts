import { expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { RegionsWorld } from "../../fixtures/regions-world.ts";
import { OWNER } from "../../fixtures/tenant.ts";
import { World } from "../../fixtures/world.ts";

/** A tenant of which everything but Auth is down here, and whose one region in another cluster is out of reach. */
async function almostDown(): Promise<RegionsWorld> {
  const world = new RegionsWorld();
  await world.begin();
  world.isAway = true;
  const tenant = world.get("Tenant", "acme");
  world.put("Tenant", { ...tenant?.metadata, name: OWNER.name, deletionTimestamp: "2026-11-24T02:10:00Z", annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec: tenant?.spec, status: tenant?.status });
  await world.goOn(5);
  return world;
}

it("asks a region that comes back just while another cluster is asked, before Auth goes", async () => {
  const world = await almostDown();
  const other = new World(world.time.now());
  const api = { ...other.env.api, read: (...asked: Parameters<typeof other.env.api.read>) => {
    world.isAway = false;
    return other.env.api.read(...asked);
  } };
  world.env = { ...world.env, members: [...world.env.members, { regions: ["ap-south-1"], caches: other.env.caches, api, outOfReach: () => undefined }] };
  await world.reconcile("acme");
  expect([world.isAway, world.get("Deployment", "auth", "tenant-acme") === undefined]).toEqual([false, false]);
  await world.goOn(8);
  expect([world.get("Tenant", "acme")?.metadata.finalizers, world.member.get("Namespace", "tenant-acme")]).toEqual([[], undefined]);
});
