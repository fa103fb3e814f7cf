import type { LogFields } from "../../../src/runtime/logger.ts";
import { addressOf, type Call } from "../proxy/call.ts";
import type { WatchLine, WatchOutlet, WatchTap } from "../proxy/watch-pipe.ts";
import { FaultAtWrite, nthWrite, pick } from "./at-write.ts";

const PLURALS = ["tenants", "deployments", "pods", "releasechannels", "tenants", "deployments", "pods", "jobs", "namespaces", "maintenancewindows"] as const;
const LONGEST_MS = 3_000;
const SHORTEST_MS = 200;

/**
 * From some write on the events of one kind, or of one object, are kept back for a while: those of other kinds, and of
 * other objects, overtake them. One object's own events keep their order, as they do everywhere.
 */
export class HiddenEvents extends FaultAtWrite {
  readonly #plural: string;
  readonly #ofOneObject: boolean;
  readonly #lastsMs: number;
  readonly #taps = new Set<HidingTap>();
  #isHiding = false;
  #object: string | undefined;

  constructor(next: () => number, nth: number) {
    super(nthWrite(nth));
    this.#plural = pick(next, PLURALS);
    this.#ofOneObject = next() < 0.5;
    this.#lastsMs = SHORTEST_MS + next() * (LONGEST_MS - SHORTEST_MS);
  }

  protected story(): LogFields {
    return { kind: "hidden-events", plural: this.#plural, ofOneObject: this.#ofOneObject, lastsMs: this.#lastsMs };
  }

  protected reach(): boolean {
    this.#isHiding = true;
    return false;
  }

  onWatch(call: Call): WatchTap | undefined {
    if (addressOf(call.path)?.plural !== this.#plural) return undefined;
    const tap = new HidingTap((line) => this.#hides(line), () => this.#taps.delete(tap));
    this.#taps.add(tap);
    return tap;
  }

  /** The clock of its end starts with the first event that is hidden. */
  #hides({ type, object }: WatchLine): boolean {
    if (!this.#isHiding) return false;
    // A bookmark would say that what is hidden has been seen.
    if (type === "BOOKMARK") return true;
    const { name = "", namespace = "" } = object.metadata ?? {};
    const id = `${namespace}/${name}`;
    if (this.#ofOneObject && id !== (this.#object ??= id)) return false;
    if (!this.hasStruck) this.#begin();
    return true;
  }

  #begin(): void {
    this.become("struck");
    setTimeout(() => this.#end(), this.#lastsMs);
  }

  #end(): void {
    this.#isHiding = false;
    this.become("over");
    for (const tap of this.#taps) tap.release();
  }
}

class HidingTap implements WatchTap {
  readonly #hides: (line: WatchLine) => boolean;
  readonly #onClose: () => void;
  readonly #kept: string[] = [];
  #outlet: WatchOutlet | undefined;

  constructor(hides: (line: WatchLine) => boolean, onClose: () => void) {
    this.#hides = hides;
    this.#onClose = onClose;
  }

  open(outlet: WatchOutlet): void {
    this.#outlet = outlet;
  }

  line(line: WatchLine): void {
    if (this.#hides(line)) this.#kept.push(line.text);
    else this.#outlet?.write(line.text);
  }

  release(): void {
    for (const text of this.#kept.splice(0)) this.#outlet?.write(text);
  }

  close(): void {
    this.#onClose();
  }
}
