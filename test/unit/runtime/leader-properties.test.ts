import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Elector } from "../../../src/runtime/leader.ts";
import type { LeaseTiming } from "../../../src/runtime/lease.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { FakeLease, type Fault, Machine } from "./fake-lease.ts";
import { FakeTime } from "./fake-time.ts";

const TIMING: LeaseTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const LOOK_EVERY_MS = 250;
/** Nothing goes wrong for so long that somebody must lead. */
const CALM_MS = 60_000;

const fault = fc.oneof<fc.Arbitrary<Fault>[]>(
  fc.record({ kind: fc.constant("slow" as const), there: fc.integer({ min: 0, max: 12_000 }), back: fc.integer({ min: 0, max: 12_000 }) }),
  fc.record({ kind: fc.constantFrom("lost-there" as const, "lost-back" as const, "down" as const) }),
);
const step = fc.record({
  waitMs: fc.integer({ min: 0, max: 8_000 }),
  who: fc.nat({ max: 2 }),
  what: fc.oneof(
    fc.record({ kind: fc.constant("pause" as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
    fc.record({ kind: fc.constant("faults" as const), faults: fc.array(fault, { minLength: 1, maxLength: 6 }) }),
    fc.record({ kind: fc.constantFrom("stop" as const, "crash" as const, "delete" as const, "deafen" as const) }),
  ),
});
const clock = fc.record({ offset: fc.integer({ min: -1e9, max: 1e9 }), rate: fc.double({ min: 0.95, max: 1.05, noNaN: true }) });
const story = fc.record({ clocks: fc.array(clock, { minLength: 3, maxLength: 3 }), steps: fc.array(step, { maxLength: 25 }) });

type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

/** A machine on which one candidate after the other runs: who lost, stopped or crashed is followed by another one. */
class Host {
  readonly machine: Machine;
  readonly faults: Fault[] = [];
  readonly #name: string;
  readonly #server: FakeLease;
  #count = 0;
  #unwatch: () => void = () => undefined;
  elector: Elector;

  constructor(name: string, server: FakeLease, machine: Machine) {
    this.#name = name;
    this.#server = server;
    this.machine = machine;
    this.elector = this.#start();
  }

  restart(): void {
    this.#unwatch();
    this.elector = this.#start();
  }

  /** No watch tells it of changes from now on. */
  deafen(): void {
    this.#unwatch();
  }

  #start(): Elector {
    this.#count += 1;
    const { machine } = this;
    const store = this.#server.storeOf(machine, () => this.faults.shift());
    const elector = new Elector({ name: "l", identity: `${this.#name}-${this.#count}`, store, timing: TIMING, mono: machine, rng: { next: () => 0.5 }, log: silentLogger, metrics: noMetrics });
    const watcher = (lease: Parameters<Elector["observe"]>[0]) => machine.deliver(5, () => elector.observe(lease));
    this.#server.watchers.add(watcher);
    this.#unwatch = () => void this.#server.watchers.delete(watcher);
    void elector.lost.then(() => (this.elector === elector ? this.restart() : undefined));
    elector.start();
    return elector;
  }
}

/** Plays a story; throws as soon as two lead at once by their own clocks. */
async function play({ clocks, steps }: Story): Promise<{ readonly server: FakeLease; readonly leaders: number }> {
  const time = new FakeTime(1_000);
  const server = new FakeLease(time);
  const everyone = new Set<Elector>();
  const hosts = clocks.map((clock, n) => new Host(`host${n}`, server, new Machine(time, clock)));
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= LOOK_EVERY_MS) {
      await time.advance(Math.min(left, LOOK_EVERY_MS));
      for (const { elector } of hosts) everyone.add(elector);
      const leaders = [...everyone].filter((elector) => elector.isLeading()).length;
      if (leaders > 1) throw new Error(`${leaders} lead at once at ${time.now()}`);
    }
  };
  for (const { waitMs, who, what } of steps) {
    await pass(waitMs);
    const host = hosts[who];
    if (host === undefined) continue;
    if (what.kind === "pause") host.machine.pause(what.ms);
    else if (what.kind === "faults") host.faults.push(...what.faults);
    else if (what.kind === "delete" && server.lease?.holder === "") server.set(undefined);
    else if (what.kind === "deafen") host.deafen();
    else if (what.kind === "stop" || what.kind === "crash") {
      // A crashed process does nothing any more, so nobody asks whether it leads.
      if (what.kind === "stop") void host.elector.stop("release");
      else everyone.delete(host.elector);
      if (what.kind === "crash") void host.elector.stop("keep");
      host.restart();
    }
  }
  for (const host of hosts) host.faults.length = 0;
  await pass(CALM_MS);
  return { server, leaders: [...everyone].filter((elector) => elector.isLeading()).length };
}

test("never do two lead at once, whatever is paused, lost, late, skewed or stopped; in calm one does", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const { server, leaders } = await play(told);
      expect(leaders).toBe(1);
      const taken = server.history.map((lease, n) => ({ lease, before: server.history[n - 1] })).filter(({ lease, before }) => lease.holder !== "" && lease.holder !== before?.holder);
      // A Lease that was deleted counts from the beginning.
      expect(taken.filter(({ lease, before }) => lease.transitions !== 0 && lease.transitions !== (before?.transitions ?? -1) + 1)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
