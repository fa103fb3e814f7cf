import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ChannelRun } from "../../../../src/domain/forecast/channel-run.ts";
import { DAY, isoOf } from "../../../../src/domain/time.ts";
import { manifest, runOf } from "../../../fixtures/foreseen.ts";
import { at } from "../../../fixtures/time.ts";

const FROM = at("2026-11-22T12:00:00Z");
const UNTIL = FROM + 15 * DAY;

const anyFleet = fc.record({
  tenants: fc.array(fc.record({ ring: fc.constantFrom("0", "1", "2"), version: fc.constantFrom("17.2.1", "17.2.2"), nightly: fc.boolean() }), { minLength: 1, maxLength: 8 }),
  maxParallel: fc.constantFrom(1, 2, "50%"),
  soak: fc.constantFrom("1h", "24h"),
  failing: fc.constantFrom(undefined, "17.2.3", "18.1.0"),
  approved: fc.boolean(),
});
type AnyFleet = typeof anyFleet extends fc.Arbitrary<infer F> ? F : never;

function foreseenOf({ tenants, maxParallel, soak, failing, approved }: AnyFleet): ChannelRun {
  const waves = ["0", "1"].map((ring) => ({ name: `wave-${ring}`, tenantSelector: { matchLabels: { ring } }, required: "50%", soak }));
  const releases = [1, 2, 3, 4].map((patch) => ({ version: `17.2.${patch}`, releasedAt: isoOf(FROM - (20 - 5 * patch) * DAY) }));
  const approval = { tenants: ["t0"], version: "17.2.3", lifts: ["OutsideWindow", "WaveNotReached"], requestedBy: "a", approver: "b", reason: "c", expiresAt: isoOf(FROM + DAY) };
  const manifests = [
    manifest("ReleaseChannel", "stable", { spec: { releases: [...releases, { version: "18.1.0", releasedAt: isoOf(FROM - 60 * DAY) }], rollout: { maxParallel, waves } } }),
    manifest("MaintenanceWindow", "weekly", { spec: { schedule: "0 2 * * 2", duration: "21m" } }),
    manifest("MaintenanceWindow", "nightly", { spec: { schedule: "0 2 * * *", duration: "1h" } }),
    ...(approved ? [manifest("Approval", "now", { spec: approval })] : []),
    ...tenants.map(({ ring, version, nightly }, n) =>
      manifest("Tenant", `t${n}`, { spec: { domain: `t${n}.teleport.example`, region: "us-west-2", initialVersion: version, windows: [nightly ? "nightly" : "weekly"] }, labels: { ring } }),
    ),
  ];
  return runOf(manifests, { from: FROM, failures: failing === undefined ? [] : [{ version: failing }] });
}

/** All that was foreseen, as text. */
function told(run: ChannelRun): string {
  const { starts, waits, events, tenants } = run.result(UNTIL);
  return JSON.stringify([starts, waits, events, tenants.map(({ view, lanes }) => [view.name, view.version, lanes])]);
}

it("what is foreseen is the same however often it is left off", () => {
  let starts = 0;
  fc.assert(
    fc.property(anyFleet, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }), (fleet, slices) => {
      const whole = foreseenOf(fleet);
      while (whole.step(UNTIL));
      const sliced = foreseenOf(fleet);
      for (let n = 0; sliced.step(UNTIL, slices[n % slices.length]); n += 1);
      starts += whole.result(UNTIL).starts.length;
      expect(told(sliced)).toBe(told(whole));
    }),
    { numRuns: 100 },
  );
  expect(starts).toBeGreaterThan(100);
});

it("a slice takes no more looks than it may", () => {
  const run = foreseenOf({ tenants: Array.from({ length: 8 }, () => ({ ring: "2", version: "17.2.1", nightly: true })), maxParallel: 1, soak: "1h", failing: undefined, approved: false });
  let slices = 0;
  while (run.step(FROM, 1)) slices += 1;
  expect(slices).toBeGreaterThan(8);
});
