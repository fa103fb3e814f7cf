import { describe, expect, it } from "vitest";
import { clusterOf, kubeconfigOf, type ClusterRules, type Stored } from "./cluster.ts";
import { run } from "./run.ts";

const tenant = (name: string, labels: Readonly<Record<string, string>> = {}, channel = "stable") => ({ apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name, labels }, spec: { domain: `${name}.teleport.example`, region: "us-west-2", channel } });
const FLEET: readonly Stored[] = [tenant("acme", { tier: "gold" }), tenant("globex", { tier: "gold" }), tenant("initech", {}, "beta"), { kind: "ReleaseChannel", metadata: { name: "stable" } }, { kind: "ReleaseChannel", metadata: { name: "beta" } }, { kind: "ReleaseChannel", metadata: { name: "none-yet" } }];

/** What a command says and what it writes. */
async function carriedOut(args: readonly string[], rules: ClusterRules = {}, fleet = FLEET) {
  await using cluster = await clusterOf(fleet, { takesWrites: true, ...rules });
  const ran = await run([...args, "--kubeconfig", kubeconfigOf(cluster)]);
  return { ...ran, written: cluster.seen.filter(({ method }) => method !== "GET").length };
}

const WHY = ["--reason", "CHG-1", "--for", "1h"];
const APPROVE = ["--to", "17.2.3", "--lift", "OutsideWindow", "--requested-by", "bob", "--approver", "alice", ...WHY];

describe("a Freeze", () => {
  it.each<[args: readonly string[], whom: string]>([
    [["freeze", "--all"], "3 tenants"],
    [["freeze", "--tenant", "acme"], "1 tenant"],
    [["freeze", "--selector", "tier=gold"], "2 tenants"],
    [["freeze", "--channel", "beta"], "1 tenant"],
    [["freeze", "--channel", "none-yet"], "0 tenants"],
    [["defer", "globex"], "1 tenant"],
  ])("by slacktide %j says whom it is for", async (args, whom) => {
    const { code, out, written } = await carriedOut([...args, ...WHY]);
    expect({ code, written }).toEqual({ code: 0, written: 1 });
    expect(out).toContain(`# applied; it is for ${whom}; to end it now: kubectl delete freeze `);
  });

  it.each<[args: readonly string[], message: string]>([
    [["freeze", "--tenant", "acmee"], 'there is no Tenant "acmee" in the cluster, but: acme, globex, initech'],
    [["defer", "acmee"], 'there is no Tenant "acmee" in the cluster, but: acme, globex, initech'],
    [["freeze", "--channel", "stabel"], 'there is no ReleaseChannel "stabel" in the cluster, but: stable, beta, none-yet'],
    [["freeze", "--selector", "tier=silver"], "it would hold nobody"],
    [["freeze", "--selector", "tier=gold", "--channel", "beta"], "it would hold nobody"],
    [["freeze", "--tenant", "acme", "--channel", "beta"], "it would hold nobody"],
    [["defer", "Acme_X"], "No Tenant is called so"],
    [["freeze", "--all", "--name", "Calm Days"], "The API server takes no such name"],
    [["freeze", "--all", "--reason", "  "], "Write 1 to 512 characters."],
  ])("of nobody is refused: slacktide %j", async (args, message) => {
    const { code, out, err, written } = await carriedOut([args[0] ?? "", ...WHY, ...args.slice(1)]);
    expect({ code, out, written }).toEqual({ code: 2, out: "", written: 0 });
    expect(err).toContain(message);
  });

  it("is written all the same by somebody who may not list, who is told", async () => {
    const { code, out, err, written } = await carriedOut(["freeze", "--all", ...WHY], { forbidsLists: true });
    expect({ code, written }).toEqual({ code: 0, written: 1 });
    expect(err).toContain("you may not list Tenants");
    expect(out).toContain("# applied; to end it now");
  });
});

describe("an Approval", () => {
  const closed = { open: false, nextOpensAt: "2026-11-24T02:00:00Z" };
  const lanes = { patch: { window: closed }, major: { window: { open: false, nextOpensAt: "2026-12-15T02:00:00Z" } } };
  const waiting = { ...tenant("hooli"), status: { version: "17.2.1", lanes } };
  const open = { ...tenant("soylent"), status: { version: "17.2.1", lanes: { patch: { window: { ...closed, open: true } } } } };
  const tooShort = (end: string, opening: string) => `slacktide: it expires at ${end}, and Tenant "hooli" has no opening before ${opening}: give it longer, or lift OutsideWindow too`;
  const approving = (to: string, lift: string, length: string) => ["approve", "hooli", "soylent", "acme", "--to", to, "--lift", lift, "--for", length, "--reason", "CHG-1", "--requested-by", "bob", "--approver", "alice"];

  it.each<[to: string, lift: string, length: string, warning: string]>([
    ["17.2.3", "Frozen", "4h", tooShort("2026-11-23T16:00:00Z", "2026-11-24T02:00:00Z")],
    ["17.2.3", "Frozen", "14h", tooShort("2026-11-24T02:00:00Z", "2026-11-24T02:00:00Z")],
    ["17.2.3", "Frozen", "15h", ""],
    ["18.1.2", "ApprovalRequired", "24h", tooShort("2026-11-24T12:00:00Z", "2026-12-15T02:00:00Z")],
    ["17.2.3", "Frozen,OutsideWindow", "4h", ""],
    ["17.2.3", "ReleaseHalted", "4h", ""],
  ])("of %s that lifts %s for %s is created, with a warning if it ends before any opening", async (to, lift, length, warning) => {
    const { code, err, written } = await carriedOut(approving(to, lift, length), {}, [...FLEET, waiting, open]);
    expect({ code, written }).toEqual({ code: 0, written: 1 });
    expect(err.trimEnd()).toBe(warning);
  });

  it("is created for tenants that are there", async () => {
    expect(await carriedOut(["approve", "acme", "globex", ...APPROVE])).toMatchObject({ code: 0, written: 1, err: "" });
  });

  it("that its approver asked for is sent to the cluster, which judges", async () => {
    const sent = await carriedOut(["approve", "acme", ...APPROVE, "--requested-by", "alice"]);
    expect(sent).toMatchObject({ code: 0, written: 1, err: expect.stringContaining("where duties are separated") });
    expect(await carriedOut(["approve", "acme", ...APPROVE, "--requested-by", "alice"], { takesWrites: false })).toMatchObject({ code: 1, written: 1 });
  });

  it.each<[tenants: readonly string[], message: string]>([
    [["acme", "globx"], 'there is no Tenant "globx" in the cluster, but: acme, globex, initech'],
    [["ACME"], "No Tenant is called so"],
  ])("of %j is refused", async (tenants, message) => {
    const { code, out, err, written } = await carriedOut(["approve", ...tenants, ...APPROVE]);
    expect({ code, out, written }).toEqual({ code: 2, out: "", written: 0 });
    expect(err).toContain(message);
  });
});
