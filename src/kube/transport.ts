export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Default: application/json. */
  readonly contentType?: string;
  /** For messages: what is being done to which object. */
  readonly what: string;
  /** The object holds secrets: the server's own words, which may quote them, stay out of messages. */
  readonly private?: boolean;
  readonly signal?: AbortSignal;
}

/** Speaks HTTP with one API server. */
export interface Transport {
  /** The answer's JSON; throws a KubeError for every other answer than 2xx and for none at all. */
  request<T>(call: HttpCall): Promise<T>;
}
