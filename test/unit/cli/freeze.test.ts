import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseFreeze, type RawObject } from "../../../src/api/index.ts";
import { refusalOf, run } from "./run.ts";

const WHY = ["--reason", "Black Friday", "--dry-run"];

describe("slacktide freeze", () => {
  it("prints the object that it applies; the red button is one line", async () => {
    const { code, out } = await run(["freeze", "--all", "--pause-running", "--for", "2h", ...WHY]);
    expect(code).toBe(0);
    expect(parse(out)).toEqual({
      apiVersion: "slacktide.dev/v1alpha1",
      kind: "Freeze",
      metadata: { name: "freeze-20261123t120000z" },
      spec: { until: "2026-11-23T14:00:00Z", pauseRunning: true, owner: "alice", reason: "Black Friday" },
    });
  });

  it.each<[what: string, args: readonly string[], spec: object]>([
    ["one tenant", ["--tenant", "acme", "--for", "1h30m"], { until: "2026-11-23T13:30:00Z", tenantSelector: { matchLabels: { "slacktide.dev/name": "acme" } } }],
    ["labels", ["--selector", "tier=gold,region==eu", "--until", "2026-12-01T00:00:00Z"], { until: "2026-12-01T00:00:00Z", tenantSelector: { matchLabels: { tier: "gold", region: "eu" } } }],
    ["a channel", ["--channel", "stable", "--for", "1h"], { until: "2026-11-23T13:00:00Z", channel: "stable" }],
    ["majors, later, but for security", ["--all", "--lane", "Major", "--from", "2026-12-20T00:00:00Z", "--for", "336h", "--except-security"], { from: "2026-12-20T00:00:00Z", until: "2027-01-03T00:00:00Z", lanes: ["Major"], exceptSecurity: true }],
  ])("holds %s", async (_what, args, spec) => {
    const { out } = await run(["freeze", ...args, "--owner", "sre", ...WHY]);
    const freeze = parse(out) as RawObject; // what was printed
    expect(freeze.spec).toEqual({ ...spec, owner: "sre", reason: "Black Friday" });
    expect(parseFreeze(freeze)).toMatchObject({ kind: "valid" });
  });

  it.each<[what: string, args: readonly string[], message: string]>([
    ["no end", ["--all"], "say when with --until or --for, one of them"],
    ["two ends", ["--all", "--for", "1h", "--until", "2026-12-01T00:00:00Z"], "say when with --until or --for, one of them"],
    ["an end in the past", ["--all", "--until", "2026-11-23T11:00:00Z"], "it would end at 2026-11-23T11:00:00Z"],
    ["an end before its beginning", ["--all", "--from", "2026-12-02T00:00:00Z", "--until", "2026-12-01T00:00:00Z"], "before it begins"],
    ["more than 90 days", ["--all", "--for", "2161h"], "90 days at most"],
    ["nobody to hold", ["--for", "1h"], "say whom it holds: --all, --tenant, --selector or --channel"],
    ["all and one", ["--all", "--tenant", "acme", "--for", "1h"], "exclude each other"],
    ["a selector that is none", ["--selector", "tier!=gold", "--for", "1h"], "Write labels such as tier=gold"],
    ["a lane that is none", ["--all", "--lane", "Minor", "--for", "1h"], "Write Patch or Major."],
    ["a length in days", ["--all", "--for", "2d"], "Write a length in h, m and s"],
  ])("refuses %s in one line", async (_what, args, message) => {
    expect(await refusalOf(["freeze", ...args, ...WHY])).toContain(message);
  });

  it("needs a reason", async () => {
    expect(await refusalOf(["freeze", "--all", "--for", "1h"])).toContain("--reason");
  });
});

describe("slacktide defer", () => {
  it("freezes one tenant, under a name that deferring it again finds", async () => {
    const { out } = await run(["defer", "acme", "--until", "2026-12-01T00:00:00Z", ...WHY]);
    expect(parse(out)).toMatchObject({ metadata: { name: "defer-acme" }, spec: { tenantSelector: { matchLabels: { "slacktide.dev/name": "acme" } }, until: "2026-12-01T00:00:00Z" } });
  });
});
