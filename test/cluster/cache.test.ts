import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cached, folderOf, type Recipe } from "../../tools/cluster/cache.ts";
import { temporaryFolder } from "./support.ts";

let root: ReturnType<typeof temporaryFolder>;
let makes = 0;
const lines: string[] = [];
const log = (line: string) => void lines.push(line);

const recipe = (input = "a"): Recipe => ({
  kind: "thing",
  inputs: [input],
  make: async (into) => {
    makes += 1;
    await sleep(50); // long enough for a second maker to come along
    writeFileSync(join(into, "program"), "all of it");
  },
});

const programIn = (folder: string) => readFileSync(join(folder, "program"), "utf8");

beforeEach(() => {
  root = temporaryFolder();
  vi.stubEnv("SLACKTIDE_CACHE", root.path);
  makes = 0;
  lines.length = 0;
});

afterEach(() => {
  vi.unstubAllEnvs();
  root[Symbol.dispose]();
});

describe("the cache of built programs", () => {
  test("makes a thing once, and again for other inputs", async () => {
    const first = await cached(recipe(), log);
    expect(await cached(recipe(), log)).toBe(first);
    expect(await cached(recipe("b"), log)).not.toBe(first);
    expect(makes).toBe(2);
  });

  test("keeps inputs apart that only look alike when joined", () => {
    const folders = [["ab", "c"], ["a", "bc"]].map((inputs) => folderOf({ ...recipe(), inputs }));
    expect(folders[0]).not.toBe(folders[1]);
  });

  test("does not use a folder that nobody finished, and says that it removes it", async () => {
    const folder = folderOf(recipe());
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "program"), "all o");
    mkdirSync(`${folder}.part-1`);
    expect(programIn(await cached(recipe(), log))).toBe("all of it");
    expect(lines.filter((line) => line.includes("half-written"))).toHaveLength(2);
    expect(readdirSync(root.path)).toHaveLength(1);
  });

  test("does not use a finished folder whose program was cut short later", async () => {
    const folder = await cached(recipe(), log);
    truncateSync(join(folder, "program"), 3);
    expect(programIn(await cached(recipe(), log))).toBe("all of it");
    expect(makes).toBe(2);
  });

  test("lets two that want the same thing at once make it once", async () => {
    const both = await Promise.all([cached(recipe(), log), cached(recipe(), log)]);
    expect(both[0]).toBe(both[1]);
    expect(makes).toBe(1);
    expect(lines.some((line) => line.includes("waiting"))).toBe(true);
  });

  test("takes over the lock of a process that is dead", async () => {
    // This process's number with another birth: the number was taken by somebody else since.
    writeFileSync(`${folderOf(recipe())}.lock`, JSON.stringify({ pid: process.pid, born: "another time" }));
    expect(programIn(await cached(recipe(), log))).toBe("all of it");
  });

  test("leaves nothing behind when making fails", async () => {
    const failing: Recipe = { ...recipe(), make: () => Promise.reject(new Error("no compiler")) };
    await expect(cached(failing, log)).rejects.toThrow("no compiler");
    expect(readdirSync(root.path)).toEqual([]);
  });
});
