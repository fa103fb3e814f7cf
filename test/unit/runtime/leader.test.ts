import { describe, expect, test } from "vitest";
import { Elector } from "../../../src/runtime/leader.ts";
import { isRenewed, problemOfTiming, USUAL_TIMING, type LeaseTiming, type SeenLease } from "../../../src/runtime/lease.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { FakeLease, type Fault, Machine } from "./fake-lease.ts";
import { FakeTime, noJitter, settle } from "./fake-time.ts";

const THEIRS = { holder: "other", durationMs: 15_000, transitions: 4 };

function setUp(lease?: { holder: string; durationMs: number; transitions: number }, timing: LeaseTiming = USUAL_TIMING) {
  const time = new FakeTime(1_000_000);
  const server = new FakeLease(time);
  if (lease !== undefined) server.set(lease);
  const faults: (Fault | undefined)[] = [];
  const machine = new Machine(time);
  const measured: string[] = [];
  const metrics = {
    ...noMetrics,
    set: (name: string, _: object, value: number) => void measured.push(`${name} ${value}`),
    increment: (name: string) => void measured.push(name),
  };
  const store = server.storeOf(machine, () => faults.shift());
  const elector = new Elector({ name: "slacktide", identity: "me", store, timing, mono: machine, rng: noJitter, log: silentLogger, metrics });
  const watch = () => void server.watchers.add((seen) => elector.observe(seen));
  let lost: string | undefined;
  void elector.lost.then((why) => (lost = why));
  elector.start();
  return { time, server, faults, machine, elector, watch, measured, lost: () => lost };
}

async function leading() {
  const it = setUp();
  await it.time.advance(10);
  expect(it.elector.isLeading()).toBe(true);
  return it;
}

describe("a standby", () => {
  test("takes a Lease that there never was at once", async () => {
    const { server, measured } = await leading();
    expect(server.lease).toMatchObject({ holder: "me", durationMs: 15_000, transitions: 0 });
    expect(measured).toEqual(["leader_election_master_status 0", "leader_election_master_status 1"]);
  });

  test("waits for as long as the Lease says, counted from when it first saw it", async () => {
    const { time, server, elector } = setUp(THEIRS);
    await time.advance(15_000);
    expect([elector.isLeading(), elector.holder()]).toEqual([false, "other"]);
    await time.advance(10);
    expect(elector.isLeading()).toBe(true);
    expect(server.lease).toMatchObject({ holder: "me", transitions: 5 });
  });

  test("waits anew after each renewal that it sees", async () => {
    const { time, server, elector, watch } = setUp(THEIRS);
    watch();
    await time.advance(14_000);
    server.set(THEIRS);
    await time.advance(14_900);
    expect(elector.isLeading()).toBe(false);
    await time.advance(200);
    expect(elector.isLeading()).toBe(true);
  });

  test("that no watch tells of a renewal finds out by trying, and waits anew", async () => {
    const { time, server, elector } = setUp(THEIRS);
    await time.advance(14_000);
    server.set(THEIRS);
    await time.advance(10_000);
    expect([elector.isLeading(), server.lease?.holder]).toEqual([false, "other"]);
    await time.advance(6_100);
    expect(elector.isLeading()).toBe(true);
  });

  test("takes a Lease that was given back at once", async () => {
    const { time, server, elector, watch } = setUp(THEIRS);
    watch();
    await time.advance(3_000);
    server.set({ ...THEIRS, holder: "", durationMs: 1_000 });
    await time.advance(5);
    expect(elector.isLeading()).toBe(true);
  });

  test("waits where a Lease was deleted: its leader may not know yet", async () => {
    const { time, server, elector, watch } = setUp(THEIRS);
    watch();
    await time.advance(1_000);
    server.set(undefined);
    await time.advance(14_900);
    expect(elector.isLeading()).toBe(false);
    await time.advance(200);
    expect(elector.isLeading()).toBe(true);
  });

  test("goes on trying while the server is out of reach", async () => {
    const { time, faults, elector } = setUp();
    faults.push({ kind: "down" }, { kind: "lost-there" }, { kind: "down" });
    await settle();
    await time.advance(20_000);
    expect(elector.isLeading()).toBe(true);
  });

  test("that is stopped takes nothing any more", async () => {
    const { time, server, elector } = setUp(THEIRS);
    await time.advance(1_000);
    await elector.stop("release");
    await time.advance(60_000);
    expect([server.lease?.holder, time.armed]).toEqual(["other", 0]);
  });
});

describe("a leader", () => {
  test("renews every two seconds and leads on", async () => {
    const { time, server, elector } = await leading();
    await time.advance(60_000);
    expect(elector.isLeading()).toBe(true);
    expect(server.history.length).toBeGreaterThan(28);
    expect(new Set(server.history.map(({ transitions }) => transitions))).toEqual(new Set([0]));
  });

  test("tries again at once when an answer was lost: there is time for no more", async () => {
    const { time, faults, elector, lost } = setUp(undefined, { leaseDurationMs: 20_000, renewDeadlineMs: 14_000, retryPeriodMs: 5_000 });
    await time.advance(10);
    faults.push({ kind: "lost-back" });
    await time.advance(60_000);
    expect([elector.isLeading(), lost()]).toEqual([true, undefined]);
  });

  test("stops exactly ten seconds after it sent its last renewal, although a call still hangs", async () => {
    const { time, faults, elector, lost, measured } = setUp();
    // The read is on its way already.
    faults.push({ kind: "slow", there: 100, back: 3_000 }, ...Array.from({ length: 20 }, (): Fault => ({ kind: "lost-there" })));
    const sentAfter = 2;
    await time.advance(sentAfter + 3_100);
    expect(elector.isLeading()).toBe(true);
    await time.advance(10_000 - 3_100 - 1);
    expect([elector.isLeading(), lost()]).toEqual([true, undefined]);
    await time.advance(1);
    expect([elector.isLeading(), lost()]).toEqual([false, "not renewed for 10000 ms"]);
    expect(measured.at(-1)).toBe("leader_election_master_status 0");
  });

  test("that was paused leads no more when it wakes up, even before its timers run", async () => {
    const { time, machine, elector, lost } = await leading();
    machine.pause(60_000);
    await time.advance(59_000);
    expect([elector.isLeading(), lost()]).toEqual([false, undefined]);
    await time.advance(2_000);
    expect(lost()).toBe("not renewed for 10000 ms");
  });

  test("stops at its next renewal when somebody else holds the Lease", async () => {
    const { time, server, elector, lost } = await leading();
    server.set({ ...THEIRS, transitions: 9 });
    await time.advance(2_010);
    expect([elector.isLeading(), lost()]).toEqual([false, '"other" holds the Lease']);
    await time.advance(60_000);
    expect(server.lease?.holder).toBe("other");
  });

  test("whose renewal was carried out but not answered reads it and leads on", async () => {
    const { time, faults, elector, measured } = await leading();
    faults.push({ kind: "lost-back" });
    await time.advance(20_000);
    expect(elector.isLeading()).toBe(true);
    expect(measured).toContain("leader_election_slowpath_total");
  });

  test("makes a Lease that was deleted anew", async () => {
    const { time, server, elector } = await leading();
    server.set(undefined);
    await time.advance(3_000);
    expect([elector.isLeading(), server.lease?.holder]).toEqual([true, "me"]);
  });

  test("learns nothing from a watch, which may tell of the past", async () => {
    const { time, elector } = await leading();
    elector.observe({ ...THEIRS, version: "0" });
    await time.advance(5_000);
    expect(elector.isLeading()).toBe(true);
  });

  test("that is stopped gives the Lease back, and leads no more before it does", async () => {
    const { time, server, elector, lost } = await leading();
    const stopped = elector.stop("release");
    await settle();
    expect([elector.isLeading(), server.lease?.holder]).toEqual([false, "me"]);
    await time.advance(10);
    await stopped;
    expect([server.lease?.holder, lost(), time.armed]).toEqual(["", undefined, 0]);
  });

  test("that is told to keep it leaves it to end by itself", async () => {
    const { server, elector } = await leading();
    await elector.stop("keep");
    expect([server.lease?.holder, elector.isLeading()]).toEqual(["me", false]);
  });

  test("resigns when told that somebody else leads", async () => {
    const { elector, lost } = await leading();
    elector.resign("recorded as the leader: another");
    await settle();
    expect([elector.isLeading(), lost()]).toEqual([false, "recorded as the leader: another"]);
  });
});

describe("whether a Lease is renewed", () => {
  const held: SeenLease = { ...THEIRS, version: "1" };
  test.each<{ what: string; states: (SeenLease | undefined)[]; renewed: boolean; afterMs: number }>([
    { what: "that isn't there", states: [undefined], renewed: false, afterMs: 0 },
    { what: "that was given back", states: [{ ...held, holder: "" }], renewed: false, afterMs: 0 },
    { what: "that changes", states: [held, held, { ...held, version: "2" }], renewed: true, afterMs: 4_000 },
    { what: "that goes", states: [held, undefined], renewed: false, afterMs: 2_000 },
    { what: "that nobody touches for its whole length", states: [held], renewed: false, afterMs: 15_000 },
  ])("$what: $renewed", async ({ states, renewed, afterMs }) => {
    const time = new FakeTime();
    let reads = 0;
    const read = async () => states[Math.min(reads++, states.length - 1)];
    let at = -1;
    const answer = isRenewed(read, { mono: time, everyMs: 2_000 }).finally(() => (at = time.now()));
    await time.advance(20_000);
    expect([await answer, at]).toEqual([renewed, afterMs]);
  });
});

test.each([
  { timing: USUAL_TIMING, problem: "none" },
  { timing: { leaseDurationMs: 1_500, renewDeadlineMs: 1_000, retryPeriodMs: 200 }, problem: "none" },
  { timing: { leaseDurationMs: 500, renewDeadlineMs: 300, retryPeriodMs: 100 }, problem: "at least one second" },
  { timing: { leaseDurationMs: 10_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 }, problem: "shorter than the lease duration" },
  { timing: { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 9_000 }, problem: "well below the renew deadline" },
])("a timing of $timing has the problem: $problem", ({ timing, problem }) => {
  expect(problemOfTiming(timing) ?? "none").toContain(problem);
});
