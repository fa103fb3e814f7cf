import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { parseTenant, type RawObject } from "../../../src/api/index.ts";
import { VERSION } from "../../../src/version.ts";
import { clusterOf, kubeconfigOf } from "./cluster.ts";
import { fileWith } from "./files.ts";
import { refusalOf, run } from "./run.ts";

const LIVED = join(import.meta.dirname, "../../fixtures/lived/fleet.yaml");
const AT = "2026-11-23T12:00:00Z";
const HOLD = { code: "FullMoon", message: "the moon is full", scope: "Fleet", source: { kind: "Moon", name: "moon" }, since: AT, liftable: false };
const fleet = parse(readFileSync(LIVED, "utf8")) as { readonly items: readonly RawObject[] }; // a fixture of ours

/** The fleet with a status of another version on that object. */
function after(kind: string, name: string, status: object) {
  return fleet.items.map((item) => (item.kind === kind && item.metadata.name === name ? { ...item, status: { ...(item.status as object), ...status } } : item));
}

const DELTA = after("Tenant", "delta", { lanes: { patch: { holds: [HOLD] } } });
const REFUSED = `Tenant "delta": its status cannot be read by this slacktide (${VERSION}): status.lanes.patch.holds[0].code: "FullMoon" is not known; use the operator's version`;

describe("a status that another version wrote", () => {
  it("is no status for the operator, which writes it again", () => {
    const delta = DELTA.find(({ metadata }) => metadata.name === "delta");
    const parsed = delta && parseTenant(delta);
    expect(parsed).toMatchObject({ kind: "valid", lost: 'status.lanes.patch.holds[0].code: "FullMoon" is not known' });
    expect(parsed?.kind === "valid" && parsed.value.status).toBeUndefined();
  });

  it.each([{ args: ["why", "delta"] }, { args: ["history", "delta"] }, { args: ["why", "delta", "--at", "2026-12-01T00:00:00Z"] }])("is not taken for none by slacktide $args", async ({ args }) => {
    await using cluster = await clusterOf(DELTA);
    expect(await refusalOf([...args, "-f", fileWith(stringify({ ...fleet, items: DELTA }))])).toBe(`slacktide: ${REFUSED}`);
    expect(await refusalOf([...args, "--kubeconfig", kubeconfigOf(cluster)])).toBe(`slacktide: ${REFUSED}`);
  });

  it("leaves its tenant out of a forecast, which says so", async () => {
    const { code, out } = await run(["forecast", "--weeks", "1", "--check", "-f", fileWith(stringify({ ...fleet, items: DELTA }))], 400);
    expect(code).toBe(1);
    expect(out).toContain(REFUSED);
  });

  it("leaves a channel out whose slots it would lose", async () => {
    const items = after("ReleaseChannel", "stable", { slots: [{ tenant: 7 }] });
    const { code, out } = await run(["forecast", "--weeks", "1", "--check", "-f", fileWith(stringify({ ...fleet, items }))], 400);
    expect(code).toBe(1);
    expect(out).toContain(`ReleaseChannel "stable": its status cannot be read by this slacktide (${VERSION}): status.slots[0].`);
  });
});
