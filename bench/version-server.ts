/**
 * How fast the version server answers: `npm run bench:version-server`. One process serves 10,000 tenants from caches filled as a
 * replica's are, of which a hundred change every second, on one core; another one asks from the other core, at a fixed pace, whether or
 * not answers come: a latency counts from when a request was due. The first seconds are not counted.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { askAtPace, type Load } from "./open-loop.ts";

const { values } = parseArgs({
  options: { tenants: { type: "string", default: "10000" }, rate: { type: "string", default: "10000" }, seconds: { type: "string", default: "20" }, connections: { type: "string", default: "64" }, ask: { type: "boolean", default: false } },
});
const [tenants, rate, seconds, connections] = [Number(values.tenants), Number(values.rate), Number(values.seconds), Number(values.connections)];

/** Of the least that a run must reach of its pace, for it is asked at just that one. */
const LEAST_OF_RATE = 0.99;
const P99_MS = 5;

// Where the server is comes by standard input: ten thousand ids are too long for an argument.
if (values.ask) console.log(JSON.stringify(await askAtPace({ ...JSON.parse(readFileSync(0, "utf8")), rate, seconds, connections })));
else await measure();

async function measure(): Promise<void> {
  const server = onCore(0, [join(import.meta.dirname, "version-fleet.ts"), `--tenants=${tenants}`]);
  try {
    const place = await firstLine(server);
    const asking = onCore(1, [import.meta.filename, "--ask", `--rate=${rate}`, `--seconds=${seconds}`, `--connections=${connections}`]);
    asking.stdin?.end(place);
    const load: Load = JSON.parse(await firstLine(asking));
    server.kill("SIGTERM");
    process.exitCode = tell(load) ? 0 : 1;
  } finally {
    server.kill("SIGKILL");
  }
}

/** Whether both limits are met. */
function tell({ answered, wrong, perSecond, p50Ms, p99Ms, maxMs }: Load): boolean {
  const isMet = { rate: perSecond >= rate * LEAST_OF_RATE && wrong === 0, p99: p99Ms < P99_MS };
  console.log(`tenants ${tenants}, ${connections} connections, ${seconds} s, one core for the server and one for who asks`);
  console.log(`answered a second         ${perSecond.toFixed(0)}   limit ≥ ${rate * LEAST_OF_RATE}   ${isMet.rate ? "met" : "NOT MET"}`);
  console.log(`p99                       ${p99Ms.toFixed(2)} ms   limit < ${P99_MS} ms   ${isMet.p99 ? "met" : "NOT MET"}`);
  console.log(`p50, longest              ${p50Ms.toFixed(2)} ms, ${maxMs.toFixed(2)} ms`);
  console.log(`answers                   ${answered}, of them not as they should be: ${wrong}   limit 0`);
  return isMet.rate && isMet.p99;
}

/** A process of its own on that core (taskset, of util-linux). */
function onCore(core: number, args: readonly string[]): ChildProcess {
  return spawn("taskset", ["-c", String(core), process.execPath, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("it was started with a pipe");
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`a process of the measurement ended with ${String(code)}`)));
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  return String(line);
}
