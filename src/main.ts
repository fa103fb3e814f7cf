import { loadPlatform } from "./adapters/config.ts";
import { EVENT_LOOP_METRICS } from "./adapters/event-loop.ts";
import { createLogger, type LogLevel } from "./adapters/logger.ts";
import { SLACKTIDE_METRICS } from "./adapters/meter.ts";
import { createMetrics } from "./adapters/metrics.ts";
import { VERSION_SERVER_METRICS } from "./adapters/version-server.ts";
import { Instance, type InstanceOptions } from "./instance.ts";
import { loadKubeConfig } from "./kube/credentials.ts";
import { realClock, realMono, realRng } from "./runtime/clock.ts";
import { MEMBER_METRICS } from "./member-session.ts";
import { exitOnCrash, stopSignal } from "./signals.ts";
import { timeOf, type Rehearsal } from "./time.ts";
import { VERSION } from "./version.ts";

/** How `slacktide run` was called. */
export interface RunOptions extends InstanceOptions {
  readonly kubeconfig?: string | undefined;
  readonly config?: string | undefined;
  readonly logLevel: LogLevel;
  readonly rehearsal?: Rehearsal | undefined;
}

/** A process that leads no more must be gone soon, whatever keeps it. */
const GONE_WITHIN_MS = 5_000;

/** Wires everything and runs until a signal, or the end of a rehearsal; resolves to the exit code. */
export async function run(options: RunOptions): Promise<number> {
  const platform = loadPlatform(options.config);
  const log = createLogger({ level: options.logLevel });
  exitOnCrash(log);
  const metrics = createMetrics([...SLACKTIDE_METRICS, ...EVENT_LOOP_METRICS, ...VERSION_SERVER_METRICS, ...MEMBER_METRICS]);
  const versions = { version: VERSION, node: process.versions.node, tzdata: process.versions.tz ?? "unknown" };
  metrics.set("slacktide_build_info", versions, 1);
  const config = loadKubeConfig(options.kubeconfig);
  const instance = new Instance(options, {
    platform,
    log,
    metrics,
    config,
    mono: realMono,
    rng: realRng,
    wall: realClock(realMono),
    time: (parts) => timeOf(options.rehearsal, parts),
  });

  log.info("starting", versions);
  const stopping = new AbortController();
  const stopped = stopSignal(log);
  void stopped.then(() => stopping.abort());
  let isLost = false;
  const lost = instance.lost.then((why) => {
    isLost = true;
    return why;
  });
  let clean = false;
  try {
    log.info("stopping", { why: await Promise.race([stopped, instance.run(stopping.signal), lost]) });
  } finally {
    // Also after a start that failed: whatever was begun would keep the process alive.
    if (isLost) setTimeout(() => process.exit(1), GONE_WITHIN_MS).unref();
    clean = await instance.stop(isLost ? "lost" : "asked");
    await instance.close();
  }
  return clean && !isLost ? 0 : 1;
}
