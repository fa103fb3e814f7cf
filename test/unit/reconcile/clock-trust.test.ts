import { beforeEach, describe, expect, it } from "vitest";
import type { ReleaseChannelStatus, TenantStatus, UpgradeStatus } from "../../../src/api/index.ts";
import { ANNOTATION } from "../../../src/api/index.ts";
import { preflightName } from "../../../src/domain/objects/preflight-job.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const LOOKS = 8;
const RELEASES = ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:05:00Z"));
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: { releases: RELEASES.slice(0, 1) } });
  put();
  await settle();
  const seen = RELEASES.map(({ version, releasedAt }) => ({ version, firstSeenAt: releasedAt }));
  world.put("ReleaseChannel", { name: "stable", generation: 1 }, { spec: { releases: RELEASES }, status: { releases: seen } });
});

function put(upgrade?: UpgradeStatus): void {
  const kept = statusAs<TenantStatus>(world.get("Tenant", "acme"));
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec(), status: { ...kept, ...(upgrade && { upgrade }) } });
}

async function settle(): Promise<void> {
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme");
    runPods(world);
  }
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const slots = () => statusAs<ReleaseChannelStatus>(world.get("ReleaseChannel", "stable")).slots ?? [];
const codes = () => [status().lanes?.patch, status().lanes?.major].flatMap((lane) => (lane?.holds ?? []).map(({ code }) => code));
const versionOfAuth = () => world.get("Deployment", "auth", "tenant-acme")?.metadata.annotations?.[ANNOTATION.version];
const versionOf = (object: "Tenant" | "ReleaseChannel", name: string) => world.get(object, name)?.metadata.resourceVersion;

function preflightSucceeded(): void {
  const job = { name: preflightName(upgradeOf().id, "acme"), namespace: "tenant-acme", labels: ownerLabels(OWNER) };
  world.put("Job", job, { status: { conditions: [{ type: "Complete", status: "True" }] } });
}

describe("by a clock that cannot be believed", () => {
  it("no upgrade is claimed, and by one that can be it is", async () => {
    world.clock.found = false; // as it turns out when it is asked for
    const outcome = await world.reconcileChannel("stable");
    expect([slots(), outcome]).toEqual([[], { requeueAt: world.time.now() }]);
    await world.reconcileChannel("stable");
    expect(slots()).toEqual([]);
    world.clock.found = true;
    await world.clockTrust.confirm();
    await world.reconcileChannel("stable");
    expect(slots()).toMatchObject([{ tenant: "acme", to: "17.2.3" }]);
  });

  it.each<[step: string, upgrade: Partial<UpgradeStatus>]>([
    ["claimed", {}],
    ["announced", { step: "Auth", disruptiveAt: "2026-11-24T02:05:00Z" }],
  ])("an attempt that is %s does not begin: it ends Aborted", async (_step, upgrade) => {
    preflightSucceeded();
    put(upgradeOf(upgrade));
    world.clock.found = false;
    await settle();
    expect(status()).toMatchObject({ version: "17.2.1", history: [{ result: "Aborted", message: "ClockUntrusted: the operator's clock and the API server's differ, or cannot be compared" }] });
    expect([versionOfAuth(), status().upgrade]).toEqual(["17.2.1", undefined]);
  });

  it("an attempt past its first write goes on to its end", async () => {
    preflightSucceeded();
    put(upgradeOf());
    for (let n = 0; n < 3; n += 1) await world.reconcile("acme");
    expect(versionOfAuth()).toBe("17.2.3");
    [world.clock.found, world.clock.known] = [false, false];
    for (let n = 0; n < 3; n += 1) await settle().then(() => world.time.advance(121_000));
    expect(status()).toMatchObject({ version: "17.2.3", history: [{ result: "Succeeded" }] });
  });

  it("each object that shows it is written once when it begins and once when it ends", async () => {
    await world.reconcile("acme");
    await world.reconcile("acme");
    const counts: number[] = [];
    for (const known of [false, true]) {
      world.clock.known = known;
      const seen = new Set([versionOf("Tenant", "acme")]);
      for (let n = 0; n < LOOKS; n += 1) {
        await world.reconcile("acme");
        await world.time.advance(30_000);
        seen.add(versionOf("Tenant", "acme"));
      }
      counts.push(seen.size - 1);
      expect(codes().includes("ClockUntrusted")).toBe(!known);
    }
    expect([counts, world.events.filter((event) => event === "ClockUntrusted")]).toEqual([[1, 1], []]);
  });

  it("the channel's ledger is not written for it", async () => {
    world.clock.known = false;
    await world.reconcileChannel("stable");
    const before = versionOf("ReleaseChannel", "stable");
    await world.reconcileChannel("stable");
    expect(versionOf("ReleaseChannel", "stable")).toBe(before);
  });
});
