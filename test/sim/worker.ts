import { parentPort } from "node:worker_threads";
import { run } from "./run.ts";

const port = parentPort;
if (port === null) throw new Error("start worker.ts: it is started by main.ts");

// What goes wrong in a story is told with its stack when it is replayed; thousands of errors are part of the stories.
Error.stackTraceLimit = 0;

/** Plays the seeds that it is given, one after the other; none are left: it ends. */
port.on("message", (seeds: readonly number[]) => {
  if (seeds.length === 0) return port.close();
  void (async () => {
    for (const seed of seeds) port.postMessage(await run(seed));
    port.postMessage("done");
  })();
});
