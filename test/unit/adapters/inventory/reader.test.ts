import { describe, expect, it } from "vitest";
import { createInventoryReader, INVENTORY_COMMAND, parseInventory, type InventoryAccess } from "../../../../src/adapters/inventory/reader.ts";
import type { InventorySource } from "../../../../src/api/index.ts";
import type { InventoryRow } from "../../../../src/domain/agents/inventory.ts";
import { AppError } from "../../../../src/reconcile/app-error.ts";

const ROW = {
  kind: "instance",
  version: "v1",
  metadata: { name: "6fa459ea", expires: "2026-11-24T00:00:00Z" },
  spec: { version: "v17.2.1", services: ["Node", "App"], hostname: "web-1", auth_id: "a", last_seen: "2026-11-23T11:57:00Z", updater_info: { channel: "stable" } },
};
const never = new AbortController().signal;

function rowsOf(text: string): readonly InventoryRow[] {
  const rows: InventoryRow[] = [];
  parseInventory(text, (row) => rows.push(row));
  return rows;
}

describe("an inventory as tctl prints it", () => {
  it("is read leniently: fields that nobody knows are left alone", () => {
    expect(rowsOf(JSON.stringify([ROW]))).toEqual([{ id: "6fa459ea", version: "v17.2.1", hostname: "web-1", services: ["Node", "App"], lastSeenAt: "2026-11-23T11:57:00Z" }]);
  });

  it.each([
    ["no rows at all", "[]", 0],
    ["null, as an empty list is printed", "null", 0],
    ["a row whose spec is empty", JSON.stringify([{ metadata: { name: "a" }, spec: {} }]), 1],
    ["a row without a spec", JSON.stringify([{ metadata: { name: "a" } }]), 1],
    ["services that are null", JSON.stringify([{ metadata: { name: "a" }, spec: { services: null } }]), 1],
    ["lines and spaces, as tctl prints it", `${JSON.stringify([ROW, { metadata: { name: "b" } }], undefined, 4)}\n`, 2],
  ])("may have %s", (_name, text, rows) => {
    expect(rowsOf(text)).toHaveLength(rows);
  });

  it("a mistake of ours while a row is taken is not the inventory's", () => {
    expect(() => parseInventory(JSON.stringify([ROW]), () => { throw new RangeError("ours"); })).toThrow(new RangeError("ours"));
  });
});

describe("reading an inventory", () => {
  const source = (more: Partial<InventorySource>): InventorySource => ({ type: "Exec", maxAge: "30m", rememberFor: "168h", ...more });
  const saying = (text: string, exitCode = 0): InventoryAccess["exec"] => async ({ take }) => {
    await take(Buffer.from(text.slice(0, 40)));
    await take(Buffer.from(text.slice(40)));
    return { exitCode };
  };
  const other = { ...ROW, metadata: { name: "7c9e6679" } };
  const nobody = () => Promise.reject(new Error("nobody to ask"));
  const access: InventoryAccess = { secret: nobody, service: nobody, lookup: nobody, https: nobody, exec: saying(JSON.stringify([ROW])), configMap: async () => ({ "inventory.json": JSON.stringify([ROW, other]) }) };
  const question = (more: Partial<InventorySource>, authPod?: string) => ({ namespace: "tenant-acme", source: source(more), authPod });

  async function read(given: InventoryAccess, asked: ReturnType<typeof question>): Promise<readonly InventoryRow[]> {
    const rows: InventoryRow[] = [];
    await createInventoryReader(given).read(asked, (row) => rows.push(row), never);
    return rows;
  }

  it("runs exactly the one command that the chart's policy allows, in container auth", async () => {
    const asked: unknown[] = [];
    expect(await read({ ...access, exec: async (target, signal) => (asked.push(target), access.exec(target, signal)) }, question({}, "auth-0"))).toHaveLength(1);
    expect(asked).toMatchObject([{ namespace: "tenant-acme", pod: "auth-0", container: "auth", command: INVENTORY_COMMAND }]);
    expect(INVENTORY_COMMAND.join(" ")).toBe("tctl inventory ls --format=json");
  });

  it("reads the key of a ConfigMap in the tenant's namespace", async () => {
    const asked: unknown[] = [];
    expect(await read({ ...access, configMap: async (ref, signal) => (asked.push(ref), access.configMap(ref, signal)) }, question({ type: "ConfigMap", name: "agents" }))).toHaveLength(2);
    expect(asked).toMatchObject([{ namespace: "tenant-acme", name: "agents" }]);
  });

  it("a list that tctl ended in the middle is told of as tctl's failure", async () => {
    await expect(read({ ...access, exec: saying(JSON.stringify([ROW]).slice(0, 60), 1) }, question({}, "auth-0"))).rejects.toThrow("tctl in the Auth pod failed");
  });

  it.each([
    ["no Auth pod is Ready", question({}), access],
    ["the command fails", question({}, "auth-0"), { ...access, exec: saying("[]", 1) }],
    ["the exec fails", question({}, "auth-0"), { ...access, exec: () => Promise.reject(new Error("connection reset at 10:31:02")) }],
    ["there is no such ConfigMap", question({ type: "ConfigMap", name: "agents" }), { ...access, configMap: () => Promise.resolve(undefined) }],
    ["the ConfigMap has no such key", question({ type: "ConfigMap", name: "agents", key: "other" }), access],
  ])("fails with a stable message when %s", async (_name, asked, given) => {
    const failure = await read(given, asked).then(() => undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(String(failure)).not.toMatch(/\d\d:\d\d/);
  });
});
