import { readFileSync } from "node:fs";
import type { OperatorProcess } from "../test/support/operator.ts";

/** What an operator's process has used since it was last looked at. */
export interface Usage {
  /** Seconds of one core. */
  readonly cpuSeconds: number;
  readonly rssMb: number;
  readonly peakMb: number;
  /** How late the event loop was, in milliseconds. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
}

/** The kernel's clock ticks a second, on every Linux that there is. */
const TICKS = 100;

/** Looks at a running operator; each look gives what happened since the one before. */
export class Gauge {
  readonly #process: OperatorProcess;
  #cpuSeconds = 0;

  constructor(process: OperatorProcess) {
    this.#process = process;
  }

  async look(): Promise<Usage> {
    const pid = String(this.#process.pid);
    const cpuSeconds = cpuOf(pid);
    const metrics = await this.metrics();
    const usage = {
      cpuSeconds: cpuSeconds - this.#cpuSeconds,
      rssMb: statusOf(pid, "VmRSS"),
      peakMb: statusOf(pid, "VmHWM"),
      loopP99Ms: valueOf(metrics, "nodejs_eventloop_lag_p99_seconds") * 1000,
      loopMaxMs: valueOf(metrics, "nodejs_eventloop_lag_max_seconds") * 1000,
    };
    this.#cpuSeconds = cpuSeconds;
    return usage;
  }

  /** All its metrics, as text; a scrape begins the event loop's figures anew. */
  async metrics(): Promise<string> {
    const port = await this.#process.metricsPort;
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }
}

/** Requests to the API server so far, by method; those that began a watch as `WATCH`. */
export function requestsOf(metrics: string): Readonly<Record<string, number>> {
  const watches = [...metrics.matchAll(/^slacktide_cache_watches_total\{.*\} (\S+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  const counts: Record<string, number> = { WATCH: watches, GET: -watches };
  for (const [, method = "", count] of metrics.matchAll(/^rest_client_requests_total\{.*method="(\w+)".*\} (\S+)$/gm)) {
    counts[method] = (counts[method] ?? 0) + Number(count);
  }
  return counts;
}

function valueOf(metrics: string, name: string): number {
  return Number(metrics.match(new RegExp(`^${name} (\\S+)$`, "m"))?.[1] ?? Number.NaN);
}

function cpuOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function statusOf(pid: string, field: string): number {
  return Number(readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))?.[1]) / 1024;
}
