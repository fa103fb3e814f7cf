import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { clientOf } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { ClusterError, messageOf } from "./failure.ts";
import type { Tools } from "./tools.ts";

const Entry = z.object({
  server: z.string(),
  "certificate-authority": z.string().optional(),
  "certificate-authority-data": z.string().optional(),
});
type Entry = z.infer<typeof Entry>;

const Kubeconfig = z.object({
  "current-context": z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string() }) })).default([]),
  clusters: z.array(z.object({ name: z.string(), cluster: Entry })).default([]),
});

/** Somebody's own cluster, named by `SLACKTIDE_KUBECONFIG`: it is used as it is, and never started, restarted or stopped. */
export function externalCluster(kubeconfig: string, tools: Tools): Cluster {
  const entry = currentEntry(kubeconfig);
  const dir = mkdtempSync(join(tmpdir(), "slacktide-external-"));
  return {
    name: "external",
    dir,
    kubeconfig,
    server: entry.server,
    auditLog: join(dir, "audit.log"),
    caFile: authorityFile(entry, kubeconfig, dir),
    kubectlPath: tools.kubectl,
    helmPath: tools.helm,
    ...clientOf(tools, kubeconfig, dir),
    setInventory: () => refuse("set the inventory"),
    restartApiServer: () => refuse("restart the API server"),
    stop: async () => rmSync(dir, { recursive: true, force: true }),
  };
}

async function refuse(what: string): Promise<never> {
  throw new ClusterError(`cannot ${what} of the cluster in SLACKTIDE_KUBECONFIG: unset it to use a local cluster`);
}

function currentEntry(path: string): Entry {
  const config = readKubeconfig(path);
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
  const entry = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  if (entry === undefined) throw new ClusterError(`SLACKTIDE_KUBECONFIG (${path}) has no current context with a server: choose one with kubectl config use-context`);
  return entry;
}

function readKubeconfig(path: string): z.infer<typeof Kubeconfig> {
  try {
    return Kubeconfig.parse(parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new ClusterError(`SLACKTIDE_KUBECONFIG (${path}) cannot be read: ${error instanceof z.ZodError ? z.prettifyError(error).replaceAll("\n", " ") : messageOf(error)}: correct or unset it`);
  }
}

function authorityFile(entry: Entry, kubeconfig: string, dir: string): string {
  const named = entry["certificate-authority"];
  if (named !== undefined) return resolve(dirname(kubeconfig), named);
  const path = join(dir, "ca.crt");
  writeFileSync(path, Buffer.from(entry["certificate-authority-data"] ?? "", "base64"));
  return path;
}
