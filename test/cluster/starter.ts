/** Started by the tests as a process of its own: starts a light cluster of the given name, says so, and waits to be killed. */
import { startCluster } from "../../tools/cluster/cluster.ts";

const cluster = await startCluster({ name: process.argv[2] ?? "starter", profile: "light" });
process.stdout.write(`${cluster.dir}\n`);
setInterval(() => undefined, 60_000);
