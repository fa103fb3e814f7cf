import { setTimeout as sleep } from "node:timers/promises";

/** What of this process is still alive. */
export interface Holdings {
  readonly resources: Readonly<Record<string, number>>;
  readonly listeners: number;
}

/** Idle connections are kept for four seconds. */
const IDLE_MS = 5_500;
/** Connections of the suite itself come and go. */
const SPARE: Readonly<Record<string, number>> = { TCPSocketWrap: 8, TLSWrap: 8, Timeout: 8, ConnectWrap: 2 };

/** To be asked when no plan runs; waits until what is idle has closed. */
export async function holdings(): Promise<Holdings> {
  await sleep(IDLE_MS);
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { resources, listeners };
}

/** What there is more of than before, in words. */
export function leaksBetween(before: Holdings, after: Holdings): readonly string[] {
  const more = Object.entries(after.resources).filter(([name, count]) => count > (before.resources[name] ?? 0) + (SPARE[name] ?? 0));
  const leaks = more.map(([name, count]) => `${count} ${name} instead of ${before.resources[name] ?? 0}`);
  return after.listeners > before.listeners ? [...leaks, `${after.listeners} listeners of the process instead of ${before.listeners}`] : leaks;
}
