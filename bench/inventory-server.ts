/**
 * An API server as far as `pods/exec` goes: answers every exec with the same inventory, by the exec protocol v5 over a WebSocket,
 * in pieces as a kubelet makes them, as fast as they are taken. Prints its port; ends when its input does.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

const [rows, version] = [Number(process.argv[2] ?? 50_000), process.argv[3] ?? "v17.2.1"];
const PIECE_BYTES = 32 * 1024;
const [STDOUT, STATUS] = [1, 3];
const RUNNING = "17.2.1";

const text = inventory();
const server = createServer((_, response) => response.writeHead(404).end());
server.on("upgrade", (request, socket: Duplex) => {
  socket.on("error", () => undefined);
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`);
  // Whoever gives up in the middle has cut the connection.
  answer(socket).catch(() => socket.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port, bytes: text.length, rowBytes: Math.floor(text.length / rows) })));
process.stdin.on("end", () => process.exit(0)).resume();

async function answer(socket: Duplex): Promise<void> {
  for (let from = 0; from < text.length; from += PIECE_BYTES) {
    if (socket.destroyed) return;
    if (!socket.write(frame(STDOUT, text.subarray(from, from + PIECE_BYTES)))) await once(socket, "drain");
  }
  socket.write(frame(STATUS, Buffer.from(JSON.stringify({ metadata: {}, status: "Success" }))));
}

/** One unmasked binary frame of RFC 6455 with the channel of Kubernetes before the text. */
function frame(channel: number, payload: Buffer): Buffer {
  const length = payload.length + 1;
  const head = Buffer.alloc(11);
  head.writeUInt8(0x82, 0);
  head.writeUInt8(127, 1);
  head.writeBigUInt64BE(BigInt(length), 2);
  head.writeUInt8(channel, 10);
  return Buffer.concat([head, payload]);
}

/** As tctl prints it: the Auth Service among the agents, each with what its control plane noted of it. */
function inventory(): Buffer {
  const auth = JSON.stringify(instance("auth-0", RUNNING, ["Auth"]));
  const agents = Array.from({ length: rows }, (_, n) => JSON.stringify(instance(`6fa459ea-ee8a-4ca4-894e-${String(n).padStart(12, "0")}`, version, ["Node", "App"])));
  return Buffer.from(`[${[auth, ...agents].join(",\n")}]\n`);
}

function instance(name: string, at: string, services: readonly string[]): object {
  const log = ["instance-heartbeat", "update-started", "update-finished"].map((type, id) => ({ type, id, time: "2026-11-24T01:50:00.123456789Z", ttl: 3_600_000_000_000, labels: { "unexpected-exit": "false", step: String(id) } }));
  const spec = { version: at, services, hostname: `ip-10-0-${name.slice(-6)}.eu-central-1.compute.internal`, auth_id: "0c1b9b52-8f0a-4a0c-9d3c-5a0c4a1f7f10", last_seen: "2026-11-24T01:50:00.123456789Z", control_log: log, ext_upgrader: "unit", ext_upgrader_version: at };
  return { kind: "instance", version: "v1", metadata: { name, expires: "2026-11-24T02:50:00.123456789Z" }, spec };
}
