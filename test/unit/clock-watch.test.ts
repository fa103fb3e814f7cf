import { beforeEach, describe, expect, it } from "vitest";
import { ClockWatch } from "../../src/clock-watch.ts";
import { HOUR, MINUTE, SECOND } from "../../src/domain/time.ts";
import type { ServerDate } from "../../src/kube/transport.ts";
import { noMetrics } from "../../src/runtime/metrics.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { at } from "../fixtures/time.ts";
import { FakeTime } from "./runtime/fake-time.ts";

const START = at("2026-11-24T02:00:00Z");

/** A machine whose wall clock can be set, and an API server that can be set too, or be away. */
class Machine {
  readonly mono = new FakeTime(1_000);
  readonly told: boolean[] = [];
  readonly skews: number[] = [];
  readonly lines: string[] = [];
  requests = 0;
  wallAhead = 0;
  serverAhead = 0;
  away = false;
  #answer: ServerDate | undefined;
  readonly watch = new ClockWatch({
    transport: {
      request: async <T>() => {
        this.requests += 1;
        this.mono.pass(1);
        if (this.away) throw new Error("no answer");
        this.answers();
        return {} as T; // nobody reads it
      },
      serverDate: () => this.#answer,
    },
    wall: { now: () => START + this.mono.now() + this.wallAhead },
    mono: this.mono,
    log: { ...silentLogger, info: (line) => void this.lines.push(line), warn: (line) => void this.lines.push(line) },
    metrics: { ...noMetrics, set: (_name, _labels, value) => void this.skews.push(value) },
    onChange: (trusted) => void this.told.push(trusted),
  });

  /** The API server answers somebody, with a Date cut to the second. */
  answers(): void {
    const now = START + this.mono.now() + this.serverAhead;
    this.#answer = { date: now - (now % 1000), receivedAtMono: this.mono.now() };
  }
}

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
const confirm = () => machine.watch.confirm();

describe("before something starts", () => {
  it("takes an answer of the last minute", async () => {
    machine.answers();
    await machine.mono.advance(MINUTE);
    expect([await confirm(), machine.requests]).toEqual([true, 0]);
  });

  it("an older one is asked for anew, once for all who ask together", async () => {
    machine.answers();
    await machine.mono.advance(MINUTE + 1);
    expect([await Promise.all([confirm(), confirm(), confirm()]), machine.requests]).toEqual([[true, true, true], 1]);
  });

  it("an API server that is away leaves its last answer standing, for five minutes after it", async () => {
    machine.answers();
    machine.away = true;
    await machine.mono.advance(5 * MINUTE - 1); // and one for the question
    expect(await confirm()).toBe(true);
    expect([await confirm(), machine.told]).toEqual([false, [false]]);
  });

  it("no answer ever is none", async () => {
    machine.away = true;
    expect([machine.watch.isTrusted(), await confirm(), machine.told]).toEqual([false, false, [false]]);
  });

  it.each([MINUTE, -MINUTE, HOUR, -HOUR])("a clock that is %s ms ahead is not believed", async (aheadMs) => {
    machine.wallAhead = aheadMs;
    expect([await confirm(), machine.watch.isTrusted()]).toEqual([false, false]);
    expect(Math.abs((machine.skews.at(-1) ?? 0) - aheadMs / SECOND)).toBeLessThanOrEqual(0.5);
  });
});

describe("a clock that is set while it runs", () => {
  beforeEach(async () => {
    machine.answers();
    await confirm();
  });

  it.each([-HOUR, HOUR, -31 * SECOND - 500, 31 * SECOND + 500])("by %s ms is noticed before the next start, and by itself trusted when it is set back", async (stepMs) => {
    machine.wallAhead = stepMs;
    expect([await confirm(), machine.told, machine.lines]).toEqual([false, [false], ["the clock was set", "clock untrusted: nothing starts"]]);
    machine.wallAhead = 0;
    expect([await confirm(), machine.told]).toEqual([true, [false, true]]);
    expect(machine.lines.slice(2)).toEqual(["the clock was set", "clock trusted again"]);
  });

  it("back by little is noticed too: what the API server said before says nothing of now", async () => {
    machine.wallAhead = -2 * SECOND;
    expect([await confirm(), machine.requests, machine.told]).toEqual([true, 1, []]);
    machine.wallAhead = -4 * SECOND;
    machine.away = true;
    expect([await confirm(), machine.requests, machine.told]).toEqual([false, 2, [false]]);
  });

  it("together with the API server's is right as soon as both agree", async () => {
    [machine.wallAhead, machine.serverAhead] = [-HOUR, -HOUR];
    expect([await confirm(), machine.requests]).toEqual([true, 1]);
  });
});

describe("with nothing to start", () => {
  beforeEach(async () => {
    machine.answers();
    machine.watch.isTrusted();
    machine.watch.start();
    await machine.mono.advance(0);
  });

  it("asks nobody for hours", async () => {
    await machine.mono.advance(6 * HOUR);
    expect([machine.requests, machine.told, machine.watch.isTrusted()]).toEqual([0, [], true]);
  });

  it("judges by the answers that others get", async () => {
    machine.serverAhead = 2 * MINUTE;
    await machine.mono.advance(5 * SECOND);
    machine.answers();
    await machine.mono.advance(5 * SECOND);
    expect([machine.requests, machine.told]).toEqual([0, [false]]);
  });

  it("asks at its next look whether the other clock is right again, however young the last answer is", async () => {
    machine.serverAhead = 2 * MINUTE;
    machine.answers();
    await machine.mono.advance(10 * SECOND);
    machine.serverAhead = 0;
    await machine.mono.advance(10 * SECOND);
    expect(machine.told).toEqual([false, true]);
  });

  it("notices that the clock was set, says so once, asks until it is right again, and then no more", async () => {
    machine.wallAhead = -2 * HOUR;
    await machine.mono.advance(2 * MINUTE);
    expect([machine.told, machine.requests > 0]).toEqual([[false], true]);
    machine.wallAhead = 0;
    await machine.mono.advance(10 * SECOND);
    expect([machine.told, machine.watch.isTrusted()]).toEqual([[false, true], true]);
    const asked = machine.requests;
    await machine.mono.advance(HOUR);
    expect(machine.requests).toBe(asked);
    expect(machine.lines).toEqual(["the clock was set", "clock untrusted: nothing starts", "the clock was set", "clock trusted again"]);
  });

  it("does nothing more once it is stopped", async () => {
    machine.watch.stop();
    machine.watch.start();
    expect(machine.mono.armed).toBe(0);
  });
});
