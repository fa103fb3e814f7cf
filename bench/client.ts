import { Agent, request } from "undici";
import { loadKubeConfig } from "../src/kube/credentials.ts";

/** A client that adds nothing: what it cannot do in a second, nobody can. */
export interface BareClient {
  /** The status of the answer, and its text. */
  send(call: Call): Promise<{ readonly status: number; readonly text: string }>;
  /** Tells of every object there is and of every change until `signal` aborts; then it rejects. */
  watch(path: string, onEvent: (event: WatchEvent) => void, signal: AbortSignal): Promise<void>;
  /** Watches without looking at what comes, so that the server has to send it and nobody has to read it. */
  drain(path: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object | string | undefined;
  readonly contentType?: string;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: SeenObject;
}

/** An object, as far as a benchmark looks at one. */
export interface SeenObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string; readonly generation?: number; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly replicas?: number; readonly template?: unknown };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly version?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A client with so many connections, as whom the kubeconfig says. */
export async function bareClient(kubeconfig: string, connections: number): Promise<BareClient> {
  const { server, headers, tls } = await loadKubeConfig(kubeconfig).credentials();
  const calls = new Agent({ connections, pipelining: 1, connect: { ...tls } });
  const watches = new Agent({ bodyTimeout: 0, connect: { ...tls } });
  const open = async (path: string, signal: AbortSignal) =>
    (await request(`${server}${path}${path.includes("?") ? "&" : "?"}watch=true`, { dispatcher: watches, headers, signal })).body;
  return {
    send: async ({ method, path, body, contentType = "application/json" }) => {
      const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
      const answer = await request(server + path, { dispatcher: calls, method, headers: { ...headers, "content-type": contentType }, ...payload });
      return { status: answer.statusCode, text: await answer.body.text() };
    },
    watch: async (path, onEvent, signal) => {
      // A server ends the watch of whoever is slow, as this process is while everybody works: then all is told again.
      while (!signal.aborted) {
        let rest = "";
        for await (const chunk of (await open(path, signal)).setEncoding("utf8")) {
          const lines = (rest + String(chunk)).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) onEvent(JSON.parse(line) as WatchEvent); // the API server's framing
        }
      }
    },
    drain: async (path, signal) => {
      while (!signal.aborted) for await (const _chunk of await open(path, signal)) continue;
    },
    close: async () => void (await Promise.all([calls.destroy(), watches.destroy()])),
  };
}
