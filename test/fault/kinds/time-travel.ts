import type { LogFields } from "../../../src/runtime/logger.ts";
import type { Plan } from "../plan.ts";
import { failure } from "../proxy/answers.ts";
import { addressOf, isOfCollection, isWatch, type Call } from "../proxy/call.ts";
import type { Answer } from "../proxy/upstream.ts";
import type { WatchLine, WatchOutlet, WatchTap } from "../proxy/watch-pipe.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { FaultAtWrite, nthWrite, oneOf } from "./at-write.ts";

const LONGEST_LAG = 12;
const LONGEST_STALE_MS = 1_500;

/**
 * An operator dies, and the next one finds an API server that lags behind: its first lists are of an older
 * resourceVersion, really so, and its watches go on from there only after a while. Reads of one object are live.
 */
export class TimeTravel extends FaultAtWrite {
  readonly #lag: number;
  readonly #staleMs: number;
  readonly #isCarriedOut: boolean;
  readonly #listed = new Set<string>();
  #version: number | undefined;
  #freshAt = Infinity;

  constructor(next: () => number, nth: number) {
    super(nthWrite(nth));
    this.#lag = oneOf(next, LONGEST_LAG);
    this.#staleMs = next() * LONGEST_STALE_MS;
    this.#isCarriedOut = next() < 0.5;
  }

  protected story(): LogFields {
    return { kind: "time-travel", lag: this.#lag, staleMs: this.#staleMs, isCarriedOut: this.#isCarriedOut };
  }

  protected reach(write: Write, logged: LoggedWrite, plan: Plan): boolean {
    this.become("pending");
    void this.#travel(write, logged, plan);
    return true;
  }

  async #travel(write: Write, logged: LoggedWrite, plan: Plan): Promise<void> {
    if (this.#isCarriedOut) await plan.carryOut(write, logged, "untold");
    const { record } = plan.world;
    this.#version = record[Math.max(record.length - 1 - this.#lag, 0)]?.revision;
    this.#freshAt = Date.now() + this.#staleMs;
    plan.crash();
  }

  /** As a server answers that knows no WatchList: one that streams its state would not be stale. */
  onRead(call: Call): Answer | undefined {
    if (this.#version === undefined || call.query.get("sendInitialEvents") !== "true") return undefined;
    return failure(422, "Invalid", 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled');
  }

  rewrite(url: string, call: Call): string {
    const { plural = "" } = addressOf(call.path) ?? {};
    if (this.#version === undefined || !isOfCollection(call) || isWatch(call) || plural === "" || this.#listed.has(plural)) return url;
    if (!this.hasStruck) this.#begin();
    this.#listed.add(plural);
    const stale = new URL(url, "http://server.invalid");
    stale.searchParams.set("resourceVersion", String(this.#version));
    stale.searchParams.set("resourceVersionMatch", "Exact");
    return stale.pathname + stale.search;
  }

  #begin(): void {
    this.become("struck");
    setTimeout(() => this.become("over"), Math.max(this.#freshAt - Date.now(), 0));
  }

  onWatch(): WatchTap | undefined {
    return this.#version === undefined ? undefined : new LateWatch(() => this.#freshAt);
  }
}

/** Passes nothing on before an instant, and then everything. */
class LateWatch implements WatchTap {
  readonly #freshAt: () => number;
  readonly #waiting: string[] = [];
  #outlet: WatchOutlet | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(freshAt: () => number) {
    this.#freshAt = freshAt;
  }

  open(outlet: WatchOutlet): void {
    this.#outlet = outlet;
    this.#timer = setTimeout(() => this.#flush(), Math.max(this.#freshAt() - Date.now(), 0));
  }

  line({ text }: WatchLine): void {
    this.#waiting.push(text);
    if (Date.now() >= this.#freshAt()) this.#flush();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    for (const text of this.#waiting.splice(0)) this.#outlet?.write(text);
  }
}
