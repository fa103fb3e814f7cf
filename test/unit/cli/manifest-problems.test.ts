import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { fileWith } from "./files.ts";
import { run } from "./run.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");

const own = (kind: string, name: string, spec: object) => ({ apiVersion: "slacktide.dev/v1alpha1", kind, metadata: { name }, spec });
const CHANNEL = own("ReleaseChannel", "stable", { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] });
const WINDOW = own("MaintenanceWindow", "night", { schedule: "0 2 * * 2", duration: "4h", timeZone: "Europe/Berlin", tenantSelector: {} });
const TENANT = { domain: "acme.teleport.example", region: "us-west-2" };
const FREEZE = { until: "2026-12-01T00:00:00Z", owner: "sre", reason: "calm" };
const APPROVAL = { tenants: ["acme"], version: "17.2.1", lifts: ["Frozen"], requestedBy: "bob", approver: "alice", reason: "CHG-1", expiresAt: "2026-12-01T00:00:00Z" };

async function checked(objects: readonly object[], ...args: readonly string[]) {
  const { code, out } = await run(["forecast", "--check", "--weeks", "1", "-f", fileWith(objects.map((object) => stringify(object)).join("---\n")), "-o", "json", ...args]);
  return { code, problems: (JSON.parse(out) as { readonly problems: readonly string[] }).problems }; // the command's own output
}

const acme = (spec: object) => own("Tenant", "acme", { ...TENANT, ...spec });

describe("slacktide forecast --check", () => {
  it("has nothing to say of manifests that are taken", async () => {
    expect(await checked([CHANNEL, WINDOW, acme({ windows: ["night"] }), own("Freeze", "calm", FREEZE), own("Approval", "chg", APPROVAL)])).toEqual({ code: 0, problems: [] });
  });

  it.each(readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name))("takes the example %s", async (name) => {
    const { out } = await run(["forecast", "--weeks", "1", "-f", join(EXAMPLES, name)]);
    expect(out).not.toContain("Left out:");
  });

  it.each<[what: string, object: object, problem: string]>([
    ["a domain of another name", acme({ domain: "wrong.teleport.example" }), `Tenant "acme": spec.domain must start with the tenant's name and a dot`],
    ["a first version that is no release", acme({ initialVersion: "17.9.9" }), 'Tenant "acme": InitialVersionUnusable: spec.initialVersion 17.9.9 is not a release of ReleaseChannel "stable"'],
    ["a window that is not there", acme({ windows: ["day"] }), 'Tenant "acme": spec.windows names "day", and there is no such MaintenanceWindow'],
    ["two writers of one volume", acme({ auth: { replicas: 2 } }), 'Tenant "acme": auth.replicas must be 1 with Embedded storage'],
    ["more agents than its size serves", acme({ agents: { expected: 20_000 } }), 'Tenant "acme": agents.expected above 10000 needs size: Large'],
    ["a field that nobody knows", acme({ upgrade: { mode: "Manual" } }), 'Tenant "acme": unknown field spec.upgrade'],
    ["a field that nobody knows further down", acme({ upgrades: { mod: "Manual" } }), 'Tenant "acme": unknown field spec.upgrades.mod'],
    ["a field that nobody knows in a list", own("ReleaseChannel", "other", { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z", securty: true }] }), 'ReleaseChannel "other": unknown field spec.releases[0].securty'],
    ["a name that no namespace has", own("Tenant", "a.b", { ...TENANT, domain: "a.b.teleport.example" }), 'Tenant "a.b": metadata.name must be a DNS label'],
    ["a freeze of a year", own("Freeze", "long", { ...FREEZE, until: "2027-11-01T00:00:00Z" }), 'Freeze "long": spec.until must be at most 90 days'],
    ["a freeze that ends before it begins", own("Freeze", "odd", { ...FREEZE, from: "2026-12-02T00:00:00Z" }), 'Freeze "odd": spec.until must be later than spec.from'],
    ["a freeze without a reason", own("Freeze", "mute", { ...FREEZE, reason: undefined }), 'Freeze "mute": spec.reason: is missing'],
    ["an Approval that lifts nonsense", own("Approval", "chg", { ...APPROVAL, lifts: ["Nonsense"] }), 'Approval "chg": spec.lifts[0]'],
    ["an Approval for longer than 30 days", own("Approval", "chg", { ...APPROVAL, expiresAt: "2027-02-01T00:00:00Z" }), 'Approval "chg": spec.expiresAt must be at most 30 days ahead'],
    ["a window that nobody lists and that is none", own("MaintenanceWindow", "mars", { schedule: "0 0 2 * * 2", duration: "4h", timeZone: "Mars/Olympus" }), 'MaintenanceWindow "mars": '],
  ])("fails for %s", async (_what, object, problem) => {
    const others = [CHANNEL, WINDOW, ...("kind" in object && object.kind === "Tenant" ? [] : [acme({})])];
    const { code, problems } = await checked([...others, object]);
    expect(code).toBe(1);
    expect(problems).toContainEqual(expect.stringContaining(problem));
  });

  it("judges domains by the platform where it is told which one that is", async () => {
    const config = fileWith("domainSuffixes: [.elsewhere.example]\n", "platform.yaml");
    expect((await checked([CHANNEL, WINDOW, acme({})])).problems).toEqual([]);
    expect((await checked([CHANNEL, WINDOW, acme({})], "--config", config)).problems).toEqual([expect.stringContaining('Tenant "acme": DomainNotAllowed: spec.domain "acme.teleport.example" must be')]);
  });
});
