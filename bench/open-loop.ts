import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

export interface Question {
  readonly port: number;
  readonly ids: readonly string[];
  /** The body of each answer. */
  readonly expected: string;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
}

/** What came of it, after the warm-up; latencies from when a request was due. */
export interface Load {
  readonly answered: number;
  readonly wrong: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const WARM_UP_MS = 3_000;

/** Asks at a fixed pace over keep-alive connections, one request after the other on each, without waiting for answers. */
export async function askAtPace({ port, ids, expected, rate, seconds, connections }: Question): Promise<Load> {
  const latencies: number[] = [];
  const seen = { wrong: 0 };
  const counted = { from: performance.now() + WARM_UP_MS, until: performance.now() + WARM_UP_MS + seconds * 1_000 };
  const onAnswer = (dueAt: number, body: string): void => {
    if (body !== expected) seen.wrong += 1;
    if (dueAt >= counted.from && dueAt < counted.until) latencies.push(performance.now() - dueAt);
  };
  const lines = Array.from({ length: connections }, () => new Line(port, onAnswer));
  const begin = performance.now();
  for (let n = 0; performance.now() < counted.until; ) {
    const due = Math.floor(((performance.now() - begin) * rate) / 1_000);
    for (; n < due; n += 1) lines[n % connections]?.ask(ids[(n * 7_919) % ids.length] ?? "", begin + (n * 1_000) / rate);
    await sleep(1);
  }
  await sleep(1_000); // for the last answers
  for (const line of lines) line.end();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.POSITIVE_INFINITY;
  return { answered: latencies.length, wrong: seen.wrong, perSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** One connection; answers come in the order of the questions. */
class Line {
  readonly #socket: Socket;
  readonly #due: number[] = [];
  readonly #onAnswer: (dueAt: number, body: string) => void;
  #rest = "";

  constructor(port: number, onAnswer: (dueAt: number, body: string) => void) {
    this.#onAnswer = onAnswer;
    this.#socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    this.#socket.on("data", (chunk) => this.#take(String(chunk)));
  }

  ask(id: string, dueAt: number): void {
    this.#due.push(dueAt);
    this.#socket.write(`GET /v1/${id}/stable/cloud/version HTTP/1.1\r\nhost: versions\r\nuser-agent: bench\r\n\r\n`);
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#rest += chunk;
    for (;;) {
      const head = this.#rest.indexOf("\r\n\r\n");
      if (head < 0) return;
      const headers = this.#rest.slice(0, head);
      const length = Number(/content-length: (\d+)/i.exec(headers)?.[1]);
      // Node says so of its own accord (408, 400), and hangs up.
      if (Number.isNaN(length)) throw new Error(`the server gives up a connection: ${headers}`);
      if (this.#rest.length < head + 4 + length) return;
      this.#onAnswer(this.#due.shift() ?? 0, this.#rest.slice(head + 4, head + 4 + length));
      this.#rest = this.#rest.slice(head + 4 + length);
    }
  }
}
