/**
 * What it costs to decide the agents' gate of a large tenant: `npm run bench:inventory`. An inventory of 50,000 agents, read through
 * the real client from a server on loopback that speaks the exec protocol, once with all agents at the tenant's major and once with
 * all a major behind. Prints the figures beside their limits and fails beyond one.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { createInventoryReader } from "../src/adapters/inventory/reader.ts";
import { agentHolds } from "../src/domain/agents/gate.ts";
import { InventoryTally } from "../src/domain/agents/inventory.ts";
import { rememberAgents } from "../src/domain/agents/memory.ts";
import { inventoryAccess } from "../src/inventory-access.ts";
import { KubeClient } from "../src/kube/client.ts";
import { FreshKubeConfig } from "../src/kube/credentials.ts";
import { HttpTransport } from "../src/kube/transport.ts";
import { realMono } from "../src/runtime/clock.ts";
import { noMetrics } from "../src/runtime/metrics.ts";
import { imageSettings } from "./ground.ts";

const AGENTS = 50_000;
const LEAST_ROW_BYTES = 600;
const LIMITS = { seconds: 5, mb: 100, blockedMs: 100 } as const;
/** A start of the collector and of the compiler is nobody's inventory. */
const WARM_UP_MS = 1_000;
const IN_THE_IMAGE = "--in-the-image";

if (process.argv.includes(IN_THE_IMAGE)) {
  await measure("all at the tenant's major", "v17.2.1", []);
  await measure("all a major behind", "v16.4.7", ["AgentsBehind"]);
} else {
  // With the heap's bounds that the image sets.
  const { status } = spawnSync(process.execPath, [...imageSettings().flags, import.meta.filename, IN_THE_IMAGE], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

async function measure(what: string, version: string, expected: readonly string[]): Promise<void> {
  const server = spawn(process.execPath, [join(import.meta.dirname, "inventory-server.ts"), String(AGENTS), version], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(server.stdout), "line");
  const { port, bytes, rowBytes } = JSON.parse(String(line)) as { port: number; bytes: number; rowBytes: number }; // as the server prints it
  const transport = transportTo(port);
  await pause(WARM_UP_MS);
  const idleMb = statusOf("VmRSS");
  resetPeak();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const begin = performance.now();
  const codes = await decide(transport);
  const seconds = (performance.now() - begin) / 1000;
  await pause(20); // the delay's own timer comes once more
  delay.disable();
  const mb = statusOf("VmHWM") - idleMb;
  const blockedMs = Math.max(0, delay.max / 1e6 - 5);
  await transport.transport.close();
  server.stdin.end();
  console.log(`${AGENTS} agents, ${what}: ${(bytes / 1e6).toFixed(0)} MB in rows of ${rowBytes} bytes, holds: ${codes.join(", ") || "none"}`);
  say("gate decided in", `${seconds.toFixed(2)} s`, `${LIMITS.seconds} s`, seconds <= LIMITS.seconds);
  say("memory above idle", `${mb.toFixed(0)} MB of ${idleMb.toFixed(0)} MB`, `${LIMITS.mb} MB`, mb <= LIMITS.mb);
  say("event loop blocked at most", `${blockedMs.toFixed(0)} ms`, `${LIMITS.blockedMs} ms`, blockedMs < LIMITS.blockedMs);
  if (rowBytes < LEAST_ROW_BYTES || codes.join() !== expected.join()) throw new Error(`measured something else: rows of ${rowBytes} bytes, holds ${codes.join()}`);
}

/** As a tenant's reconcile does it: read, take in, remember, judge. */
async function decide({ transport, config }: ReturnType<typeof transportTo>): Promise<readonly string[]> {
  const reader = createInventoryReader(inventoryAccess(config, new KubeClient({ transport })));
  const readAt = Date.now();
  const tally = new InventoryTally({ readAt, authVersion: "17.2.1" });
  const source = { type: "Exec", maxAge: "30m", rememberFor: "168h" } as const;
  await reader.read({ namespace: "tenant-acme", source, authPod: "auth-0" }, (row) => tally.take(row), new AbortController().signal);
  const terms = { currentMajor: 17, rememberForMs: 0, now: readAt, readAt };
  const status = rememberAgents(undefined, tally.reading(), terms);
  return agentHolds("acme", { status, lastRead: { kind: "complete", readAt, askedAt: readAt }, rememberForMs: 0, maxAgeMs: 1_800_000 }, terms).map(({ code }) => code);
}

function transportTo(port: number): { readonly transport: HttpTransport; readonly config: FreshKubeConfig } {
  const config = new FreshKubeConfig();
  config.loadFromClusterAndUser({ name: "bench", server: `http://127.0.0.1:${port}`, skipTLSVerify: true }, { name: "bench" });
  return { config, transport: new HttpTransport({ config, mono: realMono, metrics: noMetrics }) };
}

function say(figure: string, value: string, limit: string, isMet: boolean): void {
  console.log(`  ${figure.padEnd(28)}${value.padEnd(22)}limit ${limit.padEnd(10)}${isMet ? "met" : "MISSED"}`);
  if (!isMet) process.exitCode = 1;
}

/** Megabytes of this process; `VmHWM` is the most since the peak was reset. */
function statusOf(field: "VmRSS" | "VmHWM"): number {
  return Number(readFileSync("/proc/self/status", "utf8").match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))?.[1]) / 1024;
}

/** The kernel's own way of forgetting the peak (proc(5), clear_refs). */
function resetPeak(): void {
  writeFileSync("/proc/self/clear_refs", "5");
}
