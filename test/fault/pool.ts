import { setTimeout as sleep } from "node:timers/promises";

/** How many jobs may run at once, asked again and again. */
export type Width = () => number;

const ASK_EVERY_MS = 100;

/** Runs jobs, as many at a time as there may be then; resolves when all have ended. What a job throws ends them all. */
export async function inParallel<T>(jobs: readonly T[], width: Width, run: (job: T) => Promise<void>): Promise<void> {
  const left = [...jobs];
  const running = new Set<Promise<void>>();
  while (left.length > 0 || running.size > 0) {
    const job = running.size < Math.max(width(), 1) ? left.shift() : undefined;
    if (job === undefined) {
      await Promise.race([...running, sleep(ASK_EVERY_MS)]);
      continue;
    }
    const one: Promise<void> = run(job).finally(() => running.delete(one));
    running.add(one);
  }
}

/** Less at a time while the API server is slow to answer, because others use this machine as well. */
export function underPressure(most: number, latencyMs: () => number): Width {
  return () => {
    const latency = latencyMs();
    if (latency < 100) return most;
    if (latency < 200) return Math.ceil(most * 0.7);
    return Math.ceil(most * (latency < 400 ? 0.5 : 0.3));
  };
}
