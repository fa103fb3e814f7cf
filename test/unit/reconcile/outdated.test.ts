import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { OWNED_KINDS } from "../../../src/reconcile/ports.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const AUTH = { name: "auth", namespace: NAMESPACE };
const RELEASES = ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));

let world: World;

const versionOf = (name: string) => world.get("Deployment", name, NAMESPACE)?.metadata.annotations?.[ANNOTATION.version];

/** The Deployment as another process has just left it: at the new version, while the tenant's status is not seen to say so. */
function putAuthAt(version: string): void {
  const auth = world.get("Deployment", "auth", NAMESPACE);
  if (auth === undefined) throw new Error("there is no Auth");
  const { metadata, ...rest } = auth;
  world.put("Deployment", { ...metadata, annotations: { ...metadata.annotations, [ANNOTATION.version]: version } }, rest);
}

beforeEach(async () => {
  world = new World(at("2026-11-24T00:05:00Z"));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: RELEASES } });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ initialVersion: "17.2.1" }) });
  await world.reconcile("acme");
  world.put("Tenant", { name: OWNER.name, generation: 1 }, { spec: tenantSpec(), status: { version: "17.2.1" } });
});

describe("a Deployment that is newer than what was decided from (invariant I7)", () => {
  it("is left alone when it changes between the look and the write", async () => {
    const { inventory } = world.env;
    world.env = { ...world.env, inventory: { read: (...asked) => { putAuthAt("17.2.3"); return inventory.read(...asked); } } };
    const outcome = await world.reconcile("acme").catch(String);
    expect(versionOf("auth")).toBe("17.2.3");
    expect(outcome).toMatch(/409 Conflict|looked at again/);
  });

  it("is left alone while its watch is late", async () => {
    world.freeze("Deployment", AUTH);
    putAuthAt("17.2.3");
    const outcome = await world.reconcile("acme").catch(String);
    expect(versionOf("auth")).toBe("17.2.3");
    expect(outcome).toMatch(/409 Conflict|looked at again/);
  });

  it("is left alone when its watch has not brought it at all", async () => {
    const auth = world.get("Deployment", "auth", NAMESPACE);
    world.drop("Deployment", AUTH);
    world.freeze("Deployment", AUTH);
    world.put("Deployment", auth?.metadata ?? AUTH, { spec: auth?.spec });
    putAuthAt("17.2.3");
    const outcome = await world.reconcile("acme").catch(String);
    expect(versionOf("auth")).toBe("17.2.3");
    expect(outcome).toMatch(/409 Conflict|looked at again/);
  });
});

describe("a tenant that was taken down while its watch is late", () => {
  const takeDown = (): void => {
    world.freeze("Tenant", { name: OWNER.name });
    for (const kind of OWNED_KINDS) for (const { metadata } of world.all(kind)) world.drop(kind, metadata);
  };

  it("is not made again: it is gone", async () => {
    takeDown();
    world.drop("Tenant", { name: OWNER.name });
    expect(await world.reconcile("acme").catch(String)).toContain("the tenant is another one by now, or gone");
    expect([world.written, world.all("Namespace")]).toEqual([[], []]);
  });

  it("is not made again: it is on its way, or another one has come", async () => {
    takeDown();
    world.put("Tenant", { name: OWNER.name, deletionTimestamp: "2026-11-24T00:04:00Z" }, { spec: tenantSpec() });
    expect(await world.reconcile("acme").catch(String)).toContain("the tenant is another one by now, or gone");
    world.drop("Tenant", { name: OWNER.name });
    world.put("Tenant", { name: OWNER.name, uid: "another", generation: 1 }, { spec: tenantSpec() });
    expect(await world.reconcile("acme").catch(String)).toContain("the tenant is another one by now, or gone");
    expect([world.written, world.all("Namespace")]).toEqual([[], []]);
  });

  it("is given no role again while the watches of what it had are late too", async () => {
    for (const kind of OWNED_KINDS) for (const { metadata } of world.all(kind)) world.freeze(kind, metadata);
    world.drop("ClusterRoleBinding", { name: "tenant-acme-token-review" });
    world.freeze("ClusterRoleBinding", { name: "tenant-acme-token-review" });
    takeDown();
    world.drop("Tenant", { name: OWNER.name });
    await world.reconcile("acme").catch(String);
    expect(world.all("ClusterRoleBinding")).toEqual([]);
  });

  it("is made again where only its namespace is gone", async () => {
    world.drop("Namespace", { name: NAMESPACE });
    await world.reconcile("acme");
    expect(world.all("Namespace")).toHaveLength(1);
  });
});
