import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import type { Cluster } from "../../tools/cluster/cluster.ts";

import { RELEASE } from "./chart.ts";

export { allowRehearsal, CHART, deleteTenant, installChart, operatorKubeconfig, RELEASE, STAND_IN } from "./chart.ts";

/** The platform's configuration for stand-in pods: they take no time to be ready, to verify or to end. */
export const FAST_PLATFORM = {
  pods: { minReadySeconds: 0, authGraceSeconds: 1, proxyGraceSeconds: 1, preStopSeconds: 0, verifySeconds: 1, stepDeadlineSeconds: 20 },
} as const;

const PROGRAM = join(import.meta.dirname, "../../bin/slacktide.js");
const LOG_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const LINES_SHOWN = 15;

/** How to run the operator; all but the cluster has a default. */
export interface StartOperator {
  readonly cluster: Pick<Cluster, "kubeconfig">;
  /** Whose rights it has: `operatorKubeconfig(cluster)`, or the administrator by default. */
  readonly kubeconfig?: string;
  /** The platform's configuration; FAST_PLATFORM by default. */
  readonly configFile?: string;
  /** RFC 3339; the cluster must allow it (`allowRehearsal`). */
  readonly rehearseFrom?: string;
  readonly rehearseUntil?: string;
  readonly exitAtEnd?: boolean;
  readonly args?: readonly string[];
  /** The program to run, behind options of Node's; that of this checkout by default. */
  readonly program?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How replicas of the chart's release compete, quicker than usual so that a test need not wait. */
export const SHORT_LEASE = ["--lease-duration=3s", "--renew-deadline=2s", "--retry-period=400ms"] as const;

/** The arguments of a replica that takes part in the election of the chart's release. */
export function electionArgs(pod: string, timing: readonly string[] = SHORT_LEASE): readonly string[] {
  return ["--leader-elect", `--identity=${pod}`, `--lease-namespace=${RELEASE.namespace}`, `--lease-name=${RELEASE.name}`, ...timing];
}

/** One line of its log; what is not JSON, such as the trace of a crash, has level `raw`. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A change of pace of the rehearsed clock; from here on, times of the audit log are converted. */
export interface AnchorLine {
  /** RFC 3339 of the machine's clock. */
  readonly real: string;
  /** RFC 3339 of the rehearsed one. */
  readonly rehearsed: string;
  readonly pace: "real" | "leap";
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `node bin/slacktide.js run`, as a process of its own. */
export interface OperatorProcess {
  readonly pid: number | undefined;
  /** Everything it logged so far, oldest first; the array grows. */
  readonly logs: readonly LogLine[];
  /** The rehearsal's changes of pace so far, oldest first; the array grows. */
  readonly anchors: readonly AnchorLine[];
  /** The port of /metrics, /healthz and /readyz, once it runs. Rejects if it ends before that. */
  readonly metricsPort: Promise<number>;
  readonly exited: Promise<Exit>;
  /** The first line, past or future, that fits; rejects with the last lines after `withinMs` (60 s), or when it ends. */
  waitForLog(fits: (line: LogLine) => boolean, withinMs?: number): Promise<LogLine>;
  /** Calls back for every line from now on. */
  onLog(listener: (line: LogLine) => void): void;
  /** Asks it to stop, as a kubelet does, and resolves when it has. */
  stop(): Promise<Exit>;
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<Exit>;
  /** Its last lines, for the message of a test that fails. */
  tail(lines?: number): string;
}

/** Starts the operator; it ends with this process at the latest. */
export function startOperator(options: StartOperator): OperatorProcess {
  const folder = mkdtempSync(join(tmpdir(), "slacktide-operator-"));
  const child = spawn(process.execPath, argumentsOf(options, folder), { env: { ...process.env, ...options.env }, stdio: ["ignore", "ignore", "pipe"] });
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const exited = exitOf(child).finally(removeFolder);
  const log = new Log(child, exited);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  const metricsPort = log.wait(({ message }) => message === "running", LOG_WITHIN_MS).then((line) => Number(line["metricsPort"]));
  metricsPort.catch(() => undefined); // whoever asks is told
  return {
    pid: child.pid,
    logs: log.lines,
    anchors: log.anchors,
    metricsPort,
    exited,
    waitForLog: (fits, withinMs = LOG_WITHIN_MS) => log.wait(fits, withinMs),
    onLog: (listener) => void log.listeners.add(listener),
    stop: async () => {
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      return end("SIGTERM").finally(() => clearTimeout(late));
    },
    kill: () => end("SIGKILL"),
    tail: (lines) => log.tail(lines),
  };
}

function argumentsOf(options: StartOperator, folder: string): readonly string[] {
  const { cluster, kubeconfig = cluster.kubeconfig, rehearseFrom, rehearseUntil, exitAtEnd, args = [] } = options;
  return [
    ...(options.program ?? [PROGRAM]),
    "run",
    `--kubeconfig=${kubeconfig}`,
    `--config=${options.configFile ?? fastPlatform(folder)}`,
    "--metrics-port=0",
    ...(rehearseFrom === undefined ? [] : [`--rehearse-from=${rehearseFrom}`]),
    ...(rehearseUntil === undefined ? [] : [`--rehearse-until=${rehearseUntil}`]),
    ...(exitAtEnd === true ? ["--exit-at-end"] : []),
    ...args,
  ];
}

function fastPlatform(folder: string): string {
  const path = join(folder, "platform.yaml");
  writeFileSync(path, stringify(FAST_PLATFORM));
  return path;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function exitOf(child: ChildProcess): Promise<Exit> {
  running.add(child);
  return new Promise((resolve) => {
    // `close` comes after the last line of its log.
    child.once("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
}

/** What the process says, line by line. */
class Log {
  readonly lines: LogLine[] = [];
  readonly anchors: AnchorLine[] = [];
  readonly listeners = new Set<(line: LogLine) => void>();
  readonly #exited: Promise<Exit>;

  constructor(child: ChildProcess, exited: Promise<Exit>) {
    this.#exited = exited;
    if (child.stderr === null) throw new Error("start the operator: its standard error is not piped");
    createInterface(child.stderr).on("line", (text) => this.#take(lineOf(text)));
  }

  async wait(fits: (line: LogLine) => boolean, withinMs: number): Promise<LogLine> {
    const known = this.lines.find(fits);
    if (known !== undefined) return known;
    const found = Promise.withResolvers<LogLine>();
    const listener = (line: LogLine) => (fits(line) ? found.resolve(line) : undefined);
    const fail = (why: string) => found.reject(new Error(`wait for a line of the operator's log: ${why}; it said last:\n${this.tail()}`));
    const late = setTimeout(() => fail(`none in ${withinMs / 1000} s`), withinMs);
    this.listeners.add(listener);
    void this.#exited.then(({ code, signal }) => fail(`it ended (${signal ?? `exit ${code}`})`));
    return found.promise.finally(() => {
      clearTimeout(late);
      this.listeners.delete(listener);
    });
  }

  tail(lines = LINES_SHOWN): string {
    return this.lines.slice(-lines).map((line) => JSON.stringify(line)).join("\n");
  }

  #take(line: LogLine): void {
    this.lines.push(line);
    const { real, rehearsed, pace } = line;
    if (line.message === "rehearsal anchor") this.anchors.push({ real: String(real), rehearsed: String(rehearsed), pace: pace === "leap" ? "leap" : "real" });
    for (const listener of this.listeners) listener(line);
  }
}

function lineOf(text: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isLogLine(parsed)) return parsed;
  } catch {
    // not JSON: see below
  }
  return { level: "raw", message: text };
}

function isLogLine(value: unknown): value is LogLine {
  return typeof value === "object" && value !== null && "level" in value && "message" in value;
}
