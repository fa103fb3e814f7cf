import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { fileWith } from "./files.ts";
import { refusalOf, run } from "./run.ts";

const LIVED = join(import.meta.dirname, "../../fixtures/lived/fleet.yaml");
const EXAMPLES = join(import.meta.dirname, "../../../examples/fleet");
/** As tuesday-night-berlin opens. */
const OPEN = "2026-11-24T02:00:00Z";

interface Lane {
  readonly tenant: string;
  readonly lane: string;
  readonly holds: readonly { readonly code: string }[];
}

interface Planned {
  readonly openings: string;
  readonly from: string | null;
  readonly until: string | null;
  readonly starts: readonly { readonly tenant: string; readonly lane: string; readonly to: string; readonly startsAt: string }[];
  readonly held: readonly Lane[];
  readonly outside: { readonly tenants: readonly string[]; readonly nextOpensAt: string | null; readonly holds: Readonly<Record<string, number>> };
  readonly idle: readonly string[];
  readonly assumptions: readonly string[];
}

async function planned(...args: readonly string[]): Promise<Planned> {
  const { code, out } = await run(["plan", ...args, "-o", "json"]);
  expect(code).toBe(0);
  return JSON.parse(out) as Planned; // the command's own output
}

const heldText = ({ tenant, lane, holds }: Lane) => `${tenant} ${lane}: ${holds.map(({ code }) => code).join(", ")}`;
const edited = (edit: (text: string) => string) => fileWith(edit(readFileSync(LIVED, "utf8")));

/** One tenant of Tuesday night. */
const tenant = (name: string, more = "") =>
  `---\napiVersion: slacktide.dev/v1alpha1\nkind: Tenant\nmetadata: {name: ${name}}\nspec: {domain: ${name}.teleport.example, region: us-west-2, windows: [tuesday-night-berlin], initialVersion: 17.2.1, upgrades: {maxMajor: 17}}\n${more}`;
const fleet = (maxParallel: number, ...tenants: readonly string[]) =>
  fileWith(
    [
      `apiVersion: slacktide.dev/v1alpha1\nkind: ReleaseChannel\nmetadata: {name: stable}\nspec: {releases: [{version: 17.2.1, releasedAt: "2026-10-06T14:00:00Z"}, {version: 17.2.3, releasedAt: "2026-11-18T14:00:00Z"}], rollout: {maxParallel: ${maxParallel}}}\n`,
      '---\napiVersion: slacktide.dev/v1alpha1\nkind: MaintenanceWindow\nmetadata: {name: tuesday-night-berlin}\nspec: {schedule: "0 3 * * 2", duration: 1h, timeZone: Europe/Berlin}\n',
      ...tenants,
    ].join(""),
  );

describe("slacktide plan", () => {
  it.each([80, 160])("shows what starts now and what keeps the others, in %d columns", async (width) => {
    const { code, out } = await run(["plan", "-f", LIVED, "--at", OPEN], width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/plan-${width}.txt`);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("is the same as data", async () => {
    const plan = await planned("-f", LIVED, "--at", OPEN);
    expect(plan).toMatchObject({ openings: "current", from: OPEN, until: "2026-11-24T06:00:00Z", outside: { tenants: ["echo"], nextOpensAt: "2026-11-24T17:00:00Z", holds: { PinnedBelow: 1 } }, idle: [] });
    expect(plan.starts.map(({ tenant: name, lane, to, startsAt }) => `${name} ${lane} ${to} ${startsAt}`)).toEqual([
      "acme Patch 17.2.3 2026-11-24T02:00:30Z",
      "globex Patch 17.2.3 2026-11-24T02:00:30Z",
      "initech Major 18.1.2 2026-11-24T02:00:30Z",
    ]);
    expect(plan.held.map(heldText)).toEqual(["acme Major: AgentsBehind", "delta Patch: UpgradeRunning", "delta Major: Unhealthy, UpgradeRunning", "globex Major: PinnedBelow"]);
  });

  it("foresees what comes before an instant that is still to come, and says so", async () => {
    const { openings, starts, held, idle, assumptions } = await planned("-f", LIVED, "--at", "2026-11-24T03:00:00Z");
    expect(assumptions[0]).toBe("until 2026-11-24T03:00:00Z all goes as foreseen from now");
    expect({ openings, starts, idle }).toEqual({ openings: "current", starts: [], idle: ["initech"] });
    expect(held.map(heldText)).toContain("acme Major: AgentsBehind");
  });

  it("tells of the next opening where no window is open", async () => {
    const plan = await planned("-f", LIVED);
    expect(plan).toMatchObject({ openings: "next", from: "2026-11-24T02:00:00Z", until: "2026-11-24T06:00:00Z" });
    expect(plan.starts.map(({ tenant: name, lane }) => `${name} ${lane}`)).toEqual(["acme Patch", "globex Patch", "initech Major"]);
    expect((await run(["plan", "-f", LIVED])).out).toMatch(/^At 2026-11-23T12:00:00Z no window is open\. In the next opening, from 2026-11-24T02:00:00Z to 2026-11-24T06:00:00Z:$/m);
  });

  it("says of those that get no slot in time that this is why", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    const { starts, held } = await planned("-f", fleet(1, ...names.map((name) => tenant(name))), "--at", "2026-11-24T02:00:00Z");
    expect(starts.length).toBeGreaterThan(1);
    expect(starts.every(({ startsAt }) => startsAt < "2026-11-24T03:00:00Z")).toBe(true);
    expect(held.map(({ tenant: name }) => name).concat(starts.map(({ tenant: name }) => name)).sort()).toEqual(names);
    expect(new Set(held.map((lane) => heldText(lane).slice(2)))).toEqual(new Set(["Patch: ConcurrencyLimit"]));
  });

  it("says of an upgrade that is claimed, and held again before its first write, that it waits for the next opening", async () => {
    const approval = `---\napiVersion: slacktide.dev/v1alpha1\nkind: Approval\nmetadata: {name: chg-8, creationTimestamp: "2026-11-23T11:00:00Z"}\nspec: {tenants: [a], version: 17.2.3, lifts: [ApprovalRequired], requestedBy: bob, approver: alice, reason: CHG-8, expiresAt: "2026-11-24T02:00:10Z"}\n`;
    const { starts, held } = await planned("-f", fleet(10, tenant("a").replace("maxMajor: 17", "maxMajor: 17, mode: Manual"), approval));
    expect({ starts, held: held.map(heldText) }).toEqual({ starts: [], held: ["a Patch: RetryNextOpening"] });
  });

  it("lets an approval be an opening, and go no further than the windows that are open", async () => {
    const approval = `---\napiVersion: slacktide.dev/v1alpha1\nkind: Approval\nmetadata: {name: chg-7, creationTimestamp: "2026-11-23T11:00:00Z"}\nspec: {tenants: [a], version: 17.2.3, lifts: [OutsideWindow], requestedBy: bob, approver: alice, reason: CHG-7, expiresAt: "2026-11-25T00:00:00Z"}\n`;
    const path = fleet(10, tenant("a"), tenant("b"), approval);
    const now = await planned("-f", path);
    expect(now).toMatchObject({ openings: "current", until: "2026-11-25T00:00:00Z", starts: [{ tenant: "a", startsAt: "2026-11-23T12:00:30Z", opening: { window: "approval:chg-7" }, approvals: ["chg-7"] }, { tenant: "b" }] });
    expect(await planned("-f", path, "--at", "2026-11-24T02:30:00Z")).toMatchObject({ until: "2026-11-24T03:00:00Z", starts: [{ tenant: "a" }, { tenant: "b" }] });
  });

  it("takes the assumptions of a forecast", async () => {
    const assume = fileWith("preflight: 90s\nagents: [{tenant: acme, catchUpAt: [\"2026-11-24T01:00:00Z\"]}]\n", "assume.yaml");
    const { starts } = await planned("-f", LIVED, "--assume", assume);
    expect(starts.map(({ tenant: name, lane, startsAt }) => `${name} ${lane} ${startsAt}`)).toContain("acme Major 2026-11-24T02:01:30Z");
  });

  it("tells of one channel alone", async () => {
    const beta = `---\napiVersion: slacktide.dev/v1alpha1\nkind: ReleaseChannel\nmetadata: {name: beta}\nspec: {releases: [{version: 17.2.1, releasedAt: "2026-10-06T14:00:00Z"}]}\n`;
    const path = fleet(10, tenant("a"), tenant("b").replace("upgrades:", "channel: beta, upgrades:"), beta);
    expect((await planned("stable", "-f", path)).starts.map(({ tenant: name }) => name)).toEqual(["a"]);
    expect(await planned("beta", "-f", path)).toMatchObject({ starts: [], held: [], idle: ["b"] });
  });

  it("says that nothing starts where nobody has anywhere to go", async () => {
    const { out } = await run(["plan", "-f", fleet(10, tenant("a").replace("17.2.1", "17.2.3"))]);
    expect(out).toMatch(/^Nothing starts\.\n\nNowhere to go: 1 tenant \(a\)\n\nAssumed:$/m);
  });

  it("says that no opening is known", async () => {
    const path = edited((text) => text.replaceAll(/timeZone: [A-Za-z/]+\}/g, (zone) => `${zone.slice(0, -1)}, until: "2026-11-01T00:00:00Z"}`));
    const { out } = await run(["plan", "-f", path]);
    expect(out).toMatch(/^At 2026-11-23T12:00:00Z no window is open, and no opening is known\.\n\nNothing starts\.\n/);
    expect(await planned("-f", path)).toMatchObject({ openings: "none", from: null, until: null, starts: [], outside: { nextOpensAt: null } });
  });

  it("counts those outside their windows instead of listing them, however many there are", async () => {
    const many = Array.from({ length: 500 }, (_, index) => tenant(`t${String(index).padStart(3, "0")}`));
    const { out } = await run(["plan", "-f", fleet(10, ...many, tenant("now").replace("windows: [tuesday-night-berlin], ", "windows: [noon], "), '---\napiVersion: slacktide.dev/v1alpha1\nkind: MaintenanceWindow\nmetadata: {name: noon}\nspec: {schedule: "0 12 * * *", duration: 1h}\n')], 120);
    expect(out.split("\n").length).toBeLessThan(30);
    expect(out).toContain("Outside their windows: 500 tenants (t000, t001, t002, t003, t004 and 495 more); the next opens 2026-11-24T02:00:00Z");
    expect(out).toMatch(/^now +Patch +17\.2\.1 +17\.2\.3 +2026-11-23T12:00:30Z/m);
  });

  it("names what it leaves out", async () => {
    const { out } = await run(["plan", "-f", fleet(10, tenant("a").replace("initialVersion", "channel: beta, initialVersion"))]);
    expect(out).toContain('- Tenant "a": there is no ReleaseChannel "beta"');
  });

  it.each([
    { what: "an unknown channel", args: ["beta", "-f", EXAMPLES], message: 'there is no ReleaseChannel "beta", but: stable' },
    { what: "a folder that is not there", args: ["-f", join(EXAMPLES, "none")], message: "no such file" },
    { what: "an instant without an offset", args: ["-f", EXAMPLES, "--at", "2026-11-24T03:00:00"], message: "RFC 3339" },
    { what: "an instant that is too far away", args: ["-f", LIVED, "--at", "2028-11-20T12:00:01Z"], message: "104 weeks can be foreseen, until 2028-11-20T12:00:00Z" },
    { what: "assumptions that are not there", args: ["-f", EXAMPLES, "--assume", join(EXAMPLES, "none.yaml")], message: "no such file" },
    { what: "a calendar", args: ["-f", EXAMPLES, "-o", "ics"], message: "Allowed choices are table, json, yaml" },
  ])("refuses $what in one line", async ({ args, message }) => {
    expect(await refusalOf(["plan", ...args])).toContain(message);
  });
});

describe("agents of which nothing is known", () => {
  const AT = ["-f", EXAMPLES, "--at", "2026-12-08T03:00:00Z"];
  const UNKNOWN = "no inventory is known of acme, globex, initech: none of their agents is taken to be behind";

  it("keep the major nowhere, and plan, why and forecast say so", async () => {
    const { starts, assumptions } = await planned(...AT);
    expect(starts.map(({ tenant, lane, to }) => `${tenant} ${lane} ${to}`)).toContain("acme Major 18.1.2");
    expect(assumptions).toContain(UNKNOWN);
    const why = await run(["why", "acme", ...AT], 200);
    expect(why.out).not.toContain("InventoryUnknown");
    expect(why.out).toContain("Assumed: no inventory is known of acme: none of their agents is taken to be behind\n");
    expect((await run(["forecast", "-f", EXAMPLES, "--weeks", "1"], 200)).out).toContain(`- ${UNKNOWN}\n`);
  });

  it("are no longer unknown once a status tells of them, and stay unread if it says so", async () => {
    expect((await planned("-f", LIVED, "--at", OPEN)).assumptions.filter((line) => line.includes("inventory")).join()).not.toContain("acme");
    const hold = { code: "InventoryUnknown", message: "no answer", scope: "Tenant", source: { kind: "Tenant", name: "acme" }, since: OPEN, liftable: false };
    const items = (parse(readFileSync(LIVED, "utf8")) as { items: { kind: string; metadata: { name: string }; status?: object }[] }).items; // a fixture of ours
    const unread = items.map((item) => (item.kind === "Tenant" && item.metadata.name === "acme" ? { ...item, status: { ...item.status, agents: undefined, lanes: { major: { holds: [hold] } } } } : item));
    const { out } = await run(["why", "acme", "-f", fileWith(stringify({ apiVersion: "v1", kind: "List", items: unread }))], 200);
    expect(out).toContain("- InventoryUnknown: no answer");
    expect(out).not.toContain("no inventory is known");
  });
});
