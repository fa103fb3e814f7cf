import { PassThrough, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { callbackify } from "node:util";

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
  /** From the call until all that the command said is taken in, in real milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Is given standard output as it comes, one piece at a time; while it takes its time the server is told to wait. What it throws ends the command. */
  readonly take: (chunk: Uint8Array) => Promise<void>;
}

export interface ExecResult {
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
  addEventListener(type: "close" | "error" | "message", listener: (event: { readonly message?: string }) => void): void;
  close(): void;
  /** Of the package `ws`, which client-node uses in Node: reads no more from the connection until `resume`. */
  pause?(): void;
  resume?(): void;
  /** Cuts the connection. */
  terminate?(): void;
}

/** This much may lie here before the server is told to wait. */
const BUFFERED_BYTES = 1024 * 1024;

/**
 * Runs a command in a container through the `pods/exec` subresource, hands over what it prints as it comes, and waits for
 * its end; a command that fails is a result, everything else (no such pod, too much output, too late, connection lost) a
 * KubeError, and what `take` threw is thrown on.
 */
export async function execInPod(config: FreshKubeConfig, options: ExecOptions): Promise<ExecResult> {
  const what = `exec "${options.command.join(" ")}" in container "${options.container}": Pod "${options.namespace}/${options.pod}"`;
  const fail = (why: string, cause?: unknown): KubeError => new KubeError({ what, why, outcome: "unknown", cause });
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const end = Promise.withResolvers<ExitStatus>();
  const cut = Promise.withResolvers<never>();
  // An end that comes before somebody waits for it must not count as unhandled.
  for (const each of [end.promise, cut.promise]) each.catch(() => undefined);
  const onAbort = (): void => cut.reject(fail(timeout.aborted ? `no end within ${options.timeoutMs} ms` : "aborted", signal.reason));
  const output = new Output(options, { onTooMuch: () => cut.reject(fail(`more than ${options.maxBytes} bytes of output`)), onError: cut.reject });
  let socket: Socket | undefined;
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    const connecting = connect(config, options, output, end.resolve).catch((error: unknown) => Promise.reject(refusal(what, error)));
    // Whoever connects after the end is cut off at once.
    connecting.then((late) => (signal.aborted ? late.close() : undefined), () => undefined);
    socket = await Promise.race([connecting, cut.promise]);
    socket.addEventListener("close", () => end.reject(fail("the connection ended before the command did")));
    output.holdBack(socket);
    const status = await Promise.race([end.promise, cut.promise]);
    await Promise.race([output.taken, cut.promise]);
    socket.close();
    return resultOf(status, fail);
  } catch (error) {
    // Without a farewell, which would wait in line behind all that is not read any more.
    socket?.terminate?.();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    output.stop();
  }
}

async function connect(config: FreshKubeConfig, options: ExecOptions, output: Output, onEnd: (status: ExitStatus) => void): Promise<Socket> {
  // client-node would close the streams of this process when the server says so.
  const none = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const exec = new Exec(config, new WebSocketHandler(config, undefined, none));
  const { namespace, pod, container, command } = options;
  return exec.exec(namespace, pod, container, [...command], output.stdout, output.stderr, null, false, onEnd);
}

interface OutputEvents {
  readonly onTooMuch: () => void;
  readonly onError: (error: unknown) => void;
}

/** What a command says, up to a limit: standard output is handed over, standard error only counted. */
class Output {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** All of standard output was handed over. */
  readonly taken: Promise<void>;
  readonly #onTooMuch: () => void;
  #left: number;

  constructor({ maxBytes, take }: Pick<ExecOptions, "maxBytes" | "take">, { onTooMuch, onError }: OutputEvents) {
    this.#left = maxBytes;
    this.#onTooMuch = onTooMuch;
    const hand = callbackify(take);
    this.stdout = new Writable({
      highWaterMark: BUFFERED_BYTES,
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#isWithin(chunk)) hand(chunk, done);
        else done();
      },
    });
    this.stderr = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#isWithin(chunk);
        done();
      },
    });
    this.taken = finished(this.stdout);
    this.taken.catch(onError);
  }

  /** client-node writes whatever comes, without asking whether there is room: while there is none the connection is not read. */
  holdBack(socket: Socket): void {
    const pauseIfFull = (): void => {
      if (this.stdout.writableNeedDrain) socket.pause?.();
    };
    socket.addEventListener("message", pauseIfFull);
    this.stdout.on("drain", () => socket.resume?.());
    pauseIfFull(); // what came before anybody could hold it back
  }

  /** Takes no more. */
  stop(): void {
    this.stdout.destroy();
    this.stderr.destroy();
  }

  #isWithin(chunk: Buffer): boolean {
    this.#left -= chunk.length;
    if (this.#left < 0) this.#onTooMuch();
    return this.#left >= 0;
  }
}

function resultOf(status: ExitStatus, fail: (why: string) => KubeError): ExecResult {
  if (status.status === "Success") return { exitCode: 0 };
  const exitCode = Number(status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message);
  if (!Number.isInteger(exitCode)) throw fail(status.message ?? status.reason ?? "it ended without a status");
  return { exitCode };
}

/** A WebSocket that isn't accepted gives an event with a message rather than an Error; the status is in its words alone. */
function refusal(what: string, error: unknown): KubeError {
  const why = typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
  const code = /server response: (\d{3})$/.exec(why)?.[1];
  if (code === undefined) return new KubeError({ what, why, outcome: "not-sent" });
  return new KubeError({ what, why, outcome: "refused", status: Number(code) });
}
