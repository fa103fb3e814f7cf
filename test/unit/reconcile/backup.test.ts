import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../src/api/index.ts";
import type { Platform } from "../../../src/domain/objects/platform.ts";
import { PLATFORM } from "../../fixtures/tenant.ts";
import { MajorWorld } from "../../fixtures/major-world.ts";

const KINDS: readonly [kind: "Copy" | "VolumeSnapshot", volume: Partial<Platform["volume"]>][] = [
  ["Copy", {}],
  ["VolumeSnapshot", { snapshotClassName: "fast" }],
];
/** One look writes each object of the tenant, changed or not: the first of them before there is an attempt, the last when Auth has been rolled. */
const FIRST = 15;
const LAST = 95;

let world: MajorWorld;

const objectsOf = (kind: "Copy" | "VolumeSnapshot") => world.all(kind === "Copy" ? "PersistentVolumeClaim" : kind).filter(({ metadata }) => metadata.name.startsWith("restore-"));

async function stepTo(step: string): Promise<void> {
  for (let n = 0; n < 20 && world.status().upgrade?.step !== step; n += 1) await world.goOn(1);
  expect(world.status().upgrade?.step).toBe(step);
}

describe.each(KINDS)("a major whose restore point is a %s", (kind, volume) => {
  const begin = async () => {
    world = new MajorWorld(volume);
    await world.begin();
  };
  beforeEach(begin);

  it("takes it before anything is changed, and says so", async () => {
    await world.goOnToTheEnd();
    expect(world.status()).toMatchObject({ version: "18.1.0", history: [{ class: "Major", result: "Succeeded" }] });
    const [entry] = world.status().history ?? [];
    expect(world.status().restorePoints).toMatchObject([{ kind, version: "17.2.1", attempt: entry?.id, confirmed: true }]);
    expect(Date.parse(world.status().restorePoints?.[0]?.takenAt ?? "")).toBeLessThanOrEqual(Date.parse(entry?.disruptiveAt ?? ""));
    expect(objectsOf(kind)).toHaveLength(1);
  });

  it("waits for it, and changes nothing until it is whole", async () => {
    world.storage = "hangs";
    await stepTo("Backup");
    await world.goOn(5);
    expect([world.status().upgrade, world.versionOfAuth(), objectsOf(kind).length]).toMatchObject([{ step: "Backup" }, "17.2.1", 1]);
    expect(world.status().upgrade).not.toHaveProperty("disruptiveAt");
    expect(world.status().restorePoints).toMatchObject([{ confirmed: false }]);
    world.storage = "works";
    await world.goOnToTheEnd();
    expect(world.status().version).toBe("18.1.0");
  });

  it("ends Failed with nothing changed when it is not confirmed in time", async () => {
    world.storage = "hangs";
    await stepTo("Backup");
    await world.goOn(3);
    await world.time.advance(PLATFORM.pods.stepDeadlineSeconds * 1_000);
    await world.goOn(3);
    expect(world.status()).toMatchObject({ version: "17.2.1", history: [{ result: "Failed", message: "no restore point of 17.2.1: it was not confirmed in time" }] });
    expect([world.status().history?.[0]?.disruptiveAt, world.versionOfAuth(), world.slots()]).toEqual([undefined, "17.2.1", []]);
  });

  it("takes another one if nobody looked for half an hour", async () => {
    world.storage = "hangs";
    await stepTo("Backup");
    await world.goOn(3);
    world.storage = "works";
    await world.time.advance(31 * 60_000);
    world.restart();
    await world.goOnToTheEnd();
    const { restorePoints = [], history = [] } = world.status();
    expect([restorePoints.map(({ confirmed }) => confirmed), history[0]?.result]).toEqual([[true, true], "Succeeded"]);
    const age = Date.parse(history[0]?.disruptiveAt ?? "") - Date.parse(restorePoints[0]?.takenAt ?? "");
    expect(age).toBeLessThanOrEqual(30 * 60_000);
  });

  it("comes to the same end if the process crashes at any write, before or after it, with one restore point", async () => {
    for (const when of ["before", "after"] as const) {
      for (let n = FIRST; n <= LAST; n += 1) {
        await begin();
        world.crashAt(n, when);
        await world.goOnToTheEnd();
        expect([n, when, world.status(), objectsOf(kind).length, world.slots()]).toMatchObject([n, when, { version: "18.1.0", history: [{ result: "Succeeded" }], restorePoints: [{ confirmed: true }] }, 1, []]);
        expect(world.status().history).toHaveLength(1);
      }
    }
  });

  it("makes room for it: ten that are whole are kept, and one among them that may be: the Job that copied it is gone", async () => {
    const labels = world.get("PersistentVolumeClaim", "auth-data", "tenant-acme")?.metadata.labels;
    for (let n = 10; n < 22; n += 1) {
      const metadata = { name: `restore-202610${n}t000000z`, namespace: "tenant-acme", labels: { ...labels, "app.kubernetes.io/component": "restore-point" }, annotations: { [ANNOTATION.takenAt]: `2026-10-${n}T00:00:00Z`, [ANNOTATION.takenFor]: `acme-${n}`, [ANNOTATION.version]: "17.2.1" } };
      world.put(kind === "Copy" ? "PersistentVolumeClaim" : kind, metadata, { status: { readyToUse: true } });
      if (kind === "Copy" && n !== 15) world.put("Job", { name: metadata.name, namespace: "tenant-acme", labels: metadata.labels }, { status: { conditions: [{ type: "Complete", status: "True" }] } });
    }
    await world.goOnToTheEnd();
    const names = objectsOf(kind).map(({ metadata }) => metadata.name).sort();
    const kept = kind === "Copy" ? [12, 13, 14, 15, 16, 17, 18, 19, 20, 21] : [13, 14, 15, 16, 17, 18, 19, 20, 21];
    expect(world.all("Job").filter(({ metadata }) => metadata.name.startsWith("restore-")).map(({ metadata }) => metadata.name).sort()).toEqual(kind === "Copy" ? names.filter((name) => name !== "restore-20261015t000000z") : []); // what a pod has mounted stays
    expect(names.slice(0, -1)).toEqual(kept.map((n) => `restore-202610${n}t000000z`));
    expect(world.status().restorePoints).toHaveLength(10);
    expect(world.get("PersistentVolumeClaim", "auth-data", "tenant-acme")).toBeDefined();
  });
});

describe("what is no restore point", () => {
  beforeEach(async () => {
    world = new MajorWorld();
    await world.begin();
  });

  it("is Auth's own volume, whatever somebody writes on it", async () => {
    const data = world.get("PersistentVolumeClaim", "auth-data", "tenant-acme");
    const marks = { [ANNOTATION.takenAt]: "2026-10-01T00:00:00Z", [ANNOTATION.takenFor]: "acme-1", [ANNOTATION.version]: "17.2.1" };
    world.put("PersistentVolumeClaim", { name: "auth-data", namespace: "tenant-acme", labels: { ...data?.metadata.labels, "app.kubernetes.io/component": "restore-point" }, annotations: marks });
    await world.goOnToTheEnd();
    expect([world.get("PersistentVolumeClaim", "auth-data", "tenant-acme") !== undefined, world.status().restorePoints?.length]).toEqual([true, 1]);
  });

  it("is a copy that failed: the attempt ends, and nothing has changed", async () => {
    world.storage = "fails";
    await world.goOnToTheEnd();
    expect([world.status().history?.map(({ result, message }) => `${result}: ${message ?? ""}`), world.versionOfAuth()]).toEqual([["Failed: no restore point of 17.2.1: it failed"], "17.2.1"]);
  });
});
