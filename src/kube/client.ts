import { isConflict, isInvalid, isNotFound } from "./errors.ts";
import { excessOf } from "./excess.ts";
import { KindTable } from "./kind-table.ts";
import { keyOf, pathOf } from "./kind.ts";
import type { Kind, KubeObject, Ref } from "./kind.ts";
import type { HttpCall, Transport } from "./transport.ts";
import { isUpToDate, withAppliedHash } from "./up-to-date.ts";

/** The field manager of everything that we apply. */
export const FIELD_MANAGER = "slacktide";
/** How many objects a page of a list holds. */
const PAGE = 500;
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

type WithStatus = KubeObject & { readonly status?: unknown };

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Which objects of a kind, and how much of each. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Asks for metadata alone: spec and status are neither sent nor kept. */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListOptions extends CallOptions, Selection {}

export interface ApplyOptions extends CallOptions {
  readonly subresource?: string | undefined;
  /** Take fields over from other managers (default) or answer 409. */
  readonly force?: boolean | undefined;
}

export interface PatchOptions extends CallOptions {
  readonly subresource?: string | undefined;
}

export interface RemoveOptions extends CallOptions {
  /** Preconditions: 409 if the object there is another one, or has changed. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** Default: Background. */
  readonly propagation?: "Background" | "Foreground" | "Orphan" | undefined;
}

/** Who takes in at once what writes did, so that the next look sees it (read your writes). */
export interface WriteListeners {
  /** Is shown every object that a write returned. */
  readonly onWritten?: (object: KubeObject) => void;
  /** Is told of every object that a delete of ours ended at once. */
  readonly onRemoved?: (kind: Kind, ref: Ref, uid: string | undefined) => void;
}

export interface KubeClientOptions extends WriteListeners {
  readonly transport: Transport;
  /** Our own kinds, besides the built-in ones; `create` and `apply` look an object's kind up by apiVersion and kind. */
  readonly kinds?: readonly Kind[];
  /** Whose the written fields are; default: the operator's. */
  readonly manager?: string;
}

/** Reads and writes objects; every failure is a `KubeError` but a 404 on `get` and `remove`. */
export class KubeClient {
  /** The kinds that it can write. */
  readonly kinds: KindTable;
  readonly #transport: Transport;
  readonly #manager: string;
  readonly #onWritten: (object: KubeObject) => void;
  readonly #onRemoved: NonNullable<WriteListeners["onRemoved"]>;

  constructor(options: KubeClientOptions) {
    this.#transport = options.transport;
    this.#manager = options.manager ?? FIELD_MANAGER;
    this.#onWritten = options.onWritten ?? (() => undefined);
    this.#onRemoved = options.onRemoved ?? (() => undefined);
    this.kinds = new KindTable(options.kinds);
  }

  /** The object, live from the API server, or undefined if there is none. */
  async get<T extends KubeObject>(kind: Kind, ref: Ref, options: CallOptions = {}): Promise<T | undefined> {
    try {
      return await this.#send<T>(kind, ref, { method: "GET", path: pathOf(kind, ref), ...signalOf(options) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All objects of a kind (of one namespace), consistent as of one moment. */
  async list<T extends KubeObject>(kind: Kind, options: ListOptions = {}): Promise<readonly T[]> {
    const items: T[] = [];
    for await (const page of this.pages<T>(kind, options)) items.push(...page.items);
    return items;
  }

  /** As `list`, in pages, each with the resourceVersion from which a watch goes on. */
  async *pages<T extends KubeObject>(kind: Kind, options: ListOptions = {}): AsyncGenerator<Page<T>, void, void> {
    const { labelSelector, fieldSelector, metadataOnly } = options;
    const path = pathOf(kind, { namespace: options.namespace });
    const accept = metadataOnly === true ? { accept: METADATA_LIST } : {};
    let next: string | undefined;
    do {
      const query = { limit: String(PAGE), labelSelector, fieldSelector, continue: next };
      const page: ListPage<T> = await this.#send(kind, undefined, { method: "GET", path, query, ...accept, ...signalOf(options) });
      // Lists leave apiVersion and kind out of their items.
      const items = (page.items ?? []).map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
      yield { items, resourceVersion: page.metadata.resourceVersion };
      next = page.metadata.continue;
    } while (next !== undefined && next !== "");
  }

  /** Creates the object; 409 (`isAlreadyExists`) if the name is taken. */
  async create<T extends KubeObject>(object: T, options: CallOptions = {}): Promise<T> {
    const { kind, ref } = this.#addressOf(object);
    const path = pathOf(kind, { namespace: ref.namespace });
    const query = { fieldManager: this.#manager };
    return this.#write<T>(kind, ref, { method: "POST", path, query, body: object, ...signalOf(options) });
  }

  /** Server-Side Apply. A uid or resourceVersion in the object's metadata is a precondition: 409 if it differs. */
  async apply<T extends KubeObject>(object: T, options: ApplyOptions = {}): Promise<T> {
    return this.#apply<T>(object, options);
  }

  async #apply<T>(object: KubeObject, options: ApplyOptions): Promise<T> {
    const { kind, ref } = this.#addressOf(object);
    const query = { fieldManager: this.#manager, force: String(options.force ?? true) };
    const path = pathOf(kind, ref, options.subresource);
    const contentType = "application/apply-patch+yaml";
    return this.#write<T>(kind, ref, { method: "PATCH", path, query, body: object, contentType, ...signalOf(options) });
  }

  /** Applies `desired` marked with its hash, unless `live` (as cached) has it all already; returns what is there then. */
  async applyIfChanged<T extends KubeObject>(desired: T, live: T | undefined, options: ApplyOptions = {}): Promise<T> {
    if (live !== undefined && isUpToDate(desired, live)) return live;
    return this.apply(withAppliedHash(desired), options);
  }

  /**
   * Server-Side Apply of `status` alone; metadata other than names and preconditions is left out. What others have written there (a
   * backup tool, kubectl) would stay, as theirs, and be read as ours: it is removed.
   */
  async applyStatus<T extends WithStatus>(object: T, options: CallOptions = {}): Promise<T> {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const metadata = {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const body = { apiVersion: object.apiVersion, kind: object.kind, metadata, status: object.status };
    const write = (): Promise<T> => this.#apply<T>(body, { ...options, subresource: "status" });
    const applied = await write().catch((error: unknown) => this.#writeOver(error, { object, write, options }));
    try {
      return (await this.#takeOut(object, applied, options)) ?? applied;
    } catch (error) {
      // It was said; the next look takes out what somebody has changed meanwhile.
      if (isConflict(error)) return applied;
      throw error;
    }
  }

  /** What others left may be the very thing that is invalid beside ours: then it goes first. */
  async #writeOver<T extends WithStatus>(error: unknown, { object, write, options }: { object: T; write: () => Promise<T>; options: CallOptions }): Promise<T> {
    const { kind, ref } = this.#addressOf(object);
    const live = isInvalid(error) ? await this.get<T>(kind, ref, options) : undefined;
    if (live === undefined || (await this.#takeOut(object, live, options)) === undefined) throw error;
    return write();
  }

  /** Removes from a status what `wanted` has not; undefined: there is nothing of that. */
  async #takeOut<T extends WithStatus>(wanted: T, live: T, options: CallOptions): Promise<T | undefined> {
    const excess = excessOf(live.status, wanted.status);
    if (excess === undefined) return undefined;
    const { kind, ref } = this.#addressOf(wanted);
    return this.mergePatch<T>(kind, ref, { metadata: { resourceVersion: live.metadata.resourceVersion }, status: excess }, { ...options, subresource: "status" });
  }

  /** Deletes the object; that it is not there is success. */
  async remove(kind: Kind, ref: Ref, options: RemoveOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation = "Background" } = options;
    const preconditions = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation, preconditions };
    try {
      const answer = await this.#write(kind, ref, { method: "DELETE", path: pathOf(kind, ref), body, ...signalOf(options) });
      // One that has finalizers or a grace period goes later, and answers with itself.
      if (!isObjectOf(kind, answer)) this.#onRemoved(kind, ref, uid);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** JSON merge patch (RFC 7386): null removes a field; `metadata.resourceVersion` in it is a precondition. */
  async mergePatch<T extends KubeObject>(kind: Kind, ref: Ref, patch: object, options: PatchOptions = {}): Promise<T> {
    const contentType = "application/merge-patch+json";
    const path = pathOf(kind, ref, options.subresource);
    const query = { fieldManager: this.#manager };
    return this.#write<T>(kind, ref, { method: "PATCH", path, query, body: patch, contentType, ...signalOf(options) });
  }

  async #write<T>(kind: Kind, ref: Ref, call: Omit<HttpCall, "what">): Promise<T> {
    const written = await this.#send<T>(kind, ref, call);
    if (isObjectOf(kind, written)) this.#onWritten(written);
    return written;
  }

  async #send<T>(kind: Kind, ref: Ref | undefined, call: Omit<HttpCall, "what">): Promise<T> {
    const object = ref === undefined ? kind.plural : `${kind.kind} "${keyOf(ref)}"`;
    const what = `${VERBS[call.contentType ?? call.method] ?? call.method} ${object}`;
    return this.#transport.request<T>({ ...call, what, private: kind.kind === "Secret" });
  }

  #addressOf(object: KubeObject): { kind: Kind; ref: Ref } {
    const { name, namespace } = object.metadata;
    const ref = namespace === undefined ? { name } : { name, namespace };
    return { kind: this.kinds.byName(object.apiVersion, object.kind), ref };
  }
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

interface ListPage<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: "read",
  POST: "create",
  DELETE: "delete",
  "application/apply-patch+yaml": "apply",
  "application/merge-patch+json": "patch",
};

/** A DELETE that is done at once answers with a Status, every other write with the object. */
function isObjectOf(kind: Kind, answer: unknown): answer is KubeObject {
  return typeof answer === "object" && answer !== null && "kind" in answer && answer.kind === kind.kind && "metadata" in answer;
}

const signalOf = (options: CallOptions): { signal?: AbortSignal } =>
  options.signal === undefined ? {} : { signal: options.signal };
