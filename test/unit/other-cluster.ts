import { KubeError } from "../../src/kube/errors.ts";
import type { HttpCall } from "../../src/kube/transport.ts";
import type { MemberConnection } from "../../src/members.ts";

const NO_ANSWER = new KubeError({ what: "ask", why: "no answer", outcome: "unknown", reason: "ECONNREFUSED" });
const encoder = new TextEncoder();

/** Another cluster's API server: nothing is in it, and it may be up, down, silent or unwilling. */
export class OtherCluster {
  state: "up" | "down" | "silent" | "refuses" | "deaf" = "up";
  uid = "uid-europe";
  closed = 0;
  /** How often it was asked for something else than to tell of changes. */
  asked = 0;
  readonly watched = new Set<string>();
  readonly #cut = new Set<(error: KubeError) => void>();
  readonly #opened: (() => void)[] = [];

  connection(): MemberConnection {
    return {
      request: async <T>(call: HttpCall): Promise<T> => {
        this.asked += 1;
        await this.#answer(call);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is asked is a Namespace
        return { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: this.uid } } as T;
      },
      stream: async (call) => {
        await this.#answer(call);
        this.watched.add(call.path);
        return call.query?.["watch"] === undefined && call.path === "/readyz" ? nothing() : this.#watch(call);
      },
      serverDate: () => undefined,
      close: () => Promise.resolve(void (this.closed += 1)),
    };
  }

  goDown(): void {
    this.state = "down";
    for (const cut of this.#cut) cut(NO_ANSWER);
    this.#cut.clear();
  }

  /** Watches that it kept waiting are opened. */
  hears(): void {
    this.state = "up";
    for (const open of this.#opened) open();
  }

  async #answer({ signal, query }: HttpCall): Promise<void> {
    if (this.state === "deaf" && query?.["watch"] !== undefined) await new Promise<void>((resolve) => this.#opened.push(resolve));
    if (this.state === "down") throw NO_ANSWER;
    if (this.state === "refuses") throw new KubeError({ what: "ask", why: "forbidden", outcome: "refused", status: 403, reason: "Forbidden" });
    if (this.state === "silent") await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(NO_ANSWER)));
  }

  async *#watch({ signal, path }: HttpCall): AsyncGenerator<Uint8Array> {
    const metadata = { resourceVersion: "5", annotations: { "k8s.io/initial-events-end": "true" } };
    yield encoder.encode(`${JSON.stringify({ type: "BOOKMARK", object: { kind: kindOf(path), apiVersion: apiOf(path), metadata } })}\n`);
    await new Promise((_, reject) => {
      this.#cut.add(reject);
      signal?.addEventListener("abort", () => reject(NO_ANSWER));
      if (signal?.aborted === true) reject(NO_ANSWER);
    });
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An answer without a body.
}

const apiOf = (path: string): string => (path.startsWith("/api/") ? "v1" : path.split("/").slice(2, 4).join("/"));
const kindOf = (path: string): string => ({ namespaces: "Namespace", pods: "Pod", deployments: "Deployment" })[path.split("/").at(-1) ?? ""] ?? "Object";
