import type { Instant } from "../../../src/domain/time.ts";
import type { HttpCall } from "../../../src/kube/transport.ts";
import { judgeRecord, LeaderPolicy, type Caller } from "./fence.ts";
import { addressOf, kindOf, type Address, type ServedKind } from "./kinds.ts";
import { isMap, type Fields, type Stored } from "./objects.ts";
import { Reads, type ReadOptions } from "./reads.ts";
import { ApiError, badRequest, notFound } from "./status.ts";
import { ObjectStore, type Committed } from "./store.ts";
import type { WatchSession } from "./watches.ts";
import { Writes, type WriteRequest } from "./writes.ts";

export type { Caller } from "./fence.ts";
export { ApiError } from "./status.ts";
export type { Committed } from "./store.ts";

export interface ServerOptions extends ReadOptions {
  readonly now: () => Instant;
  /** Another one for every cluster of a story, as their uids are; default 0. */
  readonly series?: number;
  /** Is shown every change, after it was made; what it throws goes to whoever made it. */
  readonly onCommit: (change: Committed) => void;
}

export type ServerCall = Pick<HttpCall, "method" | "path" | "query" | "body" | "contentType">;

/** An API server in memory, as far as the operator uses one: a call in, an object out, or an ApiError. */
export class ApiServer {
  readonly store: ObjectStore;
  readonly writes: Writes;
  readonly reads: Reads;
  readonly policy: LeaderPolicy;

  constructor(options: ServerOptions) {
    this.store = new ObjectStore((change) => {
      this.reads.see(change);
      options.onCommit(change);
    });
    this.writes = new Writes(this.store, options.now, options.series);
    this.reads = new Reads(this.store, options);
    this.policy = new LeaderPolicy(this.store);
  }

  /** A kind that it serves, by name. */
  kind(name: string): ServedKind {
    return kindOf(name);
  }

  /** Whether the policies let the call pass; asked when it arrives. */
  admit(call: ServerCall, caller: Caller): void {
    if (call.method === "GET") return;
    const address = mustFind(call);
    const { kind, namespace, subresource } = address;
    const name = address.name ?? nameIn(call.body);
    const live = this.store.get(kind, keyOf(namespace, name));
    this.policy.judge(caller, { kind, namespace, name }, live?.metadata.labels ?? (subresource === undefined ? labelsIn(call.body) : undefined));
  }

  /** Carries the call out. */
  carryOut(call: ServerCall, caller: Caller): unknown {
    if (call.path === "/version") return { major: "1", minor: "36" };
    const address = mustFind(call);
    if (call.method === "GET") return this.#read(address, call);
    const request = requestOf(address, call, caller);
    if (call.method === "POST") return this.writes.create(request, call.body);
    if (call.method === "DELETE") return this.#remove(request, call.body);
    if (call.method !== "PATCH") throw new ApiError({ code: 405, reason: "MethodNotAllowed", message: "the server does not allow this method on the requested resource" });
    if (call.contentType === "application/apply-patch+yaml") return this.writes.apply(request, call.body);
    if (call.contentType !== "application/merge-patch+json") throw new ApiError({ code: 415, reason: "UnsupportedMediaType", message: "the body of the request was in an unknown format" });
    this.#judgeRecord(request, call.body);
    return this.writes.mergePatch(request, call.body);
  }

  /** Begins a watch. */
  watch({ path, query = {} }: ServerCall): WatchSession {
    const { kind, namespace } = mustFind({ path });
    return this.reads.watch(kind, { namespace, labelSelector: query["labelSelector"], fieldSelector: query["fieldSelector"] }, query);
  }

  #read({ kind, namespace, name }: Address, { query = {} }: ServerCall): unknown {
    if (name === undefined) return this.reads.list(kind, { namespace, labelSelector: query["labelSelector"], fieldSelector: query["fieldSelector"] }, query);
    const found = this.store.get(kind, keyOf(namespace, name));
    if (found === undefined) throw notFound(kind, name);
    return found;
  }

  #remove(request: WriteRequest, body: unknown): Stored | Fields {
    const { preconditions = {}, propagationPolicy } = isMap(body) ? (body as { preconditions?: object; propagationPolicy?: string }) : {}; // DeleteOptions
    const finalizer = propagationPolicy === "Foreground" ? "foregroundDeletion" : undefined;
    const left = this.writes.remove(request, preconditions, { graceful: request.kind.kind === "Pod", ...(finalizer !== undefined && { finalizer }) });
    return left ?? { apiVersion: "v1", kind: "Status", metadata: {}, status: "Success" };
  }

  #judgeRecord({ kind, name }: WriteRequest, patch: unknown): void {
    if (kind.kind !== "Leadership") return;
    const live = this.store.get(kind, name);
    const { spec } = patch as { spec?: object }; // the record's writer says all of it
    judgeRecord(kind, live, { spec: { ...(live?.["spec"] as object | undefined), ...spec } });
  }
}

function mustFind({ path }: Pick<ServerCall, "path">): Address {
  const address = addressOf(path);
  if (address === undefined) throw new ApiError({ code: 404, reason: "NotFound", message: "the server could not find the requested resource" });
  return address;
}

function requestOf({ kind, namespace, name, subresource }: Address, { body, query = {} }: ServerCall, { identity }: Caller): WriteRequest {
  const manager = query["fieldManager"] ?? "unknown";
  if (manager === "") throw badRequest("fieldManager is required for apply patch");
  const place = kind.namespaced ? { namespace: namespace ?? "" } : {};
  return { kind, ...place, name: name ?? nameIn(body), subresource, by: identity, manager, dryRun: query["dryRun"] === "All" };
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function nameIn(body: unknown): string {
  const { name } = (body as { metadata?: { name?: string } } | undefined)?.metadata ?? {}; // every object has metadata
  if (name === undefined) throw badRequest("name or generateName is required");
  return name;
}

function labelsIn(body: unknown): Readonly<Record<string, string>> | undefined {
  return (body as { metadata?: { labels?: Record<string, string> } } | undefined)?.metadata?.labels; // likewise
}
