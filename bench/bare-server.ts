/** A server of Node's own that says the same to everybody and knows nothing: what this machine lets the version server reach at most. */
import { createServer } from "node:http";

const ANSWER = "v17.2.1";
const headers = { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(ANSWER), "cache-control": "no-store" };
const server = createServer((_request, response) => void response.writeHead(200, headers).end(ANSWER));

server.on("connection", (socket) => socket.setNoDelay(true));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it was to listen on a port");
  console.log(JSON.stringify({ port: address.port, ids: ["0".repeat(40)], expected: ANSWER }));
});
