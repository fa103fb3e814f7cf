import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { parse, stringify } from "yaml";
import type { Cluster } from "../tools/cluster/cluster.ts";

/** A way to the API server that can be cut. */
export interface Forwarder {
  readonly kubeconfig: string;
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** Passes bytes on to the cluster's API server; the kubeconfig is the given one with this way as its server. */
export async function forwarder(cluster: Cluster, kubeconfig: string): Promise<Forwarder> {
  const { hostname, port } = new URL(cluster.server);
  const sockets = new Set<Socket>();
  const open = () =>
    createServer((near) => {
      const far = connect(Number(port), hostname);
      near.pipe(far).pipe(near);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        sockets.add(one);
        one.on("error", () => other.destroy()).on("close", () => (other.destroy(), sockets.delete(one)));
      }
    });
  let server = open().listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = (server.address() as AddressInfo).port; // it listens on a port
  const config = parse(readFileSync(kubeconfig, "utf8")) as { clusters: { cluster: { server: string } }[] }; // a kubeconfig
  for (const each of config.clusters) each.cluster.server = `https://127.0.0.1:${own}`;
  const path = `${kubeconfig}.forwarded`;
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return {
    kubeconfig: path,
    cut: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    restore: async () => {
      server = open().listen(own, "127.0.0.1");
      await once(server, "listening");
    },
  };
}
