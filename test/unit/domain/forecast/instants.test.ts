import { expect, it } from "vitest";
import type { Manifest } from "../../../../src/cli/manifests.ts";
import type { AssumedFailure } from "../../../../src/domain/forecast/assumptions.ts";
import type { ChannelForecast } from "../../../../src/domain/forecast/forecast.ts";
import { DAY, isoOf } from "../../../../src/domain/time.ts";
import { entryOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { manifest, runOf, tenantManifest } from "../../../fixtures/foreseen.ts";
import { at } from "../../../fixtures/time.ts";

const FROM = at("2026-11-24T01:00:00Z");
const NIGHTLY = manifest("MaintenanceWindow", "nightly", { spec: { schedule: "0 2 * * *", duration: "4h" } });
const WEEKLY = manifest("MaintenanceWindow", "weekly", { spec: { schedule: "0 2 * * 4", duration: "4h" } });
const SAME_NIGHT = manifest("MaintenanceWindow", "same-night", { spec: { schedule: "0 4 * * 2", duration: "2h" } });
const CANARY = { ring: "canary" };
const WAVES = [{ name: "canaries", tenantSelector: { matchLabels: CANARY }, required: "100%", soak: "1h" }];
const SEEN = [{ wave: "canaries", line: 17, version: "17.2.4", at: "2026-11-01T00:00:00Z" }];

function channel(rollout: object, status: object = {}): Manifest {
  const releases = ["17.2.1", "17.2.3", "17.2.4", "18.1.0"].map((version) => ({ version, releasedAt: "2026-08-01T00:00:00Z" }));
  const spec = { releases, lines: [{ major: 18, open: "Always" }], patch: { minAge: "0s" }, rollout };
  return manifest("ReleaseChannel", "stable", { spec, status: { lines: [{ major: 17, openedAt: "2026-06-01T00:00:00Z", fromStart: true }], ...status } });
}

function approval(lifts: readonly string[], version: string): Manifest {
  return manifest("Approval", "now", { spec: { tenants: ["t0"], version, lifts, requestedBy: "a", approver: "b", reason: "c", expiresAt: isoOf(FROM + 7 * DAY) } });
}

function foretold(manifests: readonly Manifest[], { from = FROM, failures = [] }: { readonly from?: number; readonly failures?: readonly AssumedFailure[] } = {}): ChannelForecast {
  const run = runOf(manifests, { from, failures });
  while (run.step(FROM + 7 * DAY));
  return run.result(FROM + 7 * DAY);
}

const has = (version: string) => ({ status: { history: [entryOf({ to: version, finishedAt: "2026-11-10T02:20:00Z" })] }, labels: CANARY });
const only = { upgrades: { maxMajor: 17 } };

function below18(tenant: Manifest): Manifest {
  return { ...tenant, spec: { ...(tenant["spec"] as object), ...only } };
}

it("a release that is halted gives way to the one below it in the same instant", () => {
  const canary = below18(tenantManifest("c0", "17.2.4", { window: "nightly", ...has("17.2.4") }));
  const others = ["t0", "t1"].map((name, n) => below18(tenantManifest(name, "17.2.1", { window: n === 0 ? "nightly" : "weekly" })));
  const { events, starts } = foretold([channel({ waves: WAVES, maxFailures: 0 }, { promotions: SEEN }), NIGHTLY, WEEKLY, canary, ...others], { failures: [{ version: "17.2.4" }] });
  const halted = events.find(({ kind }) => kind === "halted");
  expect(halted).toMatchObject({ version: "17.2.4" });
  expect(events).toContainEqual(expect.objectContaining({ kind: "vouched", version: "17.2.3", at: halted?.at }));
  expect(starts.map(({ tenant, to }) => [tenant, to])).toEqual([["t0", "17.2.4"], ["t0", "17.2.3"], ["t1", "17.2.3"]]);
});

it("a wave no longer waits for a canary from the instant on at which it leaves the line", () => {
  const from = at("2026-11-24T02:00:00Z");
  const upgrade = upgradeOf({ id: "c0-18.1.0-20261124T020000Z", class: "Major", to: "18.1.0" });
  const leaving = tenantManifest("c0", "17.2.1", { window: "nightly", status: { upgrade }, labels: CANARY });
  const staying = below18(tenantManifest("c1", "17.2.4", { window: "nightly", ...has("17.2.4") }));
  const { events, starts } = foretold([channel({ waves: WAVES }), NIGHTLY, leaving, staying], { from });
  const start = starts.find(({ tenant }) => tenant === "c0");
  expect(start).toMatchObject({ to: "18.1.0" });
  expect(events).toContainEqual(expect.objectContaining({ kind: "vouched", version: "17.2.4", at: start?.startsAt }));
});

it("what fails after an approval that acknowledges is not acknowledged by it", () => {
  const others = ["t0", "t1"].map((name, n) => below18(tenantManifest(name, "17.2.1", { window: n === 0 ? "nightly" : "same-night" })));
  const { starts } = foretold([channel({ maxFailures: 0 }), NIGHTLY, SAME_NIGHT, approval(["ReleaseHalted"], "17.2.4"), ...others], { failures: [{ version: "17.2.4" }] });
  expect(starts.some(({ tenant, to }) => tenant === "t0" && to === "17.2.4")).toBe(true);
  expect(starts.filter(({ tenant }) => tenant === "t1").map(({ to }) => to)).toEqual(["17.2.3"]);
});

it("an approval opens where a window closes with too little time left", () => {
  const from = at("2026-11-24T05:58:00Z");
  const { starts } = foretold([channel({}), NIGHTLY, approval(["OutsideWindow"], "17.2.4"), below18(tenantManifest("t0", "17.2.1", { window: "nightly" }))], { from });
  expect(starts).toMatchObject([{ tenant: "t0", to: "17.2.4", startsAt: at("2026-11-24T06:00:30Z") }]);
});

it("an approval opens where a window closes in which the upgrade had failed before", () => {
  const from = at("2026-11-24T02:30:00Z");
  const history = [entryOf({ to: "17.2.4", result: "Failed", finishedAt: "2026-11-24T02:20:00Z" })];
  const { starts } = foretold([channel({}), NIGHTLY, approval(["OutsideWindow"], "17.2.4"), below18(tenantManifest("t0", "17.2.1", { window: "nightly", status: { history } }))], { from });
  expect(starts).toMatchObject([{ tenant: "t0", to: "17.2.4", startsAt: at("2026-11-24T06:00:30Z") }]);
});
