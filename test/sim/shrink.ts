import { run, type Result } from "./run.ts";

/** Tries of a shorter story; each takes a fraction of a second. */
const MOST_TRIES = 250;
const SIMPLER = ["tenant-globex", "tenant-initech", "window-gold", "replica-1", "rates"] as const;

/** A story that fails in the same way with as little in it as possible: what is left out, and how it ends. */
export async function shrink(failing: Result): Promise<{ readonly without: readonly string[]; readonly result: Result }> {
  let best = { without: [] as readonly string[], result: failing };
  let tries = 0;
  const attempt = async (more: readonly string[]): Promise<boolean> => {
    if (more.length === 0 || tries >= MOST_TRIES) return false;
    tries += 1;
    const without = [...best.without, ...more];
    const result = await run(failing.seed, { without });
    if (result.failure?.kind !== failing.failure?.kind) return false;
    best = { without, result };
    return true;
  };
  for (const name of SIMPLER) await attempt([name]);
  while (await shortenOnce(() => best.result.events, attempt));
  return best;
}

/** Leaves out halves, then quarters, down to single events; whether any of that still failed. */
async function shortenOnce(events: () => readonly string[], attempt: (more: readonly string[]) => Promise<boolean>): Promise<boolean> {
  let isShorter = false;
  for (let size = Math.ceil(events().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < events().length; ) {
      if (await attempt(events().slice(from, from + size))) isShorter = true;
      else from += size;
    }
  }
  return isShorter;
}
