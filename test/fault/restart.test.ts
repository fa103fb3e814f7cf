import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Restarter, ServerRestart } from "./kinds/restart.ts";
import type { Plan } from "./plan.ts";
import type { Write } from "./proxy/write.ts";
import type { LoggedWrite } from "./write-log.ts";

/** A plan of which nothing is asked but to carry out a write. */
function planOf(done: string[], name: string): Plan {
  return { journal: { say: () => undefined }, carryOut: async () => done.push(`${name} carried out`) > 0 } as unknown as Plan; // all that a fault uses of it
}

/** A write that notes its end. */
function writeOf(done: string[], name: string): Write {
  return { replica: name, breakOff: () => void done.push(`${name} broken off`) } as unknown as Write; // likewise
}

const LOGGED = { signature: "PATCH tenants/{plan}-a #1", isChatter: false } as LoggedWrite; // as much as is asked of it

test("one restart strikes a whole round: each plan at its own write, and those on their way too", async () => {
  const done: string[] = [];
  const restarter = new Restarter({ restartApiServer: async () => void done.push("restarted") });
  restarter.expect(3);
  const names = ["early", "late", "never"];
  const faults = names.map((name, n) => new ServerRestart(() => (name === "early" ? 0 : 1), { nth: 1, leadMs: 20 * n }, restarter));
  const begun: string[] = [];
  await Promise.all(faults.map(async (fault, n) => {
    await fault.begin(planOf(done, names[n] ?? ""));
    begun.push(names[n] ?? "");
  }));
  expect(begun).toEqual(["never", "late", "early"]);
  expect(faults.map(({ isPending }) => isPending)).toEqual([true, true, true]);
  const taken = faults.slice(0, 2).map((fault, n) => fault.takes(writeOf(done, names[n] ?? ""), LOGGED, planOf(done, names[n] ?? "")));
  expect(taken).toEqual([true, true]);
  expect(done).toEqual([]);
  await sleep(2_000);
  expect(done).toEqual(["early carried out", "restarted", "early broken off", "late broken off"]);
  expect(faults.map(({ hasStruck, isOver }) => hasStruck && isOver)).toEqual([true, true, true]);
  expect(restarter.restarts).toBe(1);
});
