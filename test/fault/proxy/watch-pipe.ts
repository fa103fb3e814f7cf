import type { ServerResponse } from "node:http";
import { StringDecoder } from "node:string_decoder";

/** One line of a watch. */
export interface WatchLine {
  readonly text: string;
  readonly type: string;
  readonly object: {
    readonly kind?: string;
    readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string; readonly uid?: string };
  };
}

/** The reader's side of a watch, as a tap may use it. */
export interface WatchOutlet {
  write(text: string): void;
  /** Ends the watch in the middle, as a broken connection does. */
  cut(): void;
}

/** Stands between a watch and its reader: passes lines on, keeps them back, or lets them go in another order. */
export interface WatchTap {
  open(outlet: WatchOutlet): void;
  line(line: WatchLine): void;
  /** The reader or the server has gone. */
  close(): void;
}

export interface WatchPipeOptions {
  readonly answer: ServerResponse;
  readonly tap: WatchTap | undefined;
  readonly passage: () => Promise<void>;
  /** Called when the reader has been sent the end of what there was at the beginning. */
  readonly onInitialEnd: () => void;
  /** Called with a resourceVersion that the reader has been sent. */
  readonly onSent: (revision: number) => void;
}

const INITIAL_END = "k8s.io/initial-events-end";
const REVISION = /"resourceVersion":"(\d+)"/g;
/** Longer than what is looked for. */
const TAIL = 60;

/** The newest resourceVersion in a text of the API server's; 0 if there is none. */
export function newestIn(text: string): number {
  return Math.max(0, ...text.matchAll(REVISION).map(([, revision]) => Number(revision)));
}

/** Passes a watch on, byte for byte without a tap, and line by line through one. */
export class WatchPipe {
  readonly #options: WatchPipeOptions;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  /** The end of what went before, lest the mark is missed where it is split. */
  #tail = "";

  constructor(options: WatchPipeOptions) {
    this.#options = options;
    const { answer, tap } = options;
    tap?.open({ write: (text) => this.#send(text), cut: () => answer.destroy() });
  }

  /** Resolves when the server ends the watch, or its reader does. */
  async run(body: AsyncIterable<unknown>): Promise<void> {
    const { answer, passage, tap } = this.#options;
    try {
      for await (const chunk of body) {
        await passage();
        if (answer.destroyed) return;
        if (tap === undefined) this.#send(chunk as Buffer); // no encoding was set
        else this.#feed(chunk as Buffer, tap); // no encoding was set
      }
      answer.end();
    } catch {
      answer.destroy(); // as the connection behind it broke, so does this one
    } finally {
      tap?.close();
    }
  }

  #send(piece: Buffer | string): void {
    const { answer, onInitialEnd, onSent } = this.#options;
    if (answer.destroyed) return;
    answer.write(piece);
    const text = this.#tail + piece.toString("latin1");
    this.#tail = text.slice(-TAIL);
    onSent(newestIn(text));
    if (text.includes(INITIAL_END)) onInitialEnd();
  }

  #feed(chunk: Buffer, tap: WatchTap): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const text of lines) {
      const { type, object } = JSON.parse(text) as Omit<WatchLine, "text">; // the API server's framing
      tap.line({ text: `${text}\n`, type, object });
    }
  }
}
