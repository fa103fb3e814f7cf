import { isIP, type LookupFunction } from "node:net";
import { Client, errors } from "undici";
import { AppError } from "../../reconcile/app-error.ts";
import type { HttpCredentials } from "./credentials.ts";
import type { Target } from "./target.ts";
import { unreadable } from "./unreadable.ts";

/** One GET of an inventory. */
export interface HttpsQuestion extends Target, HttpCredentials {
  readonly timeoutMs: number;
  /** Is given the answer as it comes; while it takes its time, the server has to wait. What it throws ends the call. */
  readonly take: (chunk: Uint8Array) => Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
const LONGEST_HEADERS = 16 * 1024;

/**
 * Asks a server once, at the addresses that were judged, with its certificate verified, and follows no redirect. Throws
 * AppError in words that hold neither the token nor the path, and without the error behind them, which might.
 */
export async function askOverHttps(question: HttpsQuestion, signal: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(question.timeoutMs);
  const client = clientOf(question);
  try {
    const { path, take } = question;
    const answer = await client.request({ method: "GET", path, headers: headersOf(question), signal: AbortSignal.any([signal, timeout]) });
    judge(answer.statusCode, answer.headers["content-encoding"]);
    for await (const chunk of answer.body) await take(chunk);
  } catch (error) {
    // Of the caller's own, and of `take`.
    if (error instanceof AppError) throw error;
    throw unreadable(`the inventory cannot be read: ${question.host} ${timeout.aborted ? `did not answer in full within ${question.timeoutMs / 1000} s` : whyOf(error)}`);
  } finally {
    await client.destroy();
  }

  function judge(status: number, encoding: string | string[] | undefined): void {
    if (status !== 200) throw unreadable(`the inventory cannot be read: ${question.host} ${answerOf(status)}`);
    if (encoding !== undefined && encoding !== "identity") throw unreadable(`the inventory cannot be read: ${question.host} answered compressed, which it was not asked for`);
  }
}

function clientOf({ host, port, addresses, ca, timeoutMs }: HttpsQuestion): Client {
  const origin = `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return new Client(origin, {
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: LONGEST_HEADERS,
    // Said outright: nothing in the environment may switch it off.
    connect: { timeout: CONNECT_TIMEOUT_MS, lookup: only(addresses), rejectUnauthorized: true, minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) },
  });
}

/** Resolves every name to the addresses that were judged. */
function only(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  const [first = { address: "", family: 0 }] = all;
  return (_host, options, done) => (options.all === true ? done(null, all) : done(null, first.address, first.family));
}

function headersOf({ token }: HttpCredentials): Record<string, string> {
  const headers = { accept: "application/json", "accept-encoding": "identity", "user-agent": "slacktide" };
  return token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
}

function answerOf(status: number): string {
  if (status >= 300 && status < 400) return `answered ${status}, a redirect, which is not followed`;
  return status === 401 || status === 403 ? `answered ${status}: it does not accept the token` : `answered ${status}`;
}

/** In a few words that do not change from one reading to the next. */
function whyOf(error: unknown): string {
  if (error instanceof errors.ConnectTimeoutError) return "does not let anybody connect";
  const code = codeOf(error);
  if (code === "ECONNREFUSED") return "refuses connections";
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return `has a certificate that is not valid (${code})`;
  if (/SSL|TLS|EPROTO/.test(code)) return "does not speak TLS as it should";
  return "did not answer as expected";
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  // Of several addresses each one's failure is told; the first is as good as any.
  const { code } = error instanceof AggregateError ? { code: codeOf(error.errors[0]) } : error;
  return typeof code === "string" ? code : "";
}
