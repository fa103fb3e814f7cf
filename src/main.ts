import { hostname } from "node:os";
import { HttpServer } from "./adapters/http-server.ts";
import { createLogger, type LogLevel } from "./adapters/logger.ts";
import { createMeter, SLACKTIDE_METRICS } from "./adapters/meter.ts";
import { createMetrics, type MetricsRegistry } from "./adapters/metrics.ts";
import { loadPlatform } from "./adapters/config.ts";
import { REHEARSAL } from "./api/index.ts";
import type { Platform } from "./domain/objects/platform.ts";
import type { Instant } from "./domain/time.ts";
import { KubeClient } from "./kube/client.ts";
import { loadKubeConfig, type FreshKubeConfig } from "./kube/credentials.ts";
import { KINDS } from "./kube/kind.ts";
import { Recorder } from "./kube/recorder.ts";
import { HttpTransport, type Transport } from "./kube/transport.ts";
import { OWN_KINDS, Slacktide } from "./operator.ts";
import { realClock, realMono, realRng, type Clock } from "./runtime/clock.ts";
import type { Logger } from "./runtime/logger.ts";
import { RehearsalClock } from "./runtime/rehearsal.ts";
import { VERSION } from "./version.ts";

/** How `slacktide run` was called. */
export interface RunOptions {
  readonly kubeconfig?: string | undefined;
  readonly config?: string | undefined;
  readonly metricsPort: number;
  readonly logLevel: LogLevel;
  readonly rehearsal?: { readonly from: Instant; readonly until?: Instant | undefined; readonly exitAtEnd: boolean } | undefined;
}

/** Wires everything and runs until a signal, or the end of a rehearsal; resolves to the exit code. */
export async function run(options: RunOptions): Promise<number> {
  const platform = loadPlatform(options.config);
  const log = createLogger({ level: options.logLevel });
  const metrics = createMetrics(SLACKTIDE_METRICS);
  metrics.set("slacktide_build_info", { version: VERSION, node: process.versions.node, tzdata: process.versions.tz ?? "unknown" }, 1);
  const config = loadKubeConfig(options.kubeconfig);
  const transport = new HttpTransport({ config, mono: realMono, metrics });
  try {
    return await operate(options, { platform, log, metrics, config, transport });
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
}

async function operate(options: RunOptions, parts: Parts): Promise<number> {
  const { log, metrics, transport } = parts;
  const ended = Promise.withResolvers<"end">();
  const time = await timeOf(options, { transport, log, metrics, onEnd: () => ended.resolve("end") });

  const http = new HttpServer({ port: options.metricsPort, metrics, unreadyReason: () => operator.unreadyReason() });
  const operator: Slacktide = new Slacktide({
    ...parts,
    kinds: OWN_KINDS,
    http,
    clock: time.clock,
    mono: realMono,
    rng: realRng,
    meter: createMeter(metrics),
    fromServer: time.fromServer,
    recorder: ({ client }) => new Recorder({ client, clock: realClock(realMono), mono: realMono, log, metrics, instance: hostname() }),
  });

  log.info("starting", { version: VERSION, node: process.versions.node, tzdata: process.versions.tz ?? "unknown" });
  const stopped = stopSignal(log);
  const running = operator.start().then(() => {
    if (operator.unreadyReason() !== undefined) return ended.promise; // told to stop while starting
    log.info("running", { metricsPort: http.port });
    time.start(() => operator.isBusy());
    return ended.promise;
  });
  let clean = false;
  try {
    log.info("stopping", { why: await Promise.race([stopped, running]) });
  } finally {
    // Also after a start that failed: whatever was begun would keep the process alive.
    time.stop();
    clean = await operator.shutdown();
  }
  return clean ? 0 : 1;
}

/** Domain time, and how the server's instants are read in it. */
interface Time {
  readonly clock: Clock;
  readonly fromServer: (instant: Instant) => Instant;
  start(isBusy: () => boolean): void;
  stop(): void;
}

interface TimeParts {
  readonly transport: Transport;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly onEnd: () => void;
}

async function timeOf({ rehearsal }: RunOptions, { transport, log, metrics, onEnd }: TimeParts): Promise<Time> {
  if (rehearsal === undefined) return { clock: realClock(realMono), fromServer: (instant) => instant, start: () => undefined, stop: () => undefined };
  await refuseUnlessAllowed(transport);
  metrics.set("slacktide_rehearsal", {}, 1);
  log.warn("time is rehearsed: never do this where tenants are real");
  const { from, until, exitAtEnd } = rehearsal;
  const clock = new RehearsalClock({
    from,
    ...(until !== undefined && { until }),
    mono: realMono,
    real: realClock(realMono),
    onAnchor: (anchor) => log.info("rehearsal anchor", { ...anchor }),
    ...(exitAtEnd && { onEnd }),
  });
  return {
    clock,
    fromServer: (instant) => clock.toRehearsed(instant),
    start: (isBusy) => {
      clock.addProbe(isBusy);
      clock.start();
    },
    stop: () => clock.stop(),
  };
}

/** A cluster must say itself that its time may be rehearsed (design §12). */
async function refuseUnlessAllowed(transport: Transport): Promise<void> {
  const system = await new KubeClient({ transport }).get(KINDS.Namespace, { name: "kube-system" });
  if (system?.metadata.annotations?.[REHEARSAL.annotation] === REHEARSAL.allowed) return;
  const command = `kubectl annotate namespace kube-system ${REHEARSAL.annotation}=${REHEARSAL.allowed}`;
  throw new Error(`rehearse: this cluster does not allow it; if nothing on it is real: ${command}`);
}

/** The first signal asks for an orderly stop; the second exits at once. */
function stopSignal(log: Logger): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1);
      asked = true;
      log.info("signal received", { signal });
      resolve(signal);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
