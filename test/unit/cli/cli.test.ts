import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusalOf, run } from "./run.ts";

const HELD = join(import.meta.dirname, "../../fixtures/held");
const EXAMPLES = join(import.meta.dirname, "../../../examples/fleet");
const LIVED = join(import.meta.dirname, "../../fixtures/lived");

describe("slacktide why", () => {
  it.each([80, 160])("explains a held tenant in %d columns", async (width) => {
    const { code, out } = await run(["why", "acme", "-f", HELD, "--at", "2026-11-23T12:00:00Z"], width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/why-held-${width}.txt`);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("takes nobody for Ready whose status says otherwise", async () => {
    const { out } = await run(["why", "delta", "-f", LIVED]);
    expect(out).toContain("Tenant delta runs 17.2.1 (Stuck, not Ready), channel stable");
    expect(out).not.toContain("the tenant is Ready");
  });

  it("says since when an upgrade is stuck, on what, and where to read on", async () => {
    const { out } = await run(["why", "delta", "-f", LIVED], 400);
    expect(out).toContain("Upgrade: delta-18.1.2-20261117T020000Z from 17.2.1 to 18.1.2, step Auth, claimed 2026-11-17T02:00:00Z, stuck since 2026-11-17T02:15:31Z: auth of 18.1.2 did not become Ready in time: the container auth exits with 1 again and again\n");
    expect(out).toContain("\nNot ready: Not available: auth\n");
    expect(out).toContain("clears: wait until it has ended; if it is stuck or paused, see the runbook UpgradeRunning\n");
  });

  it("shows in JSON what the table shows", async () => {
    const { out } = await run(["why", "acme", "-f", HELD, "--at", "2026-11-23T12:00:00Z", "-o", "json"]);
    const { status } = JSON.parse(out) as { status: { lanes: { major: { holds: { code: string }[] } } } };
    expect(status.lanes.major.holds.map((hold) => hold.code)).toEqual(["OutsideWindow", "AgentsBehind"]);
  });

  it.each([
    { name: "an unknown tenant", args: ["why", "nobody", "-f", HELD], message: 'there is no Tenant "nobody" in the manifests' },
    { name: "a folder that is not there", args: ["why", "acme", "-f", join(HELD, "none")], message: "no such file" },
    { name: "an instant without an offset", args: ["why", "acme", "-f", HELD, "--at", "2026-11-23T12:00:00"], message: "RFC 3339" },
  ])("refuses $name in one line", async ({ args, message }) => {
    expect(await refusalOf(args)).toContain(message);
  });
});

describe("slacktide windows", () => {
  it("lists openings in UTC and in the window's zone, across a change of offset", async () => {
    const { out } = await run(["windows", "tuesday-night-berlin", "-f", EXAMPLES, "--at", "2027-03-20T00:00:00Z", "--next", "2"]);
    const [, before, after] = out.split("\n");
    expect(before).toMatch(/^2027-03-23T02:00:00Z\s+2027-03-23T06:00:00Z\s+Tue 2027-03-23 03:00$/);
    expect(after).toMatch(/^2027-03-30T01:00:00Z\s+2027-03-30T05:00:00Z\s+Tue 2027-03-30 03:00$/);
  });

  it("refuses a window that is not in the manifests", async () => {
    expect(await run(["windows", "sunday", "-f", EXAMPLES])).toMatchObject({ code: 2, out: "" });
  });
});

describe("slacktide window check", () => {
  const check = (...args: string[]) => run(["window", "check", "--schedule", "0 3 * * 2", "--duration", "4h", "--time-zone", "Europe/Berlin", ...args]);

  it("says since when and until when it is open, as JSON", async () => {
    const { code, out } = await check("--at", "2026-11-24T02:30:00Z", "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ open: true, opensAt: "2026-11-24T02:00:00Z", closesAt: "2026-11-24T06:00:00Z", nextOpensAt: "2026-12-01T02:00:00Z" });
  });

  it("gives nulls when it is closed, and exits 0 all the same", async () => {
    const { code, out } = await check("--at", "2026-11-24T06:00:00Z", "-o", "json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ open: false, opensAt: null, closesAt: null, nextOpensAt: "2026-12-01T02:00:00Z" });
  });

  it.each([
    ["--schedule", "0 0 30 2 *"],
    ["--schedule", "@daily"],
    ["--time-zone", "+02:00"],
    ["--time-zone", "Europe/Atlantis"],
    ["--duration", "5m"],
  ])("exits 2 with one line for %s %s", async (flag, value) => {
    expect(await refusalOf(["window", "check", "--schedule", "0 3 * * 2", "--duration", "4h", flag, value])).toMatch(/^slacktide: (schedule|timeZone|duration)/);
  });

  it.each([
    { at: "2026-02-30T00:00:00Z", message: "There is no day 2026-02-30." },
    { at: "2026-02-29T00:00:00Z", message: "There is no day 2026-02-29." },
    { at: "2026-11-31T12:00:00+02:00", message: "There is no day 2026-11-31." },
    { at: "2026-11-24T24:00:00Z", message: "Hours go from 00 to 23." },
    { at: "0001-01-01T00:00:00Z", message: "Write a year from 2000 to 2999." },
    { at: "1999-12-31T23:59:59Z", message: "Write a year from 2000 to 2999." },
    { at: "3000-01-01T00:00:00Z", message: "Write a year from 2000 to 2999." },
    { at: "9999-12-31T00:00:00Z", message: "Write a year from 2000 to 2999." },
    { at: "2026-13-01T00:00:00Z", message: "Write an RFC 3339 instant" },
    { at: "2026-11-24T02:30:00+99:00", message: "Write an RFC 3339 instant" },
    { at: "2026-11-24", message: "Write an RFC 3339 instant" },
  ])("refuses the instant $at rather than reading another", async ({ at, message }) => {
    expect(await refusalOf(["window", "check", "--schedule", "0 3 * * 2", "--duration", "4h", "--at", at])).toContain(`'${at}' is invalid. ${message}`);
  });

  it.each(["2000-01-01T00:00:00Z", "2028-02-29T23:59:59.5+14:00", "2999-12-31T23:59:59Z"])("takes the instant %s", async (at) => {
    expect(await check("--at", at)).toMatchObject({ code: 0, err: "" });
  });
});

describe("slacktide run", () => {
  it.each([
    ["--exit-at-end"],
    ["--rehearse-from", "2026-11-24T00:00:00Z", "--exit-at-end"],
    ["--rehearse-from", "2026-11-24T00:00:00Z", "--rehearse-until", "2026-11-23T00:00:00Z"],
    ["--log-level", "loud"],
    ["--metrics-port", "70000"],
  ])("refuses %s %s %s", async (...args) => {
    expect((await run(["run", ...args])).code).toBe(2);
  });
});

describe("a mistake in the call", () => {
  it.each([
    { args: ["wy"], message: "slacktide: unknown command 'wy' (Did you mean why?)" },
    { args: ["why"], message: "slacktide: missing required argument 'tenant'" },
    { args: ["windows", "w", "-f", EXAMPLES, "--next", "0x10"], message: "Write a whole number from 1 to 1000." },
    { args: ["run", "--metrics-port", ""], message: "Write a port from 0 to 65535." },
    { args: ["why", "nobody", "-f", EXAMPLES], message: 'there is no Tenant "nobody" in the manifests, but: acme, globex, initech' },
    { args: ["windows", "sunday", "-f", EXAMPLES], message: 'there is no MaintenanceWindow "sunday" in the manifests, but: tuesday-night-berlin' },
  ])("is told in one line: $args", async ({ args, message }) => {
    expect(await refusalOf(args)).toContain(message);
  });
});
