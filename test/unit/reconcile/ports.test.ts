import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, type TenantStatus } from "../../../src/api/index.ts";
import { claimObject, claimOf } from "../../../src/domain/ports/claim.ts";
import type { Owner } from "../../../src/domain/objects/names.ts";
import type { Caches } from "../../../src/reconcile/ports.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { DAY } from "../../../src/domain/time.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const EDGE = "203.0.113.7";
const HOME = "slacktide";
const NAMESPACE = "tenant-acme";
const LOOKS = 6;
const THEM: Owner = { name: "globex", uid: "uid-globex" };
const BEFORE: Owner = { name: "acme", uid: "uid-before" };

let world: World;

beforeEach(() => {
  world = new World(at("2026-11-24T02:05:00Z"));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  offer(11105, 11119);
  put(OWNER);
});

function offer(first: number, last: number): void {
  world.env = { ...world.env, platform: { ...PLATFORM, ports: [{ address: EDGE, first, last }] } };
}

function put({ name, uid }: Owner, more: object = {}): void {
  const { status } = world.get("Tenant", name) ?? {};
  world.put("Tenant", { name, uid, generation: 1 }, { spec: tenantSpec({ domain: `${name}.teleport.example` }), status, ...more });
}

function claimed(first: number, owner: Owner, releasedAt?: number): void {
  const { metadata, apiVersion: _version, kind: _kind, ...rest } = claimObject({ block: { address: EDGE, first }, owner, releasedAt }, HOME);
  world.put("ConfigMap", { uid: `claim-${first}`, ...metadata }, rest);
}

const claims = () => world.all("ConfigMap").flatMap(({ metadata }) => claimOf(metadata) ?? []).map(({ block, owner, releasedAt }) => `${block.first} ${owner.uid}${releasedAt === undefined ? "" : " released"}`).sort();
const status = (tenant = "acme") => statusAs<TenantStatus>(world.get("Tenant", tenant));
const ssh = (tenant = "acme") => status(tenant).endpoints?.ports?.ssh;
const stalled = () => status().conditions?.find(({ type }) => type === "Stalled");
const servicePorts = () => specAs<{ ports: readonly { name: string; port: number; targetPort: string }[] }>(world.get("Service", "proxy-us-west-2", NAMESPACE)).ports ?? [];

/** Looks, and lets pods follow, until all is quiet; a look that fails is followed by a new process. */
async function settle(tenant = "acme"): Promise<readonly string[]> {
  const written: string[] = [];
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile(tenant).catch(() => world.restart());
    written.push(...world.written);
    runPods(world);
  }
  return written;
}

function confirmDeletion(): void {
  const { spec } = world.get("Tenant", "acme") ?? {};
  world.put("Tenant", { name: "acme", deletionTimestamp: "2026-11-24T02:05:00Z", finalizers: [FINALIZER], annotations: { [ANNOTATION.confirmDelete]: OWNER.uid } }, { spec, status: status() });
}

async function takeDown(): Promise<void> {
  confirmDeletion();
  for (let n = 0; n < LOOKS && world.get("Tenant", "acme")?.metadata.finalizers?.length !== 0; n += 1) {
    await world.reconcile("acme");
    runPods(world);
  }
  expect(world.get("Tenant", "acme")?.metadata.finalizers).toEqual([]);
  world.drop("Tenant", { name: "acme" });
}

describe("a new tenant", () => {
  it("gets a block before anything is made for it, and shows it everywhere", async () => {
    await world.reconcile("acme");
    expect(world.written).toEqual(["finalizers Tenant acme", "create ConfigMap ports-203.0.113.7-11105"]);
    await settle();
    expect(status().endpoints).toEqual({ web: "https://acme.teleport.example", address: EDGE, ports: { ssh: 11105, tunnel: 11106, kube: 11107, mysql: 11108, postgres: 11109 } });
    expect(servicePorts().filter(({ name }) => name.startsWith("public-")).map(({ port, targetPort }) => `${port} ${targetPort}`)).toEqual(["11105 ssh", "11106 tunnel", "11107 kube", "11108 mysql", "11109 postgres"]);
    expect(world.get("Namespace", NAMESPACE)?.metadata.annotations?.[ANNOTATION.ports]).toBe("203.0.113.7:11105");
    const config = JSON.parse((world.get("ConfigMap", "proxy-config", NAMESPACE) as unknown as { data: Record<string, string> }).data["teleport.yaml"] ?? "") as { proxy_service: object }; // as rendered
    expect(config.proxy_service).toMatchObject({ ssh_public_addr: ["acme.teleport.example:11105"], tunnel_public_addr: ["acme.teleport.example:11106"], kube_public_addr: ["acme.teleport.example:11107"], mysql_public_addr: ["acme.teleport.example:11108"], postgres_public_addr: ["acme.teleport.example:11109"] });
  });

  it("gets none where the platform gives none, and is made as ever", async () => {
    world.env = { ...world.env, platform: PLATFORM };
    await settle();
    expect([claims(), status().endpoints, servicePorts().map(({ port }) => port)]).toEqual([[], { web: "https://acme.teleport.example" }, [3080, 3023, 3024, 3026, 3036, 5432]]);
  });

  it("is Stalled when no block is left, says what to do, and nothing of it is made", async () => {
    for (const first of [11105, 11110]) claimed(first, THEM);
    claimed(11115, THEM, world.time.now());
    const outcome = await world.reconcile("acme");
    expect([stalled()?.reason, status().phase, outcome.unfinished, world.all("Namespace")]).toEqual(["PortsExhausted", "Pending", true, []]);
    offer(11105, 11124);
    await settle();
    expect([ssh(), stalled()]).toEqual([11120, undefined]);
  });

  it("gets another block if somebody takes the first meanwhile, unseen", async () => {
    world.freeze("ConfigMap", { name: "ports-203.0.113.7-11105", namespace: HOME });
    claimed(11105, THEM);
    await settle();
    expect([claims(), ssh()]).toEqual([["11105 uid-globex", "11110 uid-acme"], 11110]);
  });

  it("gets none that is recorded on another's namespace, whose claim is lost", async () => {
    world.put("Namespace", { name: "tenant-globex", labels: { "slacktide.dev/tenant": "globex" }, annotations: { [ANNOTATION.ports]: "203.0.113.7:11105" } });
    await settle();
    expect(ssh()).toBe(11110);
  });

  it("gets none that another shows, whose claim is lost while it is taken down", async () => {
    put(THEM, { status: { endpoints: { address: EDGE, ports: { ssh: 11105 } } } });
    await settle();
    expect(ssh()).toBe(11110);
  });

  it("is told if the API server refuses the claim", async () => {
    world.refusals.set("ConfigMap ports-203.0.113.7-11105", "the quota is used up");
    await world.reconcile("acme");
    expect([stalled()?.reason, stalled()?.message, world.all("Namespace")]).toEqual(["ObjectRefused", "the quota is used up", []]);
  });

  it("claims nothing if it is gone by now", async () => {
    put(OWNER);
    world.put("Tenant", { name: "acme", finalizers: [FINALIZER] }, { spec: tenantSpec() });
    world.freeze("Tenant", { name: "acme" });
    world.drop("Tenant", { name: "acme" });
    await world.reconcile("acme").catch(() => undefined);
    expect(claims()).toEqual([]);
  });

  it("gets the one in between that has become free", async () => {
    offer(11200, 11399);
    for (let first = 11200; first < 11305; first += 5) if (first !== 11260) claimed(first, THEM);
    await settle();
    expect(ssh()).toBe(11260);
  });

  it("of a hundred costs a few looks at what tells of blocks, and never one at all of them", async () => {
    offer(11200, 11999);
    world.drop("Tenant", { name: "acme" });
    const names = Array.from({ length: 100 }, (_, n) => `t-${n}`);
    for (const name of names) put({ name, uid: `uid-${name}` });
    const { caches } = world.env;
    const listed: string[] = [];
    let [asked, most] = [0, 0];
    const list: Caches["list"] = (kind) => {
      listed.push(kind);
      return caches.list(kind);
    };
    const countOfPorts: Caches["countOfPorts"] = (...question) => {
      asked += 1;
      return caches.countOfPorts(...question);
    };
    world.env = { ...world.env, caches: { ...caches, list, countOfPorts } };
    for (const name of names) {
      asked = 0;
      await world.reconcile(name);
      most = Math.max(most, asked);
    }
    expect([claims().length, claims().at(-1)?.split(" ")[0], listed]).toEqual([100, "11695", []]);
    // Pages that are full, blocks of the one that is not, and the three kinds for the block that is free.
    expect(most).toBeLessThanOrEqual(5 + 20 + 2);
  });

  it("and another that is looked at in the same moment get different ones, with one try each", async () => {
    put(THEM);
    const looks = [world.reconcile("acme"), world.reconcile("globex")];
    await Promise.all(looks);
    expect(claims()).toEqual(["11105 uid-acme", "11110 uid-globex"]);
  });

  it.each(["before", "after"] as const)("has one block in the end if the process crashes at any write, %s it", async (when) => {
    for (let n = 1; n <= 6; n += 1) {
      world.crashAt(n, when);
      await settle();
      expect([n, claims(), ssh()]).toEqual([n, ["11105 uid-acme"], 11105]);
      for (const kind of ["Tenant", "Namespace", "ConfigMap", "Deployment", "Service", "Pod", "PersistentVolumeClaim"] as const) for (const object of world.all(kind)) world.drop(kind, object.metadata);
      world.restart();
      put(OWNER);
    }
  });
});

describe("a tenant that is there already", () => {
  it("gets a block while it runs, and no pod is touched", async () => {
    const { platform } = world.env;
    world.env = { ...world.env, platform: PLATFORM };
    await settle();
    const templates = () => JSON.stringify(world.all("Deployment").map(({ spec }) => spec));
    const before = templates();
    world.env = { ...world.env, platform };
    await settle();
    expect([ssh(), status().phase]).toEqual([11105, "Active"]);
    expect(templates()).toBe(before);
  });

  it("serves on when no block is left for it, and says so", async () => {
    world.env = { ...world.env, platform: PLATFORM };
    await settle();
    for (const first of [11105, 11110, 11115]) claimed(first, THEM);
    offer(11105, 11119);
    await world.reconcile("acme");
    expect([stalled()?.reason, status().phase, world.written.includes("apply Service auth")]).toEqual(["PortsExhausted", "Active", true]);
  });

  it.each([
    ["its status", () => put(OWNER, { status: undefined })],
    ["the record on its namespace", () => world.put("Namespace", { name: NAMESPACE, annotations: {} })],
    ["the ranges", () => void (world.env = { ...world.env, platform: PLATFORM })],
    ["what the process knew", () => world.restart()],
  ])("keeps its ports when %s is lost", async (_what, lose) => {
    claimed(11105, THEM);
    await settle();
    expect(ssh()).toBe(11110);
    world.drop("ConfigMap", { name: "ports-203.0.113.7-11105", namespace: HOME });
    lose();
    await settle();
    expect([claims(), ssh(), servicePorts().some(({ port }) => port === 11110)]).toEqual([["11110 uid-acme"], 11110, true]);
    expect(world.get("Namespace", NAMESPACE)?.metadata.annotations?.[ANNOTATION.ports]).toBe("203.0.113.7:11110");
  });

  it.each([
    ["its namespace", () => put(OWNER, { status: { ...status(), endpoints: undefined } })],
    ["its status", () => world.put("Namespace", { name: NAMESPACE, annotations: { [ANNOTATION.version]: "17.2.1" } })],
  ])("claims its ports again when the claim is gone, by %s", async (_by, loseTheOther) => {
    claimed(11105, THEM);
    await settle();
    for (const first of [11105, 11110]) world.drop("ConfigMap", { name: `ports-203.0.113.7-${first}`, namespace: HOME });
    loseTheOther();
    await settle();
    expect([claims(), ssh()]).toEqual([["11110 uid-acme"], 11110]);
  });

  it("takes its own back that was released by mistake", async () => {
    await settle();
    claimed(11105, OWNER, world.time.now());
    await settle();
    expect([claims(), ssh()]).toEqual([["11105 uid-acme"], 11105]);
  });

  it("keeps what it shows, and says so, if its ports are claimed for another by now", async () => {
    await settle();
    world.drop("ConfigMap", { name: "ports-203.0.113.7-11105", namespace: HOME });
    claimed(11105, THEM);
    await settle();
    expect([claims(), ssh(), stalled()?.reason]).toEqual([["11105 uid-globex"], 11105, "PortsTaken"]);
    expect(servicePorts().some(({ port }) => port === 11105)).toBe(true);
  });

  it("gives up the higher of two claims, unless that is the one in use", async () => {
    for (const first of [11115, 11110]) claimed(first, OWNER);
    await settle();
    expect([claims(), ssh()]).toEqual([["11110 uid-acme", "11115 uid-acme released"], 11110]);
    claimed(11105, OWNER);
    await settle();
    expect([claims()[0], ssh()]).toEqual(["11105 uid-acme released", 11110]);
  });

  it("gives up neither of two claims while its view of which is in use is old", async () => {
    for (const first of [11110, 11105]) claimed(first, OWNER);
    const { metadata } = { metadata: { name: NAMESPACE, labels: { "slacktide.dev/tenant": "acme" } } };
    world.put("Namespace", metadata);
    world.freeze("Namespace", { name: NAMESPACE });
    world.put("Namespace", { ...metadata, annotations: { [ANNOTATION.ports]: "203.0.113.7:11110" } });
    await world.reconcile("acme").catch(() => undefined);
    expect(claims()).toEqual(["11105 uid-acme", "11110 uid-acme"]);
  });

  it("writes nothing about its ports once they are settled", async () => {
    await settle();
    const { resourceVersion } = world.get("ConfigMap", "ports-203.0.113.7-11105", HOME)?.metadata ?? {};
    await settle();
    expect(world.get("ConfigMap", "ports-203.0.113.7-11105", HOME)?.metadata.resourceVersion).toBe(resourceVersion);
  });
});

describe("a tenant that is taken down", () => {
  it("leaves its ports in quarantine, last of all, for thirty days", async () => {
    await settle();
    await takeDown();
    expect(claims()).toEqual(["11105 uid-acme released"]);
    const { requeueAt = 0 } = await world.reconcile("acme");
    expect(requeueAt - world.time.now()).toBe(30 * DAY);
    world.time.pass(30 * DAY - 1);
    await world.reconcile("acme");
    expect(claims()).toEqual(["11105 uid-acme released"]);
    world.time.pass(1);
    await world.reconcile("acme");
    expect([world.written, claims()]).toEqual([["remove ConfigMap ports-203.0.113.7-11105"], []]);
  });

  it("has none given free by a clock that nobody believes", async () => {
    await settle();
    await takeDown();
    world.time.pass(31 * DAY);
    Object.assign(world.clock, { known: false, found: false });
    const { requeueAt = 0 } = await world.reconcile("acme");
    expect(claims()).toEqual(["11105 uid-acme released"]);
    expect(requeueAt).toBeGreaterThan(world.time.now());
  });

  it("leaves its ports in quarantine also if their claim was removed just before", async () => {
    await settle();
    world.drop("ConfigMap", { name: "ports-203.0.113.7-11105", namespace: HOME });
    await takeDown();
    expect(claims()).toEqual(["11105 uid-acme released"]);
  });

  it("leaves nothing of its ports to who has the name next", async () => {
    await settle();
    await takeDown();
    put({ name: "acme", uid: "uid-next" });
    await settle();
    expect([claims(), ssh()]).toEqual([["11105 uid-acme released", "11110 uid-next"], 11110]);
  });

  it("has its ports released also if it went without us, whatever its name is used for now", async () => {
    claimed(11105, BEFORE);
    await settle();
    expect([claims(), ssh()]).toEqual([["11105 uid-before released", "11110 uid-acme"], 11110]);
    world.drop("Tenant", { name: "acme" });
    await world.reconcile("acme");
    expect(claims(), "its pods serve on").toEqual(["11105 uid-before released", "11110 uid-acme"]);
    world.drop("Namespace", { name: "tenant-acme" });
    await world.reconcile("acme");
    expect(claims()).toEqual(["11105 uid-before released", "11110 uid-acme released"]);
  });

  it("leaves its namespace to nobody: who has its name next is told of no ports of it", async () => {
    claimed(11105, BEFORE);
    world.put("Namespace", { name: "tenant-acme", labels: { "slacktide.dev/tenant": "acme", "slacktide.dev/tenant-uid": BEFORE.uid }, annotations: { "slacktide.dev/ports": "203.0.113.7:11105" } }, {});
    await settle();
    expect([claims()[0], ssh()]).toEqual(["11105 uid-before", undefined]);
  });

  it("is not thought gone by a cache that does not show it yet", async () => {
    claimed(11105, OWNER);
    world.drop("Tenant", { name: "acme" });
    world.freeze("Tenant", { name: "acme" });
    put(OWNER);
    await world.reconcile("acme");
    expect(claims()).toEqual(["11105 uid-acme"]);
  });
});
