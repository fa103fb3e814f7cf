import type { ServedKind } from "./kinds.ts";
import type { Stored } from "./objects.ts";
import { inScope, type Scope } from "./selectors.ts";
import { badRequest, gone, invalid } from "./status.ts";
import type { Committed, ObjectStore } from "./store.ts";
import { tooOld, WatchSession } from "./watches.ts";

export type Query = Readonly<Record<string, string | undefined>>;

export interface ReadOptions {
  /** Whether watches may begin with what is there. */
  readonly watchList: boolean;
  /** A server may give fewer objects a page than it was asked for. */
  readonly mostPerPage: number;
}

const TOKEN = "token-";

interface Rest {
  readonly items: readonly Stored[];
  readonly version: number;
}

/** Lists in pages as of one moment, and watches with their history. */
export class Reads {
  readonly #store: ObjectStore;
  readonly #options: ReadOptions;
  readonly #rests = new Map<string, Rest>();
  readonly #sessions = new Map<string, Set<WatchSession>>();
  #tokens = 0;
  #isTurned = false;
  /** How many watches were told that what they ask for is gone. */
  gone = 0;

  constructor(store: ObjectStore, options: ReadOptions) {
    this.#store = store;
    this.#options = options;
  }

  list(kind: ServedKind, scope: Scope, query: Query): object {
    const { items, version } = query["continue"] === undefined ? this.#snapshot(kind, scope) : this.#rest(query["continue"]);
    const limit = Math.min(Number(query["limit"] ?? Infinity), this.#options.mostPerPage);
    const page = items.slice(0, limit);
    const rest = items.slice(limit);
    const metadata = { resourceVersion: String(version), ...(rest.length > 0 && { continue: this.#keep({ items: rest, version }), remainingItemCount: rest.length }) };
    return { apiVersion: kind.apiVersion, kind: `${kind.kind}List`, metadata, items: page };
  }

  watch(kind: ServedKind, scope: Scope, query: Query): WatchSession {
    const session = new WatchSession(kind, scope);
    if (query["sendInitialEvents"] === undefined) this.#replay(session, kind, Number(query["resourceVersion"] ?? 0));
    else this.#initial(session, kind, { scope, query });
    if (!session.isOver) this.#sessionsOf(kind).add(session);
    return session;
  }

  /** Shows a change to everybody who watches its kind. */
  see(change: Committed): void {
    for (const session of this.#sessionsOf(change.kind)) session.see(change);
  }

  close(session: WatchSession): void {
    this.#sessionsOf(session.kind).delete(session);
  }

  bookmark(session: WatchSession): void {
    if (this.#sessionsOf(session.kind).has(session)) session.bookmark(this.#store.version);
  }

  /** Tokens and history are forgotten together. */
  compact(): void {
    this.#store.compact();
    this.#rests.clear();
  }

  /** From now on lists come the other way round: nobody has promised an order. */
  turnAround(): void {
    this.#isTurned = true;
  }

  #snapshot(kind: ServedKind, scope: Scope): Rest {
    const items = this.#store.list(kind).filter((object) => inScope(object, scope));
    return { items: this.#isTurned ? items.reverse() : items, version: this.#store.version };
  }

  #rest(token: string): Rest {
    if (!token.startsWith(TOKEN)) throw badRequest("continue key is not valid");
    const found = this.#rests.get(token);
    if (found === undefined) throw gone("The provided continue parameter is too old to display a consistent list result.");
    return found;
  }

  #keep(rest: Rest): string {
    this.#tokens += 1;
    const token = `${TOKEN}${this.#tokens}`;
    this.#rests.set(token, rest);
    return token;
  }

  #replay(session: WatchSession, kind: ServedKind, from: number): void {
    const changes = this.#store.changesSince(kind, from);
    if (changes === undefined) {
      this.gone += 1;
      return session.fail(tooOld(from, this.#store.compactedTo));
    }
    for (const change of changes) session.see(change);
  }

  #initial(session: WatchSession, kind: ServedKind, { scope, query }: { scope: Scope; query: Query }): void {
    if (!this.#options.watchList) {
      throw invalid(kind, "", { reason: "FieldValueForbidden", field: "sendInitialEvents", message: "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled" });
    }
    if (query["resourceVersionMatch"] !== "NotOlderThan") {
      throw invalid(kind, "", { reason: "FieldValueForbidden", field: "resourceVersionMatch", message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan" });
    }
    const { items, version } = this.#snapshot(kind, scope);
    for (const object of items) session.add(object);
    session.bookmark(version, { "k8s.io/initial-events-end": "true" });
  }

  #sessionsOf({ kind }: ServedKind): Set<WatchSession> {
    const known = this.#sessions.get(kind) ?? new Set<WatchSession>();
    this.#sessions.set(kind, known);
    return known;
  }
}
