import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileWith } from "./files.ts";
import { refusalOf, run } from "./run.ts";

const LIVED = join(import.meta.dirname, "../../fixtures/lived/fleet.yaml");
const EXAMPLES = join(import.meta.dirname, "../../../examples/fleet");

const why = (tenant: string, at: string, ...args: readonly string[]) => ["why", tenant, "-f", LIVED, "--at", at, ...args];

async function told<T>(args: readonly string[]): Promise<T> {
  const { code, out, err } = await run([...args, "-o", "json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as T; // the command's own output
}

interface Past {
  readonly version: string | null;
  readonly underWay: { readonly id: string } | null;
  readonly last: { readonly id: string } | null;
  readonly next: { readonly id: string } | null;
  readonly notes: readonly string[];
}

interface Future {
  readonly at: string;
  readonly starts: readonly { readonly to: string; readonly startsAt: string }[];
  readonly assumptions: readonly string[];
  readonly status: {
    readonly version: string;
    readonly phase: string;
    readonly upgrade?: { readonly to: string; readonly step: string; readonly stuckSince?: string };
    readonly lanes: Readonly<Record<"patch" | "major", { readonly holds?: readonly { readonly code: string }[] }>>;
  };
}

const codesOf = ({ status }: Future, lane: "patch" | "major") => (status.lanes[lane].holds ?? []).map(({ code }) => code);

describe("slacktide why of an instant that has gone by", () => {
  it.each([80, 160])("tells what ran, what was under way and what came next, in %d columns", async (width) => {
    const { code, out } = await run(why("globex", "2026-11-17T02:10:00Z"), width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/why-past-${width}.txt`);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  const [FIRST, SECOND] = ["globex-17.2.2-20261110T020000Z", "globex-17.2.2-20261117T020000Z"];
  it.each<[at: string, version: string, around: readonly (string | undefined)[]]>([
    ["2026-11-10T01:59:59Z", "17.2.1", [undefined, undefined, FIRST]],
    ["2026-11-10T02:00:00Z", "17.2.1", [undefined, FIRST, SECOND]],
    ["2026-11-10T02:00:20Z", "17.2.1", [FIRST, undefined, SECOND]],
    ["2026-11-17T02:17:01Z", "17.2.1", [FIRST, SECOND, undefined]],
    ["2026-11-23T11:59:59Z", "17.2.1", [SECOND, undefined, undefined]],
  ])("knows of %s what was around it", async (at, version, around) => {
    const past = await told<Past>(why("globex", at));
    expect(past.version).toBe(version);
    expect([past.last, past.underWay, past.next].map((attempt) => attempt?.id)).toEqual(around);
    expect(past.notes).toEqual(["holds of the past are not recorded in status: what held a lane then cannot be told"]);
  });

  it.each([
    ["2026-11-10T02:12:39Z", "17.2.1"],
    ["2026-11-10T02:12:40Z", "17.2.2"],
  ])("knows that at %s %s ran", async (at, version) => {
    expect((await told<Past>(why("acme", at))).version).toBe(version);
  });

  it("tells of a stuck attempt that it has not ended", async () => {
    const past = await told<Past>(why("delta", "2026-11-20T00:00:00Z"));
    expect(past).toMatchObject({ version: "17.2.1", underWay: { id: "delta-18.1.2-20261117T020000Z", result: "Stuck" }, last: null, next: null });
  });

  it("says which approval an attempt rested on", async () => {
    expect((await run(why("initech", "2026-11-19T09:40:00Z"), 160)).out).toContain("(Succeeded), by chg-1234\n");
  });

  it("does not guess what ran before the tenant was there, or before the oldest attempt that status keeps", async () => {
    expect(await told<Past>(why("acme", "2026-10-20T08:59:59Z"))).toMatchObject({ version: null, notes: ["there was no such Tenant yet: it was created 2026-10-20T09:00:00Z", expect.stringContaining("holds of the past")] });
    const [entry = ""] = / +- id: acme-17[^]*?window: .*\n/.exec(readFileSync(LIVED, "utf8")) ?? [];
    const full = fileWith(readFileSync(LIVED, "utf8").replace(entry, Array.from({ length: 20 }, (_, index) => entry.replace("acme-17.2.2", `acme-${index}`)).join("")));
    const before = ["why", "acme", "-f", full, "--at", "2026-11-10T01:59:59Z"];
    expect(await told<Past>(before)).toMatchObject({ version: null, notes: [expect.stringContaining("the newest 20 attempts, of which the oldest was claimed 2026-11-10T02:00:00Z"), expect.stringContaining("holds")] });
    expect((await run(before)).out).toContain("ran: not known");
    expect((await told<Past>(why("acme", "2026-11-10T01:59:59Z"))).version).toBe("17.2.1");
  });
});

describe("slacktide why of an instant to come", () => {
  it.each([80, 160])("explains the tenant as it will be then, in %d columns", async (width) => {
    const { code, out } = await run(why("acme", "2026-11-30T12:00:00Z"), width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/why-future-${width}.txt`);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("gives the status of then as data, with what starts until then", async () => {
    const then = await told<Future>(why("acme", "2026-11-30T12:00:00Z"));
    expect(then).toMatchObject({ at: "2026-11-30T12:00:00Z", starts: [{ to: "17.2.3", startsAt: "2026-11-24T02:00:30Z" }], status: { version: "17.2.3", phase: "Active" } });
    expect(codesOf(then, "major")).toEqual(["OutsideWindow", "AgentsBehind"]);
    expect(then.status.upgrade).toBeUndefined();
    expect(then.assumptions).toContain("every upgrade succeeds");
  });

  it("shows an upgrade under way then, and does not claim to know how far it is", async () => {
    const preflight = await told<Future>(why("globex", "2026-11-24T02:00:10Z"));
    expect(preflight.status).toMatchObject({ version: "17.2.1", phase: "Upgrading", upgrade: { to: "17.2.3", step: "Preflight" } });
    const atWork = await told<Future>(why("globex", "2026-11-24T02:05:00Z"));
    expect(codesOf(atWork, "patch")).toEqual(["UpgradeRunning"]);
    expect(atWork.assumptions.at(-1)).toBe("how far an upgrade is by then is not foreseen: Auth stands for any step after Preflight");
    expect(preflight.assumptions).not.toContain(atWork.assumptions.at(-1));
  });

  it("knows that who is stuck stays so", async () => {
    const { status } = await told<Future>(why("delta", "2026-12-24T00:00:00Z"));
    expect(status).toMatchObject({ version: "17.2.1", phase: "Stuck", upgrade: { step: "Auth", stuckSince: "2026-11-17T02:15:31Z" } });
    expect((await run(why("delta", "2026-12-24T00:00:00Z"))).out).toContain("Tenant delta runs 17.2.1 (Stuck, not Ready)");
  });

  it("takes assumptions: agents that catch up, a major that gets stuck", async () => {
    const caughtUp = fileWith('agents: [{tenant: acme, catchUpAt: ["2026-11-23T18:00:00Z"]}]\nfailures: [{version: 18.1.2}]\n', "assume.yaml");
    const { status, assumptions } = await told<Future>(why("acme", "2026-11-30T12:00:00Z", "--assume", caughtUp));
    expect(status).toMatchObject({ version: "17.2.2", phase: "Stuck", upgrade: { to: "18.1.2", stuckSince: "2026-11-24T02:15:30Z" } });
    expect(assumptions).toContain("every upgrade succeeds but those to 18.1.2");
  });

  it("judges manifests without a status as of then, as ever", async () => {
    const { out } = await run(["why", "acme", "-f", EXAMPLES, "--at", "2026-12-08T03:00:00Z"]);
    expect(out).toMatch(/^Tenant acme runs 17\.2\.1 \(Active, Ready\), channel stable\n/);
    expect(out).toContain("Assumed: the tenant runs 17.2.1, the version it would be provisioned at");
  });
});

describe("slacktide why --at", () => {
  const assume = () => fileWith("preflight: 90s\n", "assume.yaml");

  it.each([
    { what: "an unknown tenant", args: () => why("nobody", "2026-12-01T00:00:00Z"), message: 'there is no Tenant "nobody" in the manifests' },
    { what: "an instant that is too far away", args: () => why("acme", "2999-01-01T00:00:00Z"), message: "2999-01-01T00:00:00Z is too far away: 104 weeks can be foreseen" },
    { what: "assumptions of the past", args: () => why("acme", "2026-11-01T00:00:00Z", "--assume", assume()), message: "--assume and --config are for what is to come" },
    { what: "assumptions of now", args: () => ["why", "acme", "-f", LIVED, "--assume", assume()], message: "--assume and --config are for what is to come" },
    { what: "a tenant of a channel that is not there", args: () => ["why", "echo", "-f", fileWith(readFileSync(LIVED, "utf8").replace("region: ap-southeast-1,", "region: ap-southeast-1, channel: beta,")), "--at", "2026-12-01T00:00:00Z"], message: 'there is no ReleaseChannel "beta", but: stable' },
    { what: "assumptions that cannot be read", args: () => why("acme", "2026-12-01T00:00:00Z", "--assume", fileWith("preflight: soon\n", "assume.yaml")), message: "preflight: must be a length in h, m and s" },
  ])("refuses $what in one line", async ({ args, message }) => {
    expect(await refusalOf(args())).toContain(message);
  });
});
