import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { parse } from "yaml";

/** A bare client of one API server. */
export type Rest = {
  /** Sends a request and returns the status and the parsed answer (or its text); rejects only if there was no answer. */
  call(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Calls back for each event of a watch until it ends; the first events are what exists already. */
  watch(path: string, onEvent: (event: unknown) => void, signal: AbortSignal): Promise<void>;
};

type Kubeconfig = {
  readonly clusters: readonly { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }[];
  readonly users: readonly { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } }[];
};

const ANSWER_WITHIN_MS = 15_000;

/** A client for a kubeconfig that this program wrote. */
export function restFrom(kubeconfigPath: string): Rest {
  // Written by prepareFiles(): one cluster, one user.
  const { clusters: [first], users: [second] } = parse(readFileSync(kubeconfigPath, "utf8")) as Kubeconfig;
  if (first === undefined || second === undefined) throw new Error(`${kubeconfigPath} names no cluster or no user`);
  const decode = (text: string) => Buffer.from(text, "base64");
  const agent = new Agent({
    keepAlive: true,
    ca: decode(first.cluster["certificate-authority-data"]),
    cert: decode(second.user["client-certificate-data"]),
    key: decode(second.user["client-key-data"]),
  });
  const { server } = first.cluster;
  return {
    call: async (method, path, body) => {
      const answer = await open(agent, { method, url: server + path, body, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      let text = "";
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
      return { status: answer.statusCode ?? 0, body: isJson(answer) ? JSON.parse(text) : text };
    },
    watch: async (path, onEvent, signal) => {
      const answer = await open(agent, { method: "GET", url: `${server}${path}?watch=true`, signal });
      for await (const line of createInterface(answer)) onEvent(JSON.parse(line));
    },
  };
}

const isJson = (answer: IncomingMessage) => answer.headers["content-type"]?.startsWith("application/json") === true;

type Question = { readonly method: string; readonly url: string; readonly body?: object | undefined; readonly signal: AbortSignal };

function open(agent: Agent, { method, url, body, signal }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, signal, headers: { "content-type": "application/json" } }, resolve);
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
