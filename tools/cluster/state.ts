import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ClusterError, type Log } from "./failure.ts";
import { readJson, writeWhole } from "./files.ts";
import { takeLock } from "./lock.ts";
import { clusterDir, stateRoot } from "./places.ts";
import { isAlive, killForGood, ProcessRecord, recordOf } from "./processes.ts";
import { Component, Profile, Programs } from "./programs.ts";

/** What the supervisor is to run; written by the starter to `spec.json` in the cluster's folder. */
const ClusterSpec = z.object({
  name: z.string(),
  dir: z.string(),
  profile: Profile,
  audit: z.boolean(),
  apiPort: z.int(),
  /** Port of the endpoint behind `kubectl exec`; used in profile full. */
  execPort: z.int(),
  regions: z.array(z.string()).readonly(),
  /** How long a pod takes to become Ready, and a deleted one to go, in milliseconds. */
  podReadyMs: z.int(),
  podGoneMs: z.int(),
  gcPercent: z.int(),
  withoutControllers: z.array(z.string()).readonly(),
  programs: Programs,
}).readonly();
export type ClusterSpec = z.infer<typeof ClusterSpec>;

/** Who answers for the cluster, in `owner.json`: while not `detached` it lives no longer than that process. */
const Owner = z.object({ process: ProcessRecord, detached: z.boolean() }).readonly();
export type Owner = z.infer<typeof Owner>;

/** What runs, in `pids.json`; written by the supervisor before anything else, and again at each start of a component. */
const Pids = z.object({ supervisor: ProcessRecord, components: z.partialRecord(Component, ProcessRecord).readonly() }).readonly();
export type Pids = z.infer<typeof Pids>;

/** Reads one of the files above; undefined when it is not there (yet). */
export const readSpec = (dir: string) => readJson(join(dir, "spec.json"), ClusterSpec);
export const readOwner = (dir: string) => readJson(join(dir, "owner.json"), Owner);
export const readPids = (dir: string) => readJson(join(dir, "pids.json"), Pids);

export const writeSpec = (spec: ClusterSpec) => writeWhole(join(spec.dir, "spec.json"), JSON.stringify(spec, null, 2));
export const writeOwner = (dir: string, owner: Owner) => writeWhole(join(dir, "owner.json"), JSON.stringify(owner));
export const writePids = (dir: string, pids: Pids) => writeWhole(join(dir, "pids.json"), JSON.stringify(pids));

/** This process, as others can recognise it later. */
export function ownRecord(): ProcessRecord {
  const record = recordOf(process.pid);
  if (record === undefined) throw new Error(`process ${process.pid} cannot see itself: is /proc mounted?`);
  return record;
}

/** Makes the named cluster's folder and takes charge of it, removing the remains of a dead one of that name. */
export async function claimFolder(name: string, log: Log): Promise<string> {
  const dir = clusterDir(name);
  using _lock = await takeLock(`${dir}.lock`, (pid) => log(`cluster ${name}: process ${pid} is starting it, waiting`));
  const pids = readPids(dir);
  if (isInUse(dir)) {
    throw new ClusterError(`cluster "${name}" is already running (process ${pids?.supervisor.pid ?? "unknown"}): stop it with npm run cluster -- down --name ${name}, or choose another --name`);
  }
  if (existsSync(dir)) {
    log(`cluster ${name}: cleaning up after a predecessor that was killed`);
    await removeRemains(dir);
  }
  mkdirSync(dir, { mode: 0o700 });
  writeOwner(dir, { process: ownRecord(), detached: false });
  return dir;
}

/** Stops and removes every cluster whose starter or supervisor is dead. */
export async function sweepDead(log: Log): Promise<void> {
  for (const name of clusterNames()) {
    const dir = clusterDir(name);
    using _lock = await takeLock(`${dir}.lock`, () => undefined);
    if (!existsSync(dir) || isInUse(dir)) continue;
    log(`cluster ${name}: cleaning up, it was killed`);
    await removeRemains(dir);
  }
}

/** Names of all clusters of this user, dead ones included, sorted. */
export function clusterNames(): string[] {
  const root = stateRoot();
  return readdirSync(root).filter((file) => !file.includes(".") && statSync(join(root, file), { throwIfNoEntry: false })?.isDirectory() === true).sort();
}

/** Whether somebody alive answers for the folder. */
export function isInUse(dir: string): boolean {
  const owner = readOwner(dir);
  const ownerLives = owner !== undefined && isAlive(owner.process);
  const pids = readPids(dir);
  if (pids === undefined) return ownerLives;
  return isAlive(pids.supervisor) && (ownerLives || owner?.detached === true);
}

/** Has the supervisor end the cluster, and sees to it that nothing remains. */
export async function stopCluster(dir: string): Promise<void> {
  const supervisor = readPids(dir)?.supervisor;
  if (supervisor !== undefined) await killForGood(supervisor, "SIGTERM");
  await removeRemains(dir);
}

/** Ends whatever is recorded as running there, supervisor first so that it restarts nothing, and removes the folder. */
export async function removeRemains(dir: string): Promise<void> {
  const pids = readPids(dir);
  if (pids !== undefined) {
    await killForGood(pids.supervisor);
    const components = Object.values(readPids(dir)?.components ?? {});
    await Promise.all(components.map((record) => killForGood(record)));
  }
  // Another that cleans up may be at it too.
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
