import { readFileSync } from "node:fs";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { readPids } from "../../tools/cluster/state.ts";

/** The kernel counts in hundredths of a second. */
const TICKS_A_SECOND = 100;

/** CPU seconds so far of every part of a cluster and of this process; empty where the kernel does not tell. */
export function cpuSeconds({ dir }: Pick<Cluster, "dir">): ReadonlyMap<string, number> {
  const { user, system } = process.cpuUsage();
  const parts = Object.entries(readPids(dir)?.components ?? {}).map(([name, record]): [string, number] => [name, secondsOf(record.pid)]);
  return new Map([...parts, ["the suite and its operators", (user + system) / 1e6]]);
}

function secondsOf(pid: number): number {
  try {
    // Fields 14 and 15; the second one is a name in brackets, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return Number.NaN;
  }
}
