/**
 * `npm run test:forecast`: random fleets are foretold on day 0 and then come to pass, and every start must be the one that was
 * foretold (invariant I18). `--replay n` tells the story of one of them.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { holdCodes } from "../../../src/api/index.ts";
import { fleetOf } from "./fleet.ts";
import { foretell, mistakes } from "./foretell.ts";
import type { Told } from "./worker.ts";

const { values } = parseArgs({
  options: {
    fleets: { type: "string", default: "500" },
    first: { type: "string", default: "1" },
    workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
    replay: { type: "string" },
  },
});

const BATCH = 5;
const SHOWN = 5;
/** In so many fleets at least each hold shows, if so many are foretold. */
const [EACH_CODE_IN, OF_FLEETS] = [20, 500];

process.exitCode = values.replay === undefined ? await tellMany(Number(values.first), Number(values.fleets)) : await tellOne(Number(values.replay));

async function tellMany(first: number, fleets: number): Promise<number> {
  const begin = performance.now();
  const all: Told[] = [];
  let next = first;
  const take = (): readonly number[] => {
    const batch = Array.from({ length: Math.min(BATCH, first + fleets - next) }, (_, n) => next + n);
    next += batch.length;
    return batch;
  };
  const note = (told: Told): void => {
    all.push(told);
    if (told.mistakes.length > 0) console.log(`fleet ${told.seed}:\n  ${told.mistakes.slice(0, SHOWN).join("\n  ")}\n  replay: node test/sim/foretold/main.ts --replay ${told.seed}`);
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, () => work(take, note)));
  const counts = holdCodes.map((code) => ({ code, count: all.filter(({ codes }) => codes.includes(code)).length })).sort((a, b) => a.count - b.count);
  const wrong = all.filter((told) => told.mistakes.length > 0).length;
  const seldom = fleets >= OF_FLEETS ? counts.filter(({ count }) => count < EACH_CODE_IN) : [];
  console.log(`${all.length} fleets, ${all.reduce((sum, { starts }) => sum + starts, 0)} starts, ${wrong} foretold wrongly, ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  console.log(`held by: ${counts.map(({ code, count }) => `${code} ${count}`).join(", ")}`);
  console.log(`a few that show all of these: ${coverOf(all).join(", ")}`);
  if (seldom.length > 0) console.log(`in fewer than ${EACH_CODE_IN} fleets: ${seldom.map(({ code }) => code).join(", ")}`);
  return wrong === 0 && seldom.length === 0 && all.length === fleets ? 0 : 1;
}

/** Fleets in which all holds show that any shows, each the one that adds most. */
function coverOf(all: readonly Told[]): readonly number[] {
  const left = new Set(all.flatMap(({ codes }) => codes));
  const chosen: number[] = [];
  while (left.size > 0) {
    const news = ({ codes }: Told): number => codes.filter((code) => left.has(code)).length;
    const best = all.reduce((a, b) => (news(b) > news(a) ? b : a));
    chosen.push(best.seed);
    for (const code of best.codes) left.delete(code);
  }
  return chosen.sort((a, b) => a - b);
}

function work(take: () => readonly number[], note: (told: Told) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    const give = (): void => {
      worker.postMessage(take(), []);
    };
    worker.on("message", (message: Told | "done") => (message === "done" ? give() : note(message)));
    worker.on("error", reject);
    worker.on("exit", () => resolve());
    give();
  });
}

async function tellOne(seed: number): Promise<number> {
  const foretold = await foretell(fleetOf(seed), (line) => console.log(line));
  const all = mistakes(foretold);
  for (const { tenant, to, at, window } of foretold.expected) console.log(`foretold: ${new Date(at).toISOString()} ${tenant} to ${to} in ${window}`);
  console.log(all.length === 0 ? "as foretold" : all.join("\n"));
  return all.length === 0 ? 0 : 1;
}
