/** `npm run cluster -- up|down|status`: local clusters by hand. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Cluster, findCluster, startCluster, type StartOptions } from "./cluster.ts";
import { ClusterError, messageOf } from "./failure.ts";
import { clusterDir } from "./places.ts";
import { isAlive } from "./processes.ts";
import { COMPONENTS, type Profile } from "./programs.ts";
import { clusterNames, isInUse, readPids, readSpec, stopCluster } from "./state.ts";

const USAGE = `Usage: npm run cluster -- up|down|status [options]
  up       start a cluster and leave it running
  down     stop it and remove its folder
  status   list the clusters of this user, or the one named
Options:
  --name N          the cluster's name (default)
  --profile P       light: etcd and kube-apiserver
                    controllers: and kube-controller-manager
                    full: and scheduler, nodes, pods, volumes (the default)
  --port N          the API server's port (a free one)
  --audit           write an audit log
  --regions A,B     regions with four zones each (us-west-2)
  --all             down: every cluster of this user`;

const say = (line: string) => process.stdout.write(`${line}\n`);
const note = (line: string) => process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      name: { type: "string" },
      profile: { type: "string", default: "full" },
      port: { type: "string" },
      audit: { type: "boolean", default: false },
      regions: { type: "string", default: "us-west-2" },
      all: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) {
    say(USAGE);
    return;
  }
  if (command === undefined || rest.length > 0) throw new ClusterError(`one command, please\n${USAGE}`);
  const name = values.name ?? "default";
  if (command === "up") {
    return up(name, { profile: profileOf(values.profile), audit: values.audit, regions: values.regions.split(","), ...portOf(values.port) });
  }
  if (command === "down") return down(values.all ? clusterNames() : [name]);
  if (command === "status") return status(values.name === undefined ? clusterNames() : [values.name]);
  throw new ClusterError(`unknown command "${command}"\n${USAGE}`);
}

async function up(name: string, options: StartOptions): Promise<void> {
  const own = process.env["SLACKTIDE_KUBECONFIG"];
  if (own !== undefined && own !== "") {
    say(`SLACKTIDE_KUBECONFIG names a cluster (${own}): nothing to start`);
    return;
  }
  const running = await findCluster(name, note);
  if (running !== undefined) return describe(running, "already running");
  const started = performance.now();
  const cluster = await startCluster({ ...options, name, detached: true, log: note });
  describe(cluster, `ready in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function describe(cluster: Cluster, state: string): void {
  say(`cluster ${cluster.name}: ${state} at ${cluster.server}`);
  say(`  export KUBECONFIG=${cluster.kubeconfig}`);
  say(`  kubectl: ${cluster.kubectlPath}`);
  say(`  helm:    ${cluster.helmPath}`);
}

async function down(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const dir = clusterDir(name);
    const known = readPids(dir) !== undefined;
    await stopCluster(dir);
    say(`cluster ${name}: ${known ? "stopped" : "not running"}`);
  }
}

function status(names: readonly string[]): void {
  say(["NAME", "PROFILE", "STATE", "MEMORY", "SERVER"].map(pad).join(""));
  for (const name of names) {
    const dir = clusterDir(name);
    const spec = readSpec(dir);
    const row = [name, spec?.profile ?? "-", stateOf(dir), `${residentMiB(dir)} MiB`, spec === undefined ? "-" : `https://127.0.0.1:${spec.apiPort}`];
    say(row.map(pad).join(""));
  }
}

const pad = (text: string, column: number) => text.padEnd([24, 13, 22, 10, 0][column] ?? 0);

function stateOf(dir: string): string {
  const spec = readSpec(dir);
  const pids = readPids(dir);
  if (spec === undefined || pids === undefined) return "stopped";
  const alive = COMPONENTS[spec.profile].filter((name) => {
    const record = pids.components[name];
    return record !== undefined && isAlive(record);
  });
  if (!isInUse(dir)) return "killed";
  return alive.length === COMPONENTS[spec.profile].length ? "running" : `running ${alive.length}/${COMPONENTS[spec.profile].length}`;
}

/** Memory of all its processes in MiB; 0 where /proc does not tell. */
function residentMiB(dir: string): number {
  const pids = readPids(dir);
  if (pids === undefined) return 0;
  const kib = [pids.supervisor, ...Object.values(pids.components)].filter(isAlive).map(({ pid }) => residentKiB(pid));
  return Math.round(kib.reduce((sum, each) => sum + each, 0) / 1024);
}

function residentKiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function profileOf(text: string): Profile {
  if (text === "light" || text === "controllers" || text === "full") return text;
  throw new ClusterError(`--profile ${text} is unknown: choose light, controllers or full`);
}

function portOf(text: string | undefined): { port?: number } {
  if (text === undefined) return {};
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return { port };
  throw new ClusterError(`--port ${text} is not a port: give a number from 1 to 65535`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  note(messageOf(error));
  process.exitCode = 1;
});
