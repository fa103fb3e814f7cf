import { sleep, type Mono } from "../runtime/clock.ts";
import { KubeError } from "./errors.ts";

/** An API server that doesn't answer is waited for. */
const PATIENCE_MS = 30_000;
const ASK_AGAIN_MS = 1_000;

export interface Patience {
  readonly mono: Mono;
  readonly signal: AbortSignal;
}

/** Asks again while there is no answer, for half a minute; what the server refuses is thrown at once. Undefined once `signal` aborts. */
export async function untilAnswered<T>(ask: () => Promise<T>, { mono, signal }: Patience): Promise<T | undefined> {
  for (const end = mono.now() + PATIENCE_MS; !signal.aborted; await sleep(mono, ASK_AGAIN_MS, signal)) {
    try {
      return await ask();
    } catch (error) {
      const isAnswered = !(error instanceof KubeError) || error.outcome === "refused";
      if (isAnswered || mono.now() >= end) throw error;
    }
  }
  return undefined;
}
