import { describe, expect, test } from "vitest";

import { silentLogger } from "../../../src/runtime/logger.ts";
import { Manager, type LeadershipPart } from "../../../src/runtime/manager.ts";
import { FakeTime, settle } from "./fake-time.ts";

function setUp(leadership?: LeadershipPart) {
  const time = new FakeTime();
  const story: string[] = [];
  const sync = Promise.withResolvers<void>();
  let unsynced = ["tenants", "pods"];
  const manager: Manager = new Manager({
    mono: time,
    log: silentLogger,
    leadership,
    http: {
      start: async () => void story.push("http up"),
      stop: async () => void story.push(`http down (${manager.unreadyReason()})`),
    },
    caches: {
      start: () => void story.push("caches up"),
      synced: () => sync.promise,
      unsynced: () => unsynced,
      stop: async () => void story.push("caches down"),
    },
    controllers: [
      {
        name: "tenant",
        start: () => void story.push("workers up"),
        stop: async (graceMs) => {
          story.push(`workers down (${graceMs})`);
          return true;
        },
      },
    ],
  });
  const finishSync = (): void => {
    unsynced = [];
    sync.resolve();
  };
  return { time, story, manager, finishSync };
}

test("starts http, caches, workers, in this order, and is ready only then", async () => {
  const { story, manager, finishSync } = setUp();
  const started = manager.start();
  await settle();
  expect([story, manager.unreadyReason()]).toEqual([["http up", "caches up"], "starting: waiting for pods, tenants"]);
  finishSync();
  await started;
  expect([story.at(-1), manager.unreadyReason()]).toEqual(["workers up", undefined]);
});

test("stops workers, caches, http, in this order, and isn't ready while it does", async () => {
  const { story, manager, finishSync } = setUp();
  finishSync();
  await manager.start();
  story.length = 0;
  expect(await Promise.all([manager.stop(), manager.stop()])).toEqual([true, true]);
  expect(story).toEqual(["workers down (20000)", "caches down", "http down (stopping)"]);
  expect(manager.unreadyReason()).toBe("stopped");
});

test("gives up when the caches aren't filled within two minutes, naming them and the remedy", async () => {
  const { time, manager } = setUp();
  const [result] = await Promise.all([manager.start().catch(String), time.advance(120_000)]);
  expect(result).toMatch(/no list of pods, tenants within 120 s: check/);
});

test("a stop during the start starts no workers", async () => {
  const { time, story, manager } = setUp();
  const started = manager.start();
  await settle();
  expect(await manager.stop()).toBe(true);
  await started;
  expect(story).toEqual(["http up", "caches up", "caches down", "http down (stopping)"]);
  expect(time.armed).toBe(0);
});

describe("with an election", () => {
  function turn() {
    const acting = Promise.withResolvers<void>();
    const it = { started: 0, problem: undefined as string | undefined, act: acting.resolve, start: () => void (it.started += 1), acting: () => acting.promise, unreadyReason: () => it.problem };
    return it;
  }

  test("competes once the caches are filled, waits warm and ready, and works when it is its turn", async () => {
    const leadership = turn();
    const { story, manager, finishSync } = setUp(leadership);
    const started = manager.start();
    await settle();
    expect(leadership.started).toBe(0);
    finishSync();
    await settle();
    expect([leadership.started, story, manager.unreadyReason()]).toEqual([1, ["http up", "caches up"], undefined]);
    leadership.act();
    await started;
    expect([story.at(-1), manager.unreadyReason()]).toEqual(["workers up", undefined]);
  });

  test("isn't ready while something keeps it from acting", async () => {
    const leadership = turn();
    const { manager, finishSync } = setUp(leadership);
    void manager.start();
    finishSync();
    await settle();
    leadership.problem = "another installation leads this cluster";
    expect(manager.unreadyReason()).toBe("another installation leads this cluster");
  });

  test("is stopped while it waits its turn without having worked, even if that comes then", async () => {
    const leadership = turn();
    const { story, manager, finishSync } = setUp(leadership);
    const started = manager.start();
    finishSync();
    await settle();
    expect(await manager.stop()).toBe(true);
    leadership.act();
    await started;
    expect(story).toEqual(["http up", "caches up", "caches down", "http down (stopping)"]);
  });
});

test("a start after the stop does nothing", async () => {
  const { story, manager } = setUp();
  await manager.stop();
  await manager.start();
  expect(story).not.toContain("http up");
});

test("a stop without patience aborts work at once", async () => {
  const { story, manager, finishSync } = setUp();
  finishSync();
  await manager.start();
  await manager.stop(0);
  expect(story).toContain("workers down (0)");
});
