import type { Committed } from "./store.ts";
import type { ServedKind } from "./kinds.ts";
import type { Stored } from "./objects.ts";
import { inScope, type Scope } from "./selectors.ts";
import { ApiError, gone } from "./status.ts";

/** One line of a watch. */
interface Line {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: object;
}

/** A watch as the server sees it: lines that wait to be read, in order; `onLines` tells that there are some. */
export class WatchSession {
  readonly kind: ServedKind;
  readonly #scope: Scope;
  readonly #waiting: string[] = [];
  onLines: () => void = () => undefined;
  /** Nothing more comes: the server has said why, or that its time is up. */
  isOver = false;

  constructor(kind: ServedKind, scope: Scope) {
    this.kind = kind;
    this.#scope = scope;
  }

  get hasLines(): boolean {
    return this.#waiting.length > 0;
  }

  /** Everything that waits, as it goes over the wire; with `most`, not more lines than that. */
  read(most = Infinity): string {
    return this.#waiting.splice(0, most).join("");
  }

  /** Shows the session a change of its kind. */
  see({ before, after, last }: Committed): void {
    const [was, is] = [before !== undefined && inScope(before, this.#scope), after !== undefined && inScope(after, this.#scope)];
    if (!was && !is) return;
    const type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
    this.#push(`{"type":"${type}","object":${jsonOf(last)}}\n`);
  }

  add(object: Stored): void {
    this.#push(`{"type":"ADDED","object":${jsonOf(object)}}\n`);
  }

  bookmark(version: number, annotations?: Readonly<Record<string, string>>): void {
    const { apiVersion, kind } = this.kind;
    this.#line({ type: "BOOKMARK", object: { apiVersion, kind, metadata: { resourceVersion: String(version), creationTimestamp: null, ...(annotations && { annotations }) } } });
  }

  /** Says why, and ends. */
  fail(error: ApiError): void {
    this.#line({ type: "ERROR", object: error.body });
    this.isOver = true;
  }

  end(): void {
    this.isOver = true;
    this.onLines();
  }

  #line(line: Line): void {
    this.#push(`${JSON.stringify(line)}\n`);
  }

  #push(line: string): void {
    if (this.isOver) return;
    this.#waiting.push(line);
    this.onLines();
  }
}

const json = new WeakMap<Stored, string>();

/** The JSON of an object that never changes, made once. */
export function jsonOf(object: Stored): string {
  const known = json.get(object) ?? JSON.stringify(object);
  json.set(object, known);
  return known;
}

export const tooOld = (version: number, oldest: number): ApiError => gone(`too old resource version: ${version} (${oldest})`);
