import type { HttpCall } from "../../src/kube/transport.ts";
import { seedOf } from "./random.ts";
import { ApiError } from "./server/server.ts";
import type { WatchSession } from "./server/watches.ts";

/** How often what goes wrong, as a share of the calls or deliveries; 0: never in this story. */
export interface FaultRates {
  readonly lost: number;
  readonly answerLost: number;
  readonly refused: number;
  readonly failedAfter: number;
  /** Of writes. */
  readonly crash: number;
  readonly slowCall: number;
  readonly slowWatch: number;
  readonly cutWatch: number;
  /** The longest that the server takes from admission to storage, in milliseconds. */
  readonly storeMs: number;
  /** The longest that a slow call or delivery takes, in milliseconds; default: several seconds. */
  readonly slowestMs?: number;
  /** No more than so many in a story; default: so few that something also goes right. */
  readonly most?: number;
}

export interface CallFault {
  readonly kind: "none" | "lost" | "answer-lost" | "refused" | "failed-after" | "crash-before" | "crash-after";
  readonly thereMs: number;
  readonly backMs: number;
  readonly storeMs: number;
  readonly error: ApiError;
}

export interface DeliveryFault {
  readonly kind: "none" | "cut";
  readonly ms: number;
}

interface Caller {
  readonly identity: string;
}

/** In a story no more goes wrong than this, so that something also goes right. */
const MOST_FAULTS = 25;
const SLOWEST_CALL_MS = 12_000;
const LATEST_MS = 20_000;
const NONE = new ApiError({ code: 500, reason: "InternalError", message: "never sent" });

/**
 * Decides what goes wrong. Each decision has a number, and chance of its own: that one fault is left out of a story changes
 * no other decision, which is how stories are made shorter.
 */
export class Faults {
  readonly #seed: number;
  readonly #rates: FaultRates;
  readonly #without: ReadonlySet<string>;
  readonly #taken: string[] = [];
  readonly #tell: (what: string) => void;
  readonly #cutOff = new Set<string>();
  /** Of the names of what goes wrong, where two clusters have their own. */
  readonly #prefix: string;
  #isDown = false;
  #isSilent = false;
  #isOver = false;
  #calls = 0;
  #deliveries = 0;

  constructor(options: { readonly seed: number; readonly rates: FaultRates; readonly without: ReadonlySet<string>; readonly tell: (what: string) => void; readonly prefix?: string }) {
    this.#prefix = options.prefix ?? "";
    this.#seed = options.seed;
    this.#rates = options.rates;
    this.#without = options.without;
    this.#tell = options.tell;
  }

  /** What went wrong so far, by the names with which it can be left out. */
  get taken(): readonly string[] {
    return this.#taken;
  }

  ofCall(_peer: Caller, call: HttpCall): CallFault {
    this.#calls += 1;
    const chance = new Dice(seedOf(this.#seed, "call", this.#calls));
    const isSlow = this.#isChosen("slow", this.#calls, chance.is(this.#rates.slowCall));
    const slow = isSlow ? chance.int(200, this.#rates.slowestMs ?? SLOWEST_CALL_MS) : 0;
    const usual = { thereMs: chance.int(1, 4), backMs: chance.int(1, 4), storeMs: chance.int(0, this.#isOver ? 0 : this.#rates.storeMs), error: NONE };
    const times = chance.is(0.5) ? { ...usual, thereMs: usual.thereMs + slow } : { ...usual, backMs: usual.backMs + slow };
    const kind = this.#kindOf(call, chance);
    if (kind === "none" || !this.#isChosen(kind, this.#calls, true)) return { ...times, kind: "none" };
    this.#tell(`${kind}: ${call.what}`);
    return { ...times, kind, error: errorOf(kind, chance) };
  }

  ofDelivery(_peer: Caller, session: Pick<WatchSession, "kind">): DeliveryFault {
    this.#deliveries += 1;
    const chance = new Dice(seedOf(this.#seed, "delivery", this.#deliveries));
    const ms = chance.int(1, 8);
    const { cutWatch, slowWatch } = this.#rates;
    const dice = chance.next();
    if (dice < cutWatch && this.#isChosen("cut", this.#deliveries, true)) {
      this.#tell(`watch cut: ${session.kind.plural}`);
      return { kind: "cut", ms };
    }
    if (dice < cutWatch + slowWatch && this.#isChosen("late", this.#deliveries, true)) {
      const late = chance.int(100, this.#rates.slowestMs ?? LATEST_MS);
      this.#tell(`watch late by ${late} ms: ${session.kind.plural}`);
      return { kind: "none", ms: late };
    }
    return { kind: "none", ms };
  }

  /** The API server answers nobody. */
  isDown(): boolean {
    return this.#isDown;
  }

  setDown(isDown: "down" | "up"): void {
    this.#isDown = isDown === "down";
  }

  /** Nobody gets an answer, and nothing comes of what is asked. */
  setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
  }

  isCutOff({ identity }: Caller): boolean {
    return this.#isSilent || this.#cutOff.has(identity);
  }

  cutOff({ identity }: Caller): void {
    this.#cutOff.add(identity);
  }

  heal({ identity }: Caller): void {
    this.#cutOff.delete(identity);
  }

  /** From now on nothing goes wrong. */
  stop(): void {
    this.#isOver = true;
    this.#isDown = false;
    this.#isSilent = false;
    this.#cutOff.clear();
  }

  #kindOf({ method, path }: HttpCall, chance: Dice): CallFault["kind"] {
    const { lost, answerLost, refused, failedAfter, crash } = this.#rates;
    let dice = chance.next();
    const isWrite = method !== "GET";
    // The step that matters most is where a crash is looked for most.
    const crashes = isWrite ? crash * (path.endsWith("/deployments/auth") ? 4 : 1) : 0;
    if ((dice -= crashes) < 0) return chance.is(0.5) ? "crash-before" : "crash-after";
    if ((dice -= lost) < 0) return "lost";
    if ((dice -= isWrite ? answerLost : 0) < 0) return "answer-lost";
    if ((dice -= refused) < 0) return "refused";
    if ((dice -= isWrite ? failedAfter : 0) < 0) return "failed-after";
    return "none";
  }

  #isChosen(kind: string, number: number, isWanted: boolean): boolean {
    const name = `${this.#prefix}${kind}-${number}`;
    if (!isWanted || this.#isOver || this.#taken.length >= (this.#rates.most ?? MOST_FAULTS) || this.#without.has(name)) return false;
    this.#taken.push(name);
    return true;
  }
}

function errorOf(kind: CallFault["kind"], chance: Dice): ApiError {
  const internal = new ApiError({ code: 500, reason: "InternalError", message: "Internal error occurred: etcdserver: request timed out" });
  if (kind !== "refused") return internal;
  const options = [
    new ApiError({ code: 429, reason: "TooManyRequests", message: "the server has received too many requests", headers: { "retry-after": "1" } }),
    new ApiError({ code: 503, reason: "ServiceUnavailable", message: "the server is currently unable to handle the request" }),
    new ApiError({ code: 409, reason: "Conflict", message: "Operation cannot be fulfilled: the object has been modified" }),
    internal,
  ];
  return options[chance.int(0, options.length - 1)] ?? internal;
}

/** The chance of one decision: cheap to make. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }
}
