import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Recipe } from "./cache.ts";
import { ClusterError, type Log } from "./failure.ts";

const run = promisify(execFile);

const KUBERNETES = "v1.36.3";
const PROGRESS_EVERY_MS = 5_000;
const INSTEAD = "or set KUBEBUILDER_ASSETS (light profile) or SLACKTIDE_KUBECONFIG";

/** A Go module beside this file that builds into one program of the module's name. */
export type GoModule = "controlplane" | "kwok";

/** How to make the module's program; the inputs are its sources, its go.sum, the flags and the kind of machine. */
export function buildRecipe(module: GoModule, log: Log): Recipe {
  const folder = join(import.meta.dirname, module);
  const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", `-ldflags=${linkerFlags()}`];
  const sources = readdirSync(folder).filter((file) => /^go\.(mod|sum)$|\.go$/.test(file)).sort();
  return {
    kind: module,
    inputs: [process.platform, process.arch, ...flags, ...sources.flatMap((file) => [file, readFileSync(join(folder, file))])],
    make: (into) => build({ module, folder, flags, into, log }),
  };
}

type Build = { readonly module: GoModule; readonly folder: string; readonly flags: readonly string[]; readonly into: string; readonly log: Log };

async function build(job: Build): Promise<void> {
  await checkGo(job.folder);
  job.log(`${job.module}: building from Go modules (minutes the first time, then kept)`);
  const started = performance.now();
  const packages = await countPackages(job);
  await runGo(job, ["build", "-v", ...job.flags, "-o", join(job.into, job.module), "."], (done) => `${done} packages compiled of at most ${packages}`);
  job.log(`${job.module}: built in ${Math.round((performance.now() - started) / 1000)} s`);
}

async function checkGo(folder: string): Promise<void> {
  try {
    await run("go", ["env", "GOVERSION"], { cwd: folder });
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = missing ? "no go in PATH" : errorLine(error instanceof Error ? error.message : String(error));
    throw new ClusterError(`the local cluster is built with Go 1.26 or newer: ${why}: install Go (https://go.dev/dl), ${INSTEAD}`);
  }
}

/** Also downloads the modules, which is why it reports progress. */
async function countPackages(job: Build): Promise<number> {
  const lines = await runGo(job, ["list", "-mod=readonly", "-deps", "."], (modules) => `${modules} Go modules downloaded`);
  return lines;
}

/** Runs go and returns how many lines it printed on stdout; each line on stderr counts as progress. */
async function runGo(job: Build, args: readonly string[], progress: (done: number) => string): Promise<number> {
  const child = spawn("go", args, {
    cwd: job.folder,
    env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tail: string[] = [];
  let [printed, done, reportedAt] = [0, 0, performance.now()];
  createInterface(child.stdout).on("line", () => { printed += 1; });
  createInterface(child.stderr).on("line", (line) => {
    done += 1;
    tail.push(line);
    if (tail.length > 20) tail.shift();
    if (performance.now() - reportedAt < PROGRESS_EVERY_MS) return;
    reportedAt = performance.now();
    job.log(`${job.module}: ${progress(done)}`);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return printed;
  throw new ClusterError(`${job.module}: go ${args[0]} failed: ${errorLine(tail.join("\n"))}: mend that and start again, ${INSTEAD}`);
}

/** The line that says why, among go's progress lines (bare package names, downloads). */
function errorLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line.includes(" "));
  return lines.findLast((line) => !line.startsWith("go: downloading")) ?? "go said nothing";
}

/** Without these the API server calls itself v0.0.0 and kubectl warns about the skew. */
function linkerFlags(): string {
  const [major, minor] = KUBERNETES.slice(1).split(".");
  const facts = { gitVersion: KUBERNETES, gitMajor: major, gitMinor: minor, gitTreeState: "clean", buildDate: "1970-01-01T00:00:00Z" };
  const owners = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return ["-s", "-w", ...owners.flatMap((owner) => Object.entries(facts).map(([name, value]) => `-X ${owner}.${name}=${value}`))].join(" ");
}
