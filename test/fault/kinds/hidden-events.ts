import type { Fault } from "../fault.ts";
import type { Plan } from "../plan.ts";
import { addressOf, type Call } from "../proxy/call.ts";
import type { WatchLine, WatchOutlet, WatchTap } from "../proxy/watch-pipe.ts";
import type { Write } from "../proxy/write.ts";
import type { LoggedWrite } from "../write-log.ts";
import { AtWrite, pick } from "./at-write.ts";

const PLURALS = ["tenants", "deployments", "pods", "releasechannels", "tenants", "deployments", "pods", "jobs", "namespaces", "maintenancewindows"] as const;
const LONGEST_MS = 3_000;
const SHORTEST_MS = 200;

/**
 * From some write on the events of one kind, or of one object, are kept back for a while: those of other kinds, and of
 * other objects, overtake them. One object's own events keep their order, as they do everywhere.
 */
export class HiddenEvents implements Fault {
  readonly #at: AtWrite;
  readonly #plural: string;
  readonly #ofOneObject: boolean;
  readonly #lastsMs: number;
  readonly #taps = new Set<HidingTap>();
  #phase: "before" | "hiding" | "over" = "before";
  #object: string | undefined;
  #hidden = 0;

  constructor(next: () => number, nth: number) {
    this.#at = new AtWrite(nth);
    this.#plural = pick(next, PLURALS);
    this.#ofOneObject = next() < 0.5;
    this.#lastsMs = SHORTEST_MS + next() * (LONGEST_MS - SHORTEST_MS);
  }

  get hasStruck(): boolean {
    return this.#hidden > 0;
  }

  get isOver(): boolean {
    return this.#phase === "over";
  }

  takes(_write: Write, logged: LoggedWrite, plan: Plan): boolean {
    if (this.#at.comes(logged)) {
      this.#phase = "hiding";
      plan.journal.say("strike", { kind: "hidden-events", plural: this.#plural, ofOneObject: this.#ofOneObject, lastsMs: this.#lastsMs, at: logged.signature });
    }
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
    if (this.#phase !== "hiding") return false;
    // A bookmark would say that what is hidden has been seen.
    if (type === "BOOKMARK") return true;
    const { name = "", namespace = "" } = object.metadata ?? {};
    const id = `${namespace}/${name}`;
    if (this.#ofOneObject && id !== (this.#object ??= id)) return false;
    this.#hidden += 1;
    if (this.#hidden === 1) setTimeout(() => this.#end(), this.#lastsMs);
    return true;
  }

  #end(): void {
    this.#phase = "over";
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
