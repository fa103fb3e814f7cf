import { expect, it } from "vitest";
import { fileWith } from "./files.ts";
import { run } from "./run.ts";

const FLEET = `
apiVersion: slacktide.dev/v1alpha1
kind: ReleaseChannel
metadata: {name: stable}
spec: {releases: [{version: 17.2.1, releasedAt: "2026-01-01T00:00:00Z"}]}
---
apiVersion: slacktide.dev/v1alpha1
kind: MaintenanceWindow
metadata: {name: tuesday}
spec: {schedule: "0 2 * * 2", duration: 4h, timeZone: UTC, tenantSelector: {}}
---
apiVersion: slacktide.dev/v1alpha1
kind: Tenant
metadata: {name: acme}
spec: {domain: acme.teleport.example, region: us-west-2, size: Large}
status: {version: 17.2.1, lanes: {patch: {target: 17.2.1, changes: [size Large]}}}
`;

it("slacktide why says what pods get, and when", async () => {
  const { code, out } = await run(["why", "acme", "-f", fileWith(FLEET), "--at", "2026-11-23T12:00:00Z"]);
  expect(code).toBe(0);
  expect(out).toContain("Patch lane: 17.2.1\n  with it: the pods' template changes: size Large\n");
  expect(out).toContain("may start: 2026-11-24T02:00:00Z");
});
