import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NEEDED = 24;

/** Starts the command line, or says in one line which Node it needs. Plain JavaScript: it must run on older ones. */
export function start(name) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < NEEDED) {
    process.stderr.write(`${name}: needs Node ${NEEDED} or newer, this is ${process.versions.node}\n`);
    process.exit(1);
  }
  // A checkout runs its source as it is; what is installed from a package runs what was built.
  const source = new URL("../src/cli/entry.ts", import.meta.url);
  const built = new URL("../dist/entry.js", import.meta.url);
  const entry = existsSync(fileURLToPath(source)) ? source : built;
  import(entry.href)
    .then(({ enter }) => enter(name))
    .catch((error) => {
      process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exitCode = 1;
    });
}
