import { expect, it } from "vitest";
import { Compiled } from "../../../src/reconcile/compiled.ts";
import { slotOf } from "../../fixtures/attempt.ts";
import { channelSpec, release } from "../../fixtures/channel.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NOW = at("2026-11-24T02:05:00Z");

it("a channel of which only slots have changed is not compiled anew, and any other is", () => {
  const world = new World(NOW);
  const compiled = () => {
    const { channel } = world.env.compiled.channel("stable", NOW) ?? {};
    if (channel?.kind !== "valid") throw new Error("the channel cannot be used");
    return channel;
  };
  const spec = channelSpec([release("17.2.1")]);
  world.put("ReleaseChannel", { name: "stable" }, { spec });
  const before = compiled();
  world.put("ReleaseChannel", { name: "stable" }, { spec, status: { slots: [slotOf()] } });
  expect([compiled().slots.map(({ attempt }) => attempt), compiled().releases === before.releases]).toEqual([[slotOf().attempt], true]);
  world.put("ReleaseChannel", { name: "stable" }, { spec, status: { slots: [slotOf()], lines: [{ major: 17, openedAt: "2026-10-01T00:00:00Z" }] } });
  expect(compiled().lines).toHaveLength(1);
  world.put("ReleaseChannel", { name: "stable" }, { spec: channelSpec([release("17.2.1"), release("17.2.3")]), status: { slots: [] } });
  expect([compiled().releases.map(({ version }) => version), compiled().slots]).toEqual([["17.2.1", "17.2.3"], []]);
});

it("a channel that is gone is dropped with its first look, and compiled anew if it is there again", () => {
  const world = new World(NOW);
  world.put("ReleaseChannel", { name: "stable" }, { spec: channelSpec([release("17.2.1")]) });
  const object = world.get("ReleaseChannel", "stable");
  let isThere = true;
  const compiled = new Compiled({ ...world.env.caches, get: () => (isThere ? object : undefined) });
  const before = compiled.channel("stable", NOW);
  expect(compiled.channel("stable", NOW)).toBe(before);
  isThere = false;
  expect(compiled.channel("stable", NOW)).toBeUndefined();
  isThere = true;
  // As it was before: only what was kept could be the same.
  expect([compiled.channel("stable", NOW) === before, compiled.channel("stable", NOW)]).toEqual([false, before]);
});
