/**
 * `node supervisor.ts <folder>`: runs the cluster described there until it is told to stop. It speaks to its starter
 * over IPC until the cluster is ready; an attached starter's end is the cluster's end.
 */
import { appendFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { serveControl } from "./control.ts";
import { Crew } from "./crew.ts";
import { ClusterError, messageOf } from "./failure.ts";
import { filesOf } from "./flags.ts";
import { furnish } from "./furnish.ts";
import { COMPONENTS } from "./programs.ts";
import { provisionVolumes } from "./provision.ts";
import type { Report } from "./report.ts";
import { type Rest, restFrom } from "./rest.ts";
import { type ClusterSpec, readOwner, readSpec } from "./state.ts";

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;

const Nodes = z.object({
  items: z.array(z.object({ status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }) })),
});

async function main(dir: string): Promise<void> {
  const spec = readSpec(dir);
  if (spec === undefined) throw new ClusterError(`no cluster to run in ${dir}: use npm run cluster -- up`);
  const log = (line: string) => appendFileSync(filesOf(dir).log("supervisor"), `${new Date().toISOString()} ${line}\n`);
  const stopping = new AbortController();
  const crew = new Crew(spec, log, (error) => void stop({ kind: "failed", message: error.message }));

  async function stop(report?: Report): Promise<void> {
    if (stopping.signal.aborted) return;
    stopping.abort();
    if (report !== undefined) await tell(report);
    await crew.killAll();
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  }

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void stop());
  process.on("disconnect", () => {
    if (readOwner(dir)?.detached !== true) void stop();
  });

  try {
    const rest = restFrom(filesOf(dir).kubeconfig("cluster-supervisor"));
    await bringUp(spec, crew, rest, stopping.signal);
    if (spec.profile === "full") provisionVolumes(rest, log, stopping.signal);
    await serveControl(filesOf(dir).control, {
      "restart-api-server": async () => {
        await crew.kill("kube-apiserver");
        crew.start("kube-apiserver");
        await untilReady(rest, stopping.signal);
      },
    });
    crew.markReady();
    await tell({ kind: "ready" });
  } catch (error) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    await stop({ kind: "failed", message: messageOf(error) });
  }
}

async function bringUp(spec: ClusterSpec, crew: Crew, rest: Rest, signal: AbortSignal): Promise<void> {
  crew.start("etcd");
  crew.start("kube-apiserver"); // it waits for etcd itself
  await untilReady(rest, signal);
  for (const name of COMPONENTS[spec.profile].slice(2)) crew.start(name);
  if (spec.profile === "light") return;
  if (spec.profile === "full") await furnish(rest, spec.regions);
  // The first thing that pods need from the controllers; its presence says that they run.
  await until("the controllers", async () => (await rest.call("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200, signal);
  if (spec.profile === "full") await until("the nodes", () => nodesAreReady(rest), signal);
}

const untilReady = (rest: Rest, signal: AbortSignal) =>
  until("kube-apiserver", async () => (await rest.call("GET", "/readyz")).status === 200, signal);

async function nodesAreReady(rest: Rest): Promise<boolean> {
  const { items } = Nodes.parse((await rest.call("GET", "/api/v1/nodes")).body);
  return items.every((node) => node.status.conditions.some(({ type, status }) => type === "Ready" && status === "True"));
}

async function until(what: string, isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!signal.aborted) {
    if (await isSo().catch(() => false)) return;
    if (performance.now() > deadline) throw new ClusterError(`${what} did not become ready within ${READY_WITHIN_MS / 1000} s: is the machine overloaded?`);
    await sleep(POLL_MS);
  }
}

/** Sends a report, and waits until it is on its way; a starter that has gone has nobody to be told. */
const tell = (report: Report) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(report, () => resolve());
  });

void main(process.argv[2] ?? ".").catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
