import type { IncomingHttpHeaders } from "node:http";

/** A request of a replica, as it came. */
export interface Call {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly replica: string;
}

export function isWatch({ method, query }: Pick<Call, "method" | "query">): boolean {
  return method === "GET" && query.get("watch") === "true";
}

/** What a path of the API addresses. */
export interface Address {
  readonly plural: string;
  readonly namespace?: string | undefined;
  /** Absent for a collection. */
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

const PATH = /^\/(?:api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;

/** Undefined for what is no object of the API, such as /version. */
export function addressOf(path: string): Address | undefined {
  const found = PATH.exec(path)?.groups;
  const { plural, namespace, name, subresource } = found ?? {};
  return plural === undefined ? undefined : { plural, namespace, name, subresource };
}

/** Whether it lists or watches a collection. */
export function isOfCollection({ method, path }: Pick<Call, "method" | "path">): boolean {
  return method === "GET" && addressOf(path)?.name === undefined;
}
