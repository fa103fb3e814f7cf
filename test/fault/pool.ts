/** Runs jobs, so many at a time; resolves when all have ended. What a job throws ends them all. */
export async function inParallel<T>(jobs: readonly T[], width: number, run: (job: T) => Promise<void>): Promise<void> {
  const left = [...jobs];
  const work = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift()) await run(job);
  };
  await Promise.all(Array.from({ length: Math.min(width, jobs.length) }, work));
}
