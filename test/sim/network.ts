import { networkError, statusError } from "../../src/kube/answers.ts";
import { isFenced } from "../../src/kube/errors.ts";
import { isExempt, NotLeadingError, type WriteFence } from "../../src/kube/fence.ts";
import type { HttpCall, ServerDate, Transport } from "../../src/kube/transport.ts";
import { ByteStream } from "./byte-stream.ts";
import { Connection } from "./connection.ts";
import type { CallFault, Faults } from "./faults.ts";
import { Listening } from "./listening.ts";
import { ApiError, type ApiServer, type Caller } from "./server/server.ts";
import type { WatchSession } from "./server/watches.ts";
import type { Timeline } from "./timeline.ts";

/** What the network asks of whom it connects. */
export interface Peer extends Caller {
  readonly isAlive: () => boolean;
  /** Runs what comes for the replica; later, if it is paused; never, if it is dead. */
  readonly deliver: (run: () => void) => void;
  readonly mono: () => number;
  readonly fence: WriteFence | undefined;
  /** The process dies at this point. */
  readonly crash: (why: string) => void;
}

export interface NetworkOptions {
  readonly server: ApiServer;
  readonly timeline: Timeline;
  readonly faults: Faults;
  /** Told when something happened that a story should tell of. */
  readonly tell: (what: string) => void;
  /** A call without an answer by then fails; default 30 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;

/** Carries calls and watches between replicas and the API server, late, in another order, or not at all. */
export class Network {
  readonly #options: NetworkOptions;
  readonly #watches = new Set<{ readonly cut: (why: string) => void }>();
  readonly #listening = new Listening();
  /** Calls under way but those by which replicas compete, and deliveries that are planned. */
  inFlight = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** What one replica has of it. */
  transportFor(peer: Peer): Transport {
    let date: ServerDate | undefined;
    const note = (): void => void (date = { date: this.#options.timeline.wall, receivedAtMono: peer.mono() });
    return {
      request: <T>(call: HttpCall) => this.#request(peer, call, note) as Promise<T>, // the server answers in its schema
      stream: (call) => this.#stream(peer, call),
      serverDate: () => date,
    };
  }

  /** Breaks every watch, as an API server does that goes down. */
  cutWatches(why: string): void {
    for (const watch of this.#watches) watch.cut(why);
  }

  /** The story is over. */
  close(): void {
    this.#listening.close();
  }

  #request(peer: Peer, call: HttpCall, note: () => void): Promise<unknown> {
    const { faults } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = this.#settler(peer, { call, resolve, reject, note });
      if (call.signal?.aborted === true) return settle.fail(call.signal.reason);
      const why = this.#whyNot(peer, call);
      if (why !== undefined) return settle.fail(new NotLeadingError(`not sent: ${why}`));
      const fault = faults.ofCall(peer, call);
      settle.watch(call.signal);
      this.#travel(call, fault.thereMs, () => this.#arrive(peer, call, { fault, settle }));
    });
  }

  /** The local fence, asked at the moment of sending as the real transport does. */
  #whyNot({ fence }: Peer, { method, path, query = {} }: HttpCall): string | undefined {
    const parameters = new URLSearchParams(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined));
    const outgoing = { method, path: parameters.size === 0 ? path : `${path}?${parameters.toString()}` };
    return fence === undefined || isExempt(outgoing) ? undefined : fence.whyNot(outgoing);
  }

  #arrive(peer: Peer, call: HttpCall, { fault, settle }: { fault: CallFault; settle: Settler }): void {
    const { server, faults, tell } = this.#options;
    if (fault.kind === "lost" || faults.isCutOff(peer)) return;
    if (fault.kind === "crash-before") return peer.crash(`before ${call.what}`);
    if (faults.isDown()) return this.#travel(call, fault.backMs, () => settle.fail(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })));
    if (fault.kind === "refused") return this.#answer(call, { settle, backMs: fault.backMs }, () => { throw fault.error; });
    try {
      server.admit(call, peer);
    } catch (error) {
      return this.#answer(call, { settle, backMs: fault.backMs }, () => { throw error; });
    }
    // Between admission and storage a moment may pass; what the policies said then still counts.
    this.#travel(call, fault.storeMs, () => {
      const carried = outcomeOf(() => server.carryOut(call, peer));
      if (fault.kind === "crash-after") return peer.crash(`after ${call.what}`);
      if (fault.kind === "answer-lost") return tell(`answer lost: ${call.what}`);
      this.#answer(call, { settle, backMs: fault.backMs }, fault.kind === "failed-after" ? () => { throw fault.error; } : carried);
    });
  }

  #answer(call: HttpCall, { settle, backMs }: { settle: Settler; backMs: number }, outcome: () => unknown): void {
    this.#travel(call, backMs, () => {
      try {
        settle.succeed(outcome());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        settle.refuse(error);
      }
    });
  }

  #travel(call: HttpCall, ms: number, run: () => void): void {
    if (ms === 0) return run();
    const counts = !isOfElection(call);
    if (counts) this.inFlight += 1;
    this.#options.timeline.after(ms, () => {
      if (counts) this.inFlight -= 1;
      run();
    });
  }

  #settler(peer: Peer, { call, resolve, reject, note }: { call: HttpCall; resolve: (value: unknown) => void; reject: (error: unknown) => void; note: () => void }): Settler {
    let isSettled = false;
    // One whose answer is lost is on its way until its time is over: time does not leap past what will be asked again.
    const counted = isOfElection(call) ? 0 : 1;
    this.inFlight += counted;
    const once = (run: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      this.inFlight -= counted;
      cancel();
      unheard();
      peer.deliver(run);
    };
    const fail = (error: unknown): void => once(() => reject(networkError(call, error)));
    const abort = (): void => fail(call.signal?.reason);
    const late = (): void => fail(Object.assign(new Error("The operation was aborted due to timeout"), { name: "TimeoutError" }));
    const cancel = this.#options.timeline.after(this.#options.timeoutMs ?? TIMEOUT_MS, late);
    let unheard = (): void => undefined;
    return {
      succeed: (answer) => once(() => (note(), resolve(answer))),
      refuse: (error) =>
        once(() => {
          note();
          const failure = statusError(call, error.code, error.headers, JSON.stringify(error.body));
          if (isFenced(failure)) peer.fence?.refused(failure);
          reject(failure);
        }),
      fail,
      watch: (signal) => void (unheard = this.#listening.to(signal, abort)),
    };
  }

  #stream(peer: Peer, call: HttpCall): Promise<AsyncIterable<Uint8Array>> {
    const { faults, server } = this.#options;
    return new Promise((resolve, reject) => {
      const fault = faults.ofCall(peer, call);
      const settle = this.#settler(peer, { call, resolve: (value) => resolve(value as ByteStream), reject, note: () => undefined }); // what is given below
      settle.watch(call.signal);
      if (call.signal?.aborted === true) return settle.fail(call.signal.reason);
      this.#travel(call, fault.thereMs, () => {
        if (fault.kind === "lost" || faults.isCutOff(peer)) return;
        if (faults.isDown()) return settle.fail(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
        this.#answer(call, { settle, backMs: fault.backMs }, outcomeOf(() => (call.path === "/readyz" ? saying("ok") : this.#connect(peer, call, server.watch(call)))));
      });
    });
  }

  #connect(peer: Peer, call: HttpCall, session: WatchSession): ByteStream {
    const { timeline, server } = this.#options;
    const stream = new ByteStream();
    const watch = new Connection({
      peer,
      session,
      stream,
      timeline,
      faults: this.#options.faults,
      onTravel: (change) => void (this.inFlight += change),
      bookmark: (each) => server.reads.bookmark(each),
    });
    const handle = { cut: (why: string) => end(() => peer.deliver(() => stream.break(networkError(call, Object.assign(new Error(why), { code: "UND_ERR_SOCKET" }))))) };
    const abort = (): void => end(() => stream.break(networkError(call, call.signal?.reason)));
    const end = (last: () => void): void => {
      this.#watches.delete(handle);
      server.reads.close(session);
      unheard();
      watch.close();
      last();
    };
    stream.onReturn = () => end(() => undefined);
    const unheard = this.#listening.to(call.signal, abort);
    this.#watches.add(handle);
    const lifetime = Number(call.query?.["timeoutSeconds"] ?? 300) * 1000;
    timeline.after(lifetime, () => {
      if (this.#watches.has(handle)) watch.endAfterLines(() => end(() => peer.deliver(() => stream.close())));
    });
    watch.open({ onCut: handle.cut, onOver: () => end(() => peer.deliver(() => stream.close())) });
    return stream;
  }
}

/** An answer that is whole at once. */
function saying(text: string): ByteStream {
  const stream = new ByteStream();
  stream.send(new TextEncoder().encode(text));
  stream.close();
  return stream;
}

interface Settler {
  readonly succeed: (answer: unknown) => void;
  readonly refuse: (error: ApiError) => void;
  readonly fail: (error: unknown) => void;
  readonly watch: (signal: AbortSignal | undefined) => void;
}

function isOfElection({ path }: HttpCall): boolean {
  return path.includes("/leases");
}

/** What a call led to, to be told later; only the server's own errors are answers. */
function outcomeOf(run: () => unknown): () => unknown {
  try {
    const answer = run();
    return () => answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return () => {
      throw error;
    };
  }
}
