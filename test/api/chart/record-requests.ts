/** Loaded into the operator by `--import`: writes a line for each answer of the API server: method, path and status. */
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { z } from "zod";

const file = process.env["SLACKTIDE_TEST_REQUESTS"];
if (file === undefined) throw new Error("record requests: SLACKTIDE_TEST_REQUESTS names no file");
const note = (method: string, path: string, status: number) => appendFileSync(file, `${method} ${path} ${status}\n`);

// What undici and Node publish on these channels.
const Answered = z.object({ request: z.object({ method: z.string(), path: z.string() }), response: z.object({ statusCode: z.number() }) });
const Begun = z.object({ request: z.object({ method: z.string(), path: z.string() }) });

subscribe("undici:request:headers", (message) => {
  const { request, response } = Answered.parse(message);
  note(request.method, request.path, response.statusCode);
});
// exec alone goes this way; its answer is a change of protocol.
subscribe("http.client.request.start", (message) => {
  const { request } = Begun.parse(message);
  note(request.method, request.path, 101);
});
