import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, type UpgradeStatus } from "../../../src/api/index.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const RELEASES = ["17.2.1", "18.1.0"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));
const STUCK = { class: "Major", to: "18.1.0", disruptiveAt: "2026-11-24T02:00:00Z", stuckSince: "2026-11-24T02:15:00Z", failure: "auth did not become Ready" } as const;
const LOOKS = 6;

let world: World;

/** All of it runs 18.1.0. */
beforeEach(async () => {
  world = new World(at("2026-11-24T02:30:00Z"));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES } });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ initialVersion: "18.1.0" }) });
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme");
    runPods(world);
  }
});

/** A major that was stuck comes to this step. */
function comeTo(step: UpgradeStatus["step"]): void {
  const upgrade = upgradeOf({ ...STUCK, step });
  const auth = world.get("Deployment", "auth", "tenant-acme");
  const { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, predictedEndAt, opening } = upgrade;
  const record = { id, class: upgradeClass, from, to, claimedAt, disruptiveAt, predictedEndAt, opening, images: {} };
  if (auth !== undefined) world.put("Deployment", { ...auth.metadata, annotations: { ...auth.metadata.annotations, [ANNOTATION.attempt]: JSON.stringify(record) } }, { spec: auth.spec, status: auth.status });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: tenantSpec({ initialVersion: "18.1.0" }), status: { version: "17.2.1", upgrade } });
}

describe("a stuck upgrade", () => {
  it("is waited for again once it works and is only watched: a rehearsal leaps over no part of that", async () => {
    comeTo("Verify");
    expect(await world.reconcile("acme")).toMatchObject({ settling: true });
  });

  it("is not while nobody knows when it will work", async () => {
    comeTo("Auth");
    const auth = world.get("Deployment", "auth", "tenant-acme");
    if (auth !== undefined) world.put("Deployment", auth.metadata, { spec: auth.spec, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1 } });
    expect(await world.reconcile("acme")).toMatchObject({ settling: false });
  });
});
