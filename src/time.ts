import { REHEARSAL } from "./api/index.ts";
import type { Instant } from "./domain/time.ts";
import { KubeClient } from "./kube/client.ts";
import { KINDS } from "./kube/kind.ts";
import type { Transport } from "./kube/transport.ts";
import { realClock, realMono, type Clock } from "./runtime/clock.ts";
import type { Logger } from "./runtime/logger.ts";
import type { Metrics } from "./runtime/metrics.ts";
import { RehearsalClock } from "./runtime/rehearsal.ts";

/** From when to when time is rehearsed (design §12). */
export interface Rehearsal {
  readonly from: Instant;
  readonly until?: Instant | undefined;
  readonly exitAtEnd: boolean;
}

/** Domain time, and how the server's instants are read in it. */
export interface Time {
  readonly clock: Clock;
  readonly fromServer: (instant: Instant) => Instant;
  start(isBusy: () => boolean): void;
  stop(): void;
}

export interface TimeParts {
  readonly transport: Transport;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onEnd: () => void;
}

/** The real time, or a rehearsed one where the cluster allows it. */
export async function timeOf(rehearsal: Rehearsal | undefined, { transport, log, metrics, onEnd }: TimeParts): Promise<Time> {
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
