import { beforeEach, describe, expect, it } from "vitest";
import type { TenantSpec, TenantStatus } from "../../../src/api/index.ts";
import { MINUTE, SECOND } from "../../../src/domain/time.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const NOON = "2026-11-23T12:00:00Z";

let world: World;

beforeEach(async () => {
  world = new World(at(NOON));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: ["17.2.1", "17.2.3"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" })) } });
  put();
  await world.reconcile("acme");
  runPods(world);
  await world.reconcile("acme");
});

const status = () => statusAs<TenantStatus>(world.get("Tenant", OWNER.name));

function put(status?: TenantStatus, spec: Partial<TenantSpec> = {}): void {
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ initialVersion: "17.2.1", ...spec }), ...(status && { status }) });
}

/** As if its pods had all gone, or had come again. */
async function auth(available: number, afterMs = 0): Promise<void> {
  await world.time.advance(afterMs);
  const { metadata, spec, status: known } = world.get("Deployment", "auth", NAMESPACE) ?? {};
  world.put("Deployment", { name: "auth", ...metadata }, { spec, status: { ...(known as object), availableReplicas: available } });
  await world.reconcile("acme");
}

describe("a tenant's downtime", () => {
  it("is not told of one that was never down, nor while it was provisioned", () => {
    expect(status().downtime).toBeUndefined();
  });

  it("is counted from when it went down until it is up again", async () => {
    await auth(0);
    expect(status().downtime).toEqual({ month: "2026-11", seconds: 0, since: NOON });
    await auth(1, 3 * MINUTE);
    expect(status().downtime).toEqual({ month: "2026-11", seconds: 180 });
  });

  it("goes on being counted by a new process", async () => {
    await auth(0);
    world.restart();
    await auth(1, MINUTE);
    expect(status().downtime?.seconds).toBe(60);
  });

  it("ends when it is switched off: nobody is to be served then", async () => {
    await auth(0);
    put(status(), { suspend: true });
    await auth(0, MINUTE);
    expect(status().downtime).toEqual({ month: "2026-11", seconds: 60 });
  });

  it("is said with the next step of an upgrade, and costs no write of its own", async () => {
    const upgrade = upgradeOf({ step: "Auth", disruptiveAt: "2026-11-23T11:59:00Z" });
    const { metadata, spec, status: known } = world.get("Deployment", "auth", NAMESPACE) ?? {};
    world.put("Deployment", { name: "auth", ...metadata, annotations: { ...metadata?.annotations, "slacktide.dev/attempt": JSON.stringify(upgrade) } }, { spec, status: known });
    put({ ...status(), upgrade });
    await world.reconcile("acme");
    const before = world.get("Tenant", OWNER.name)?.metadata.resourceVersion;
    await auth(0, SECOND);
    expect([world.get("Tenant", OWNER.name)?.metadata.resourceVersion, status().downtime]).toEqual([before, undefined]);
    await auth(1, 20 * SECOND);
    put({ ...status(), version: "17.2.1", upgrade: { ...upgrade, step: "Proxy" } });
    await world.reconcile("acme");
    expect(status().downtime).toEqual({ month: "2026-11", seconds: 20 });
  });
});
