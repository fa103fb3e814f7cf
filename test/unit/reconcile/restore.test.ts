import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import { claimOf, type PodTemplate } from "../../../src/domain/objects/pod-template.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import { DAY } from "../../../src/domain/time.ts";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { PLATFORM } from "../../fixtures/tenant.ts";
import { MajorWorld } from "../../fixtures/major-world.ts";

const NAMESPACE = "tenant-acme";
const NAMES = ["auth", "proxy-us-west-2"];
const KINDS: readonly [kind: string, volume: Partial<Platform["volume"]>][] = [
  ["Copy", {}],
  ["VolumeSnapshot", { snapshotClassName: "fast" }],
];
/** From its confirmation on a restore writes fewer objects than this, changed or not. */
const WRITES = 130;

let world: MajorWorld;
/** Each state of all Deployments in which something could run, as it was seen after a look. */
let looks: string[];

const template = (name: string) => specAs<{ template: PodTemplate; replicas: number }>(world.get("Deployment", name, NAMESPACE));
const claim = () => claimOf(template("auth").template ?? {});
const versions = () => NAMES.map((name) => world.get("Deployment", name, NAMESPACE)?.metadata.annotations?.[ANNOTATION.version]);
const point = () => world.status().restorePoints?.[0]?.name ?? "";
const volume = () => point().replace("restore-", "data-");
const ready = () => world.status().conditions?.find(({ type }) => type === "RestoreReady");

function annotate(annotations: Readonly<Record<string, string>>): void {
  const tenant = world.get("Tenant", "acme");
  if (tenant !== undefined) world.put("Tenant", { ...tenant.metadata, annotations: { ...tenant.metadata.annotations, ...annotations } }, { spec: tenant.spec, status: tenant.status });
}

function confirm(): void {
  annotate({ [ANNOTATION.confirmRestore]: world.get("PersistentVolumeClaim", volume(), NAMESPACE)?.metadata.uid ?? "" });
}

async function goOn(times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await world.goOn(1);
    const running = NAMES.filter((name) => (template(name).replicas ?? 0) > 0).map((name) => `${name} ${world.get("Deployment", name, NAMESPACE)?.metadata.annotations?.[ANNOTATION.version] ?? ""}${name === "auth" ? ` on ${claim() ?? ""}` : ""}`);
    if (looks.at(-1) !== running.join(", ")) looks.push(running.join(", "));
  }
}

/** A tenant whose major has succeeded, whatever of it does not work. */
async function begin(more: Partial<Platform["volume"]> = {}): Promise<void> {
  looks = [];
  world = new MajorWorld(more);
  await world.begin();
  await world.goOnToTheEnd();
  expect([world.status().version, claim()]).toEqual(["18.1.0", "auth-data"]);
}

async function prepared(more: Partial<Platform["volume"]> = {}): Promise<void> {
  await begin(more);
  annotate({ [ANNOTATION.restoreTo]: point() });
  await goOn(5);
  expect(ready()).toMatchObject({ status: "True", reason: "ConfirmationNeeded" });
  looks = [];
}

describe.each(KINDS)("a restore from a %s", (_kind, more) => {
  it("prepares a volume of its own and changes nothing until somebody confirms it", async () => {
    await prepared(more);
    const uid = world.get("PersistentVolumeClaim", volume(), NAMESPACE)?.metadata.uid ?? "none";
    expect(ready()?.message).toContain(`${ANNOTATION.confirmRestore}=${uid}`);
    await goOn(5);
    expect([versions(), claim(), world.status().phase]).toEqual([["18.1.0", "18.1.0"], "auth-data", "Active"]);
    annotate({ [ANNOTATION.confirmRestore]: "yes" });
    await goOn(5);
    expect([claim(), looks]).toEqual(["auth-data", ["auth 18.1.0 on auth-data, proxy-us-west-2 18.1.0"]]);
  });

  it("is the way back across a major: all stops, and starts with the version of the point", async () => {
    await prepared(more);
    confirm();
    await goOn(15);
    const was = "18.1.0 on auth-data";
    expect(looks).toEqual([`auth ${was}, proxy-us-west-2 18.1.0`, `auth ${was}`, "", `auth 17.2.1 on ${volume()}`, `auth 17.2.1 on ${volume()}, proxy-us-west-2 17.2.1`].slice(looks[0] === `auth ${was}` ? 1 : 0));
    expect(world.status()).toMatchObject({ version: "17.2.1", phase: "Active" });
    expect(world.status().history?.[0]).toMatchObject({ class: "Major", from: "17.2.1", to: "18.1.0", result: "RolledBack", message: `restored to ${volume()}, as somebody confirmed` });
    expect(world.get("Namespace", NAMESPACE)?.metadata.annotations).toMatchObject({ [ANNOTATION.version]: "17.2.1", [ANNOTATION.volume]: volume() });
    for (const kept of ["auth-data", volume()]) expect(world.get("PersistentVolumeClaim", kept, NAMESPACE)).toBeDefined();
    expect([ready(), world.status().history?.length]).toEqual([undefined, 2]);
  });

  it("comes to the same end if the process crashes at a write, before or after it", async () => {
    for (const when of ["before", "after"] as const) {
      for (let n = when === "before" ? 1 : 3; n <= WRITES; n += 5) {
        await prepared(more);
        confirm();
        world.crashAt(n, when);
        await goOn(14);
        expect([n, when, versions(), claim(), world.status()]).toMatchObject([n, when, ["17.2.1", "17.2.1"], volume(), { version: "17.2.1", phase: "Active" }]);
        expect([n, when, world.status().history?.map(({ result }) => result)]).toEqual([n, when, ["RolledBack", "Succeeded"]]);
        expect([n, when, looks.filter((look) => /auth 17.* on auth-data|auth 18.* on data-|auth 17.*proxy-us-west-2 18/.test(look))]).toEqual([n, when, []]);
      }
    }
  });
});

describe("a restore of a tenant whose major is stuck", () => {
  it("ends that, and is told of as its roll-back", async () => {
    looks = [];
    world = new MajorWorld();
    await world.begin();
    for (let n = 0; n < 30 && versions()[0] !== "18.1.0"; n += 1) await world.goOn(1, (name) => name !== "auth");
    await world.time.advance(PLATFORM.pods.stepDeadlineSeconds * 1_000);
    await world.goOn(3, (name) => name !== "auth");
    expect([world.status().phase, world.status().upgrade?.to]).toEqual(["Stuck", "18.1.0"]);
    annotate({ [ANNOTATION.restoreTo]: point() });
    await world.goOn(5, (name) => name !== "auth");
    expect([ready()?.reason, world.status().phase, claim()]).toEqual(["ConfirmationNeeded", "Stuck", "auth-data"]);
    confirm();
    await goOn(15);
    expect([versions(), claim(), world.status(), world.slots()]).toMatchObject([["17.2.1", "17.2.1"], volume(), { version: "17.2.1", phase: "Active", history: [{ class: "Major", to: "18.1.0", result: "RolledBack", message: `restored to ${volume()}, as somebody confirmed` }] }, []]);
    expect(world.status().history).toHaveLength(1);
    expect(looks.filter((look) => /auth 17.* on auth-data|auth 18.* on data-|auth 17.*proxy-us-west-2 18/.test(look))).toEqual([]);
  });
});

describe("a restore that is called off after it was confirmed", () => {
  it.each([1, 2, 3, 4, 5])("after %i looks: what had begun goes on, and nothing of the tenant is unknown", async (after) => {
    looks = [];
    world = new MajorWorld();
    await world.begin();
    for (let n = 0; n < 30 && versions()[0] !== "18.1.0"; n += 1) await world.goOn(1, (name) => name !== "auth");
    await world.time.advance(PLATFORM.pods.stepDeadlineSeconds * 1_000);
    await world.goOn(3, (name) => name !== "auth");
    annotate({ [ANNOTATION.restoreTo]: point() });
    await world.goOn(5, (name) => name !== "auth");
    confirm();
    await goOn(after);
    const wasRestored = claim() !== "auth-data";
    const tenant = world.get("Tenant", "acme");
    if (tenant !== undefined) world.put("Tenant", { ...tenant.metadata, annotations: {} }, { spec: tenant.spec, status: tenant.status });
    await goOn(20);
    await world.goOnToTheEnd();
    const [version, result] = wasRestored ? ["17.2.1", "RolledBack"] : ["18.1.0", "Succeeded"];
    expect([world.status(), versions()]).toMatchObject([{ phase: "Active", version, history: [{ result }] }, [version, version]]);
  });
});

describe("a restore that is called off just as Auth gets its volume", () => {
  it("is on record all the same: with its data goes its version", async () => {
    await prepared();
    confirm();
    for (let n = 0; n < 20 && claim() === "auth-data"; n += 1) {
      const before = world.get("Tenant", "acme");
      await goOn(1);
      // The look that wrote Auth could not write the status any more: the annotation went in between.
      if (claim() !== "auth-data" && before !== undefined) world.put("Tenant", { ...before.metadata, annotations: {} }, { spec: before.spec, status: before.status });
    }
    await goOn(12);
    expect([world.status(), versions(), claim()]).toMatchObject([{ version: "17.2.1", phase: "Active", history: [{ to: "18.1.0", result: "RolledBack" }, { result: "Succeeded" }] }, ["17.2.1", "17.2.1"], volume()]);
    expect(world.get("Namespace", NAMESPACE)?.metadata.annotations?.[ANNOTATION.version]).toBe("17.2.1");
  });
});

describe("a restore", () => {
  beforeEach(() => begin());

  it("is refused where there is no such point, and says where to look", async () => {
    annotate({ [ANNOTATION.restoreTo]: "restore-yesterday" });
    await goOn(3);
    expect(ready()).toMatchObject({ status: "False", reason: "RestorePointUnknown" });
    annotate({ [ANNOTATION.restoreTo]: "../auth-data" });
    await goOn(3);
    expect([ready()?.reason, world.all("PersistentVolumeClaim").length]).toEqual(["RestorePointUnknown", 2]);
  });

  it("is refused when its volume turns out not to be whole, and tried again under another name", async () => {
    world.storage = "fails";
    annotate({ [ANNOTATION.restoreTo]: point() });
    await goOn(5);
    expect(ready()).toMatchObject({ status: "False", reason: "PreparationFailed" });
    world.storage = "works";
    annotate({ [ANNOTATION.restoreTo]: `${point()}/2` });
    await goOn(5);
    expect([ready()?.reason, world.get("PersistentVolumeClaim", `${volume()}-2`, NAMESPACE) !== undefined]).toEqual(["ConfirmationNeeded", true]);
  });

  it("keeps the point that it is made from, however old that is", async () => {
    const asked = point();
    const mine = world.get("PersistentVolumeClaim", asked, NAMESPACE);
    for (let n = 10; n < 22; n += 1) {
      const metadata = { ...mine?.metadata, name: `restore-202612${n}t000000z`, uid: `uid-${n}`, annotations: { ...mine?.metadata.annotations, [ANNOTATION.takenAt]: `2026-12-${n}T00:00:00Z` } };
      world.put("PersistentVolumeClaim", metadata);
      world.put("Job", { name: metadata.name, namespace: NAMESPACE, ...(mine?.metadata.labels && { labels: mine.metadata.labels }) }, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    }
    world.storage = "hangs";
    annotate({ [ANNOTATION.restoreTo]: asked });
    await goOn(5);
    expect([ready()?.reason, world.get("PersistentVolumeClaim", asked, NAMESPACE) !== undefined]).toEqual(["Preparing", true]);
  });

  it("waits with Auth for a proxy that somebody refuses", async () => {
    annotate({ [ANNOTATION.restoreTo]: point() });
    await goOn(5);
    confirm();
    await goOn(2);
    world.refusals.set("Deployment proxy-us-west-2", "a policy says no");
    await goOn(8);
    expect([versions(), claim(), world.status().phase]).toEqual([["18.1.0", "18.1.0"], "auth-data", "Restoring"]);
    world.refusals.clear();
    await goOn(10);
    expect([versions(), claim(), world.status().phase]).toEqual([["17.2.1", "17.2.1"], volume(), "Active"]);
  });

  it("never offers a volume again that Auth had and left", async () => {
    const first = point();
    for (const mark of ["", "/2"]) {
      annotate({ [ANNOTATION.restoreTo]: `${first}${mark}` });
      await goOn(5);
      annotate({ [ANNOTATION.confirmRestore]: world.get("PersistentVolumeClaim", `${volume()}${mark.replace("/", "-")}`, NAMESPACE)?.metadata.uid ?? "" });
      await goOn(15);
    }
    expect([claim(), world.get("Namespace", NAMESPACE)?.metadata.annotations?.[ANNOTATION.formerVolumes]]).toEqual([`${volume()}-2`, volume()]);
    confirm();
    annotate({ [ANNOTATION.restoreTo]: first });
    await goOn(10);
    expect([ready()?.reason, ready()?.message, claim()]).toEqual(["VolumeUsed", expect.stringContaining(`such as ${first}/2`), `${volume()}-2`]);
  });

  it("lets a point go in the end, with the Jobs that have it mounted", async () => {
    annotate({ [ANNOTATION.restoreTo]: point() });
    await goOn(5);
    confirm();
    await goOn(15);
    const [asked, restored] = [point(), volume()];
    const mine = world.get("PersistentVolumeClaim", asked, NAMESPACE);
    for (let n = 10; n < 20; n += 1) {
      const metadata = { ...mine?.metadata, name: `restore-202612${n}t000000z`, uid: `uid-${n}`, annotations: { ...mine?.metadata.annotations, [ANNOTATION.takenAt]: `2026-12-${n}T00:00:00Z` } };
      world.put("PersistentVolumeClaim", metadata);
      world.put("Job", { name: metadata.name, namespace: NAMESPACE, ...(mine?.metadata.labels && { labels: mine.metadata.labels }) }, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    }
    await goOn(3);
    expect((["Job", "PersistentVolumeClaim"] as const).flatMap((kind) => [asked, restored].map((name) => world.get(kind, name, NAMESPACE) !== undefined))).toEqual([false, false, false, true]);
  });

  it("can be called off until it is confirmed", async () => {
    annotate({ [ANNOTATION.restoreTo]: point() });
    await goOn(5);
    const tenant = world.get("Tenant", "acme");
    if (tenant !== undefined) world.put("Tenant", { ...tenant.metadata, annotations: {} }, { spec: tenant.spec, status: tenant.status });
    await goOn(3);
    expect([ready(), claim(), world.status().phase]).toEqual([undefined, "auth-data", "Active"]);
  });

  it("survives the loss of all status: it is neither repeated nor taken back", async () => {
    annotate({ [ANNOTATION.restoreTo]: point() });
    await goOn(5);
    confirm();
    await goOn(15);
    const tenant = world.get("Tenant", "acme");
    if (tenant !== undefined) world.put("Tenant", { ...tenant.metadata }, { spec: tenant.spec });
    world.put("Freeze", { name: "after-restore", generation: 1, creationTimestamp: "2026-11-24T02:00:00Z" }, { spec: { from: "2026-11-24T02:00:00Z", until: "2026-11-25T02:00:00Z", owner: "sre", reason: "restored" } });
    await goOn(5);
    expect([world.status().version, versions(), claim()]).toEqual(["17.2.1", ["17.2.1", "17.2.1"], volume()]);
  });

  it("keeps its volume when Auth is made again, and the next major backs up that one", async () => {
    annotate({ [ANNOTATION.restoreTo]: point() });
    await goOn(5);
    confirm();
    await goOn(15);
    world.drop("Deployment", { name: "auth", namespace: NAMESPACE });
    world.drop("PersistentVolumeClaim", { name: "auth-data", namespace: NAMESPACE });
    await goOn(4);
    expect([claim(), world.get("PersistentVolumeClaim", "auth-data", NAMESPACE)]).toEqual([volume(), undefined]);
    const restored = volume();
    await world.time.advance(35 * DAY); // a major is not tried again at once
    await world.goOnToTheEnd();
    expect([world.status().version, claim(), world.status().restorePoints?.length]).toEqual(["18.1.0", restored, 2]);
    expect(JSON.stringify(world.get("Job", point(), NAMESPACE)?.spec)).toContain(`"claimName":"${restored}"`);
  });
});
