import { describe, expect, it } from "vitest";
import type { PurgeLedgerSpec } from "../../../src/api/index.ts";
import { DAY, HOUR } from "../../../src/domain/time.ts";
import { isConflict } from "../../../src/kube/errors.ts";
import { PurgeTurns } from "../../../src/reconcile/tenant/purge-turns.ts";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NOW = at("2026-11-24T12:00:00Z");
const question = (n: number) => ({ tenant: `t-${n}`, uid: `uid-${n}`, most: 3 });

function entries(world: World): readonly string[] {
  return (specAs<PurgeLedgerSpec>(world.get("PurgeLedger", "slacktide")).purges ?? []).map(({ tenant }) => tenant);
}

describe("the deletions of a day", () => {
  it("are handed out one after the other, however many ask at once", async () => {
    const [world, turns] = [new World(NOW), new PurgeTurns()];
    const answers = await Promise.all(Array.from({ length: 3_000 }, (_, n) => turns.ask(question(n), world.env.api, NOW)));
    expect(answers.filter(({ kind }) => kind === "taken")).toHaveLength(3);
    expect(answers.at(-1)).toEqual({ kind: "full", until: NOW + DAY });
    expect([entries(world), world.written.length]).toEqual([["t-0", "t-1", "t-2"], 3]);
  });

  it("are not more because two processes hand them out, or one begins anew", async () => {
    const world = new World(NOW);
    const leaders = [new PurgeTurns(), new PurgeTurns()];
    const outcomes: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const both = leaders.map((turns, which) => turns.ask(question(2 * n + which), world.env.api, NOW + n * HOUR).then(({ kind }) => kind, (error: unknown) => (isConflict(error) ? "conflict" : String(error))));
      outcomes.push(...(await Promise.all(both)));
      leaders[n % 2] = new PurgeTurns();
    }
    expect(outcomes.filter((each) => each === "taken")).toHaveLength(3);
    expect(outcomes).toContain("conflict");
    expect(new Set(outcomes)).toEqual(new Set(["taken", "conflict", "full"]));
  });

  it("are asked for anew when the clock was set back, or the time has come", async () => {
    const [world, turns] = [new World(NOW), new PurgeTurns()];
    for (let n = 0; n < 4; n += 1) await turns.ask(question(n), world.env.api, NOW);
    expect((await turns.ask(question(5), world.env.api, NOW + DAY - 1)).kind).toBe("full");
    expect((await turns.ask(question(5), world.env.api, NOW + DAY)).kind).toBe("taken");
    expect(entries(world)).toEqual(["t-5"]);
  });

  it("fail for whoever asks while the API server does, and not for the next one", async () => {
    const [world, turns] = [new World(NOW), new PurgeTurns()];
    world.crashAt(1, "before");
    await expect(turns.ask(question(0), world.env.api, NOW)).rejects.toThrow("crashed");
    world.restart();
    expect((await turns.ask(question(1), world.env.api, NOW)).kind).toBe("taken");
  });
});
