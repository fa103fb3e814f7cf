/**
 * The main job, live: a real API server, the chart installed with helm, three tenants in three time zones, and two and a
 * half weeks of maintenance in about a minute and a half of rehearsed time. `npm run demo`.
 */
import { join } from "node:path";
import { startCluster, type Cluster } from "../cluster/cluster.ts";
import { allowRehearsal, installChart, operatorKubeconfig, startOperator, type OperatorProcess } from "../../test/support/operator.ts";
import { columns, startNarrator } from "./narrator.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/fleet");
const REGIONS = ["eu-central-1", "us-west-2", "us-east-1", "ap-southeast-1"];

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const stops: (() => Promise<void> | void)[] = [];

/** The rehearsed instant of now: from the operator that runs, else where the last one ended. */
let rehearsedNow = "2026-12-01T00:00:00Z";

const AGENTS = { auth: auth(), web: agent("1b4e28ba-2fa1-4d3b-883f-0016d3cca427", "web-1", "17.2.1") };
const OLD = { id: "6fa459ea-ee8a-4ca4-894e-db77e160355e", hostname: "old-bastion" };

await demo().then(
  () => finish(0),
  async (error: unknown) => {
    print(`demo: ${error instanceof Error ? error.message : String(error)}`);
    await finish(1);
  },
);

async function demo(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void finish(130));
  heading("A Kubernetes control plane on this machine, and Slacktide's chart in it");
  const cluster = await startCluster({ profile: "full", regions: REGIONS, log: (line) => print(`  ${line}`) });
  stops.push(() => cluster.stop());
  await installChart(cluster);
  await allowRehearsal(cluster);
  const kubeconfig = await operatorKubeconfig(cluster);
  print("  installed with helm (replicaCount 0: kwok's pods run no programs, so the operator runs here, as the chart's ServiceAccount)");

  heading("Three tenants in three time zones; one of acme's two agents still runs 16");
  await cluster.kubectl(["apply", "-f", EXAMPLES]);
  await cluster.setInventory("tenant-acme", [AGENTS.auth, AGENTS.web, agent(OLD.id, OLD.hostname, "16.4.7")]);
  for (const name of ["tenant-globex", "tenant-initech"]) await cluster.setInventory(name, [AGENTS.auth, agent(`agent-of-${name}`, "node-1", "17.2.1")]);

  print("");
  print(`${"TIME (UTC)".padEnd(15)}  ${"TENANT".padEnd(8)} ${"WHAT".padEnd(42)} WHY`);
  const narrator = startNarrator({ kubectlPath: cluster.kubectlPath, kubeconfig: cluster.kubeconfig, rehearsed: () => rehearsedNow, print });
  stops.push(() => narrator.stop());

  await rehearse({ cluster, kubeconfig }, "2026-12-01T00:00:00Z", "2026-12-03T12:00:00Z");
  await publish(cluster);
  await rehearse({ cluster, kubeconfig }, "2026-12-03T12:00:00Z", "2026-12-10T09:00:00Z");
  await cluster.setInventory("tenant-acme", [AGENTS.auth, AGENTS.web, agent(OLD.id, OLD.hostname, "17.2.4")]);
  say("acme's owner upgrades old-bastion to 17.2.4", "the hold named it");
  await rehearse({ cluster, kubeconfig }, "2026-12-14T22:00:00Z", "2026-12-15T02:10:00Z");
  narrator.stop();
  await closing(cluster);
}

async function publish(cluster: Cluster): Promise<void> {
  const release = { version: "17.2.4", releasedAt: "2026-12-03T10:00:00Z" };
  const patch = JSON.stringify([{ op: "add", path: "/spec/releases/-", value: release }]);
  await cluster.kubectl(["patch", "releasechannel", "stable", "--type=json", "-p", patch]);
  say("17.2.4 is published", "it waits for the next cut, Monday 00:00 UTC");
}

/**
 * Runs the operator from one rehearsed instant to another, as a process of its own that keeps nothing in between. The
 * quiet days between two rehearsals are skipped: nothing is due in them.
 */
async function rehearse({ cluster, kubeconfig }: { cluster: Cluster; kubeconfig: string }, from: string, until: string): Promise<void> {
  const operator = startOperator({ cluster, kubeconfig, rehearseFrom: from, rehearseUntil: until, exitAtEnd: true });
  const follow = setInterval(() => (rehearsedNow = nowOf(operator) ?? rehearsedNow), 20);
  stops.push(async () => void (await operator.stop()));
  const { code } = await operator.exited;
  clearInterval(follow);
  if (code !== 0) throw new Error(`the operator ended with code ${code ?? "none"}:\n${operator.logs.slice(-5).map((line) => JSON.stringify(line)).join("\n")}`);
  rehearsedNow = until;
}

/** Between two anchors rehearsed time runs at real speed. */
function nowOf({ anchors }: OperatorProcess): string | undefined {
  const last = anchors.at(-1);
  if (last === undefined) return undefined;
  return new Date(Date.parse(last.rehearsed) + Date.now() - Date.parse(last.real)).toISOString();
}

async function closing(cluster: Cluster): Promise<void> {
  heading("What kubectl shows now");
  print(await cluster.kubectl(["get", "tenants"]));
  print(await cluster.kubectl(["get", "maintenancewindows"]));
  print(await cluster.kubectl(["get", "releasechannels"]));
  print(await cluster.kubectl(["get", "events", "--field-selector=involvedObject.name=acme", "--sort-by=.eventTime", "-o", "custom-columns=EVENT OF ACME:.reason,NOTE:.message"]));
}

function heading(text: string): void {
  print(`\n== ${text}`);
}

function say(what: string, why: string): void {
  print(columns(rehearsedNow, "-", what, why));
}

function agent(id: string, hostname: string, version: string): object {
  return { kind: "instance", version: "v1", metadata: { name: id }, spec: { version: `v${version}`, services: ["Node"], hostname, last_seen: "2026-11-30T19:55:00Z" } };
}

/** Auth's own row; the stand-in tctl fills in the version that the pod runs. */
function auth(): object {
  return { kind: "instance", version: "v1", metadata: { name: "auth-0" }, spec: { version: "v@AUTH_VERSION@", services: ["Auth"], hostname: "auth-0" } };
}

/** Stops everything that was started, the latest first, and leaves nothing running. */
async function finish(code: number): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await Promise.resolve(stop()).catch(() => undefined);
  process.exit(code);
}
