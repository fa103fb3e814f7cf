import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { loadKubeConfig } from "../../../src/kube/credentials.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import { HttpTransport } from "../../../src/kube/transport.ts";
import type { HttpCall } from "../../../src/kube/transport.ts";
import { realMono, type Mono } from "../../../src/runtime/clock.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { FakeTime, settle } from "../runtime/fake-time.ts";
import { json, reset, startServer, until } from "./scripted-server.ts";

const read: HttpCall = { method: "GET", path: "/api/v1/pods", what: "read pods" };
const write: HttpCall = { method: "PATCH", path: "/api/v1/pods/a", what: 'apply Pod "a"', body: { a: 1 } };

async function failureOf(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`);
  return error;
}

test("a hundred calls share at most 32 connections, and calls in a row don't open one each", async () => {
  await using server = await startServer((_, response) => void setTimeout(() => json(response, {}), 5));
  const transport = server.transport();
  for (let n = 0; n < 10; n += 1) await transport.request(read);
  expect(server.connections).toBeLessThanOrEqual(2);
  await Promise.all(Array.from({ length: 100 }, () => transport.request(read)));
  expect(server.connections).toBeLessThanOrEqual(32);
  await transport.close();
});

test.each([
  "/apis/coordination.k8s.io/v1/namespaces/slacktide/leases/slacktide",
  "/apis/slacktide.dev/v1alpha1/leaderships/slacktide",
])("calls without an answer keep nobody from writing %s", async (path) => {
  await using server = await startServer((seen, response) => {
    if (seen.url.pathname === path) json(response, { ok: true });
  });
  const transport = server.transport();
  const stuck = Array.from({ length: 33 }, () => failureOf(transport.request(write)));
  await until(() => server.seen.length === 32, "32 writes that hang");
  const renewal = transport.request({ method: "PUT", path, what: "renew", body: {}, signal: AbortSignal.timeout(2_000) });
  expect(await renewal.catch((error: unknown) => error)).toEqual({ ok: true });
  expect(server.seen.filter(({ method }) => method === "PATCH")).toHaveLength(32);
  await transport.close();
  await Promise.all(stuck);
});

test("those who renew share two connections", async () => {
  await using server = await startServer((_, response) => void setTimeout(() => json(response, {}), 5));
  const transport = server.transport();
  const renewal: HttpCall = { ...write, path: "/apis/coordination.k8s.io/v1/namespaces/slacktide/leases/slacktide" };
  await Promise.all(Array.from({ length: 20 }, () => transport.request(renewal)));
  expect(server.connections).toBe(2);
  await transport.close();
});

test("sends credentials, query and body, and returns the JSON", async () => {
  await using server = await startServer((_, response) => json(response, { ok: true }));
  const transport = server.transport();
  const call = { ...write, query: { force: "true", left: undefined }, contentType: "application/apply-patch+yaml" };
  expect(await transport.request(call)).toEqual({ ok: true });
  const [seen] = server.seen;
  expect([seen?.method, seen?.url.search, seen?.body]).toEqual(["PATCH", "?force=true", '{"a":1}']);
  expect(seen?.headers).toMatchObject({ authorization: "Bearer tell-nobody", "content-type": "application/apply-patch+yaml" });
  await transport.close();
});

test("waits as long as a 429 asks and then repeats the call, even a write", async () => {
  let asked = 0;
  await using server = await startServer((_, response) => {
    asked += 1;
    if (asked < 3) json(response, { kind: "Status", reason: "TooManyRequests" }, 429, { "retry-after": "0.05" });
    else json(response, { ok: true });
  });
  const waits: number[] = [];
  // What it arms before the first answer is for the credentials.
  const mono: Mono = { ...realMono, after: (ms, run) => (asked > 0 && waits.push(ms), realMono.after(ms, run)) };
  const transport = server.transport({ mono });
  expect(await transport.request(write)).toEqual({ ok: true });
  expect([asked, waits]).toEqual([3, [50, 50]]);
  await transport.close();
});

test("gives up on a server that goes on saying 429, and hands its wish on", async () => {
  await using server = await startServer((_, response) => json(response, {}, 429, { "retry-after": "0" }));
  const transport = server.transport();
  expect(await failureOf(transport.request(write))).toMatchObject({ status: 429, outcome: "refused", retryAfterMs: 0 });
  expect(server.seen).toHaveLength(5);
  await transport.close();
});

test("reads again after a reset, but never repeats a write whose outcome is unknown", async () => {
  await using server = await startServer((seen, response) => {
    if (server.seen.length === 1 || seen.method === "PATCH") reset(response);
    else json(response, { ok: true });
  });
  const transport = server.transport();
  expect(await transport.request(read)).toEqual({ ok: true });
  expect(await failureOf(transport.request(write))).toMatchObject({ outcome: "unknown", status: undefined });
  expect(server.seen.map(({ method }) => method)).toEqual(["GET", "GET", "PATCH"]);
  await transport.close();
});

test("a call that nobody listened to was not sent", async () => {
  const server = await startServer((_, response) => json(response, {}));
  const transport = server.transport();
  await server[Symbol.asyncDispose]();
  const error = await failureOf(transport.request(write));
  expect(error).toMatchObject({ outcome: "not-sent", reason: "ECONNREFUSED" });
  expect(error.message).toMatch(/^apply Pod "a": no answer from the API server: .*ECONNREFUSED/);
  await transport.close();
});

test("a server that never answers is left after the timeout, the outcome unknown", async () => {
  await using server = await startServer(() => undefined);
  const transport = server.transport({ timeoutMs: 50 });
  expect(await failureOf(transport.request(read))).toMatchObject({ outcome: "unknown", reason: "TimeoutError" });
  expect(server.seen).toHaveLength(1);
  await transport.close();
});

test("a port that takes the call and hangs up without a word leaves the outcome unknown", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const config = loadKubeConfigFor(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  const transport = new HttpTransport({ config: await config, mono: realMono, metrics: noMetrics });
  expect((await failureOf(transport.request(write))).outcome).toBe("unknown");
  await transport.close();
  server.close();
});

async function loadKubeConfigFor(server: string, user: object = {}, dir?: string) {
  const folder = dir ?? (await mkdtemp(join(tmpdir(), "slacktide-")));
  const path = join(folder, "kubeconfig");
  const config = {
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, JSON.stringify(config));
  try {
    return loadKubeConfig(path);
  } finally {
    if (dir === undefined) await rm(folder, { recursive: true });
  }
}

test("a status error says what failed, on which object and why, on one line", async () => {
  const status = {
    kind: "Status",
    reason: "Invalid",
    message: 'Pod "a" is invalid:\n  spec: Required value',
    details: { causes: [{ field: "spec", reason: "FieldValueRequired", message: "Required value" }] },
  };
  await using server = await startServer((_, response) => json(response, status, 422));
  const transport = server.transport();
  const error = await failureOf(transport.request(write));
  expect(error.message).toBe('apply Pod "a": 422 Invalid: Pod "a" is invalid: spec: Required value');
  expect(error).toMatchObject({ outcome: "refused", reason: "Invalid", details: [{ field: "spec" }] });
  await transport.close();
});

test("neither a token nor what the server says of a Secret gets into a message", async () => {
  const status = { kind: "Status", reason: "Invalid", message: "bad value: hunter2", details: { causes: [{ message: "hunter2" }] } };
  await using server = await startServer((_, response) => json(response, status, 422));
  const transport = server.transport();
  const error = await failureOf(transport.request({ ...write, what: 'apply Secret "a"', private: true }));
  expect(error.message).toBe('apply Secret "a": 422 Invalid');
  expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toMatch(/hunter2|tell-nobody/);
  await transport.close();
});

test.each([
  [500, "unknown"],
  [504, "unknown"],
  [503, "refused"],
  [404, "refused"],
  [403, "refused"],
] as const)("an answer of %i leaves the outcome %s", async (code, outcome) => {
  await using server = await startServer((_, response) => json(response, {}, code));
  const transport = server.transport();
  expect(await failureOf(transport.request(write))).toMatchObject({ status: code, outcome });
  await transport.close();
});

test("an answer that isn't JSON names the likely culprit", async () => {
  await using server = await startServer((_, response) => response.end("<html>login</html>"));
  const transport = server.transport();
  expect((await failureOf(transport.request(read))).message).toBe("read pods: the answer is not JSON: is there a proxy in between?");
  await transport.close();
});

test("remembers the server's date for whoever compares clocks", async () => {
  await using server = await startServer((_, response) => json(response, {}, 200, { date: "Tue, 24 Nov 2026 02:30:00 GMT" }));
  const transport = server.transport();
  expect(transport.serverDate()).toBeUndefined();
  await transport.request(read);
  expect(transport.serverDate()?.date).toBe(Date.UTC(2026, 10, 24, 2, 30));
  await transport.close();
});

test("counts and times every request with its code", async () => {
  const measured: unknown[] = [];
  const metrics = {
    ...noMetrics,
    increment: (name: string, labels = {}) => void measured.push([name, labels]),
    observe: (name: string, labels: object) => void measured.push([name, labels]),
  };
  await using server = await startServer((_, response) => json(response, {}, 409));
  const transport = server.transport({ metrics });
  await failureOf(transport.request(write));
  const host = `127.0.0.1:${server.port}`;
  expect(measured).toEqual([
    ["rest_client_requests_total", { code: "409", method: "PATCH", host }],
    ["rest_client_request_duration_seconds", { verb: "PATCH", host }],
  ]);
  await transport.close();
});

test("a 401 makes it read a rotated token file, and tells nothing but the path if that is missing", async () => {
  const dir = await mkdtemp(join(tmpdir(), "slacktide-"));
  await writeFile(join(dir, "token"), "old\n");
  await using server = await startServer((seen, response) =>
    seen.headers.authorization === "Bearer new" ? json(response, { ok: true }) : json(response, {}, 401),
  );
  const config = await loadKubeConfigFor(`http://127.0.0.1:${server.port}`, { tokenFile: "token" }, dir);
  const transport = new HttpTransport({ config, mono: realMono, metrics: noMetrics });
  expect((await failureOf(transport.request(read))).status).toBe(401);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer old"]);
  await writeFile(join(dir, "token"), "new\n");
  expect(await transport.request(read)).toEqual({ ok: true });
  await rm(join(dir, "token"));
  const later = new HttpTransport({ config, mono: realMono, metrics: noMetrics });
  const error = await failureOf(later.request(write));
  expect(error).toMatchObject({ outcome: "not-sent" });
  expect(error.message).toContain(join(dir, "token"));
  await later.close();
  await rm(dir, { recursive: true });
  await transport.close();
});

test("credentials that don't come fail the calls that wait for them, and are read anew for the next", async () => {
  await using server = await startServer((_, response) => json(response, { ok: true }));
  const time = new FakeTime();
  const config = server.config();
  const credentials = await config.credentials();
  const late = Promise.withResolvers<typeof credentials>();
  let readings = 0;
  config.credentials = async () => ((readings += 1) === 1 ? late.promise : credentials);
  const transport = new HttpTransport({ config, mono: time, metrics: noMetrics });
  const failures: KubeError[] = [];
  for (const call of [read, write]) void failureOf(transport.request(call)).then((error) => failures.push(error));
  await time.advance(9_999);
  expect([failures, readings]).toEqual([[], 1]);
  await time.advance(1);
  expect(failures).toMatchObject([read, write].map(({ what }) => ({ outcome: "not-sent", reason: "ECREDENTIALS", message: expect.stringContaining(`${what}: `) as string })));
  expect([server.seen, time.armed]).toEqual([[], 0]);
  expect(await transport.request(write)).toEqual({ ok: true });
  // What comes after all changes nothing any more.
  late.resolve({ ...credentials, server: "http://127.0.0.1:1" });
  await settle();
  expect(await transport.request(write)).toEqual({ ok: true });
  expect([readings, time.armed]).toEqual([2, 0]);
  await transport.close();
});

test("whoever gives the credentials time to come waits for them", async () => {
  await using server = await startServer((_, response) => json(response, { ok: true }));
  const time = new FakeTime();
  const config = server.config();
  const credentials = await config.credentials();
  const login = Promise.withResolvers<typeof credentials>();
  config.credentials = () => login.promise;
  const transport = new HttpTransport({ config, mono: time, metrics: noMetrics, credentialsWithinMs: 120_000 });
  const answer = transport.request(read).catch((error: unknown) => error);
  await time.advance(119_000);
  login.resolve(credentials);
  expect([await answer, time.armed]).toEqual([{ ok: true }, 0]);
  await transport.close();
});

test("a kubeconfig that doesn't parse is named without any of its content", async () => {
  const dir = await mkdtemp(join(tmpdir(), "slacktide-"));
  const path = join(dir, "kubeconfig");
  await writeFile(path, "users:\n- user: {token: tell-nobody\n  broken");
  expect(() => loadKubeConfig(path)).toThrow(`read kubeconfig ${path}: `);
  expect(() => loadKubeConfig(path)).not.toThrow("tell-nobody");
  await rm(dir, { recursive: true });
});

test("a Date counts only if the answer came promptly", async () => {
  let elapsed = 0;
  let takes = 0;
  await using server = await startServer((_, response) => {
    elapsed += takes;
    json(response, {});
  });
  const transport = new HttpTransport({ config: server.config(), mono: { ...realMono, now: () => elapsed }, metrics: noMetrics });
  takes = 5_001;
  await transport.request(read);
  expect(transport.serverDate()).toBeUndefined();
  takes = 5_000;
  await transport.request(read);
  expect(transport.serverDate()?.receivedAtMono).toBe(10_001);
  await transport.close();
});
