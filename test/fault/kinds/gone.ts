import type { LogFields } from "../../../src/runtime/logger.ts";
import { failure } from "../proxy/answers.ts";
import { addressOf, isWatch, type Call } from "../proxy/call.ts";
import type { Answer } from "../proxy/upstream.ts";
import type { WatchLine, WatchOutlet, WatchTap } from "../proxy/watch-pipe.ts";
import { FaultAtWrite, nthWrite, pick } from "./at-write.ts";

const PLURALS = ["tenants", "deployments", "pods", "releasechannels", "namespaces", "jobs"] as const;
const LONGEST_DEAF_MS = 1_000;
const MESSAGE = "too old resource version: 1 (2)";

/**
 * From some write on the watches of one kind, or of all, bring nothing more; then they break, and the next attempt to go on
 * is told that its resourceVersion is gone, as an answer or inside of the watch. What happened in between is never told:
 * it has to be found by listing.
 */
export class Gone extends FaultAtWrite {
  readonly #plural: string | undefined;
  readonly #isInStream: boolean;
  readonly #deafMs: number;
  readonly #open = new Set<DeafTap>();
  readonly #told = new Set<string>();
  #watches: "whole" | "deaf" | "broken" = "whole";

  constructor(next: () => number, nth: number) {
    super(nthWrite(nth));
    this.#plural = next() < 0.3 ? undefined : pick(next, PLURALS);
    this.#isInStream = next() < 0.5;
    this.#deafMs = next() * LONGEST_DEAF_MS;
  }

  protected story(): LogFields {
    return { kind: "gone", plural: this.#plural, isInStream: this.#isInStream, deafMs: this.#deafMs };
  }

  protected reach(): boolean {
    this.become("pending");
    this.#watches = "deaf";
    setTimeout(() => this.#break(), this.#deafMs);
    return false;
  }

  onRead(call: Call): Answer | undefined {
    const { plural = "" } = addressOf(call.path) ?? {};
    const isDue = this.#watches === "broken" && isWatch(call) && this.#concerns(plural) && call.query.get("sendInitialEvents") !== "true" && !this.#told.has(plural);
    if (!isDue) return undefined;
    this.#told.add(plural);
    this.become("over");
    const gone = failure(410, "Expired", MESSAGE);
    if (!this.#isInStream) return gone;
    return { ...gone, status: 200, body: Buffer.from(`{"type":"ERROR","object":${gone.body.toString("utf8")}}\n`) };
  }

  onWatch(call: Call): WatchTap | undefined {
    if (!this.#concerns(addressOf(call.path)?.plural ?? "")) return undefined;
    const tap = new DeafTap(() => this.#watches === "deaf", () => this.#open.delete(tap));
    this.#open.add(tap);
    return tap;
  }

  #concerns(plural: string): boolean {
    return this.#plural === undefined || this.#plural === plural;
  }

  #break(): void {
    this.#watches = "broken";
    for (const tap of this.#open) tap.cut();
  }
}

class DeafTap implements WatchTap {
  readonly #isDeaf: () => boolean;
  readonly #onClose: () => void;
  #outlet: WatchOutlet | undefined;

  constructor(isDeaf: () => boolean, onClose: () => void) {
    this.#isDeaf = isDeaf;
    this.#onClose = onClose;
  }

  open(outlet: WatchOutlet): void {
    this.#outlet = outlet;
  }

  line({ text }: WatchLine): void {
    if (!this.#isDeaf()) this.#outlet?.write(text);
  }

  cut(): void {
    this.#outlet?.cut();
  }

  close(): void {
    this.#onClose();
  }
}
