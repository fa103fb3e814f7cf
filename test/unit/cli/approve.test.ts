import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseApproval, type RawObject } from "../../../src/api/index.ts";
import { refusalOf, run } from "./run.ts";

const ALICE = ["--approver", "alice", "--dry-run"];
const WHY = ["--reason", "CHG-1", "--requested-by", "bob"];
const approve = (...args: readonly string[]) => ["approve", ...args, ...WHY, ...ALICE];

describe("slacktide approve", () => {
  it("prints the object that it creates", async () => {
    const { code, out } = await run(approve("acme", "globex", "--to", "v18.1.2", "--lift", "OutsideWindow,Frozen", "--for", "24h"));
    const approval = parse(out) as RawObject; // what was printed
    expect([code, approval]).toEqual([
      0,
      {
        apiVersion: "slacktide.dev/v1alpha1",
        kind: "Approval",
        metadata: { name: "approval-20261123t120000z" },
        spec: { tenants: ["acme", "globex"], version: "18.1.2", lifts: ["OutsideWindow", "Frozen"], requestedBy: "bob", approver: "alice", reason: "CHG-1", expiresAt: "2026-11-24T12:00:00Z" },
      },
    ]);
    expect(parseApproval(approval)).toMatchObject({ kind: "valid" });
  });

  it.each<[what: string, args: readonly string[], message: string]>([
    ["a hold that nothing lifts", ["acme", "--to", "18.1.2", "--lift", "AgentsBehind", "--for", "1h"], 'Nothing lifts "AgentsBehind": write some of InventoryEmpty, '],
    ["a version that is none", ["acme", "--to", "18.1", "--lift", "Frozen", "--for", "1h"], "Write a full version such as 18.1.2."],
    ["no end", ["acme", "--to", "18.1.2", "--lift", "Frozen"], "say when with --until or --for, one of them"],
    ["an end in the past", ["acme", "--to", "18.1.2", "--lift", "Frozen", "--until", "2026-11-23T11:00:00Z"], "in the past"],
    ["more than 30 days", ["acme", "--to", "18.1.2", "--lift", "Frozen", "--for", "721h"], "30 days at most"],
    ["nobody", ["--to", "18.1.2", "--lift", "Frozen", "--for", "1h"], "missing required argument"],
  ])("refuses %s in one line", async (_what, args, message) => {
    expect(await refusalOf(approve(...args))).toContain(message);
  });

  it("warns of what the approver asked for, and leaves it to the cluster to refuse that", async () => {
    const { code, out, err } = await run([...approve("acme", "--to", "18.1.2", "--lift", "Frozen", "--for", "1h"), "--approver", "bob"]);
    expect(code).toBe(0);
    expect(err).toBe("slacktide: --requested-by is bob, and so are you: where duties are separated nobody approves what they asked for themselves\n");
    expect(parse(out)).toMatchObject({ spec: { requestedBy: "bob", approver: "bob" } });
    expect((await run(approve("acme", "--to", "18.1.2", "--lift", "Frozen", "--for", "1h"))).err).toBe("");
  });
});
