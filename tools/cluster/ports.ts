import { createServer } from "node:net";
import { ClusterError } from "./failure.ts";

// Below the range from which systems take ports for outgoing connections: a restarted API server finds its port still free.
const LOWEST = 20_000;
const HIGHEST = 29_999;
const TRIES = 200;

/** A port of 127.0.0.1 that nobody listens on, or the wanted one if it is such. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted;
    throw new ClusterError(`port ${wanted} of 127.0.0.1 is in use: stop what listens there, or leave out --port to take a free one`);
  }
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await isFree(port)) return port;
  }
  throw new ClusterError(`found no free port of 127.0.0.1 between ${LOWEST} and ${HIGHEST}: give one with --port`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
