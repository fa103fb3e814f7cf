import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { installChart, operatorKubeconfig } from "../test/support/chart.ts";
import { startOperator, type OperatorProcess, type StartOperator } from "../test/support/operator.ts";
import { startCluster, type Cluster } from "../tools/cluster/cluster.ts";
import { bareClient, type BareClient } from "./client.ts";
import { standIn } from "./stand-in.ts";

/** Everything that a benchmark stands on. */
export interface Ground {
  readonly cluster: Cluster;
  /** Of the operator: the chart's rights, no more. */
  readonly kubeconfig: string;
  /** As administrator. */
  readonly admin: BareClient;
  /** How many tenants' writes are kept whole. */
  readonly replayed: number;
  /** Starts the operator, as its image does unless told otherwise. */
  operator(unusual?: Omit<StartOperator, "cluster">): OperatorProcess;
  /** Ends what stands in for the controllers of Deployments and Jobs. */
  stopStandIn(): void;
  stop(): Promise<void>;
}

/** Pods take no time: what is measured is the operator. */
const PODS = { minReadySeconds: 0, authGraceSeconds: 1, proxyGraceSeconds: 1, preStopSeconds: 0, verifySeconds: 0, stepDeadlineSeconds: 600 };
const ADMIN_CONNECTIONS = 32;

/** A light cluster with the chart and all its policies; its audit log is what everything is counted by. */
export async function startGround(replayed: number): Promise<Ground> {
  const cluster = await startCluster({ profile: "light", audit: true, log: () => undefined });
  await installChart(cluster);
  const kubeconfig = await operatorKubeconfig(cluster);
  const admin = await bareClient(cluster.kubeconfig, ADMIN_CONNECTIONS);
  const program = installed(cluster.dir);
  const configFile = join(cluster.dir, "bench-platform.yaml");
  writeFileSync(configFile, stringify({ pods: PODS }));
  const standingIn = new AbortController();
  standIn(admin, standingIn.signal);
  return {
    cluster,
    kubeconfig,
    admin,
    replayed,
    operator: (unusual) => startOperator({ cluster, kubeconfig, configFile, ...program, ...unusual }),
    stopStandIn: () => standingIn.abort(),
    stop: async () => {
      standingIn.abort();
      await admin.close();
      await cluster.stop();
    },
  };
}

const ROOT = join(import.meta.dirname, "..");

/** The operator as its image runs it, beside no source: what runs from a checkout is neither bundled nor small. */
function installed(dir: string): Required<Pick<StartOperator, "program" | "env">> {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/build/main.ts")], { encoding: "utf8" });
  if (status !== 0) throw new Error(`build what is measured: ${stderr}`);
  const folder = join(dir, "installed");
  for (const part of ["bin", "dist", "package.json"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const { flags, env } = imageSettings();
  return { program: [...flags, join(folder, "bin/slacktide.js")], env };
}

/** What the image sets for Node. */
export function imageSettings(): { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const flags = [...(dockerfile.match(/^ENTRYPOINT .*$/m)?.[0].matchAll(/"(--[^"]+)"/g) ?? [])].map(([, flag = ""]) => flag);
  const env = Object.fromEntries([...dockerfile.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) => [name, value]));
  return { flags, env };
}
