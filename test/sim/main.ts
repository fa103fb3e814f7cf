import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Histogram } from "./histogram.ts";
import { run, type Result } from "./run.ts";
import { shrink } from "./shrink.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    first: { type: "string", default: "1" },
    workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
    replay: { type: "string" },
    without: { type: "string", default: "" },
    "no-shrink": { type: "boolean", default: false },
  },
});

/** Seeds that a worker is given at a time. */
const BATCH = 10;
const SHOWN_FAILURES = 5;
const PROGRESS_MS = 20_000;

process.exitCode = values.replay === undefined ? await runMany(Number(values.first), Number(values.seeds)) : await replay(Number(values.replay));

/** Plays seeds on all workers and prints what came of them; the exit code. */
async function runMany(first: number, seeds: number): Promise<number> {
  const begin = performance.now();
  const histogram = new Histogram();
  const failures: Result[] = [];
  let next = first;
  const end = first + seeds;
  const elapsed = (): number => (performance.now() - begin) / 1000;
  const progress = setInterval(() => console.error(histogram.line({ seconds: elapsed(), failures: failures.length, of: seeds })), PROGRESS_MS);
  const take = (): readonly number[] => {
    const batch = Array.from({ length: Math.min(BATCH, end - next) }, (_, n) => next + n);
    next += batch.length;
    return batch;
  };
  const note = (result: Result): void => {
    histogram.add(result);
    if (result.failure === undefined) return;
    failures.push(result);
    console.log(`seed ${result.seed}: ${result.failure.message}\n  replay: node test/sim/main.ts --replay ${result.seed}`);
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, () => work(take, note)));
  clearInterval(progress);
  console.log(histogram.text({ seconds: elapsed(), failures: failures.length, of: seeds }));
  for (const failure of values["no-shrink"] ? [] : failures.slice(0, SHOWN_FAILURES)) await tellShort(failure);
  // A worker that went silent would have told of nothing.
  return failures.length === 0 && histogram.stories === seeds ? 0 : 1;
}

function work(take: () => readonly number[], note: (result: Result) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    // Most of what a story makes is gone when it is over.
    const worker = new Worker(new URL("worker.ts", import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 96 } });
    const give = (): void => {
      worker.postMessage(take(), []);
    };
    worker.on("message", (message: Result | "done") => (message === "done" ? give() : note(message)));
    worker.on("error", reject);
    worker.on("exit", () => resolve());
    give();
  });
}

async function replay(seed: number): Promise<number> {
  const without = values.without === "" ? [] : values.without.split(",");
  const result = await run(seed, { without, tell: (line) => console.log(line) });
  console.log(`seed ${seed}: ${result.writes} writes, hash ${result.hash}: ${result.failure?.message ?? "as it should be"}`);
  if (result.failure === undefined) return 0;
  if (without.length === 0 && !values["no-shrink"]) await tellShort(result);
  return 1;
}

/** The shortest story that fails in the same way, told line by line. */
async function tellShort(failure: Result): Promise<void> {
  const { without, result } = await shrink(failure);
  console.log(`\nseed ${failure.seed} in short (${result.events.length} of ${failure.events.length} events left: ${result.events.join(", ") || "none"}):`);
  await run(failure.seed, { without, tell: (line) => console.log(`  ${line}`) });
  console.log(`  ${result.failure?.message ?? ""}\n  replay: node test/sim/main.ts --replay ${failure.seed} --without ${without.join(",")}`);
}
