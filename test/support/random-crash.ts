import { setTimeout as sleep } from "node:timers/promises";
import type { FaultProxy } from "./proxy.ts";
import type { Stage } from "./stage.ts";

/** Other work goes on meanwhile. */
const LIVES_ON_MS = 300;

/** A rehearsal in which operators die. */
export interface Doomed {
  readonly stage: Stage;
  readonly proxy: FaultProxy;
  /** RFC 3339: by then every one of them must have died. */
  readonly until: string;
  /** Seeded, in [0, 1). */
  readonly next: () => number;
  /** An operator dies around one of its first so many writes. */
  readonly mostWrites: number;
}

/**
 * Starts an operator at the rehearsed instant `from` and kills it (SIGKILL) around its n-th write, which is lost, or unheard,
 * or answered; resolves to the rehearsed instant of its death. Rejects if all is done before that.
 */
export async function dieAtRandom(from: number, { stage, proxy, until, next, mostWrites }: Doomed): Promise<number> {
  let left = 1 + Math.floor(next() * mostWrites);
  const fate = (["answered", "unheard", "lost"] as const)[Math.floor(next() * 3)];
  const livesOnMs = next() * LIVES_ON_MS;
  const last = proxy.hold(({ path }) => !path.includes("/events") && --left === 0);
  const operator = stage.start({ from, until, exitAtEnd: true, kubeconfig: proxy.kubeconfigBeside(stage.kubeconfig) });
  const tooSoon = operator.exited.then(() => Promise.reject(new Error(`all was done, or it failed, before its write was reached:\n${operator.tail()}`)));
  const write = await Promise.race([last, tooSoon]);
  if (fate === "answered") await write.forward();
  await sleep(livesOnMs);
  const diedAt = operator.rehearsedNow();
  tooSoon.catch(() => undefined); // now it ends as it should
  await operator.kill();
  if (fate === "unheard") await write.forward();
  if (fate === "lost") write.drop();
  return diedAt;
}
