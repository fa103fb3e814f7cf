/**
 * Changes of leader against a real API server, as often as one likes: `npm run failover -- --times 30`. Each is printed, and
 * the exit code is 1 if one was too slow or the old leader wrote after the new one's first write. `--usual` takes the usual
 * lease of 15 s and pauses of 60 s instead of 3 s and 10 s; `--at-once` as many clusters side by side, since most of it is waiting.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Cluster, startCluster } from "../cluster/cluster.ts";
import { failover, leaderAtWork, type Replica, untilWrites } from "../../test/support/failover.ts";
import { installChart, SHORT_LEASE } from "../../test/support/operator.ts";

const { values } = parseArgs({
  options: { times: { type: "string", default: "30" }, usual: { type: "boolean", default: false }, "at-once": { type: "string", default: "1" } },
});
const USUAL_LEASE = ["--lease-duration=15s", "--renew-deadline=10s", "--retry-period=2s"];
const timing = values.usual ? USUAL_LEASE : SHORT_LEASE;
const pauseMs = values.usual ? 60_000 : 10_000;
/** After SIGKILL and SIGSTOP the lease has to end first: 15 s and a retry, or 3 s and one. */
const silentMs = values.usual ? 18_000 : 7_000;

interface Blow {
  readonly name: "SIGTERM" | "SIGKILL" | "SIGSTOP";
  readonly withinMs: number;
  /** Strikes, and resolves once the other one writes and nothing more is to be expected of the one that was struck. */
  readonly strike: (from: Replica, otherWrites: () => Promise<void>) => Promise<void>;
}

const BLOWS: readonly Blow[] = [
  {
    name: "SIGTERM",
    withinMs: 3_000,
    strike: async ({ process }, otherWrites) => void (await Promise.all([process.stop(), otherWrites()])),
  },
  {
    name: "SIGKILL",
    withinMs: silentMs,
    strike: async ({ process }, otherWrites) => void (await Promise.all([process.kill(), otherWrites()])),
  },
  {
    name: "SIGSTOP",
    withinMs: silentMs,
    strike: async ({ process: { pid = 0, exited } }, otherWrites) => {
      process.kill(pid, "SIGSTOP");
      const struckAt = Date.now();
      await otherWrites();
      await sleep(struckAt + pauseMs - Date.now());
      process.kill(pid, "SIGCONT");
      await exited;
    },
  },
];

const seen = new Map<string, number[]>();
let failures = 0;
const rounds = Array.from({ length: Number(values.times) }, (_, n) => n + 1);
await Promise.all(Array.from({ length: Number(values["at-once"]) }, changes));
for (const [name, times] of seen) console.log(`${name}: ${times.length} changes, median ${median(times)} ms, longest ${Math.max(...times)} ms`);
console.log(failures === 0 ? "all in time, no late write" : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

interface Change {
  readonly blow: Blow;
  readonly round: number;
}

/** One round after the other, on clusters of their own, until none is left. */
async function changes(): Promise<void> {
  for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
    const cluster = await startCluster({ profile: "light", audit: true, log: () => undefined });
    try {
      await installChart(cluster);
      for (const blow of BLOWS) await change(cluster, { blow, round });
    } finally {
      await cluster.stop();
    }
  }
}

async function change(cluster: Cluster, { blow, round }: Change): Promise<void> {
  const { name, withinMs, strike } = blow;
  const [from, to] = await leaderAtWork(cluster, name.toLowerCase(), timing);
  const at = Date.now();
  await strike(from, () => untilWrites(cluster, to));
  const { ms, late, before } = failover(cluster, { from, to, at });
  const isFine = ms <= withinMs && late.length === 0;
  failures += isFine ? 0 : 1;
  seen.set(name, [...(seen.get(name) ?? []), ms]);
  console.log(`${String(round).padStart(3)} ${name}  first write of the other after ${String(ms).padStart(5)} ms (at most ${withinMs}), ${late.length} late of ${before} writes  ${isFine ? "ok" : "FAILED"}`);
  await to.process.stop();
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
