import { beforeEach, describe, expect, it } from "vitest";
import type { HistoryEntry, ReleaseChannelStatus } from "../../../src/api/index.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { entryOf, slotOf } from "../../fixtures/attempt.ts";
import { at } from "../../fixtures/time.ts";
import { tenantSpec } from "../../fixtures/tenant.ts";
import { World } from "../../fixtures/world.ts";

const NAMES = ["acme", "bolt", "cave"];
const SPEC = { releases: [{ version: "17.2.3", releasedAt: "2026-10-01T00:00:00Z" }] };

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:25:00Z"));
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: SPEC });
  await world.reconcileChannel("stable");
});

/** Its attempt runs: status and slot say so. */
function claim(...names: readonly string[]): void {
  const slots = names.map((name) => slotOf({ tenant: name, uid: `uid-${name}`, attempt: `${name}-1` }));
  world.put("ReleaseChannel", { name: "stable" }, { spec: SPEC, status: { ...status(), slots } });
}

/** Its attempt has ended well: its status says so. */
function end(name: string, disruptiveAt: string, more: Partial<HistoryEntry> = {}): void {
  const history = [entryOf({ id: `${name}-1`, disruptiveAt, ...more })];
  world.put("Tenant", { name, generation: 1 }, { spec: { ...tenantSpec(), domain: `${name}.teleport.example` }, status: { version: "17.2.3", history } });
}

function status(): ReleaseChannelStatus {
  return statusAs<ReleaseChannelStatus>(world.get("ReleaseChannel", "stable"));
}

const versionOf = () => world.get("ReleaseChannel", "stable")?.metadata.resourceVersion;
const learned = () => [status().slots?.length, status().durations?.patch?.fromClaim.seconds, status().durations?.patch?.fromDisruption.seconds];

describe("what an upgrade took", () => {
  it("is written together with the freeing of its slot, and never again", async () => {
    claim(...NAMES);
    for (const name of NAMES) end(name, "2026-11-24T02:05:00Z");
    // Nothing was written since the last tenant.
    const before = Number(world.get("Tenant", "cave")?.metadata.resourceVersion);
    await world.reconcileChannel("stable");
    expect([Number(versionOf()) - before, ...learned()]).toEqual([1, 0, [1200, 1200, 1200], [900, 900, 900]]);
    const after = versionOf();
    await world.reconcileChannel("stable");
    world.restart();
    await world.reconcileChannel("stable");
    expect(versionOf()).toBe(after);
  });

  it.each(["before", "after"] as const)("counts once though the operator crashes %s that write", async (when) => {
    claim("acme");
    end("acme", "2026-11-24T02:05:00Z");
    world.crashAt(1, when);
    await expect(world.reconcileChannel("stable")).rejects.toThrow("crashed");
    world.restart();
    await world.reconcileChannel("stable");
    expect(learned()).toEqual([0, [1200], [900]]);
  });

  it("is learned from history again when the channel's status was lost, once", async () => {
    for (const name of NAMES) end(name, "2026-11-24T02:05:00Z");
    world.put("ReleaseChannel", { name: "stable" }, { spec: SPEC, status: {} });
    await world.reconcileChannel("stable");
    const after = versionOf();
    await world.reconcileChannel("stable");
    expect([learned(), versionOf()]).toEqual([[0, [1200, 1200, 1200], [900, 900, 900]], after]);
  });

  it("changes nothing when the upgrade did not succeed, or a freeze paused it", async () => {
    claim("acme", "bolt");
    end("acme", "2026-11-24T02:05:00Z", { result: "RolledBack" });
    end("bolt", "2026-11-24T02:05:00Z", { pausedAt: "2026-11-24T02:06:00Z" });
    await world.reconcileChannel("stable");
    expect([status().slots, status().durations]).toEqual([[], {}]);
  });
});
