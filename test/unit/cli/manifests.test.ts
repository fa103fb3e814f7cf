import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, run } from "./run.ts";

const HELD = join(import.meta.dirname, "../../fixtures/held/fleet.yaml");
const AT = "2026-11-23T12:00:00Z";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slacktide-manifests-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string) => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const why = (...flags: readonly string[]) => run(["why", "acme", "-f", folder, "--at", AT, ...flags]);
const refusal = () => refusalOf(["why", "acme", "-f", folder]);
const heldObjects = () => parseAllDocuments(readFileSync(HELD, "utf8")).map((document): unknown => document.toJS());

/** `kind: X` of our group, on one line so that several make a file. */
const own = (kind: string, metadata = "{name: acme}") => `apiVersion: slacktide.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\n`;

describe("a folder of manifests", () => {
  it("may hold what is none of Slacktide's business", async () => {
    cpSync(HELD, join(folder, "fleet.yaml"));
    const { out: alone } = await why();
    file("base/kustomization.yaml", "resources: [../fleet.yaml]\n");
    file("kustomization.yml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    file("app.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {generateName: app-}\n---\n---\n# nothing here\n---\napiVersion: example.com/v1\nkind: Tenant\nmetadata: {name: acme}\n");
    file("settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {port: 8080}\n");
    file("README.md", "{{ not YAML: [");
    mkdirSync(join(folder, "folder.yaml"));
    expect(await why()).toEqual({ code: 0, out: alone, err: "" });
  });

  it("may hold a tenant that is switched off, and why says what clears it", async () => {
    file("fleet.yaml", readFileSync(HELD, "utf8").replace("  initialVersion:", "  suspend: true\n  initialVersion:"));
    const { out } = await why();
    expect(out.match(/- Suspended: spec\.suspend is set\n +clears: +set spec\.suspend to false/g)).toHaveLength(2);
    expect(out).toContain("(Suspended, not Ready)");
    expect(out).not.toContain("the tenant is Ready");
  });

  it("may hold a List, as kubectl get prints it", async () => {
    const path = file("all.yaml", stringify({ apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items: heldObjects() }));
    const { code, out } = await why();
    expect({ code, out }).toEqual({ code: 0, out: (await run(["why", "acme", "-f", HELD, "--at", AT])).out });
    const windows = await run(["windows", "tuesday-night-berlin", "-f", path, "--at", AT, "--next", "1", "-o", "json"]);
    expect(JSON.parse(windows.out)).toMatchObject([{ opensAt: "2026-11-24T02:00:00Z" }]);
  });

  it.each([
    { what: "a kind that Slacktide does not have", text: own("Tenat"), says: 'slacktide.dev has no kind "Tenat": write one of Tenant, MaintenanceWindow, ReleaseChannel, Freeze, Approval' },
    { what: "a version that it does not have", text: "apiVersion: slacktide.dev/v9\nkind: Tenant\nmetadata: {name: acme}\n", says: 'apiVersion "slacktide.dev/v9" is not known: write slacktide.dev/v1alpha1' },
    { what: "an object without a name", text: own("Tenant", "{}"), says: "a Tenant needs metadata.name" },
    { what: "an object without apiVersion", text: "kind: Tenant\nmetadata: {name: acme}\n", says: "not a Kubernetes object: apiVersion and kind are needed" },
    { what: "values that are no object", text: "replicas: 1\n", says: "not a Kubernetes object: apiVersion and kind are needed" },
    { what: "bare text", text: "acme\n", says: "not a Kubernetes object: apiVersion and kind are needed" },
    { what: "a List without items", text: "apiVersion: v1\nkind: List\n", says: "a List needs items" },
  ])("is refused for $what, with file and document", async ({ text, says }) => {
    const path = file("fleet.yaml", `${own("MaintenanceWindow", "{name: w}")}---\n${text}`);
    expect(await refusal()).toBe(`slacktide: read "${path}", document 2: ${says}`);
  });

  it.each([
    { what: "an unknown kind", item: { apiVersion: "slacktide.dev/v1alpha1", kind: "Thaw", metadata: { name: "f" } }, says: 'no kind "Thaw"' },
    { what: "a List within it", item: { apiVersion: "v1", kind: "List", items: [] }, says: "a List within a List is not read" },
    { what: "no object", item: 7, says: "not a Kubernetes object" },
  ])("is refused for a List with $what, with the item", async ({ item, says }) => {
    const path = file("all.yaml", stringify({ apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "Pod" }, item] }));
    const line = await refusal();
    expect(line).toContain(`read "${path}", document 1, items[1]: `);
    expect(line).toContain(says);
  });

  it.each([
    { what: "tabs", text: "a:\n\tb: 1\n", says: "Tabs are not allowed as indentation" },
    { what: "a key given twice", text: "a: 1\na: 2\n", says: "Map keys must be unique at line 5, column 1" },
    { what: "an alias of nothing", text: "a: *none\n", says: "Unresolved alias" },
    { what: "a bomb of aliases", text: bomb(), says: "Excessive alias count" },
    { what: "brackets without end", text: "[".repeat(20_000), says: "call stack" },
  ])("is refused for unreadable YAML ($what), with the file", async ({ text, says }) => {
    const path = file("fleet.yaml", `# nothing\nnull\n---\n${text}`);
    const line = await refusal();
    expect(line).toContain(`slacktide: parse "${path}", document 2: `);
    expect(line).toContain(says);
  });

  it("that is not there is refused without the words of the file system", async () => {
    const path = join(folder, "none");
    expect(await refusalOf(["why", "acme", "-f", path])).toBe(`slacktide: read "${path}": no such file or directory`);
  });

  it("without the tenant's channel is refused with who names it", async () => {
    file("fleet.yaml", `${own("Tenant")}spec: {domain: acme.teleport.example, region: us-west-2, channel: gold}\n`);
    expect(await refusal()).toBe('slacktide: Tenant "acme": there is no ReleaseChannel "gold" in the manifests, nor any other');
  });

  it("with a tenant that lacks fields is refused with their names", async () => {
    file("fleet.yaml", `${own("Tenant")}spec: {domain: 7}\n`);
    expect(await refusal()).toBe('slacktide: Tenant "acme": spec.domain: expected string, received number; spec.region: is missing');
  });
});

describe("a window that no longer opens", () => {
  it.each([
    { output: "table", out: "No opening in the next 400 days.\n" },
    { output: "json", out: "[]\n" },
    { output: "yaml", out: "[]\n" },
  ])("is told on one line as $output", async ({ output, out }) => {
    const path = file("w.yaml", `${own("MaintenanceWindow", "{name: w}")}spec: {schedule: 0 3 * * 2, duration: 4h, until: "2026-01-01T00:00:00Z"}\n`);
    expect(await run(["windows", "w", "-f", path, "--at", AT, "-o", output])).toEqual({ code: 0, out, err: "" });
  });
});

describe("an inventory in a ConfigMap", () => {
  interface Judged {
    readonly status: { readonly lanes: { readonly major: { readonly holds: readonly { readonly code: string; readonly message: string }[] } } };
  }
  const inventoryHold = async (data: unknown) => {
    const objects = heldObjects().map((object) => ((object as { kind: string }).kind === "ConfigMap" ? { ...(object as object), data } : object)); // the fixture's own
    file("fleet.yaml", objects.map((object) => stringify(object)).join("---\n"));
    const { code, out } = await why("-o", "json");
    expect(code).toBe(0);
    return (JSON.parse(out) as Judged).status.lanes.major.holds.find((hold) => hold.code === "InventoryUnknown")?.message; // the command's own output
  };

  it.each([
    { what: "no JSON", data: { "inventory.json": "agents: none" }, says: "the inventory is not JSON" },
    { what: "not what tctl prints", data: { "inventory.json": '[{"agents": 3}]' }, says: "the inventory is not what tctl prints" },
    { what: "cut off", data: { "inventory.json": '[{"metadata": {"name": "a"}' }, says: "the inventory is cut short" },
    { what: "under another key", data: { "agents.json": "[]" }, says: 'ConfigMap "tenant-acme/inventory" has no key "inventory.json"' },
    { what: "no text", data: { "inventory.json": 7 }, says: "has no key" },
    { what: "absent", data: null, says: "has no key" },
  ])("that is $what holds the major, as the operator would", async ({ data, says }) => {
    expect(await inventoryHold(data)).toContain(says);
  });

  it("that can be read does not", async () => {
    expect(await inventoryHold({ "inventory.json": "[]" })).toBeUndefined();
  });

  it("that turned empty though agents were known is not believed", async () => {
    cpSync(HELD, join(folder, "fleet.yaml"));
    const text = readFileSync(HELD, "utf8").replace("status:\n  version: 17.2.1", "status:\n  version: 17.2.1\n  agents: {total: 3}").replace(/inventory\.json: \|[^]*$/, 'inventory.json: "[]"\n');
    file("fleet.yaml", text);
    expect((await why()).out).toContain("the inventory turned empty though agents were known");
  });
});

function bomb(): string {
  const tenOf = (what: string) => `[${Array.from({ length: 10 }, () => what).join(", ")}]`;
  const levels = ["b", "c", "d", "e"].map((name, index) => `${name}: &${name} ${tenOf(`*${"abcd"[index] ?? ""}`)}`);
  return [`a: &a ${tenOf("x")}`, ...levels, ""].join("\n");
}
