import type { AuditedWrite } from "./audit.ts";
import { bareClient, type BareClient, type Call } from "./client.ts";
import type { Ground } from "./ground.ts";
import { tenantOf, renamed } from "./names.ts";

/** The best that a client can do with the writes of a run. */
export interface Best {
  /** Accepted writes a second. */
  readonly perSecond: number;
  readonly connections: number;
  readonly rounds: readonly Round[];
}

/** A patch needs what a burst has made: they are made again one after the other, under the same names. */
type Part = "burst" | "wave";

interface Round {
  readonly part: Part;
  readonly connections: number;
  readonly perSecond: number;
  readonly refused: number;
}

const CONNECTIONS = [8, 32, 64] as const;
/** What the operator watches, so that the server has as much to send. */
const WATCHED = [
  "/apis/slacktide.dev/v1alpha1/tenants",
  "/apis/slacktide.dev/v1alpha1/releasechannels",
  "/apis/slacktide.dev/v1alpha1/maintenancewindows",
  ...["namespaces", "serviceaccounts", "configmaps", "persistentvolumeclaims", "services", "pods"].map((plural) => `/api/v1/${plural}?labelSelector=slacktide.dev/tenant`),
  "/apis/apps/v1/deployments?labelSelector=slacktide.dev/tenant",
  "/apis/batch/v1/jobs?labelSelector=slacktide.dev/tenant",
];

/** A write to be made again, and as whom. */
interface Again extends Call {
  readonly byOperator: boolean;
}

/**
 * Makes the sampled writes of a run again as fast as possible: same bodies, same order for each tenant, same identities and policies,
 * as many open watches. Tenants get other names, so that everything is made anew. The median of `rounds` for each number of
 * connections; the best of them.
 */
export async function replay(ground: Ground, parts: Readonly<Record<Part, readonly AuditedWrite[]>>, rounds: number): Promise<Readonly<Record<Part, Best>>> {
  const watching = new AbortController();
  const watcher = await bareClient(ground.kubeconfig, 1);
  for (const path of WATCHED) watcher.drain(path, watching.signal).catch(() => undefined);
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const connections of CONNECTIONS) {
      const digit = done.length / 2 + 1;
      const burst = await once(ground, lanesOf(parts.burst, digit), connections);
      const wave = await once(ground, lanesOf(parts.wave, digit), connections);
      done.push({ part: "burst", connections, ...burst }, { part: "wave", connections, ...wave });
    }
  }
  watching.abort();
  await watcher.close();
  return { burst: bestOf(done.filter(({ part }) => part === "burst")), wave: bestOf(done.filter(({ part }) => part === "wave")) };
}

function bestOf(rounds: readonly Round[]): Best {
  const medians = CONNECTIONS.map((connections) => ({ connections, perSecond: median(rounds.filter((each) => each.connections === connections).map(({ perSecond }) => perSecond)) }));
  return { ...medians.reduce((a, b) => (a.perSecond >= b.perSecond ? a : b)), rounds };
}

/** The writes of each tenant in order; whatever belongs to none is a lane of its own. */
function lanesOf(writes: readonly AuditedWrite[], round: number): readonly (readonly Again[])[] {
  const lanes = new Map<string, Again[]>();
  for (const write of writes) {
    const lane = tenantOf(write) ?? "";
    lanes.set(lane, [...(lanes.get(lane) ?? []), againOf(write, round)]);
  }
  return [...lanes.values()];
}

const METHODS = { create: "POST", update: "PUT", patch: "PATCH", delete: "DELETE" } as const;

function againOf({ verb, requestURI, body, byOperator }: AuditedWrite, round: number): Again {
  const isApply = requestURI.includes("force=");
  const patchType = isApply ? "application/apply-patch+yaml" : "application/merge-patch+json";
  return {
    method: METHODS[verb],
    path: renamed(requestURI, round),
    ...(body !== undefined && { body: renamed(JSON.stringify(withoutPreconditions(body)), round) }),
    contentType: verb === "patch" ? patchType : "application/json",
    byOperator,
  };
}

/** Objects made anew have other uids and versions. */
function withoutPreconditions(body: object): object {
  const { metadata, preconditions: _dropped, ...rest }: { metadata?: { uid?: string; resourceVersion?: string }; preconditions?: unknown } = { ...body };
  if (metadata === undefined) return rest;
  const { uid: _uid, resourceVersion: _version, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

async function once(ground: Ground, lanes: readonly (readonly Again[])[], connections: number): Promise<{ perSecond: number; refused: number }> {
  const operator = await bareClient(ground.kubeconfig, connections);
  const admin = await bareClient(ground.cluster.kubeconfig, connections);
  const waiting = [...lanes];
  const tally = { accepted: 0, refused: 0 };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, () => work(waiting, { operator, admin }, tally)));
  const perSecond = tally.accepted / ((performance.now() - start) / 1000);
  await Promise.all([operator.close(), admin.close()]);
  return { perSecond, refused: tally.refused };
}

async function work(waiting: (readonly Again[])[], { operator, admin }: Readonly<Record<"operator" | "admin", BareClient>>, tally: { accepted: number; refused: number }): Promise<void> {
  for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) {
    for (const { byOperator, ...call } of lane) {
      const { status, text } = await (byOperator ? operator : admin).send(call);
      if (status < 300) tally.accepted += 1;
      else if ((tally.refused += 1) <= 3) console.error(`replay: ${call.method} ${call.path}: ${status} ${text.slice(0, 200)}`);
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
