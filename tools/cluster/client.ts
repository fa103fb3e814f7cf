import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Tools } from "./tools.ts";

/** Text for the program's standard input, and another identity than the administrator's. */
export type RunOptions = { readonly input?: string; readonly kubeconfig?: string };

/** Runs kubectl or helm against one cluster and returns what it printed; rejects with its error text. */
export type RunTool = (args: readonly string[], options?: RunOptions) => Promise<string>;

/** The client programs bound to a kubeconfig, with their caches in the given folder. */
export function clientOf(tools: Tools, kubeconfig: string, dir: string): { readonly kubectl: RunTool; readonly helm: RunTool } {
  const env = {
    ...process.env,
    KUBECACHEDIR: join(dir, "kubectl-cache"),
    HELM_CACHE_HOME: join(dir, "helm", "cache"),
    HELM_CONFIG_HOME: join(dir, "helm", "config"),
    HELM_DATA_HOME: join(dir, "helm", "data"),
  };
  const bind = (name: string, file: string): RunTool => (args, options = {}) =>
    run({ name, file, args, input: options.input, env: { ...env, KUBECONFIG: options.kubeconfig ?? kubeconfig } });
  return { kubectl: bind("kubectl", tools.kubectl), helm: bind("helm", tools.helm) };
}

type Run = { readonly name: string; readonly file: string; readonly args: readonly string[]; readonly input: string | undefined; readonly env: NodeJS.ProcessEnv };

function run({ name, file, args, input, env }: Run): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => { out += text; });
    child.stderr.setEncoding("utf8").on("data", (text: string) => { err += text; });
    child.stdin.on("error", () => undefined); // it ended without reading its input, and says why on stderr
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${name} ${args.join(" ")}: exit ${code}: ${err.trim()}`));
    });
    child.stdin.end(input);
  });
}
