import { parentPort } from "node:worker_threads";
import { fleetOf } from "./fleet.ts";
import { foretell, mistakes } from "./foretell.ts";

/** What came of a fleet. */
export interface Told {
  readonly seed: number;
  readonly starts: number;
  readonly codes: readonly string[];
  readonly mistakes: readonly string[];
}

const port = parentPort;
if (port === null) throw new Error("start worker.ts: it is started by main.ts");

/** Foretells the fleets that it is given, one after the other; none are left: it ends. */
port.on("message", (seeds: readonly number[]) => {
  if (seeds.length === 0) return port.close();
  void (async () => {
    for (const seed of seeds) port.postMessage(await told(seed));
    port.postMessage("done");
  })();
});

async function told(seed: number): Promise<Told> {
  try {
    const foretold = await foretell(fleetOf(seed));
    return { seed, starts: foretold.seen.length, codes: [...foretold.codes], mistakes: mistakes(foretold) };
  } catch (error) {
    return { seed, starts: 0, codes: [], mistakes: [error instanceof Error ? error.message : String(error)] };
  }
}
