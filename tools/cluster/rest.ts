import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { parse } from "yaml";
import { z } from "zod";

/** A bare client of one API server. */
export type Rest = {
  /** Sends a request and returns the status and the parsed answer (or its text); rejects only if there was no answer. */
  call(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Calls back for each event of a watch until it ends; the first events are what exists already. */
  watch(path: string, onEvent: (event: unknown) => void, signal: AbortSignal): Promise<void>;
};

/** What prepareFiles() writes: one cluster, one user, all inline. */
const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), "certificate-authority-data": z.base64() }) })]),
  users: z.tuple([z.object({ user: z.object({ "client-certificate-data": z.base64(), "client-key-data": z.base64() }) })]),
});

const ANSWER_WITHIN_MS = 15_000;

/** A client for a kubeconfig that this program wrote. */
export function restFrom(kubeconfigPath: string): Rest {
  const { clusters: [{ cluster }], users: [{ user }] } = Kubeconfig.parse(parse(readFileSync(kubeconfigPath, "utf8")));
  const agent = new Agent({
    keepAlive: true,
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  });
  const { server } = cluster;
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

const decode = (text: string) => Buffer.from(text, "base64");

const isJson = (answer: IncomingMessage) => answer.headers["content-type"]?.startsWith("application/json") === true;

type Question = { readonly method: string; readonly url: string; readonly body?: object | undefined; readonly signal: AbortSignal };

function open(agent: Agent, { method, url, body, signal }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, signal, headers: { "content-type": "application/json" } }, resolve);
    sent.once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
