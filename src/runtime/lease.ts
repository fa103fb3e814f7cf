import { sleep, type Mono } from "./clock.ts";

/** A Lease as far as an election goes. Instants that other machines wrote are not in it: nobody compares them. */
export interface Lease {
  /** Empty: given back, free for anybody. */
  readonly holder: string;
  /** How long the holder may be silent before somebody else takes it, in milliseconds. */
  readonly durationMs: number;
  /** How often the holder has changed. */
  readonly transitions: number;
}

/** A Lease as it was seen; every write gives it another version. */
export interface SeenLease extends Lease {
  readonly version: string;
}

/** Where a Lease is kept. */
export interface LeaseStore {
  /** The Lease as it is now, or undefined if there is none. */
  read(signal: AbortSignal): Promise<SeenLease | undefined>;
  /**
   * Writes a Lease over exactly `over` (undefined: where there is none); resolves to undefined, and has changed nothing, if
   * something else is there by now. Throws if it isn't known what became of it.
   */
  write(lease: Lease, over: SeenLease | undefined, signal: AbortSignal): Promise<SeenLease | undefined>;
}

/** How an election is timed, in milliseconds of the own machine's monotonic clock. */
export interface LeaseTiming {
  /** A Lease that nobody renewed for so long is free. */
  readonly leaseDurationMs: number;
  /** A leader that could not renew for so long stops; it writes nothing from then on. */
  readonly renewDeadlineMs: number;
  /** How often a leader renews, and how long anybody waits after a failure. */
  readonly retryPeriodMs: number;
}

/** The usual constants of Kubernetes' own controllers. */
export const USUAL_TIMING: LeaseTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

/** How much longer than the retry period a wait may get by chance. */
export const RETRY_JITTER = 0.2;

/** What is wrong with a timing, or undefined. */
export function problemOfTiming({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: LeaseTiming): string | undefined {
  if (leaseDurationMs < 1000) return "the lease duration must be at least one second";
  if (renewDeadlineMs >= leaseDurationMs) return "the renew deadline must be shorter than the lease duration: a leader has to stop before another one starts";
  if (retryPeriodMs * (1 + RETRY_JITTER) >= renewDeadlineMs) return "the retry period must be well below the renew deadline: one failed renewal would cost the leadership";
  return undefined;
}

/**
 * Whether somebody holds a Lease and renews it. Watches a held one for up to as long as it says it lasts, on the own clock;
 * throws what `read` throws.
 */
export async function isRenewed(read: () => Promise<SeenLease | undefined>, { mono, everyMs }: { readonly mono: Mono; readonly everyMs: number }): Promise<boolean> {
  const first = await read();
  if (first === undefined || first.holder === "") return false;
  const end = mono.now() + first.durationMs;
  while (mono.now() < end) {
    await sleep(mono, Math.min(everyMs, end - mono.now()));
    const now = await read();
    if (now === undefined || now.holder === "") return false;
    if (now.version !== first.version) return true;
  }
  return false;
}
