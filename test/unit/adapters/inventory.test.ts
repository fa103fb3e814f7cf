import { describe, expect, it } from "vitest";
import { createInventoryReader, INVENTORY_COMMAND, parseInventory } from "../../../src/adapters/inventory.ts";
import { AppError } from "../../../src/reconcile/app-error.ts";
import type { InventorySource } from "../../../src/api/index.ts";

const ROW = {
  kind: "instance",
  version: "v1",
  metadata: { name: "6fa459ea", expires: "2026-11-24T00:00:00Z" },
  spec: { version: "v17.2.1", services: ["Node", "App"], hostname: "web-1", auth_id: "a", last_seen: "2026-11-23T11:57:00Z", updater_info: { channel: "stable" } },
};
const never = new AbortController().signal;

describe("an inventory as tctl prints it", () => {
  it("is read leniently: fields that nobody knows are left alone", () => {
    expect(parseInventory(JSON.stringify([ROW]))).toEqual([
      { id: "6fa459ea", version: "v17.2.1", hostname: "web-1", services: ["Node", "App"], lastSeenAt: "2026-11-23T11:57:00Z" },
    ]);
  });

  it.each([
    ["no rows at all", "[]", 0],
    ["null, as an empty list is printed", "null", 0],
    ["a row whose spec is empty", JSON.stringify([{ metadata: { name: "a" }, spec: {} }]), 1],
    ["a row without a spec", JSON.stringify([{ metadata: { name: "a" } }]), 1],
    ["services that are null", JSON.stringify([{ metadata: { name: "a" }, spec: { services: null } }]), 1],
  ])("may have %s", (_name, text, rows) => {
    expect(parseInventory(text)).toHaveLength(rows);
  });

  it.each([
    ["text that is no JSON", "ERROR: access denied"],
    ["JSON cut short", '[{"metadata": {"name": "a"'],
    ["an object instead of a list", "{}"],
    ["a row without a name", JSON.stringify([{ metadata: {}, spec: {} }])],
    ["a version that is a number", JSON.stringify([{ metadata: { name: "a" }, spec: { version: 17 } }])],
    ["services that are no list", JSON.stringify([{ metadata: { name: "a" }, spec: { services: "Node" } }])],
  ])("is unreadable with %s, and says so without quoting it", (_name, text) => {
    expect(() => parseInventory(text)).toThrow(AppError);
    expect(() => parseInventory(text)).not.toThrow("access denied");
  });
});

describe("reading an inventory", () => {
  const source = (more: Partial<InventorySource>): InventorySource => ({ type: "Exec", maxAge: "30m", rememberFor: "168h", ...more });
  const access = {
    exec: async () => ({ stdout: JSON.stringify([ROW]), stderr: "", exitCode: 0 }),
    configMap: async () => ({ "inventory.json": JSON.stringify([ROW, ROW]) }),
  };
  const question = (more: Partial<InventorySource>, authPod?: string) => ({ namespace: "tenant-acme", source: source(more), authPod });

  it("runs exactly the one command that the chart's policy allows, in container auth", async () => {
    const asked: unknown[] = [];
    const reader = createInventoryReader({ ...access, exec: async (target) => (asked.push(target), access.exec()) });
    expect(await reader.read(question({}, "auth-0"), never)).toHaveLength(1);
    expect(asked).toMatchObject([{ namespace: "tenant-acme", pod: "auth-0", container: "auth", command: INVENTORY_COMMAND }]);
    expect(INVENTORY_COMMAND.join(" ")).toBe("tctl inventory ls --format=json");
  });

  it("reads the key of a ConfigMap in the tenant's namespace", async () => {
    const asked: unknown[] = [];
    const reader = createInventoryReader({ ...access, configMap: async (ref) => (asked.push(ref), access.configMap()) });
    expect(await reader.read(question({ type: "ConfigMap", name: "agents" }), never)).toHaveLength(2);
    expect(asked).toMatchObject([{ namespace: "tenant-acme", name: "agents" }]);
  });

  it.each([
    ["no Auth pod is Ready", question({}), access],
    ["the command fails", question({}, "auth-0"), { ...access, exec: async () => ({ stdout: "[]", stderr: "no", exitCode: 1 }) }],
    ["the exec fails", question({}, "auth-0"), { ...access, exec: () => Promise.reject(new Error("connection reset at 10:31:02")) }],
    ["there is no such ConfigMap", question({ type: "ConfigMap", name: "agents" }), { ...access, configMap: () => Promise.resolve(undefined) }],
    ["the ConfigMap has no such key", question({ type: "ConfigMap", name: "agents", key: "other" }), access],
  ])("fails with a stable message when %s", async (_name, asked, given) => {
    const failure = await createInventoryReader(given).read(asked, never).then(() => undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(String(failure)).not.toMatch(/\d\d:\d\d/);
  });
});
