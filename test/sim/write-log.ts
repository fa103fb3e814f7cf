import { jsonOf } from "./server/watches.ts";
import type { Committed } from "./server/store.ts";

/** A fingerprint of everything that was written, in order. */
export class WriteLog {
  readonly #isThorough: boolean;
  #hash = 0x811c9dc5;
  count = 0;
  /** Of these the operator's. */
  operators = 0;

  constructor(isThorough: boolean) {
    this.#isThorough = isThorough;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  add({ version, kind, key, by, after, last }: Committed, truth: number): void {
    this.count += 1;
    if (by !== "user" && by !== "cluster") this.operators += 1;
    this.#mix(`${version} ${truth} ${by} ${kind.kind} ${key} ${after === undefined ? "gone" : ""}`);
    if (this.#isThorough) this.#mix(jsonOf(last));
  }

  #mix(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#hash = Math.imul(this.#hash ^ text.charCodeAt(at), 0x01000193);
  }
}
