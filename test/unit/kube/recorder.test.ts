import { expect, test } from "vitest";

import { KubeClient } from "../../../src/kube/client.ts";
import { Recorder } from "../../../src/kube/recorder.ts";
import type { Happening } from "../../../src/kube/recorder.ts";
import type { HttpCall } from "../../../src/kube/transport.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { FakeTime, settle } from "../runtime/fake-time.ts";

function setUp(answer: () => Promise<void> = async () => undefined) {
  const time = new FakeTime(Date.UTC(2026, 10, 24, 2, 30));
  const calls: HttpCall[] = [];
  let dropped = 0;
  const client = new KubeClient({
    transport: {
      async request<T>(call: HttpCall): Promise<T> {
        calls.push(call);
        await answer();
        return JSON.parse("{}");
      },
      stream: () => Promise.reject(new Error("no watch here")),
      serverDate: () => undefined,
    },
  });
  const metrics = { ...noMetrics, increment: () => void (dropped += 1) };
  const recorder = new Recorder({ client, clock: time, mono: time, log: silentLogger, metrics, instance: "slacktide-0" });
  return { time, calls, recorder, drops: () => dropped };
}

const happening = (note = "Upgraded from 17.2.1 to 17.2.3"): Happening => ({
  regarding: { apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name: "acme", uid: "u-1" } },
  type: "Normal",
  reason: "Upgraded",
  action: "Upgrade",
  note,
});

test("writes an event on a cluster-scoped object to default, with six decimals of time", async () => {
  const { calls, recorder } = setUp();
  recorder.record(happening());
  await recorder.flush();
  expect(calls.map(({ method, path }) => [method, path])).toEqual([["POST", "/apis/events.k8s.io/v1/namespaces/default/events"]]);
  expect(calls[0]?.body).toMatchObject({
    eventTime: "2026-11-24T02:30:00.000000Z",
    reportingController: "slacktide.dev/operator",
    reportingInstance: "slacktide-0",
    reason: "Upgraded",
    action: "Upgrade",
    note: "Upgraded from 17.2.1 to 17.2.3",
    type: "Normal",
    regarding: { kind: "Tenant", name: "acme", uid: "u-1" },
  });
});

test("what repeats within ten minutes becomes one series, written now and then", async () => {
  const { time, calls, recorder } = setUp();
  for (let n = 0; n < 100; n += 1) {
    recorder.record(happening());
    await time.advance(100);
  }
  await time.advance(30_000);
  expect(calls.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
  expect(calls[1]?.body).toMatchObject({ series: { count: 100 } });
  await time.advance(10 * 60_000);
  recorder.record(happening());
  await settle();
  expect(calls.at(-1)?.method).toBe("POST");
});

test("another note is another event", async () => {
  const { calls, recorder } = setUp();
  recorder.record(happening("Upgraded from 1 to 2"));
  recorder.record(happening("Upgraded from 2 to 3"));
  await recorder.flush();
  expect(calls).toHaveLength(2);
});

test("failing and overflowing events are dropped and counted, and nobody waits for them", async () => {
  const broken = setUp(() => Promise.reject(new Error("down")));
  broken.recorder.record(happening());
  await broken.recorder.flush();
  expect(broken.drops()).toBe(1);
  const stuck = setUp(() => new Promise(() => undefined));
  for (let n = 0; n < 600; n += 1) stuck.recorder.record(happening(`event ${n}`));
  await settle();
  expect([stuck.calls.length, stuck.drops()]).toEqual([1, 99]);
});

test.each(Array.from({ length: 12 }, (_, microtasks) => microtasks))("what is recorded %d moments after a write was answered is written", async (microtasks) => {
  const answered = Promise.withResolvers<void>();
  const { calls, recorder } = setUp(() => answered.promise);
  recorder.record(happening("first"));
  answered.resolve();
  for (let n = 0; n < microtasks; n += 1) await Promise.resolve();
  recorder.record(happening("second"));
  await settle();
  expect([calls.length, recorder.isBusy()]).toEqual([2, false]);
});

test("a shutdown waits five seconds at most for an API server that does not answer", async () => {
  const { time, recorder, drops } = setUp(() => new Promise(() => undefined));
  for (const note of ["first", "second", "third"]) recorder.record(happening(note));
  let isOver = false;
  void recorder.flush().then(() => (isOver = true));
  await time.advance(4_999);
  expect([isOver, drops()]).toEqual([false, 0]);
  await time.advance(1);
  expect([isOver, drops(), time.armed]).toEqual([true, 2, 0]);
});
