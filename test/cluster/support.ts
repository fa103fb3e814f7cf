import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessRecord } from "../../tools/cluster/processes.ts";
import { readPids } from "../../tools/cluster/state.ts";

const TOOLS = join(import.meta.dirname, "..", "..", "tools", "cluster");

/** What a command printed, and how it ended. */
export type Result = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs the command line in a process of its own, with changes to the environment. */
export async function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const child = spawn(process.execPath, [join(TOOLS, "cli.ts"), ...args], { env: { ...process.env, ...env } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text: Buffer) => { out += text.toString(); });
  child.stderr.on("data", (text: Buffer) => { err += text.toString(); });
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, out, err };
}

/** A process that has started the named light cluster and holds it; resolves with the cluster's folder too. */
export async function starter(name: string, env: NodeJS.ProcessEnv = {}): Promise<{ child: ChildProcess; dir: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "starter.ts"), name], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [dir] = await once(createInterface(child.stdout), "line");
  return { child, dir: String(dir) };
}

/** Every process of the cluster in that folder. */
export function processesOf(dir: string): ProcessRecord[] {
  const pids = readPids(dir);
  if (pids === undefined) throw new Error(`${dir} records no processes`);
  return [pids.supervisor, ...Object.values(pids.components)];
}

/** Resolves once it is so; rejects after the given time. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}

/** Resolves once none of the processes runs. */
export const allGone = (records: readonly ProcessRecord[]) =>
  eventually("every process ended", () => !records.some((record) => isAlive(record)));

/** A temporary folder that goes when the scope ends. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "slacktide-test-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A PATH on which Node is found and Go is not. */
export const pathWithoutGo = () => dirname(process.execPath);
