import { PassThrough, Writable } from "node:stream";

import { Exec } from "@kubernetes/client-node/dist/exec.js";
import { WebSocketHandler } from "@kubernetes/client-node/dist/web-socket-handler.js";

import type { FreshKubeConfig } from "./credentials.ts";
import { KubeError } from "./errors.ts";

export interface ExecOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Of standard output and standard error together. */
  readonly maxBytes: number;
  /** From the call to the end of the command, in real milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** metav1.Status as it ends an exec. */
interface ExitStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** The parts of a WebSocket that are used. */
interface Socket {
  addEventListener(type: "close" | "error", listener: (event: { readonly message?: string }) => void): void;
  close(): void;
}

/**
 * Runs a command in a container through the `pods/exec` subresource and waits for its end; a command that fails is
 * a result, everything else (no such pod, too much output, too late, connection lost) a KubeError.
 */
export async function execInPod(config: FreshKubeConfig, options: ExecOptions): Promise<ExecResult> {
  const what = `exec "${options.command.join(" ")}" in container "${options.container}": Pod "${options.namespace}/${options.pod}"`;
  const fail = (why: string, cause?: unknown): KubeError => new KubeError({ what, why, outcome: "unknown", cause });
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const end = Promise.withResolvers<ExitStatus>();
  // An end that comes before somebody waits for it must not count as unhandled.
  end.promise.catch(() => undefined);
  const onAbort = (): void => end.reject(fail(timeout.aborted ? `no end within ${options.timeoutMs} ms` : "aborted", signal.reason));
  const output = new Output(options.maxBytes, () => end.reject(fail(`more than ${options.maxBytes} bytes of output`)));
  let socket: Socket | undefined;
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    const connecting = connect(config, options, output, end.resolve);
    // Whoever connects after the end is cut off at once.
    connecting.then((late) => (signal.aborted ? late.close() : undefined), () => undefined);
    socket = await Promise.race([connecting, end.promise.then(() => connecting)]);
    socket.addEventListener("close", () => end.reject(fail("the connection ended before the command did")));
    return resultOf(await end.promise, output, fail);
  } catch (error) {
    throw error instanceof KubeError ? error : refusal(what, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket?.close();
  }
}

async function connect(config: FreshKubeConfig, options: ExecOptions, output: Output, onEnd: (status: ExitStatus) => void): Promise<Socket> {
  // client-node would close the streams of this process when the server says so.
  const none = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const exec = new Exec(config, new WebSocketHandler(config, undefined, none));
  const { namespace, pod, container, command } = options;
  return exec.exec(namespace, pod, container, [...command], output.stdout, output.stderr, null, false, onEnd);
}

/** What a command says, up to a limit. */
class Output {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly #chunks: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] };
  #left: number;

  constructor(maxBytes: number, onTooMuch: () => void) {
    this.#left = maxBytes;
    this.stdout = this.#collect("stdout", onTooMuch);
    this.stderr = this.#collect("stderr", onTooMuch);
  }

  text(of: "stdout" | "stderr"): string {
    return Buffer.concat(this.#chunks[of]).toString("utf8");
  }

  #collect(into: "stdout" | "stderr", onTooMuch: () => void): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#left -= chunk.length;
        if (this.#left >= 0) this.#chunks[into].push(chunk);
        else onTooMuch();
        done();
      },
    });
  }
}

function resultOf(status: ExitStatus, output: Output, fail: (why: string) => KubeError): ExecResult {
  const [stdout, stderr] = [output.text("stdout"), output.text("stderr")];
  if (status.status === "Success") return { stdout, stderr, exitCode: 0 };
  const exitCode = Number(status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message);
  if (!Number.isInteger(exitCode)) throw fail(status.message ?? status.reason ?? "it ended without a status");
  return { stdout, stderr, exitCode };
}

/** A WebSocket that isn't accepted gives an event with a message rather than an Error; the status is in its words alone. */
function refusal(what: string, error: unknown): KubeError {
  const why = typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
  const code = /server response: (\d{3})$/.exec(why)?.[1];
  if (code === undefined) return new KubeError({ what, why, outcome: "not-sent" });
  return new KubeError({ what, why, outcome: "refused", status: Number(code) });
}
