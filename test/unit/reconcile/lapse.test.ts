import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, type TenantStatus } from "../../../src/api/index.ts";
import { DAY, HOUR } from "../../../src/domain/time.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec, type TenantSpecInput } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const START = "2026-11-23T12:00:00Z";
const LAPSED = { lapsedAt: "2026-11-01T00:00:00Z", retention: "168h" };
const RUNS = { retention: "168h" };
const LOOKS = 12;
const REMOVED = ["remove Deployment proxy-us-west-2", "remove Deployment auth", "remove Namespace tenant-acme", "remove ClusterRoleBinding tenant-acme-token-review"];

let world: World;

beforeEach(async () => {
  world = new World(at(START));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  edit({});
  await settle();
});

function edit(spec: TenantSpecInput): void {
  const { status, metadata } = world.get("Tenant", "acme") ?? {};
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: (metadata?.generation ?? 0) + 1 }, { spec: tenantSpec(spec), status });
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const condition = (type: string) => status().conditions?.find((each) => each.type === type);
const namespace = () => world.get("Namespace", NAMESPACE);
const sizes = () => world.all("Deployment").map(({ metadata, spec }) => `${metadata.name} ${specAs<{ replicas: number }>({ spec }).replicas ?? ""}`).sort();

/** Looks, and lets pods follow, until all is quiet; what was removed, in order. A look that fails is followed by a new process. */
async function settle(): Promise<readonly string[]> {
  const removed: string[] = [];
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme").catch(() => world.restart());
    removed.push(...world.written.filter((write) => write.startsWith("remove")));
    if (namespace() === undefined) emptyNamespace();
    runPods(world);
  }
  return removed;
}

/** What was in the namespace goes with it. */
function emptyNamespace(): void {
  const left = (["PersistentVolumeClaim", "Service", "ConfigMap", "ServiceAccount"] as const).flatMap((kind) => world.all(kind).map(({ metadata }) => ({ kind, metadata })));
  for (const { kind, metadata } of left) world.drop(kind, metadata);
}

async function pass(ms: number): Promise<readonly string[]> {
  await world.time.advance(ms);
  return settle();
}

describe("a tenant whose subscription lapsed", () => {
  beforeEach(async () => {
    edit({ subscription: LAPSED });
    await settle();
  });

  it("serves on for the grace, held, and says from the first day what will happen when", () => {
    expect(status()).toMatchObject({ phase: "Lapsed", version: "17.2.1", lapse: { observedAt: START, suspendAt: "2026-11-26T12:00:00Z", purgeAt: "2026-11-30T12:00:00Z" } });
    expect([condition("Ready")?.status, condition("Lapsed")?.reason, condition("Reconciling")]).toEqual(["True", "GracePeriod", undefined]);
    expect(namespace()?.metadata.annotations).toMatchObject({ [ANNOTATION.lapseObservedAt]: START, [ANNOTATION.version]: "17.2.1" });
    expect(sizes()).toEqual(["auth 1", "proxy-us-west-2 2"]);
    expect(world.events).toContain("SubscriptionLapsed");
  });

  it("writes nothing more, and comes back when the grace is over", async () => {
    const { resourceVersion } = world.get("Tenant", "acme")?.metadata ?? {};
    const outcome = await world.reconcile("acme");
    expect([world.get("Tenant", "acme")?.metadata.resourceVersion, outcome.requeueAt]).toEqual([resourceVersion, at("2026-11-26T12:00:00Z")]);
    await pass(2.9 * DAY);
    expect(sizes()).toEqual(["auth 1", "proxy-us-west-2 2"]);
  });

  it("is switched off after the grace, and its data kept", async () => {
    expect(await pass(3 * DAY)).toEqual([]);
    expect(sizes()).toEqual(["auth 0", "proxy-us-west-2 0"]);
    expect(status()).toMatchObject({ phase: "Lapsed", lapse: { observedAt: START } });
    expect([condition("Ready")?.reason, condition("Lapsed")?.reason]).toEqual(["Suspended", "SwitchedOff"]);
    expect(condition("Ready")?.message).toContain("subscription lapsed");
  });

  it.each([HOUR, 5 * DAY])("comes back when the subscription is renewed, %i ms later", async (ms) => {
    await pass(ms);
    edit({ subscription: RUNS });
    await settle();
    expect(status()).toMatchObject({ phase: "Active", version: "17.2.1" });
    expect([status().lapse, condition("Lapsed"), namespace()?.metadata.annotations?.[ANNOTATION.lapseObservedAt]]).toEqual([undefined, undefined, undefined]);
    expect(sizes()).toEqual(["auth 1", "proxy-us-west-2 2"]);
    expect(world.events).toContain("SubscriptionRenewed");
  });

  it("is remembered by its namespace when status is lost, and the days do not begin anew", async () => {
    await pass(5 * DAY);
    world.put("Tenant", { name: "acme" }, { spec: tenantSpec({ subscription: LAPSED }) });
    await settle();
    expect(status().lapse).toMatchObject({ observedAt: START, purgeAt: "2026-11-30T12:00:00Z" });
  });

  it("is not switched off by a clock that cannot be believed, nor on again", async () => {
    world.clock.known = world.clock.found = false;
    await pass(4 * DAY);
    expect(sizes()).toEqual(["auth 1", "proxy-us-west-2 2"]);
    world.clock.known = world.clock.found = true;
    await pass(HOUR);
    expect(sizes()).toEqual(["auth 0", "proxy-us-west-2 0"]);
    world.clock.known = world.clock.found = false;
    await pass(HOUR);
    expect(sizes()).toEqual(["auth 0", "proxy-us-west-2 0"]);
  });

  it("ends an attempt that had not begun", async () => {
    const { spec, status: said } = world.get("Tenant", "acme") ?? {};
    world.put("Tenant", { name: "acme" }, { spec, status: { ...(said as object), upgrade: upgradeOf() } }); // as it was written
    await settle();
    expect(status().history).toMatchObject([{ result: "Aborted", message: "Suspended: the subscription lapsed" }]);
  });
});

describe("the data of a tenant that lapsed long ago", () => {
  beforeEach(async () => {
    edit({ subscription: LAPSED });
    await settle();
    await pass(6.9 * DAY);
    await world.time.advance(0.2 * DAY);
  });

  it("is not due by status alone, and says so, and is kept for as long again", async () => {
    const { [ANNOTATION.lapseObservedAt]: _lost, ...annotations } = namespace()?.metadata.annotations ?? {};
    world.put("Namespace", { name: NAMESPACE, annotations });
    await world.reconcile("acme");
    expect(condition("Lapsed")).toMatchObject({ reason: "LapseNotRecorded" });
    expect(await settle()).toEqual([]);
    expect([condition("Lapsed")?.reason, sizes(), status().lapse]).toEqual(["SwitchedOff", ["auth 0", "proxy-us-west-2 0"], { observedAt: START, suspendAt: "2026-11-26T12:00:00Z", purgeAt: "2026-12-07T14:24:00Z" }]);
    expect(await pass(7 * DAY)).toEqual(REMOVED);
  });

  it("is deleted in order, and the Tenant stays as a tombstone", async () => {
    expect(await settle()).toEqual(REMOVED);
    expect(status()).toMatchObject({ phase: "Purged", lapse: { observedAt: START, purgeAt: "2026-11-30T12:00:00Z", purgeStartedAt: "2026-11-30T14:24:00Z", purgedAt: "2026-11-30T14:24:00Z", purged: ["Namespace tenant-acme", "PersistentVolumeClaim tenant-acme/auth-data"] } });
    expect([status().version, status().lanes, condition("Stalled")]).toEqual([undefined, undefined, undefined]);
    expect(world.get("Tenant", "acme")?.metadata.finalizers).not.toContain(FINALIZER);
    expect([world.purges, world.events.slice(-2)]).toEqual([1, ["Purging", "Purged"]]);
  });

  it("and nothing is written about it any more", async () => {
    await settle();
    const { resourceVersion } = world.get("Tenant", "acme")?.metadata ?? {};
    expect([await pass(40 * DAY), world.get("Tenant", "acme")?.metadata.resourceVersion, world.all("Deployment")]).toEqual([[], resourceVersion, []]);
    expect(await world.reconcile("acme")).toEqual({});
  });

  it("does not come back when the subscription is renewed after that", async () => {
    await settle();
    edit({ subscription: RUNS });
    await settle();
    expect(condition("Stalled")).toMatchObject({ reason: "Purged" });
    expect(condition("Stalled")?.message).toContain("create it anew");
    expect([world.all("Deployment"), namespace()]).toEqual([[], undefined]);
  });

  it("nor when status is lost as well", async () => {
    await settle();
    world.put("Tenant", { name: "acme" }, { spec: tenantSpec({ subscription: RUNS }) });
    await settle();
    expect([status().phase, condition("Stalled")?.reason, world.all("Deployment")]).toEqual(["Purged", "Purged", []]);
  });

  it("nor by a look at a Tenant as it was before", async () => {
    const before = world.get("Tenant", "acme");
    await settle();
    const { caches } = world.env;
    world.env = { ...world.env, caches: { ...caches, get: (kind, ref) => (kind === "Tenant" ? before : caches.get(kind, ref)) } };
    expect(await world.reconcile("acme").then(() => "made", String)).toContain("looked at again");
    expect([namespace(), world.all("Deployment")]).toEqual([undefined, []]);
  });

  it("stays when the subscription was renewed and the caches do not show it yet", async () => {
    world.freeze("Tenant", { name: "acme" });
    edit({ subscription: RUNS });
    expect(await settle()).toEqual([]);
    expect(status().lapse?.purgeStartedAt).toBeUndefined();
    expect(world.get("PurgeLedger", "slacktide")).toBeUndefined();
  });

  it("stays when it was renewed in the very moment: the version that was judged is another one", async () => {
    const { api } = world.env;
    let isRenewed = false;
    const record: typeof api.record = async (object) => {
      await api.record(object);
      if (!isRenewed) edit({ subscription: RUNS });
      isRenewed = true;
    };
    world.env = { ...world.env, api: { ...api, record } };
    expect(await world.reconcile("acme").then(() => "begun", String)).toContain("has been modified");
    expect(await settle()).toEqual([]);
    expect([status().phase, sizes()]).toEqual(["Active", ["auth 1", "proxy-us-west-2 2"]]);
  });

  it("stays while the clock cannot be believed, as it was known or as it is found", async () => {
    world.clock.found = false;
    expect(await settle()).toEqual([]);
    world.clock.known = world.clock.found = true;
    expect(await settle()).toEqual(REMOVED);
  });

  it("stays while an upgrade runs, unless that is stuck", async () => {
    const upgrade = upgradeOf({ disruptiveAt: "2026-11-30T12:00:00Z", step: "Auth", class: "Major", to: "18.0.0" });
    const running = (more: object) => {
      const { spec, status: said } = world.get("Tenant", "acme") ?? {};
      world.put("Tenant", { name: "acme" }, { spec, status: { ...(said as object), upgrade: { ...upgrade, ...more } } }); // as it was written
    };
    for (const name of ["auth", "proxy-us-west-2"]) world.drop("Deployment", { name, namespace: NAMESPACE }); // nobody knows what it ran
    running({});
    await world.reconcile("acme");
    expect(condition("Lapsed")?.reason).toBe("UpgradeRunning");
    running({ stuckSince: "2026-11-30T13:00:00Z" });
    await world.reconcile("acme");
    expect(status().phase).toBe("Purging");
  });

  it("waits its turn when as much as may be deleted in a day was, and says so", async () => {
    const purges = Array.from({ length: 20 }, (_, n) => ({ uid: `uid-${n}`, tenant: `t-${n}`, at: "2026-11-30T10:00:00Z" }));
    world.put("PurgeLedger", { name: "slacktide" }, { spec: { purges } });
    expect(await settle()).toEqual([]);
    expect([status().phase, condition("Lapsed")?.reason]).toEqual(["Lapsed", "PurgesLimited"]);
    const { api } = world.env;
    const asked: string[] = [];
    world.env = { ...world.env, api: { ...api, read: (kind, ref) => (asked.push(kind), api.read(kind, ref)) } };
    expect((await world.reconcile("acme")).requeueAt).toBe(at("2026-12-01T10:00:00Z"));
    expect(asked).toEqual([]); // thousands may wait
    expect(await pass(19 * HOUR)).toEqual([]);
    expect(await pass(HOUR)).toEqual(REMOVED);
  });

  it.each(["before", "after"] as const)("goes all the same if the process crashes at any write, %s it: nothing twice, nothing left", async (when) => {
    for (let n = 1; n <= 11; n += 1) {
      world.crashAt(n, when);
      expect([n, await settle()]).toEqual([n, REMOVED]);
      expect([n, status().phase]).toEqual([n, "Purged"]);
      await again();
    }
  });

  it("goes in the end if status is lost in the middle of it, and is let begin anew", async () => {
    for (let n = 0; n < 4; n += 1) await world.reconcile("acme").then(() => runPods(world));
    expect(status().phase).toBe("Purging");
    world.put("Tenant", { name: "acme" }, { spec: tenantSpec({ subscription: LAPSED }) });
    await settle();
    expect([status().phase, namespace()]).toEqual(["Purged", undefined]);
  });

  it("does not go because somebody writes the mark of a deletion on a tenant that runs", async () => {
    edit({ subscription: RUNS });
    const { spec, status: said } = world.get("Tenant", "acme") ?? {};
    world.put("Tenant", { name: "acme", annotations: { [ANNOTATION.purgeStartedAt]: `2026-11-01T00:00:00Z ${OWNER.uid}` } }, { spec, status: said });
    expect(await settle()).toEqual([]);
    expect(status().phase).toBe("Active");
  });
});

/** A tenant of the same name that lapsed as long ago. */
async function again(): Promise<void> {
  world.drop("Tenant", { name: "acme" });
  world.drop("PurgeLedger", { name: "slacktide" });
  world.restart();
  edit({});
  await settle();
  edit({ subscription: LAPSED });
  await settle();
  await pass(6.9 * DAY);
  await world.time.advance(0.2 * DAY);
}
