import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";

import { expect, test } from "vitest";

import { FreshKubeConfig } from "../../../src/kube/credentials.ts";
import { isForbidden } from "../../../src/kube/errors.ts";
import { execInPod } from "../../../src/kube/exec.ts";
import type { ExecOptions } from "../../../src/kube/exec.ts";

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

type Script = (send: (channel: number, text: string) => void, socket: Duplex) => void;

/** One unmasked binary frame of RFC 6455 with the channel of Kubernetes before the text. */
function frame(channel: number, text: string): Buffer {
  const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
  const header = Buffer.alloc(4);
  header.writeUInt8(0x82, 0);
  header.writeUInt8(126, 1);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** A server that accepts every exec and then follows the script. */
async function setUp(script: Script) {
  const sockets: Duplex[] = [];
  const urls: string[] = [];
  const server = createServer((_, response) => response.writeHead(403).end());
  // From the connection on, not from the upgrade: whoever gave up before that would never close it.
  server.on("connection", (socket) => sockets.push(socket));
  server.on("upgrade", (request, socket: Socket) => {
    urls.push(request.url ?? "");
    socket.on("error", () => undefined);
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`,
    );
    script((channel, text) => socket.write(frame(channel, text)), socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const config = new FreshKubeConfig();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  config.loadFromClusterAndUser({ name: "test", server: url, skipTLSVerify: true }, { name: "me", token: "t" });
  const run = async (more: Partial<ExecOptions> = {}) => {
    let stdout = "";
    const take = async (chunk: Uint8Array) => void (stdout += Buffer.from(chunk).toString());
    const command = ["tctl", "inventory", "ls"];
    return { ...(await execInPod(config, { namespace: "tenant-acme", pod: "auth-0", container: "auth", command, maxBytes: 1_000, timeoutMs: 5_000, take, ...more })), stdout };
  };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { run, urls, [Symbol.asyncDispose]: close };
}

const success = JSON.stringify({ status: "Success" });
const failure = (code: string) =>
  JSON.stringify({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: code }] } });

test("hands over the output of a command that succeeded", async () => {
  await using it = await setUp((send) => {
    send(STDOUT, "[");
    send(STDERR, "warning");
    send(STDOUT, "]");
    send(STATUS, success);
  });
  expect(await it.run()).toEqual({ stdout: "[]", exitCode: 0 });
  expect(it.urls[0]).toBe(
    "/api/v1/namespaces/tenant-acme/pods/auth-0/exec?stdout=true&stderr=true&stdin=false&tty=false&command=tctl&command=inventory&command=ls&container=auth",
  );
});

test("a command that fails is a result with its exit code", async () => {
  await using it = await setUp((send) => {
    send(STDERR, "no such thing");
    send(STATUS, failure("7"));
  });
  expect(await it.run()).toEqual({ stdout: "", exitCode: 7 });
});

test.each<[string, Script, Partial<ExecOptions>, RegExp]>([
  ["too much output", (send) => send(STDOUT, "x".repeat(1_001)), {}, /more than 1000 bytes of output$/],
  ["too much to say beside it", (send) => send(STDERR, "x".repeat(1_001)), {}, /more than 1000 bytes of output$/],
  ["no end in time", () => undefined, { timeoutMs: 50 }, /no end within 50 ms$/],
  ["a lost connection", (_, socket) => void setTimeout(() => socket.destroy(), 20), {}, /the connection ended before the command did$/],
  ["a container that can't be run", (send) => send(STATUS, JSON.stringify({ status: "Failure", message: "no such container" })), {}, /no such container$/],
])("%s is an error that names command, container and pod", async (_, script, options, why) => {
  await using it = await setUp(script);
  const error: unknown = await it.run(options).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(why);
  expect(String(error)).toContain('exec "tctl inventory ls" in container "auth": Pod "tenant-acme/auth-0": ');
});

test("what the taker throws ends it, and is thrown on", async () => {
  await using it = await setUp((send) => send(STDOUT, "no list"));
  const wrong = new Error("that is no list");
  await expect(it.run({ take: () => Promise.reject(wrong) })).rejects.toBe(wrong);
});

test("it ends only when all that came before the command's end was taken", async () => {
  await using it = await setUp((send) => {
    send(STDOUT, "one ");
    send(STDOUT, "two");
    send(STATUS, success);
  });
  const taken: string[] = [];
  const take = async (chunk: Uint8Array) => {
    await setTimeoutPromise(30);
    taken.push(Buffer.from(chunk).toString());
  };
  expect(await it.run({ take })).toMatchObject({ exitCode: 0 });
  expect(taken).toEqual(["one ", "two"]);
});

test("while the taker takes its time the server has to wait: little of a long output lies here", async () => {
  const piece = "x".repeat(60_000);
  const sent = { bytes: 0 };
  const pieces = 400;
  await using it = await setUp((send, socket) => {
    const more = (left: number): void => {
      if (left === 0) return send(STATUS, success);
      send(STDOUT, piece);
      sent.bytes += piece.length;
      if (socket.writableNeedDrain) socket.once("drain", () => more(left - 1));
      else setImmediate(more, left - 1);
    };
    more(pieces);
  });
  const hold = Promise.withResolvers<void>();
  let taken = 0;
  const take = async (chunk: Uint8Array) => {
    await hold.promise;
    taken += chunk.length;
  };
  const running = it.run({ maxBytes: 1e9, take });
  await setTimeoutPromise(300);
  // What the sockets themselves hold is the kernel's.
  expect(sent.bytes).toBeLessThan((pieces * piece.length) / 2);
  hold.resolve();
  await running;
  expect(taken).toBe(pieces * piece.length);
});

test("an abort ends it at once, also before it began", async () => {
  await using it = await setUp(() => undefined);
  const abort = new AbortController();
  const running = it.run({ signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(running).rejects.toThrow(/aborted$/);
  await expect(it.run({ signal: abort.signal })).rejects.toThrow(/aborted$/);
});

test("a refusal says what the server answered", async () => {
  const server = createServer((_, response) => response.writeHead(200).end());
  server.on("upgrade", (_, socket: Duplex) => void socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const config = new FreshKubeConfig();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  config.loadFromClusterAndUser({ name: "test", server: url, skipTLSVerify: true }, { name: "me" });
  const options = { namespace: "n", pod: "p", container: "c", command: ["x"], maxBytes: 1, timeoutMs: 5_000, take: () => Promise.resolve() };
  const error: unknown = await execInPod(config, options).catch((reason: unknown) => reason);
  expect(isForbidden(error)).toBe(true);
  expect(String(error)).toMatch(/Pod "n\/p": .*403/);
  server.close();
});
