import { linkSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson } from "./files.ts";
import { isAlive, ProcessRecord, recordOf } from "./processes.ts";

/** A lock that is a file holding its owner's process; one left by a dead process is taken over. */
export type Lock = Disposable;

/**
 * Waits for the lock; `onWait` is called once, with the holder's pid, if it has to.
 * The file appears complete or not at all (it is linked into place), so that a reader never sees half an owner.
 */
export async function takeLock(path: string, onWait: (pid: number) => void): Promise<Lock> {
  let waited = false;
  for (;;) {
    if (claim(path)) return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    const holder = holderOf(path);
    if (holder === undefined || !isAlive(holder)) {
      dropDead(path, holder);
      continue;
    }
    if (!waited) onWait(holder.pid);
    waited = true;
    await sleep(200);
  }
}

function claim(path: string): boolean {
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify(recordOf(process.pid)));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own);
  }
}

/** Removes the lock only if it still is the dead one's: another waiter may have taken it over a moment ago. */
function dropDead(path: string, dead: ProcessRecord | undefined): void {
  const now = holderOf(path);
  if (now?.pid === dead?.pid && now?.born === dead?.born) rmSync(path, { force: true });
}

const holderOf = (path: string) => readJson(path, ProcessRecord);
