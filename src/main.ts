import { randomUUID } from "node:crypto";
import { EVENT_LOOP_METRICS, EventLoop } from "./adapters/event-loop.ts";
import { HttpServer } from "./adapters/http-server.ts";
import { createLogger, type LogLevel } from "./adapters/logger.ts";
import { createMeter, SLACKTIDE_METRICS } from "./adapters/meter.ts";
import { createMetrics, type MetricsRegistry } from "./adapters/metrics.ts";
import { loadPlatform } from "./adapters/config.ts";
import type { Platform } from "./domain/objects/platform.ts";
import { Election, refuseIfLed, type Replica } from "./election.ts";
import { KubeClient } from "./kube/client.ts";
import { loadKubeConfig, type FreshKubeConfig } from "./kube/credentials.ts";
import type { WriteFence } from "./kube/fence.ts";
import { LEADERSHIP_KIND, leadershipRecord, type LeadershipRecord } from "./kube/leadership.ts";
import { Recorder } from "./kube/recorder.ts";
import { refuseOtherSchemas } from "./kube/schema-version.ts";
import { HttpTransport, type Transport } from "./kube/transport.ts";
import { OWN_KINDS, Slacktide } from "./operator.ts";
import { realClock, realMono, realRng } from "./runtime/clock.ts";
import { USUAL_TIMING, type LeaseTiming } from "./runtime/lease.ts";
import type { Logger } from "./runtime/logger.ts";
import { exitOnCrash, stopSignal } from "./signals.ts";
import { timeOf, type Rehearsal } from "./time.ts";
import { VERSION } from "./version.ts";

/** How `slacktide run` was called. */
export interface RunOptions {
  readonly kubeconfig?: string | undefined;
  readonly config?: string | undefined;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
  /** The pod, or whatever else names this process to people. */
  readonly identity: string;
  /** Without it the operator acts alone, and starts only where nobody leads. */
  readonly election?: { readonly replica: Replica; readonly timing: LeaseTiming } | undefined;
  readonly rehearsal?: Rehearsal | undefined;
}

/** Wires everything and runs until a signal, or the end of a rehearsal; resolves to the exit code. */
export async function run(options: RunOptions): Promise<number> {
  const platform = loadPlatform(options.config);
  const log = createLogger({ level: options.logLevel });
  exitOnCrash(log);
  const metrics = createMetrics([...SLACKTIDE_METRICS, ...EVENT_LOOP_METRICS]);
  metrics.set("slacktide_build_info", { version: VERSION, node: process.versions.node, tzdata: process.versions.tz ?? "unknown" }, 1);
  const config = loadKubeConfig(options.kubeconfig);
  // Without an election there is no fence, and the pool never asks.
  const fence: WriteFence = { whyNot: (write) => election?.whyNot(write), refused: (error) => election?.refused(error) };
  const transport = new HttpTransport({ config, mono: realMono, metrics, ...(options.election !== undefined && { fence }) });
  const client = new KubeClient({ transport, kinds: [...OWN_KINDS, LEADERSHIP_KIND] });
  const clock = realClock(realMono);
  const recorder = new Recorder({ client, clock, mono: realMono, log, metrics, instance: options.identity });
  const parts = { platform, log, metrics, config, transport, client, recorder, record: leadershipRecord({ client, transport }) };
  const election = electionOf(options, parts);
  try {
    return await operate(options, { ...parts, election });
  } finally {
    await transport.close();
  }
}

interface Parts {
  readonly platform: Platform;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly config: FreshKubeConfig;
  readonly transport: Transport;
  readonly client: KubeClient;
  readonly recorder: Recorder;
  readonly record: LeadershipRecord;
}

function electionOf({ election }: RunOptions, parts: Parts): Election | undefined {
  if (election === undefined) return undefined;
  return new Election({
    ...parts,
    ...election,
    nonce: randomUUID(),
    clock: realClock(realMono),
    mono: realMono,
    rng: realRng,
    onActing: (regarding) => {
      const note = `Pod "${election.replica.pod}" became the leader`;
      parts.recorder.record({ regarding, type: "Normal", reason: "LeaderElected", action: "Lead", note });
    },
  });
}

/** A process that leads no more must be gone soon, whatever keeps it. */
const GONE_WITHIN_MS = 5_000;

async function operate(options: RunOptions, parts: Parts & { readonly election: Election | undefined }): Promise<number> {
  const { log, metrics, transport, client, election } = parts;
  const ended = Promise.withResolvers<"end">();
  const time = await timeOf(options.rehearsal, { transport, log, metrics, onEnd: () => ended.resolve("end") });

  const loop = new EventLoop({ mono: realMono, metrics });
  const probes = { unreadyReason: () => operator.unreadyReason(), unhealthyReason: () => loop.unhealthyReason() };
  const http = new HttpServer({ port: options.metricsPort, metrics, ...probes });
  const operator: Slacktide = new Slacktide({
    ...parts,
    kinds: OWN_KINDS,
    http,
    leadership: election,
    clock: time.clock,
    mono: realMono,
    rng: realRng,
    meter: createMeter(metrics),
    fromServer: time.fromServer,
    wall: realClock(realMono),
  });

  log.info("starting", { version: VERSION, node: process.versions.node, tzdata: process.versions.tz ?? "unknown" });
  const stopping = new AbortController();
  const stopped = stopSignal(log);
  void stopped.then(() => stopping.abort());
  const running = (async () => {
    await refuseOtherSchemas(client, realMono, stopping.signal);
    if (election === undefined) await refuseIfLed({ record: parts.record, mono: realMono, timing: USUAL_TIMING });
    await operator.start();
    if (operator.unreadyReason() !== undefined) return ended.promise; // told to stop while starting, or while it waited its turn
    log.info("running", { metricsPort: http.port });
    time.start(() => operator.isBusy());
    return ended.promise;
  })();
  let isLost = false;
  const lost = election?.lost.then((why) => {
    isLost = true;
    return why;
  });
  let clean = false;
  try {
    log.info("stopping", { why: await Promise.race([stopped, running, ...(lost === undefined ? [] : [lost])]) });
  } finally {
    // Also after a start that failed: whatever was begun would keep the process alive.
    time.stop();
    loop.stop();
    if (isLost) setTimeout(() => process.exit(1), GONE_WITHIN_MS).unref();
    clean = await operator.shutdown(isLost ? 0 : undefined);
    await election?.stop(clean && !isLost ? "release" : "keep");
  }
  return clean && !isLost ? 0 : 1;
}
