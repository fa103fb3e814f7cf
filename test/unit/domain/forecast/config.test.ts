import { describe, expect, it } from "vitest";
import { isoOf } from "../../../../src/domain/time.ts";
import { manifest, runOf, tenantManifest } from "../../../fixtures/foreseen.ts";
import { at } from "../../../fixtures/time.ts";

const FROM = at("2026-11-18T12:00:00Z");
const UNTIL = at("2026-12-20T12:00:00Z");
const CHANGES = { lanes: { patch: { target: "17.2.1", changes: ["template revision 3"] } } };

const channel = (releases: readonly string[], rollout: object = {}) => manifest("ReleaseChannel", "stable", { spec: { releases: releases.map((version) => ({ version, releasedAt: "2026-01-01T00:00:00Z" })), rollout } });
const window = manifest("MaintenanceWindow", "tuesday", { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC" } });
const tenant = (name: string) => tenantManifest(name, "17.2.1", { window: "tuesday", status: CHANGES });

function foreseen(manifests: Parameters<typeof runOf>[0], failures: readonly { readonly version: string }[] = []) {
  const run = runOf([window, ...manifests], { from: FROM, failures });
  while (run.step(UNTIL));
  return run.result(UNTIL).starts.map(({ tenant: name, class: upgradeClass, from, to, startsAt, result }) => `${isoOf(startsAt).slice(0, 10)} ${name} ${upgradeClass} ${from} ${to} ${result}`);
}

describe("a forecast of tenants whose pods are to change", () => {
  it("rolls each of them out once, one after the other where there is one slot", () => {
    expect(foreseen([channel(["17.2.1"], { maxParallel: 1 }), tenant("acme"), tenant("globex")]).toSorted()).toEqual(["2026-11-24 acme Config 17.2.1 17.2.1 Succeeded", "2026-11-24 globex Config 17.2.1 17.2.1 Succeeded"]);
  });

  it("takes them along with a newer version", () => {
    expect(foreseen([channel(["17.2.1", "17.2.2"]), tenant("acme")])).toEqual(["2026-11-24 acme Patch 17.2.1 17.2.2 Succeeded"]);
  });

  it("tries what is assumed to fail in the next opening again, until the lane is halted", () => {
    const starts = foreseen([channel(["17.2.1"], { maxFailures: 5 }), tenant("acme")], [{ version: "17.2.1" }]);
    expect(starts).toEqual(["2026-11-24 acme Config 17.2.1 17.2.1 RolledBack", "2026-12-01 acme Config 17.2.1 17.2.1 RolledBack"]);
  });
});
