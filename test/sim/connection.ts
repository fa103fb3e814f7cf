import type { ByteStream } from "./byte-stream.ts";
import type { Faults } from "./faults.ts";
import type { Peer } from "./network.ts";
import type { WatchSession } from "./server/watches.ts";
import type { Timeline } from "./timeline.ts";

const BOOKMARK_MS = 60_000;
/** How often bytes that cannot get through are tried again. */
const RETRY_MS = 500;
const encoder = new TextEncoder();

interface Told {
  readonly onCut: (why: string) => void;
  readonly onOver: () => void;
}

interface ConnectionOptions {
  readonly peer: Peer;
  readonly session: WatchSession;
  readonly stream: ByteStream;
  /** Deliveries that are planned are told, for a world with some of them is not quiet. */
  readonly onTravel: (change: 1 | -1) => void;
  readonly bookmark: (session: WatchSession) => void;
  readonly timeline: Timeline;
  readonly faults: Faults;
}

/** One watch on its way: its lines come in order, sooner or later, in as many pieces as it pleases. */
export class Connection {
  readonly #options: ConnectionOptions;
  #isPlanned = false;
  #isClosed = false;
  #atEnd: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  open(told: Told): void {
    const { session } = this.#options;
    this.#atEnd = undefined;
    session.onLines = () => this.#plan(told);
    if (session.hasLines) this.#plan(told);
    this.#bookmarkLater();
  }

  /** Ends once all that waits was delivered. */
  endAfterLines(end: () => void): void {
    if (!this.#options.session.hasLines && !this.#isPlanned) end();
    else this.#atEnd = end;
  }

  close(): void {
    this.#isClosed = true;
  }

  #plan(told: Told): void {
    if (this.#isPlanned || this.#isClosed) return;
    this.#isPlanned = true;
    const { peer, session, onTravel, timeline, faults } = this.#options;
    const fault = faults.ofDelivery(peer, session);
    // What only tells that nothing happened keeps nothing from being quiet.
    onTravel(1);
    timeline.after(fault.ms, () => {
      onTravel(-1);
      this.#isPlanned = false;
      if (this.#isClosed || !peer.isAlive()) return;
      if (fault.kind === "cut" || faults.isDown()) return told.onCut("other side closed");
      // The bytes of a connection that is cut off wait, and nothing comes behind them.
      if (faults.isCutOff(peer)) return timeline.after(RETRY_MS, () => this.#plan(told));
      this.#deliver(told.onOver);
    });
  }

  #deliver(onOver: () => void): void {
    const { peer, session, stream } = this.#options;
    const chunk = encoder.encode(session.read());
    peer.deliver(() => stream.send(chunk));
    if (session.isOver) onOver();
    else this.#atEnd?.();
  }

  #bookmarkLater(): void {
    const { session, timeline } = this.#options;
    timeline.after(BOOKMARK_MS, () => {
      if (this.#isClosed) return;
      this.#options.bookmark(session);
      this.#bookmarkLater();
    });
  }
}
