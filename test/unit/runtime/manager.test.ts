import { expect, test } from "vitest";

import { silentLogger } from "../../../src/runtime/logger.ts";
import { Manager } from "../../../src/runtime/manager.ts";
import { FakeTime, settle } from "./fake-time.ts";

function setUp() {
  const time = new FakeTime();
  const story: string[] = [];
  const sync = Promise.withResolvers<void>();
  let unsynced = ["tenants", "pods"];
  const manager: Manager = new Manager({
    mono: time,
    log: silentLogger,
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
