import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sync } from "node-ical";
import { describe, expect, it } from "vitest";
import { refusalOf, run } from "./run.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");
const QUARTER = join(EXAMPLES, "quarter");
const FROM = ["--from", "2026-11-22T12:00:00Z"];

interface Told {
  readonly starts: readonly { readonly tenant: string; readonly from: string; readonly to: string; readonly startsAt: string; readonly endsAt: string; readonly result: string }[];
  readonly tenants: readonly { readonly name: string; readonly version: string; readonly holds: { readonly major: readonly string[] } }[];
  readonly findings: readonly { readonly kind: string; readonly message: string }[];
  readonly differences?: readonly { readonly tenant: string; readonly to: string; readonly before?: string; readonly after?: string }[];
}

async function told(...args: string[]): Promise<Told> {
  const { code, out, err } = await run(["forecast", "-f", QUARTER, ...FROM, "--assume-patches", "-o", "json", ...args]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Told;
}

function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "slacktide-")), "file.yaml");
  writeFileSync(path, text);
  return path;
}

const FREEZE = `
apiVersion: slacktide.dev/v1alpha1
kind: Freeze
metadata: {name: audit}
spec: {from: "2026-11-23T00:00:00Z", until: "2026-12-07T00:00:00Z", owner: audit, reason: audit, tenantSelector: {matchLabels: {ring: canary}}}
`;

describe("slacktide forecast", () => {
  it.each([80, 160])("prints every start, what happens on the way and where the fleet is then, in %d columns", async (width) => {
    const { code, out } = await run(["forecast", "-f", join(EXAMPLES, "fleet"), ...FROM], width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/forecast-fleet-${width}.txt`);
  });

  it("goes wave by wave, around the freeze, and lets the fleet arrive", async () => {
    const { starts, tenants } = await told();
    const first = (to: string) => Object.fromEntries(["acme", "initech", "wonka"].map((tenant) => [tenant, starts.find((start) => start.tenant === tenant && start.to === to)?.startsAt ?? ""]));
    const { acme = "", initech = "", wonka = "" } = first("18.1.2");
    expect(acme === "" || (acme < initech && initech < wonka)).toBe(true);
    expect(starts.filter(({ startsAt }) => startsAt >= "2026-12-18" && startsAt < "2027-01-04")).toEqual([]);
    const left = tenants.filter(({ version }) => version.startsWith("17.")).map(({ name, holds }) => `${name}: ${holds.major.join(" ")}`);
    expect(left).toEqual(["cyberdyne: OutsideWindow ApprovalRequired", "hooli: PinnedBelow OutsideWindow"]);
  });

  it("is of one tenant alone what it is of the fleet", async () => {
    const [all, one] = [await told(), JSON.parse((await run(["forecast", "acme", "-f", QUARTER, ...FROM, "--assume-patches", "-o", "json"])).out) as Told];
    expect(one.starts).toEqual(all.starts.filter(({ tenant }) => tenant === "acme"));
    expect(one.tenants.map(({ name }) => name)).toEqual(["acme"]);
  });

  it("lets fail what is assumed to fail, and holds what follows from it", async () => {
    const path = fileOf("failures:\n  - {version: 17.2.2}\n");
    const { starts } = await told("--assume", path);
    const failed = starts.filter(({ to }) => to === "17.2.2");
    expect(new Set(failed.map(({ result }) => result))).toEqual(new Set(["RolledBack"]));
    expect(failed.map(({ tenant }) => tenant)).toEqual(["acme", "globex"]);
  });

  it("says what a change would do", async () => {
    const { differences = [] } = await told("--what-if", fileOf(FREEZE));
    expect(differences.filter(({ tenant }) => tenant === "acme")[0]).toMatchObject({ tenant: "acme", before: expect.stringContaining("2026-11") });
    expect((await run(["forecast", "-f", QUARTER, ...FROM, "--what-if", fileOf(FREEZE.replace("ring: canary", "ring: none"))])).out).toBe("The change makes no difference.\n");
  });

  it("says what is wrong with a window rather than that it is short, also where that takes a start away", async () => {
    const window = (duration: string, schedule = "0 2 * * 2") => `apiVersion: slacktide.dev/v1alpha1\nkind: MaintenanceWindow\nmetadata: {name: own}\nspec: {schedule: "${schedule}", duration: ${duration}, timeZone: UTC}\n`;
    const fleet = `${readFileSync(join(EXAMPLES, "fleet/channel.yaml"), "utf8")}\n---\n${window("4h")}---\napiVersion: slacktide.dev/v1alpha1\nkind: Tenant\nmetadata: {name: lone}\nspec: {domain: lone.teleport.example, region: us-west-2, initialVersion: 17.2.1, windows: [own]}\n`;
    const found = async (text: string) => (await run(["forecast", "-f", fileOf(text), ...FROM, "--check"], 300)).out;
    const broken = await found(fleet.replace("0 2 * * 2", "0 2 * * 2 *"));
    expect(broken).toContain('NoFittingWindow: lone: window "own": schedule "0 2 * * 2 *" must have five fields');
    expect(broken).not.toContain("long enough");
    expect(await found(fleet.replace("windows: [own]", "windows: [lost]"))).toContain('NoFittingWindow: lone: there is no window "lost"');
    expect(await found(fleet.replace(", windows: [own]", ""))).toContain("NoFittingWindow: lone: no window binds the tenant");
    expect(await found(fleet.replace("duration: 4h", "duration: 15m"))).toContain("no opening of its windows is long enough");
    const { out } = await run(["forecast", "-f", fileOf(fleet), ...FROM, "--what-if", fileOf(window("4d"))], 300);
    expect(out).toMatch(/^lone .* -$/m);
    expect(out).toMatch(/\nTo see to with it:\n {2}NoFittingWindow: lone: window "own": .*duration/);
  });

  it("exits 1 with --check when there is something to see to, and 0 when there is not", async () => {
    const short = "apiVersion: slacktide.dev/v1alpha1\nkind: MaintenanceWindow\nmetadata: {name: saturday-night-tokyo}\nspec: {schedule: '0 3 * * 6', duration: 15m, timeZone: Asia/Tokyo, tenantSelector: {matchLabels: {region: asia}}}\n";
    const checked = await run(["forecast", "-f", QUARTER, ...FROM, "--check", "--what-if", fileOf(short)]);
    expect([checked.code, checked.err]).toEqual([1, expect.stringContaining("NoFittingWindow: umbra")]);
    expect((await run(["forecast", "-f", join(EXAMPLES, "fleet"), ...FROM, "--check"])).code).toBe(0);
  });

  it("tells of a line whose life ends before the fleet has left it", async () => {
    const { findings } = await told("--weeks", "20");
    expect(findings.filter(({ kind }) => kind === "EndOfLife")).toEqual([{ kind: "EndOfLife", channel: "stable", message: "line 17 reaches its end of life 2027-02-28T00:00:00Z with 2 tenants still on it or below: cyberdyne, hooli" }]);
  });

  it("is a calendar that a calendar's parser reads", async () => {
    const { out } = await run(["forecast", "-f", QUARTER, ...FROM, "--assume-patches", "-o", "ics"]);
    const events = Object.values(sync.parseICS(out)).filter((each) => each?.type === "VEVENT");
    const { starts } = await told();
    expect(events.map((event) => (event?.type === "VEVENT" ? [event.start.toISOString(), event.end?.toISOString(), typeof event.summary === "string" ? event.summary.split(":")[0] : ""] : []))).toEqual(
      starts.map(({ startsAt, endsAt, tenant }) => [new Date(startsAt).toISOString(), new Date(endsAt).toISOString(), tenant]),
    );
    expect(new Set(events.map((event) => (event?.type === "VEVENT" ? event.uid : ""))).size).toBe(starts.length);
  });

  it.each([
    { name: "an unknown tenant", args: ["nobody", "-f", QUARTER], message: 'there is no Tenant "nobody"' },
    { name: "a wrong number of weeks", args: ["-f", QUARTER, "--weeks", "0"], message: "from 1 to 104" },
    { name: "an assumption that is none", args: ["-f", QUARTER, "--assume", fileOf("podStart: soon\n")], message: "podStart: must be a length" },
    { name: "an unknown assumption", args: ["-f", QUARTER, "--assume", fileOf("weather: fine\n")], message: "weather" },
    { name: "assumptions that are not there", args: ["-f", QUARTER, "--assume", "/nowhere.yaml"], message: "no such file" },
  ])("refuses $name in one line", async ({ args, message }) => {
    expect(await refusalOf(["forecast", ...args])).toContain(message);
  });
});

describe("slacktide simulate", () => {
  it.each([80, 120])("tells the quarter week by week, in %d columns", async (width) => {
    const { code, out } = await run(["simulate", "-f", QUARTER, ...FROM, "--weeks", "13", "--assume", join(EXAMPLES, "quarter-assumptions.yaml")], width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/simulate-quarter-${width}.txt`);
  });

  it("says the same of its first weeks, however many follow", async () => {
    const weeks = async (count: string) => (await run(["simulate", "-f", QUARTER, "--from", "2026-11-23T12:00:00Z", "--weeks", count])).out.split("\n\nWeek ").slice(1, 3).map((week) => week.split("\n\n")[0]);
    const [first = "", second = ""] = await weeks("2");
    expect(first).toContain("1, from Mon 23 November 2026 12:00\n");
    expect([first, second]).toEqual(await weeks("13"));
  });

  it("leaves out what cannot be read, and says so", async () => {
    const path = fileOf("apiVersion: slacktide.dev/v1alpha1\nkind: Tenant\nmetadata: {name: acme}\nspec: {domain: acme.teleport.example, region: us-west-2, channel: none}\n");
    const { code, out } = await run(["simulate", "-f", path, "--weeks", "1"]);
    expect([code, out]).toEqual([0, expect.stringContaining('Tenant "acme": there is no ReleaseChannel "none"')]);
  });
});
