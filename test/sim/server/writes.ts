import { GROUP } from "../../../src/api/index.ts";
import type { Instant } from "../../../src/domain/time.ts";
import { stampOf } from "../../../src/domain/time.ts";
import type { ObjectMeta } from "../../../src/kube/kind.ts";
import { merged, without } from "./field-sets.ts";
import { kindOf, type ServedKind } from "./kinds.ts";
import { equal, isMap, plain, withMeta, type Fields, type Stored } from "./objects.ts";
import { FieldOwners, ownedPart } from "./ownership.ts";
import { alreadyExists, ApiError, conflict, forbidden, invalid, notFound } from "./status.ts";
import type { ObjectStore } from "./store.ts";

/** One object to be written, and by whom. */
export interface WriteRequest {
  readonly kind: ServedKind;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly subresource?: string | undefined;
  readonly by: string;
  /** `fieldManager` of the request. */
  readonly manager: string;
  /** Judged like any other, and not carried out. */
  readonly dryRun?: boolean;
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Writes objects by the API server's rules: preconditions, field ownership, generations, finalizers. */
export class Writes {
  readonly #store: ObjectStore;
  readonly #now: () => Instant;
  readonly #owners = new Map<string, FieldOwners>();
  /** How its uids begin. */
  readonly #series: string;
  #uids = 0;

  constructor(store: ObjectStore, now: () => Instant, series = 0) {
    this.#store = store;
    this.#series = series.toString(16).padStart(8, "0");
    this.#now = now;
  }

  create(request: WriteRequest, body: unknown): Stored {
    const { kind, name, dryRun } = request;
    if (this.#live(request) !== undefined) throw alreadyExists(kind, name);
    this.#mustHaveNamespace(request);
    const object = this.#fresh(request, asObject(body));
    if (dryRun === true) return object;
    this.#ownersOf(request).update(`${request.manager} Update`, undefined, ownedPart(object));
    return this.#store.commit(kind, request, { after: object, by: request.by });
  }

  /** Server-Side Apply with force. */
  apply(request: WriteRequest, body: unknown): Stored {
    const config = asObject(body);
    const live = this.#live(request);
    const { uid, resourceVersion } = config.metadata;
    if (live === undefined) return this.#createByApply(request, config);
    // The status of a custom resource is written without a look at the uid.
    if (uid !== undefined && uid !== live.metadata.uid && !isStatusOfCustom(request)) {
      throw invalid(request.kind, request.name, { reason: "FieldValueInvalid", field: "metadata.uid", message: `Invalid value: "${uid}": field is immutable` });
    }
    this.#mustBe(request, live, { ...(resourceVersion !== undefined && { resourceVersion }) });
    const said = saidBy(request, config);
    const owners = this.#ownersOf(request);
    const before = ownedPart(live);
    const { gone, isNews } = owners.apply(`${request.manager} Apply ${request.subresource ?? ""}`, said);
    const next = without(merged(before, said), gone) as Fields; // a map stays one
    if (equal(next, before)) return isNews ? this.#change(request, live, live) : live;
    owners.take(`${request.manager} Apply ${request.subresource ?? ""}`, before, next);
    return this.#change(request, live, withPart(live, next));
  }

  /** JSON merge patch (RFC 7386). */
  mergePatch(request: WriteRequest, patch: unknown): Stored {
    const live = this.#mustFind(request);
    const { metadata = {}, ...rest } = plain(patch) as Fields & { metadata?: Fields }; // a patch is a map
    const { resourceVersion, uid, ...meta } = metadata;
    this.#mustBe(request, live, { ...(typeof resourceVersion === "string" && { resourceVersion }), ...(typeof uid === "string" && { uid }) });
    const said = saidBy(request, { ...rest, metadata: meta });
    return this.#update(request, live, patched(ownedPart(live), said) as Fields); // a map stays one
  }

  /** An ordinary update: what `change` makes of the object as it is, as people and controllers write it. */
  update(request: WriteRequest, change: (live: Stored) => Stored): Stored {
    const live = this.#mustFind(request);
    return this.#update(request, live, ownedPart(change(live)));
  }

  /** The object if it stays for its finalizers or its grace, undefined if it is gone. */
  remove(request: WriteRequest, preconditions: Preconditions, { graceful = false, finalizer }: { graceful?: boolean; finalizer?: string } = {}): Stored | undefined {
    const live = this.#mustFind(request);
    const { uid, resourceVersion, finalizers = [], deletionTimestamp, generation } = live.metadata;
    const { name, kind, by } = request;
    if (preconditions.uid !== undefined && preconditions.uid !== uid) {
      throw conflict(kind, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid ?? ""}`);
    }
    if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
      throw conflict(kind, name, `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion ?? ""}`);
    }
    if (finalizer === undefined && finalizers.length === 0 && !graceful && kind.kind !== "Namespace") {
      this.#forget(request);
      return void this.#store.commit(kind, request, { after: undefined, by });
    }
    if (deletionTimestamp !== undefined) return live;
    const marked = withMeta(live, {
      deletionTimestamp: stampOf(this.#now()),
      ...(generation !== undefined && { generation: generation + 1 }),
      ...(finalizer !== undefined && { finalizers: [...finalizers, finalizer] }),
    });
    const after = kind.kind === "Namespace" ? { ...marked, status: { phase: "Terminating" } } : marked;
    return this.#store.commit(kind, request, { after, by });
  }

  /** Takes an object out whatever it says: a pod that has ended, a namespace that is empty. */
  evict(request: WriteRequest): void {
    this.#forget(request);
    this.#store.commit(request.kind, request, { after: undefined, by: request.by });
  }

  #createByApply(request: WriteRequest, config: Stored): Stored {
    const { kind, name, subresource, by, manager } = request;
    const { uid, resourceVersion } = config.metadata;
    if (subresource !== undefined) throw notFound(kind, name);
    if (uid !== undefined) throw conflict(kind, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
    if (resourceVersion !== undefined) throw notFound(kind, name);
    this.#mustHaveNamespace(request);
    this.#ownersOf(request).apply(`${manager} Apply `, saidBy(request, config));
    return this.#store.commit(kind, request, { after: this.#fresh(request, config), by });
  }

  #fresh({ kind, name, namespace }: WriteRequest, body: Stored): Stored {
    this.#uids += 1;
    const { labels, annotations, finalizers, ownerReferences } = body.metadata;
    const { status: _status, ...rest } = body;
    const metadata: ObjectMeta = {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: `${this.#series}-0000-4000-8000-${this.#uids.toString(16).padStart(12, "0")}`,
      ...(kind.hasGeneration && { generation: 1 }),
      creationTimestamp: stampOf(this.#now()),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ...(ownerReferences && { ownerReferences }),
    };
    const object = { ...(kind.hasStatus ? rest : body), apiVersion: kind.apiVersion, kind: kind.kind, metadata };
    return kind.kind === "Namespace" ? { ...object, metadata: { ...metadata, labels: { ...labels, "kubernetes.io/metadata.name": name } }, status: { phase: "Active" } } : object;
  }

  #update(request: WriteRequest, live: Stored, next: Fields): Stored {
    const before = ownedPart(live);
    if (equal(next, before)) return live;
    this.#ownersOf(request).update(`${request.manager} Update ${request.subresource ?? ""}`, before, next);
    return this.#change(request, live, withPart(live, next));
  }

  #change(request: WriteRequest, live: Stored, next: Stored): Stored {
    const { kind, by } = request;
    const { generation } = live.metadata;
    const isNewSpec = generation !== undefined && !equal(specOf(live), specOf(next));
    const after = isNewSpec ? withMeta(next, { generation: generation + 1 }) : next;
    if (request.dryRun === true) return after;
    const isOver = after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0 && (live.metadata.finalizers ?? []).length > 0;
    if (!isOver) return this.#store.commit(kind, request, { after, by });
    this.#forget(request);
    return this.#store.commit(kind, request, { after: undefined, by });
  }

  #live(request: WriteRequest): Stored | undefined {
    return this.#store.get(request.kind, keyOfRequest(request));
  }

  #mustFind(request: WriteRequest): Stored {
    const live = this.#live(request);
    if (live === undefined) throw notFound(request.kind, request.name);
    return live;
  }

  #mustBe({ kind, name }: WriteRequest, live: Stored, { uid, resourceVersion }: Preconditions): void {
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) throw conflict(kind, name);
    if (uid !== undefined && uid !== live.metadata.uid) throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ""}`);
  }

  #mustHaveNamespace({ kind, namespace, name }: WriteRequest): void {
    if (!kind.namespaced) return;
    const found = this.#store.get(kindOf("Namespace"), namespace ?? "");
    if (found === undefined) throw notFound(kindOf("Namespace"), namespace ?? "");
    if (found.metadata.deletionTimestamp === undefined) return;
    const message = `namespace ${namespace ?? ""} is being terminated`;
    throw forbidden(kind, name, `unable to create new content in namespace ${namespace ?? ""} because it is being terminated`, [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }]);
  }

  #ownersOf(request: WriteRequest): FieldOwners {
    const key = `${request.kind.kind} ${keyOfRequest(request)}`;
    const known = this.#owners.get(key) ?? new FieldOwners();
    this.#owners.set(key, known);
    return known;
  }

  #forget(request: WriteRequest): void {
    this.#owners.delete(`${request.kind.kind} ${keyOfRequest(request)}`);
  }
}

function isStatusOfCustom({ kind, subresource }: WriteRequest): boolean {
  return subresource === "status" && kind.group === GROUP;
}

function keyOfRequest({ namespace, name }: WriteRequest): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What of a body counts: on `/status` the status alone, elsewhere everything but it. */
function saidBy({ kind, subresource }: WriteRequest, body: Fields): Fields {
  if (subresource === "status") return body["status"] === undefined ? {} : { status: body["status"] };
  const { status: _status, apiVersion: _version, kind: _kind, metadata, ...rest } = body;
  const { labels, annotations, finalizers, ownerReferences } = (metadata ?? {}) as Fields;
  const meta = { ...(labels !== undefined && { labels }), ...(annotations !== undefined && { annotations }), ...(finalizers !== undefined && { finalizers }), ...(ownerReferences !== undefined && { ownerReferences }) };
  return { ...rest, ...(!kind.hasStatus && body["status"] !== undefined && { status: body["status"] }), metadata: meta };
}

/** The object with the parts that people and controllers own as given. */
function withPart(live: Stored, { metadata = {}, ...rest }: Fields): Stored {
  const { labels: _labels, annotations: _annotations, finalizers: _finalizers, ownerReferences: _owners, ...identity } = live.metadata;
  const { apiVersion, kind } = live;
  return { ...rest, apiVersion, kind, metadata: { ...identity, ...(metadata as object) } };
}

/** Everything whose change is a new generation. */
function specOf({ metadata: _metadata, status: _status, ...spec }: Stored): Fields {
  return spec;
}

/** A JSON merge patch (RFC 7386) of one value. */
export function patched(live: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(live) ? { ...live } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = patched(result[name], value);
  }
  return result;
}

function asObject(body: unknown): Stored {
  if (!isMap(body) || !isMap(body["metadata"])) throw new ApiError({ code: 400, reason: "BadRequest", message: "the body is no object" });
  return plain(body) as Stored; // it has metadata; the kind is the path's
}
