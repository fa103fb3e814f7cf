import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clientOf, type RunTool } from "./client.ts";
import { ask } from "./control.ts";
import { externalCluster } from "./external.ts";
import { ClusterError, type Log, messageOf } from "./failure.ts";
import { writeWhole } from "./files.ts";
import { filesOf } from "./flags.ts";
import { clusterDir } from "./places.ts";
import { freePort } from "./ports.ts";
import { prepareFiles } from "./prepare.ts";
import { findPrograms, type Profile } from "./programs.ts";
import { claimFolder, type ClusterSpec, isInUse, ownRecord, readSpec, removeRemains, stopCluster, sweepDead, writeOwner, writeSpec } from "./state.ts";
import { Report } from "./report.ts";
import { findTools, type Tools } from "./tools.ts";

/** A Kubernetes cluster on this machine, with a real API server. All paths are absolute. */
export type Cluster = {
  readonly name: string;
  /** The cluster's folder: logs, keys, state; gone after `stop`. */
  readonly dir: string;
  /** The administrator's kubeconfig (group system:masters). */
  readonly kubeconfig: string;
  /** The API server's address, `https://127.0.0.1:<port>`. */
  readonly server: string;
  /** One JSON audit event a line, if started with `audit`; an event is there before its request is answered. */
  readonly auditLog: string;
  readonly caFile: string;
  readonly kubectlPath: string;
  readonly helmPath: string;
  readonly kubectl: RunTool;
  readonly helm: RunTool;
  /**
   * Sets what `tctl inventory ls --format=json` prints in container `auth` of the namespace's pods (profile full): text
   * as it is, another value as JSON, undefined for a tenant without agents. `@AUTH_VERSION@` becomes the pod's version.
   */
  setInventory(namespace: string, inventory: unknown): Promise<void>;
  /** Kills the API server as a crash would and resolves when it is ready again, at the same address. */
  restartApiServer(): Promise<void>;
  /** Ends every process of the cluster and removes its folder; a second call does nothing. */
  stop(): Promise<void>;
};

/** How to start a cluster; all but the profile has a default. */
export type StartOptions = {
  /** A DNS label of at most 40 characters; by default one that no other cluster has. */
  readonly name?: string;
  readonly profile: Profile;
  /** Whether to write an audit log of all writes but the control plane's own (audit-policy.yaml). */
  readonly audit?: boolean;
  /** The API server's port; by default a free one. */
  readonly port?: number;
  /** Regions with four zones and a node each (profile full); by default us-west-2. */
  readonly regions?: readonly string[];
  /** Profile full: a pod takes this long to twice this long to become Ready, in milliseconds; by default 200. */
  readonly podReadyMs?: number;
  /** Profile full: a deleted pod is seen terminating for this long, in milliseconds; by default 300. */
  readonly podGoneMs?: number;
  /** Controllers of kube-controller-manager that need not run, such as `endpointslice`; by default all of those it has here do. */
  readonly withoutControllers?: readonly string[];
  /** How much garbage its programs let grow before they collect it, in percent (GOGC); by default Go's own 100. */
  readonly gcPercent?: number;
  /** Whether it goes on after this process; by default it ends with it, however that ends. */
  readonly detached?: boolean;
  /** Takes progress, one line a call; by default it goes to standard error. */
  readonly log?: Log;
};

const START_TRIES = 3;
let started = 0;

/**
 * Starts a cluster and resolves when it is ready; with `SLACKTIDE_KUBECONFIG` set, hands out that one and starts nothing.
 * Remains of clusters that were killed are cleaned up on the way. Rejects with a ClusterError of one line.
 */
export async function startCluster(options: StartOptions): Promise<Cluster> {
  const log = options.log ?? ((line: string) => console.error(line));
  const tools = await findTools(log);
  const external = process.env["SLACKTIDE_KUBECONFIG"];
  if (external !== undefined && external !== "") return externalCluster(external, tools);
  await sweepDead(log);
  const programs = await findPrograms(options.profile, log);
  started += 1;
  const name = options.name ?? `auto-${process.pid}-${started}`;
  for (let tries = 1; ; tries += 1) {
    const dir = await claimFolder(name, log);
    try {
      const spec = await specOf(options, { name, dir, programs });
      await run(spec, { isDetached: options.detached === true, log });
      return clusterOf(spec, tools);
    } catch (error) {
      await removeRemains(dir);
      // Somebody took the port between our look and the server's start.
      const retry = options.port === undefined && messageOf(error).includes("address already in use") && tries < START_TRIES;
      if (!retry) throw error;
    }
  }
}

/** The named cluster, if it is running; anybody may hold it, and `stop` stops it for all. */
export async function findCluster(name: string, log: Log): Promise<Cluster | undefined> {
  const dir = clusterDir(name);
  const spec = readSpec(dir);
  if (spec === undefined || !isInUse(dir)) return undefined;
  return clusterOf(spec, await findTools(log));
}

async function specOf(options: StartOptions, found: Pick<ClusterSpec, "name" | "dir" | "programs">): Promise<ClusterSpec> {
  return {
    ...found,
    profile: options.profile,
    audit: options.audit ?? false,
    apiPort: await freePort(options.port),
    execPort: await freePort(),
    regions: options.regions ?? ["us-west-2"],
    podReadyMs: options.podReadyMs ?? 200,
    podGoneMs: options.podGoneMs ?? 300,
    gcPercent: options.gcPercent ?? 100,
    withoutControllers: options.withoutControllers ?? [],
  };
}

/** Starts the supervisor, in a session of its own so that a Ctrl-C reaches only us, and waits for its word. */
async function run(spec: ClusterSpec, { isDetached, log }: { readonly isDetached: boolean; readonly log: Log }): Promise<void> {
  prepareFiles(spec);
  writeSpec(spec);
  const output = openSync(filesOf(spec.dir).log("supervisor"), "a");
  const child = fork(join(import.meta.dirname, "supervisor.ts"), [spec.dir], {
    detached: true,
    execArgv: [],
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  const report = await firstReport(child);
  if (report.kind === "failed") throw new ClusterError(`cluster "${spec.name}" did not start: ${report.message}`);
  child.once("message", (message) => log(`cluster "${spec.name}" ended by itself: ${failureIn(message)}`));
  child.once("exit", (code, signal) => {
    if (code !== 0) log(`cluster "${spec.name}": its supervisor ended (${signal ?? `exit ${code}`})`);
  });
  if (isDetached) {
    writeOwner(spec.dir, { process: ownRecord(), detached: true });
    child.disconnect();
  }
  // The open channel is the supervisor's sign that we live; it must not keep us alive.
  child.unref();
  child.channel?.unref();
}

function failureIn(message: unknown): string {
  const report = Report.parse(message);
  return report.kind === "failed" ? report.message : report.kind;
}

function firstReport(child: ChildProcess): Promise<Report> {
  return new Promise((resolve) => {
    child.once("message", (message) => resolve(Report.parse(message)));
    child.once("error", (error) => resolve({ kind: "failed", message: messageOf(error) }));
    child.once("exit", (code, signal) => resolve({ kind: "failed", message: `its supervisor ended (${signal ?? `exit ${code}`}): start it again` }));
  });
}

function clusterOf(spec: ClusterSpec, tools: Tools): Cluster {
  const files = filesOf(spec.dir);
  const kubeconfig = files.kubeconfig("admin");
  return {
    name: spec.name,
    dir: spec.dir,
    kubeconfig,
    server: `https://127.0.0.1:${spec.apiPort}`,
    auditLog: files.auditLog,
    caFile: files.authority,
    kubectlPath: tools.kubectl,
    helmPath: tools.helm,
    ...clientOf(tools, kubeconfig, spec.dir),
    setInventory: (namespace, inventory) => setInventory(spec, namespace, inventory),
    restartApiServer: () => ask(files.control, "restart-api-server"),
    stop: () => stopCluster(spec.dir),
  };
}

async function setInventory(spec: ClusterSpec, namespace: string, inventory: unknown): Promise<void> {
  if (spec.profile !== "full") throw new ClusterError(`cluster "${spec.name}" has no pods to exec into: start it with --profile full`);
  const path = join(filesOf(spec.dir).inventory, `${namespace}.json`);
  if (inventory === undefined) rmSync(path, { force: true });
  else writeWhole(path, typeof inventory === "string" ? inventory : JSON.stringify(inventory));
}
