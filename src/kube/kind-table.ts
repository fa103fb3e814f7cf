import { KINDS } from "./kind.ts";
import type { Kind } from "./kind.ts";

/** The built-in kinds and our own, looked up by what an object or a URL says of itself. */
export class KindTable {
  readonly #kinds: readonly Kind[];
  readonly #byName: ReadonlyMap<string, Kind>;

  constructor(own: readonly Kind[] = []) {
    this.#kinds = [...Object.values(KINDS), ...own];
    this.#byName = new Map(this.#kinds.map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind]));
  }

  byName(apiVersion: string, kind: string): Kind {
    const found = this.#byName.get(`${apiVersion} ${kind}`);
    if (found === undefined) throw new Error(`find kind ${apiVersion} ${kind}: it is not among the kinds given to the client`);
    return found;
  }

  byPlural(apiVersion: string, plural: string): Kind {
    const found = this.#kinds.find((kind) => kind.apiVersion === apiVersion && kind.plural === plural);
    if (found === undefined) throw new Error(`find kind ${apiVersion} ${plural}: it is not among the kinds given to the client`);
    return found;
  }
}
