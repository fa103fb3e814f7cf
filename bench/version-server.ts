/**
 * How fast the version server answers: `npm run bench:version-server`. One process serves 10,000 tenants from caches filled as a
 * replica's are, of which ten change every second, on one core; another one asks from the other core, at a fixed pace, whether or
 * not answers come: a latency counts from when a request was due. The first seconds are not counted. The server runs with what the
 * image sets for Node. Several rounds, each told; the one in the middle counts, for a machine has other guests. Before each, a bare
 * server of Node's is asked at the same pace: what it does not reach, nobody does.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { imageSettings } from "./ground.ts";
import { askAtPace, type Load } from "./open-loop.ts";

const { values } = parseArgs({
  options: { tenants: { type: "string", default: "10000" }, rate: { type: "string", default: "10000" }, seconds: { type: "string", default: "20" }, connections: { type: "string", default: "64" }, rounds: { type: "string", default: "3" }, ask: { type: "boolean", default: false } },
});
const tenants = Number(values.tenants);
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const rounds = Number(values.rounds);

/** Of the least that a run must reach of its pace, for it is asked at just that one. */
const LEAST_OF_RATE = 0.99;
const P99_MS = 5;

// Where the server is comes by standard input: ten thousand ids are too long for an argument.
if (values.ask) console.log(JSON.stringify(await askAtPace({ ...JSON.parse(readFileSync(0, "utf8")), rate, seconds, connections })));
else await measure();

async function measure(): Promise<void> {
  const servers = [serve("bare-server.ts"), serve("version-fleet.ts", `--tenants=${tenants}`)];
  try {
    const [bare = "", ours = ""] = await Promise.all(servers.map(firstLine));
    const loads: { readonly bare: Load; readonly ours: Load }[] = [];
    console.log(`tenants ${tenants}, ${connections} connections, ${seconds} s, one core for the server and one for who asks`);
    while (loads.length < rounds) loads.push({ bare: tell("a bare server", await ask(bare)), ours: tell("the version server", await ask(ours)) });
    console.log(`p99 of a bare server      ${middleP99(loads.map((load) => load.bare)).toFixed(2)} ms`);
    process.exitCode = judge(loads.map((load) => load.ours)) ? 0 : 1;
  } finally {
    for (const server of servers) server.kill("SIGKILL");
  }
}

function serve(file: string, ...args: readonly string[]): ChildProcess {
  const { flags, env } = imageSettings();
  return onCore(0, [...flags, join(import.meta.dirname, file), ...args], env);
}

async function ask(place: string): Promise<Load> {
  const asking = onCore(1, [import.meta.filename, "--ask", `--rate=${rate}`, `--seconds=${seconds}`, `--connections=${connections}`]);
  asking.stdin?.end(place);
  return JSON.parse(await firstLine(asking));
}

function tell(who: string, load: Load): Load {
  const { answered, wrong, perSecond, p50Ms, p99Ms, maxMs } = load;
  console.log(`  ${who.padEnd(18)} ${perSecond.toFixed(0)} a second, p50 ${p50Ms.toFixed(2)}, p99 ${p99Ms.toFixed(2)}, longest ${maxMs.toFixed(2)} ms; ${answered} answers, ${wrong} not as they should be`);
  return load;
}

function middleP99(loads: readonly Load[]): number {
  return loads.map(({ p99Ms }) => p99Ms).sort((a, b) => a - b)[Math.floor(loads.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/** Whether the limits are met: no round has a wrong answer or keeps short of its pace, and the one in the middle is quick. */
function judge(loads: readonly Load[]): boolean {
  const slowest = Math.min(...loads.map(({ perSecond }) => perSecond));
  const wrong = loads.reduce((sum, load) => sum + load.wrong, 0);
  const p99Ms = middleP99(loads);
  const isMet = { rate: slowest >= rate * LEAST_OF_RATE, answers: wrong === 0, p99: p99Ms < P99_MS };
  console.log(`answered a second         ${slowest.toFixed(0)}   limit ≥ ${rate * LEAST_OF_RATE}   ${verdict(isMet.rate)}`);
  console.log(`not as they should be     ${wrong}   limit 0   ${verdict(isMet.answers)}`);
  console.log(`p99                       ${p99Ms.toFixed(2)} ms   limit < ${P99_MS} ms   ${verdict(isMet.p99)}`);
  return Object.values(isMet).every(Boolean);
}

function verdict(isMet: boolean): string {
  return isMet ? "met" : "NOT MET";
}

/** A process of its own on that core (taskset, of util-linux). */
function onCore(core: number, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn("taskset", ["-c", String(core), process.execPath, ...args], { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("it was started with a pipe");
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`a process of the measurement ended with ${String(code)}`)));
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return String(line);
}
