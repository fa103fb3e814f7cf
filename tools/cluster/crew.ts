import { type ChildProcess, spawn } from "node:child_process";
import { openSync, closeSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, type Log } from "./failure.ts";
import { filesOf, flagsOf } from "./flags.ts";
import { killForGood, type ProcessRecord, recordOf } from "./processes.ts";
import type { Component, Program } from "./programs.ts";
import { type ClusterSpec, ownRecord, writePids } from "./state.ts";

const MAX_RESTARTS = 5;
const RESTART_AFTER_MS = 500;

/**
 * The running components of one cluster. One that ends by itself once the cluster is ready is started again, a few
 * times; before that, or too often, the crew gives up and `failed` is called.
 */
export class Crew {
  readonly #spec: ClusterSpec;
  readonly #log: Log;
  readonly #failed: (error: ClusterError) => void;
  readonly #members = new Map<Component, Member>();
  #ready = false;
  #restarts = 0;

  constructor(spec: ClusterSpec, log: Log, failed: (error: ClusterError) => void) {
    this.#spec = spec;
    this.#log = log;
    this.#failed = failed;
    this.#writePids();
  }

  /** From here on a component that ends is started again. */
  markReady(): void {
    this.#ready = true;
  }

  /** Starts a component; its output goes to its log in the cluster's folder. */
  start(name: Component): void {
    const program = this.#spec.programs[name];
    if (program === undefined) throw new Error(`no program for ${name} in profile ${this.#spec.profile}`);
    const child = this.#spawn(name, program);
    child.once("error", (error) => this.#failed(new ClusterError(`cannot run ${program.file}: ${error.message}`)));
    child.once("exit", () => void this.#onExit(name, child));
    const record = child.pid === undefined ? undefined : recordOf(child.pid);
    const leash = program.leashed || child.pid === undefined ? undefined : leashFor(child.pid);
    this.#members.set(name, { child, record, leash });
    this.#writePids();
  }

  /** Kills a component at once, as a crash would, and waits until it is gone. */
  async kill(name: Component): Promise<void> {
    const member = this.#members.get(name);
    this.#members.delete(name);
    member?.leash?.kill();
    if (member?.record !== undefined) await killForGood(member.record);
  }

  /** Kills all, clients first. Nothing of a local cluster is worth a slow goodbye. */
  async killAll(): Promise<void> {
    const names = [...this.#members.keys()].reverse();
    await Promise.all(names.map((name) => this.kill(name)));
  }

  #spawn(name: Component, program: Program): ChildProcess {
    const files = filesOf(this.#spec.dir);
    const log = openSync(files.log(name), "a");
    const child = spawn(program.file, [...program.args, ...flagsOf(name, this.#spec)], {
      cwd: this.#spec.dir,
      env: name === "kwok" ? { ...baseEnvironment(this.#spec), ...kwokEnvironment(this.#spec) } : baseEnvironment(this.#spec),
      // Nothing is ever written to the pipe; its end tells a leashed program that this process is gone.
      stdio: [program.leashed ? "pipe" : "ignore", log, log],
    });
    closeSync(log);
    return child;
  }

  async #onExit(name: Component, child: ChildProcess): Promise<void> {
    if (this.#members.get(name)?.child !== child) return; // killed on purpose
    this.#members.delete(name);
    if (!this.#ready || this.#restarts >= MAX_RESTARTS) {
      this.#failed(new ClusterError(`${name} ended (${child.signalCode ?? `exit ${child.exitCode}`}): ${lastLine(filesOf(this.#spec.dir).log(name))}`));
      return;
    }
    this.#restarts += 1;
    this.#log(`${name} ended, starting it again`);
    await sleep(RESTART_AFTER_MS);
    if (!this.#members.has(name)) this.start(name);
  }

  #writePids(): void {
    const records = [...this.#members].flatMap(([name, { record }]) => (record === undefined ? [] : [[name, record] as const]));
    writePids(this.#spec.dir, { supervisor: ownRecord(), components: Object.fromEntries(records) });
  }
}

type Member = { readonly child: ChildProcess; readonly record: ProcessRecord | undefined; readonly leash: ChildProcess | undefined };

/** Ends a foreign program when this process is gone, which that program would not notice itself. */
function leashFor(pid: number): ChildProcess {
  return spawn("/bin/sh", ["-c", 'cat >/dev/null; kill -9 "$1"', "leash", String(pid)], { stdio: ["pipe", "ignore", "ignore"] });
}

/** From here on each program collects its garbage more often, whatever it was told. */
const GC_FROM = "3GiB";

function baseEnvironment(spec: ClusterSpec): NodeJS.ProcessEnv {
  // HOME: kwok reads ~/.kwok, which is the user's own affair. Proxies: everything here is on loopback.
  return { PATH: process.env["PATH"], HOME: spec.dir, SLACKTIDE_LEASH: "stdin", NO_PROXY: "127.0.0.1,localhost", GOGC: String(spec.gcPercent), GOMEMLIMIT: GC_FROM };
}

function kwokEnvironment(spec: ClusterSpec): NodeJS.ProcessEnv {
  const files = filesOf(spec.dir);
  const server = files.credential("kwok-server");
  return {
    SLACKTIDE_KUBECONFIG: files.kubeconfig("kwok"),
    SLACKTIDE_EXEC_ADDRESS: `127.0.0.1:${spec.execPort}`,
    SLACKTIDE_EXEC_CERT: server.cert,
    SLACKTIDE_EXEC_KEY: server.key,
    SLACKTIDE_EXEC_CA: files.authority,
    SLACKTIDE_POD_BIN: join(import.meta.dirname, "fakebin"),
    SLACKTIDE_FAKE_INVENTORY_DIR: files.inventory,
  };
}

/** The line of a log that says why its program ended: the last that names an error, else the last. */
function lastLine(path: string): string {
  const lines = readFileSync(path, "utf8").trim().split("\n").slice(-50);
  const telling = lines.findLast((line) => /^Error:|^E\d{4} |^F\d{4} |"level":"(fatal|panic)"|panic:/.test(line)) ?? lines.at(-1) ?? "";
  return `${telling.slice(0, 300)} (${path})`;
}
