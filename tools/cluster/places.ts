import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { ClusterError } from "./failure.ts";

/** Where built programs are kept between runs: `SLACKTIDE_CACHE`, else `slacktide` in the user's cache folder. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return env["SLACKTIDE_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "slacktide");
}

/** The folder that holds a folder a running cluster; in memory where the machine has such a place, for speed. */
export function stateRoot(): string {
  const root = join(isWritable("/dev/shm") ? "/dev/shm" : tmpdir(), `slacktide-cluster-${userInfo().uid}`);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(root);
  // The folder lies where everybody may write, and holds keys: one that somebody else made first is not ours to use.
  if (uid !== userInfo().uid || (mode & 0o077) !== 0) {
    throw new ClusterError(`the state folder ${root} is not private to this user: remove it, or chmod it to 700`);
  }
  return root;
}

/** The state folder of the named cluster. */
export function clusterDir(name: string): string {
  // Short, because the path of a socket in it may have about 100 characters.
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new ClusterError(`cluster name "${name}" is not 1 to 40 lower-case letters, digits and inner dashes: choose another --name`);
  }
  return join(stateRoot(), name);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
