import type { ServerResponse } from "node:http";
import type { Call } from "./call.ts";
import { passedOn, type Answer } from "./upstream.ts";

/** The answer with its `Date` as `dateOf` wants it. */
export function redated(answer: Answer, dateOf: (real: number) => number): Answer {
  const date = answer.headers["date"];
  if (typeof date !== "string") return answer;
  return { ...answer, headers: { ...answer.headers, date: new Date(dateOf(Date.parse(date))).toUTCString() } };
}

/** Writes an answer once nothing is in its way, unless whoever asked has gone. */
export async function send(answer: ServerResponse, { status, headers, body }: Answer, passage: () => Promise<void> = async () => undefined): Promise<void> {
  await passage();
  if (!answer.destroyed) answer.writeHead(status, { ...headers, "content-length": String(body.length) }).end(body);
}

/** A client's headers, as they are sent on. */
export function headersOf({ headers }: Call): Record<string, string> {
  return passedOn(headers) as Record<string, string>; // none of what a client sends comes twice
}

const JSON_ANSWER = { "content-type": "application/json" };

/** An error as the API server words it. */
export function failure(code: number, reason: string, message: string, headers: Answer["headers"] = {}): Answer {
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
  return { status: code, headers: { ...JSON_ANSWER, ...headers }, body: Buffer.from(JSON.stringify(status)) };
}
