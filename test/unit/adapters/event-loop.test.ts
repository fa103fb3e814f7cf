import { expect, test } from "vitest";
import { EVENT_LOOP_METRICS, EventLoop } from "../../../src/adapters/event-loop.ts";
import { createMetrics } from "../../../src/adapters/metrics.ts";
import { realMono, sleep } from "../../../src/runtime/clock.ts";
import { FakeTime } from "../runtime/fake-time.ts";

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; ) continue;
}

test("a loop that is blocked again and again is unhealthy, and says by how much until a window without it", async () => {
  const time = new FakeTime();
  const metrics = createMetrics(EVENT_LOOP_METRICS);
  const loop = new EventLoop({ mono: time, metrics, windowMs: 1_000, starvedMs: 150 });
  for (let n = 0; n < 3; n += 1) {
    block(300);
    await sleep(realMono, 30);
  }
  expect(loop.unhealthyReason(), "within the first window").toBeUndefined();
  await time.advance(1_000);
  expect(loop.unhealthyReason()).toMatch(/^the event loop starves: late by \d+ ms at p99 over 1 s$/);
  expect(await metrics.scrape()).toMatch(/slacktide_event_loop_delay_seconds{quantile="1"} 0\.[2-9]/);
  await time.advance(1_000);
  expect(loop.unhealthyReason()).toBeUndefined();
  loop.stop();
  expect(time.armed).toBe(0);
});
