import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMetrics, type MetricsRegistry } from "../../../src/adapters/metrics.ts";
import { VERSION_SERVER_METRICS, VersionServer, type Asked } from "../../../src/adapters/version-server.ts";
import { agentsIdOf } from "../../../src/reconcile/tenant/agents-id.ts";

const ID = agentsIdOf("d0a1cb5e-7f0c-4b7e-9a57-6f2f5e1f0a11");
const ANSWER: Asked = { kind: "answer", answer: { version: "v17.2.1", critical: "no" } };

let known: ReadonlyMap<string, Asked>;
let metrics: MetricsRegistry;
let server: VersionServer;

beforeEach(async () => {
  known = new Map([[ID, ANSWER]]);
  metrics = createMetrics(VERSION_SERVER_METRICS);
  server = new VersionServer({ port: 0, host: "127.0.0.1", metrics, ask: (id) => known.get(id) ?? { kind: "unknown" } });
  await server.start();
});
afterEach(() => server.stop());

const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

/** What comes back for these bytes until the server ends the connection. */
function raw(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
  socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk)).on("close", () => resolve(answer)).on("error", () => undefined);
  return promise;
}

describe("the version server", () => {
  it.each<[path: string, asked: Asked, body: string]>([
    ["default/version", ANSWER, "v17.2.1"],
    ["stable/cloud/version", ANSWER, "v17.2.1"],
    ["stable/cloud/critical", ANSWER, "no"],
    ["default/critical", { kind: "answer", answer: { version: "v17.2.1", critical: "yes" } }, "yes"],
    ["default/version", { kind: "answer", answer: { version: "none", critical: "no" } }, "none"],
    ["default/critical", { kind: "answer", answer: { version: "none", critical: "no" } }, "no"],
  ])("answers %s of %j with these bytes and no more", async (path, asked, body) => {
    known = new Map([[ID, asked]]);
    const response = await get(`/v1/${ID}/${path}`);
    expect([response.status, await response.text()]).toEqual([200, body]);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("content-length")).toBe(String(body.length));
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("answers 503 when it is not sure, and says when to ask again", async () => {
    known = new Map([[ID, { kind: "unsure" }]]);
    const answers = await Promise.all(["version", "critical"].map((what) => get(`/v1/${ID}/default/${what}`)));
    expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([[503, "60"], [503, "60"]]);
  });

  it("answers an id that nobody has as it does every other path", async () => {
    const paths = [`/v1/${"0".repeat(40)}/default/version`, "/", "/v1", "/v1/", `/v1/${ID}`, `/v1/${ID}/`, `/v1/${ID}/version`, `/v1/${ID}/default/`, `/v1/${ID}/default/other`, "/metrics", "/healthz"];
    const answers = await Promise.all(paths.map(async (path) => {
      const response = await get(path);
      const { date: _date, ...headers } = Object.fromEntries(response.headers);
      return JSON.stringify([response.status, headers, await response.text()]);
    }));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain("[404,");
  });

  it.each([
    ["an id in capitals", `/v1/${ID.toUpperCase()}/default/version`],
    ["an id that is too long", `/v1/${ID}0/default/version`],
    ["an empty part", `/v1/${ID}//version`],
    ["dots that lead out", `/v1/${ID}/../x/version`],
    ["an encoded slash", `/v1/${ID}/stable%2Fcloud/version`],
    ["a query", `/v1/${ID}/default/version?x=1`],
    ["a channel of too many parts", `/v1/${ID}/${"a/".repeat(9)}version`],
    ["a channel that is too long", `/v1/${ID}/${"a".repeat(300)}/version`],
  ])("takes no path with %s", async (_why, path) => {
    expect(await raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 404 /);
  });

  it("answers HEAD as GET, without the body", async () => {
    const response = await get(`/v1/${ID}/default/version`, { method: "HEAD" });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "7", ""]);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s, whatever the path", async (method) => {
    for (const path of [`/v1/${ID}/default/version`, "/"]) {
      const response = await get(path, { method });
      expect([response.status, response.headers.get("allow"), response.headers.get("connection")]).toEqual([405, "GET, HEAD", "close"]);
    }
  });

  it("takes no body and reads none", async () => {
    const request = `GET /v1/${ID}/default/version HTTP/1.1\r\nhost: x\r\n`;
    expect(await raw(`${request}content-length: 99999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(`${request}transfer-encoding: chunked\r\n\r\n`)).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(`${request}content-length: 0\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });

  it("takes no headers longer than a request needs", async () => {
    expect(await raw(`GET /v1/${ID}/default/version HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(5_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it("cuts off who is slow with a request", { timeout: 15_000 }, async () => {
    const begun = performance.now();
    expect(await raw("GET /v1/")).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it("counts what was asked and answered, and names nobody", async () => {
    await Promise.all([get(`/v1/${ID}/default/version`), get(`/v1/${ID}/other/version`), get(`/v1/${ID}/default/critical`), get("/x"), get("/", { method: "POST" })]);
    const lines = (await metrics.scrape()).split("\n").filter((line) => line.startsWith("slacktide_version_requests_total"));
    expect(lines.sort()).toEqual([
      'slacktide_version_requests_total{asked="critical",code="200"} 1',
      'slacktide_version_requests_total{asked="other",code="404"} 1',
      'slacktide_version_requests_total{asked="other",code="405"} 1',
      'slacktide_version_requests_total{asked="version",code="200"} 2',
    ]);
    await metrics.scrape();
    expect((await metrics.scrape()).includes('{asked="version",code="200"} 2')).toBe(true);
  });

  it("says what keeps it from starting", async () => {
    const second = new VersionServer({ port: server.port, host: "127.0.0.1", metrics: createMetrics(VERSION_SERVER_METRICS), ask: () => ({ kind: "unknown" }) });
    await expect(second.start()).rejects.toThrow(/^serve versions to agents on port \d+: .*EADDRINUSE/);
    await second.stop();
  });

  it("ends also while somebody keeps a connection open", async () => {
    const idle = raw(`GET /v1/${ID}/default/version HTTP/1.1\r\nhost: x\r\n\r\n`);
    await get(`/v1/${ID}/default/version`);
    await server.stop();
    expect(await idle).toMatch(/v17\.2\.1$/);
  });
});
