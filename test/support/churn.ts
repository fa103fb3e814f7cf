import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { deleteTenant } from "./chart.ts";
import { startReplica, type Replica } from "./failover.ts";
import { apply, tenant } from "./fleet.ts";
import { SHORT_LEASE } from "./operator.ts";

/** Tenants that come and go while replicas of the operator are killed. */
export interface ChurnOptions {
  readonly cluster: Cluster;
  /** How many tenants come to be, under a third as many names. */
  readonly lives: number;
  /** How many of them at a time. */
  readonly atOnce: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly tell: (line: string) => void;
}

export interface Churned {
  readonly made: number;
  readonly kills: number;
}

/** A tenant goes so long after it came, at most: some while they are being made. */
const LONGEST_MS = 15_000;
const KILLED_EVERY_MS = 8_000;
const GONE_WITHIN_MS = 240_000;
const LOOKED_EVERY_MS = 1_000;

/** Makes and deletes tenants at random until all have lived and are gone; two replicas run, and one of them is killed time and again. */
export async function churn(options: ChurnOptions): Promise<Churned> {
  const { lives, atOnce, random } = options;
  const pair = new Pair(options);
  await pair.start();
  try {
    const births = Array.from({ length: lives }, (_, n) => n).values(); // shared: each lane takes the next
    const names = Array.from({ length: Math.max(atOnce, Math.ceil(lives / 3)) }, (_, n) => `t${n}`);
    const lanes = Array.from({ length: atOnce }, (_, lane) => names.filter((_name, n) => n % atOnce === lane));
    // A name belongs to one lane: there is never a second of that name before the first is gone.
    const alive = new Alive(options.cluster);
    const lived = lanes.map(async (own) => {
      for (const _birth of births) await live(options, own[Math.floor(random() * own.length)] ?? "t0", alive);
    });
    await Promise.all(lived).finally(() => void alive.stop());
    return { made: lives, kills: pair.kills };
  } finally {
    await pair.stop();
  }
}

async function live({ cluster, random, tell }: ChurnOptions, name: string, alive: Alive): Promise<void> {
  const regions = random() < 0.3 ? { proxyRegions: ["us-west-2", "eu-central-1"] } : {};
  await apply(cluster, tenant(name, regions));
  await sleep(random() * LONGEST_MS);
  await deleteTenant(cluster, name, { wait: false });
  await alive.untilGone(name);
  tell(`${name} lived`);
}

/** Which tenants there are, asked for all who wait at once. */
class Alive {
  readonly #waiting = new Map<string, { readonly gone: () => void; readonly late: (error: Error) => void; readonly until: number }>();
  readonly #cluster: Cluster;
  readonly #stopped = new AbortController();
  readonly #looking: Promise<void>;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#looking = this.#look().catch((error: unknown) => {
      for (const { late } of this.#waiting.values()) late(new Error("ask which tenants there are", { cause: error }));
    });
  }

  untilGone(name: string): Promise<void> {
    return new Promise((gone, late) => void this.#waiting.set(name, { gone, late, until: Date.now() + GONE_WITHIN_MS }));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const asked = [...this.#waiting];
      const there = new Set((await this.#cluster.kubectl(["get", "tenants", "-o", "name"])).split("\n").map((line) => line.slice(line.indexOf("/") + 1)));
      for (const [name, { gone, late, until }] of asked) {
        if (there.has(name) && Date.now() < until) continue;
        this.#waiting.delete(name);
        if (there.has(name)) late(new Error(`delete tenant "${name}": it is still there after ${GONE_WITHIN_MS / 1000} s`));
        else gone();
      }
      await sleep(LOOKED_EVERY_MS);
    }
  }
}

/** Two replicas, of which one is killed every few seconds and another one takes its place. */
class Pair {
  readonly #options: ChurnOptions;
  readonly #stopped = new AbortController();
  #replicas: Replica[] = [];
  #started = 0;
  #killing: Promise<void> = Promise.resolve();
  kills = 0;

  constructor(options: ChurnOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#replicas = [await this.#begin(), await this.#begin()];
    this.#killing = this.#killAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#killing;
    await Promise.all(this.#replicas.map(({ process }) => process.stop()));
  }

  #begin(): Promise<Replica> {
    this.#started += 1;
    return startReplica(this.#options.cluster, `churn-${this.#started}`, SHORT_LEASE);
  }

  async #killAgainAndAgain(): Promise<void> {
    const { signal } = this.#stopped;
    for (;;) {
      await sleep(KILLED_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const victim = Math.floor(this.#options.random() * this.#replicas.length);
      await this.#replicas[victim]?.process.kill();
      this.kills += 1;
      this.#replicas[victim] = await this.#begin();
    }
  }
}

/** Whatever in the cluster still carries a tenant's label, or stands in a tenant's name; empty: nothing was left behind. */
export async function leftBehind(cluster: Cluster): Promise<readonly string[]> {
  const kinds = "namespaces,clusterrolebindings,networkpolicies,resourcequotas,serviceaccounts,configmaps,secrets,persistentvolumeclaims,services,poddisruptionbudgets,deployments,pods,jobs";
  const labelled = await cluster.kubectl(["get", kinds, "--all-namespaces", "-l", "slacktide.dev/tenant", "-o", "name"]);
  const named = await cluster.kubectl(["get", "namespaces,clusterrolebindings", "-o", "name"]);
  const volumes = await cluster.kubectl(["get", "persistentvolumes", "-o", "name"]);
  return [...labelled.split("\n"), ...named.split("\n").filter((name) => name.includes("/tenant-")), ...volumes.split("\n")].filter((name) => name !== "");
}
