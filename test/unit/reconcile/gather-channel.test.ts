import { expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../src/api/index.ts";
import { gatherChannel } from "../../../src/reconcile/channel/gather.ts";
import { ChannelBooks } from "../../../src/reconcile/channel/env.ts";
import { entryOf, slotOf } from "../../fixtures/attempt.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

it("a pass over a channel's tenants lets others have a turn each time that it has taken a while", async () => {
  const world = new World(at("2026-11-24T02:05:00Z"));
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  const names = ["acme", "bolt", "cave", "dune"];
  for (const name of names) world.put("Tenant", { name, generation: 1 }, { spec: { ...tenantSpec(), domain: `${name}.teleport.example` }, status: { version: "17.2.1" } });
  // Each look takes three milliseconds, and so does deciding.
  const clock = { now: 0, turns: 0 };
  const mono = {
    now: () => (clock.now += 3),
    after: (_ms: number, run: () => void) => {
      clock.turns += 1;
      queueMicrotask(run);
      return () => undefined;
    },
  };
  const gathered = await gatherChannel("stable", { ...world.env, mono, books: new ChannelBooks() });
  expect([[...(gathered?.book.fleet.names() ?? [])], clock.turns]).toEqual([names, 3]);
});

it("a slot of a tenant whose data is being deleted is freed", async () => {
  const world = new World(at("2026-11-24T02:05:00Z"));
  const slot = slotOf({ uid: "uid-acme" });
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] }, status: { slots: [slot] } });
  const put = (status: object) => world.put("Tenant", { name: "acme", generation: 1 }, { spec: tenantSpec({ subscription: { lapsedAt: "2026-11-01T00:00:00Z", retention: "168h" } }), status });
  const freed = async () => [...((await gatherChannel("stable", { ...world.env, books: new ChannelBooks() }))?.freed ?? [])];
  put({ version: "17.2.1" });
  expect(await freed()).toEqual([]);
  put({ lapse: { observedAt: "2026-11-01T00:00:00Z", purgeStartedAt: "2026-11-23T00:00:00Z" } });
  expect(await freed()).toEqual([slot.attempt]);
});

it.each([
  ["is kept", "whatever a status out of a backup says of its attempt", undefined, []],
  ["is freed", "when a status says so that knows of the adoption", "an-earlier-one", ["acme-17.2.3-20261124T020000Z"]],
])("a slot of a tenant that was taken over %s, %s", async (_what, _when, adoptedFrom, expected) => {
  const world = new World(at("2026-11-24T02:05:00Z"));
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] }, status: { slots: [slotOf({ uid: "uid-acme" })] } });
  world.put("Namespace", { name: "tenant-acme", labels: { [LABEL.tenant]: "acme", [LABEL.tenantUid]: "uid-acme" }, annotations: { [ANNOTATION.formerUids]: "an-earlier-one" } });
  world.put("Tenant", { name: "acme", generation: 1 }, { spec: tenantSpec(), status: { version: "17.2.3", history: [entryOf()], ...(adoptedFrom !== undefined && { adoptedFrom, adoptedBy: "uid-acme" }) } });
  const gathered = await gatherChannel("stable", { ...world.env, books: new ChannelBooks() });
  expect([...(gathered?.freed ?? [])]).toEqual(expected);
});
