import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileWith } from "./files.ts";
import { refusalOf, run } from "./run.ts";

const LIVED = join(import.meta.dirname, "../../fixtures/lived/fleet.yaml");
const EXAMPLES = join(import.meta.dirname, "../../../examples/fleet");

interface Told {
  readonly attempts: readonly Readonly<Record<string, unknown>>[];
  readonly left: number;
  readonly problems: readonly string[];
}

async function told(...args: readonly string[]): Promise<Told> {
  const { code, out } = await run(["history", ...args, "-o", "json"]);
  expect(code).toBe(0);
  return JSON.parse(out) as Told; // the command's own output
}

const idsOf = ({ attempts }: Told) => attempts.map(({ id }) => id);

describe("slacktide history", () => {
  it.each([80, 160])("shows what ended and what runs, the newest first, in %d columns", async (width) => {
    const { code, out } = await run(["history", "-f", LIVED], width);
    expect(code).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/history-${width}.txt`);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("shows in JSON what status has, and how long each took", async () => {
    const { attempts, left, problems } = await told("-f", LIVED);
    expect({ left, problems }).toEqual({ left: 0, problems: [] });
    expect(attempts[1]).toEqual({
      tenant: "initech",
      id: "initech-17.2.3-20261119T093000Z",
      class: "Patch",
      from: "17.2.1",
      to: "17.2.3",
      result: "Succeeded",
      claimedAt: "2026-11-19T09:30:00Z",
      disruptiveAt: "2026-11-19T09:30:31Z",
      finishedAt: "2026-11-19T09:44:02Z",
      tookSeconds: 811,
      window: "approval:chg-1234",
      approvals: ["chg-1234"],
    });
    expect(attempts[0]).toMatchObject({ tenant: "delta", result: "Stuck", stuckSince: "2026-11-17T02:15:31Z", message: expect.stringContaining("stuck in step Auth since 2026-11-17T02:15:31Z: auth of 18.1.2") });
    expect(attempts[0]).not.toHaveProperty("finishedAt");
    expect(attempts[0]).not.toHaveProperty("tookSeconds");
  });

  it("tells of one tenant alone", async () => {
    expect(idsOf(await told("globex", "-f", LIVED))).toEqual(["globex-17.2.2-20261117T020000Z", "globex-17.2.2-20261110T020000Z"]);
  });

  it("tells of failures alone: not of what was aborted before its first write", async () => {
    expect(idsOf(await told("-f", LIVED, "--failed"))).toEqual(["delta-18.1.2-20261117T020000Z", "globex-17.2.2-20261117T020000Z"]);
  });

  it("shows as many as are asked for, and says how many are left", async () => {
    const told2 = await told("-f", LIVED, "--limit", "2");
    expect({ ids: idsOf(told2), left: told2.left }).toEqual({ ids: ["delta-18.1.2-20261117T020000Z", "initech-17.2.3-20261119T093000Z"], left: 3 });
    expect((await run(["history", "-f", LIVED, "--limit", "2"])).out).toMatch(/^and 3 more: --limit shows them$/m);
  });

  it.each([
    { state: "runs", edit: (text: string) => text.replace(/ +stuckSince: .*\n +failure: .*\n/, ""), expected: { result: "Running" } },
    { state: "is going back", edit: (text: string) => text.replace(/ +stuckSince: .*\n/, "").replace("step: Auth", "step: RollBack"), expected: { result: "RollingBack", message: expect.stringMatching(/^auth of 18\.1\.2 did not become Ready/) as unknown } },
  ])("says of an attempt under way that it $state", async ({ edit, expected }) => {
    const { attempts } = await told("delta", "-f", fileWith(edit(readFileSync(LIVED, "utf8"))));
    expect(attempts).toEqual([expect.objectContaining(expected)]);
    expect("message" in (attempts[0] ?? {})).toBe("message" in expected);
  });

  it("says on one line what a stuck upgrade has left and gone on to, as why does", async () => {
    const way = "rolled forward from 18.1.2 (stuck since 2026-11-17T02:15:31Z) to 18.1.3";
    const forward = readFileSync(LIVED, "utf8").replace("to: 18.1.2\n      step: Auth", "to: 18.1.3\n      step: Auth").replace(/failure: "auth of 18.*\n/, 'stuckOn: [{version: 18.1.2, since: "2026-11-17T02:15:31Z"}]\n      rolledForward: [18.1.3]\n');
    const path = fileWith(forward);
    expect((await run(["history", "delta", "-f", path], 160)).out.split("\n").map((line) => line.trim())).toContain(way);
    expect((await run(["why", "delta", "-f", path], 240)).out).toMatch(new RegExp(`^Upgrade: .*, ${way.replaceAll(/[().]/g, "\\$&")}$`, "m"));
    expect((await told("delta", "-f", path)).attempts[0]).toMatchObject({ to: "18.1.3", result: "Running", stuckOn: [{ version: "18.1.2" }] });
    const again = fileWith(forward.replace("rolledForward: [18.1.3]\n", 'rolledForward: [18.1.3]\n      failure: "auth is slow"\n'));
    expect((await run(["history", "delta", "-f", again], 240)).out).toContain(`${way}; stuck in step Auth since 2026-11-17T02:15:31Z: auth is slow`);
  });

  it.each([
    { what: "manifests without a status", args: ["-f", EXAMPLES], says: "Nothing is known of upgrades: no Tenant has a status.\n" },
    { what: "a tenant without attempts", args: ["echo", "-f", LIVED], says: "Nothing has been upgraded yet.\n" },
    { what: "a tenant without failures", args: ["acme", "-f", LIVED, "--failed"], says: "No upgrade has failed.\n" },
  ])("says so of $what", async ({ args, says }) => {
    expect(await run(["history", ...args])).toEqual({ code: 0, out: says, err: "" });
    expect(await told(...args)).toEqual({ attempts: [], left: 0, problems: [] });
  });

  it("names a tenant that cannot be read", async () => {
    const path = fileWith(readFileSync(LIVED, "utf8").replace("domain: echo.teleport.example, ", ""));
    const { out } = await run(["history", "-f", path]);
    expect(out).toMatch(/\n\nLeft out:\n {2}- Tenant "echo": /);
    expect((await told("-f", path)).problems).toHaveLength(1);
  });

  it.each([
    { what: "an unknown tenant", args: ["nobody", "-f", LIVED], message: 'there is no Tenant "nobody" in the manifests, but: acme, delta, echo, globex, initech' },
    { what: "a folder that is not there", args: ["-f", join(EXAMPLES, "none")], message: "no such file" },
    { what: "a limit of nothing", args: ["-f", LIVED, "--limit", "0"], message: "Write a whole number from 1 to 1000." },
  ])("refuses $what in one line", async ({ args, message }) => {
    expect(await refusalOf(["history", ...args])).toContain(message);
  });
});
