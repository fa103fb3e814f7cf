import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";

import { afterEach, describe, expect, it } from "vitest";
import { askOverHttps, type HttpsQuestion } from "../../../../src/adapters/inventory/https.ts";
import { createInventoryReader } from "../../../../src/adapters/inventory/reader.ts";
import type { InventoryRow } from "../../../../src/domain/agents/inventory.ts";
import { AppError } from "../../../../src/reconcile/app-error.ts";
import { newAuthority } from "../../../../tools/cluster/pki.ts";

const HOST = "inventory.example";
const TOKEN = "s3cret-token";
const authority = newAuthority("inventories");
const LIST = JSON.stringify([{ kind: "instance", metadata: { name: "a" }, spec: { version: "v17.2.1" } }]);
const never = new AbortController().signal;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => void (await Promise.all(closing.splice(0).map((close) => close()))));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback; the question leads there, since its addresses were judged before. */
async function serve(answer: Answer, more: ServerOptions = {}) {
  const requests: IncomingMessage[] = [];
  const server = createServer({ ...authority.issue({ name: HOST, hosts: [HOST] }), ...more }, (request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const ask = async (question: Partial<HttpsQuestion> = {}) => {
    const chunks: Uint8Array[] = [];
    const take = async (chunk: Uint8Array) => void chunks.push(chunk);
    await askOverHttps({ host: HOST, port, path: "/agents?key=p4th", addresses: ["127.0.0.1"], token: TOKEN, ca: authority.cert, timeoutMs: 5_000, take, ...question }, never);
    return Buffer.concat(chunks).toString();
  };
  return { ask, requests, port };
}

const list: Answer = (_, response) => void response.end(LIST);

describe("an inventory over HTTPS", () => {
  it("is asked for once, by its name, with the token", async () => {
    const { ask, requests, port } = await serve(list);
    expect(await ask().catch(String)).toBe(LIST);
    expect(requests.map(({ method, url, headers: { host, authorization, cookie } }) => ({ method, url, host, authorization, cookie }))).toEqual([
      { method: "GET", url: "/agents?key=p4th", host: `${HOST}:${port}`, authorization: `Bearer ${TOKEN}`, cookie: undefined },
    ]);
  });

  it("is asked for without a token when there is none", async () => {
    const { ask, requests } = await serve(list);
    await ask({ token: undefined });
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  it("tries the next address when one does not answer", async () => {
    const { ask } = await serve(list);
    expect(await ask({ addresses: ["127.0.0.2", "127.0.0.1"] })).toBe(LIST);
  });

  it.each<[what: string, answer: Answer, options: ServerOptions, question: Partial<HttpsQuestion>, why: RegExp]>([
    ["a redirect", (_, response) => void response.writeHead(302, { location: "https://169.254.169.254/" }).end(), {}, {}, /answered 302, a redirect, which is not followed$/],
    ["a token that is not accepted", (_, response) => void response.writeHead(401).end(), {}, {}, /answered 401: it does not accept the token$/],
    ["a server in trouble", (_, response) => void response.writeHead(503).end(TOKEN), {}, {}, /answered 503$/],
    ["no content", (_, response) => void response.writeHead(204).end(), {}, {}, /answered 204$/],
    ["something compressed", (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(LIST)), {}, {}, /answered compressed, which it was not asked for$/],
    ["a connection lost in the middle", (_, response) => void response.writeHead(200, { "content-length": "1000" }).write(LIST, () => response.destroy()), {}, {}, /did not answer as expected$/],
    ["headers without end", (_, response) => void response.writeHead(200, Object.fromEntries(Array.from({ length: 40 }, (_each, n) => [`x-${n}`, "x".repeat(1_000)]))).end(LIST), {}, {}, /did not answer as expected$/],
    ["an answer that never comes", () => undefined, {}, { timeoutMs: 200 }, /did not answer in full within 0\.2 s$/],
    ["an answer that never ends", (_, response) => drip(response), {}, { timeoutMs: 300 }, /did not answer in full within 0\.3 s$/],
    ["a certificate of nobody's", list, newAuthority("others").issue({ name: HOST, hosts: [HOST] }), {}, /certificate that is not valid \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/],
    ["a certificate that only the Secret vouches for, without one", list, {}, { ca: undefined }, /certificate that is not valid/],
    ["the certificate of another name", list, authority.issue({ name: "other", hosts: ["other.example"] }), {}, /certificate that is not valid \(ERR_TLS_CERT_ALTNAME_INVALID\)$/],
    ["an old TLS", list, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }, {}, /does not speak TLS as it should$/],
    ["nobody there", list, {}, { port: 1 }, /refuses connections$/],
  ])("is unreadable with %s, and neither token nor path is told", async (_what, answer, options, question, why) => {
    const { ask } = await serve(answer, options);
    const error: unknown = await ask(question).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect(String(error)).toMatch(why);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/s3cret|p4th/);
  });

  it("verifies certificates whatever the environment says", async () => {
    const { ask } = await serve(list, newAuthority("others").issue({ name: HOST, hosts: [HOST] }));
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await ask().catch(String)).toContain("certificate that is not valid");
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });

  it("ends with what the taker throws", async () => {
    const { ask } = await serve((_, response) => drip(response));
    const wrong = new AppError("InventoryUnreadable", "that is no list");
    await expect(ask({ take: () => Promise.reject(wrong) })).rejects.toBe(wrong);
  });

  it("makes the server wait while the taker takes its time", async () => {
    let sent = 0;
    const { ask } = await serve((_, response) => {
      const piece = Buffer.alloc(64 * 1024, " ");
      const more = (): void => {
        sent += piece.length;
        if (sent >= 30_000_000) response.end(piece);
        else response.write(piece, more);
      };
      more();
    });
    const hold = Promise.withResolvers<void>();
    const asking = ask({ timeoutMs: 60_000, take: () => hold.promise });
    await pause(200);
    // The kernel's buffers on both sides hold a few megabytes.
    expect(sent).toBeLessThan(20_000_000);
    hold.resolve();
    await asking;
  });
});

describe("reading an inventory over HTTPS", () => {
  const source = { type: "Http", maxAge: "30m", rememberFor: "168h", secretName: "inventory" } as const;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const nobody = () => Promise.reject(new Error("nobody to ask"));

  async function read(url: string, answer: Answer = list) {
    const { port, requests } = await serve(answer, authority.issue({ name: HOST, hosts: ["agents.tenant-acme.svc"] }));
    const asked: string[] = [];
    const reader = createInventoryReader({
      exec: nobody,
      configMap: nobody,
      lookup: async (host) => (asked.push(`name ${host}`), ["127.0.0.1"]),
      service: async ({ namespace, name }) => (asked.push(`Service ${namespace}/${name}`), { type: "ClusterIP", clusterIPs: ["10.96.0.7"] }),
      secret: async ({ namespace, name }) => (asked.push(`Secret ${namespace}/${name}`), { type: "Opaque", data: { token: base64(TOKEN), "ca.crt": base64(authority.cert) } }),
      // The Service's address leads to the server of this test.
      https: (question, signal) => askOverHttps({ ...question, port, addresses: question.addresses.map(() => "127.0.0.1") }, signal),
    });
    const rows: InventoryRow[] = [];
    const question = { namespace: "tenant-acme", source: { ...source, url }, authPod: undefined };
    const failure: unknown = await reader.read(question, (row) => rows.push(row), never).catch((error: unknown) => error);
    return { rows, failure, asked, requests };
  }

  it("takes address and credentials from the tenant's own namespace", async () => {
    const { rows, failure, asked, requests } = await read("https://agents.tenant-acme.svc/agents");
    expect(failure).toBeUndefined();
    expect(rows).toEqual([{ id: "a", version: "v17.2.1", hostname: undefined, services: undefined, lastSeenAt: undefined }]);
    expect(asked).toEqual(["Service tenant-acme/agents", "Secret tenant-acme/inventory"]);
    expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it("neither reads the Secret nor asks anybody when the url leads where it may not", async () => {
    const { failure, asked, requests } = await read(`https://${HOST}/agents`);
    expect(String(failure)).toMatch(/is not on the public network/);
    expect([asked, requests]).toEqual([[`name ${HOST}`], []]);
  });

  it("tells of a page that is no list as of any other", async () => {
    const { failure } = await read("https://agents.tenant-acme.svc/agents", (_, response) => void response.end("<html>Sign in</html>"));
    expect(String(failure)).toMatch(/the inventory is not JSON$/);
  });
});

/** A space now and then, for ever. */
function drip(response: ServerResponse): void {
  response.writeHead(200).write(" ");
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
}
