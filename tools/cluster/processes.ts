import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

export const ProcessRecord = z.object({ pid: z.int(), born: z.string() }).readonly();

/** A process that can still be told from a later one with the same number. */
export type ProcessRecord = z.infer<typeof ProcessRecord>;

const GONE_WITHIN_MS = 5_000;

/** Names the process that has this number now; undefined when there is none. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const born = bornOf(pid);
  return born === undefined ? undefined : { pid, born };
}

/** Whether that very process still runs, or is still falling apart and holds its ports; a mere zombie does neither. */
export function isAlive(record: ProcessRecord): boolean {
  return bornOf(record.pid) === record.born;
}

/** Kills that very process, never one that took its number since, and waits until it is gone. */
export async function killForGood(record: ProcessRecord, signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> {
  if (isAlive(record)) send(record.pid, signal);
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (isAlive(record)) {
    if (performance.now() > deadline) send(record.pid, "SIGKILL");
    await sleep(20);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between, which is what was wanted.
  }
}

function bornOf(pid: number): string | undefined {
  return process.platform === "linux" ? bornOnLinux(pid) : bornElsewhere(pid);
}

function bornOnLinux(pid: number): string | undefined {
  try {
    // After the name, which may itself hold spaces and brackets: state is field 3, threads 20, the start in ticks since boot 22.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    const [state, threads, start] = [fields[0], Number(fields[17]), fields[19]];
    // The first thread of a killed process is a zombie before the last one has closed its files.
    const isGone = (state === "Z" && threads <= 1) || state === "X";
    if (isGone || start === undefined) return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${start}`;
  } catch {
    return undefined;
  }
}

function bornElsewhere(pid: number): string | undefined {
  try {
    const [state = "Z", ...start] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim().split(/\s+/);
    return state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined;
  }
}
