import { describe, expect, it } from "vitest";
import { TenantMemory } from "../../../src/reconcile/tenant/memory.ts";
import { FakeTime } from "../runtime/fake-time.ts";

/** The elapsed time of each step as it is entered or looked at, so many milliseconds after the one before. */
function elapsed(...visits: readonly (readonly [step: string, afterMs: number])[]): readonly number[] {
  let now = 0;
  const memory = new TenantMemory({ now: () => now, after: () => () => undefined });
  return visits.map(([step, afterMs]) => {
    now += afterMs;
    return memory.stepElapsedMs("uid", { id: "attempt" }, step);
  });
}

describe("how long an attempt was in a step", () => {
  it("counts from when this process first saw it", () => {
    expect(elapsed(["Auth", 50], ["Auth", 100], ["Proxy", 10], ["Proxy", 5])).toEqual([0, 100, 0, 5]);
  });

  it("counts all visits together: a proxy that comes and goes has a deadline too", () => {
    expect(elapsed(["Proxy", 0], ["Verify", 300], ["Proxy", 60], ["Verify", 300], ["Proxy", 60])).toEqual([0, 0, 300, 0, 600]);
  });

  it("counts Verify anew: it asks for an unbroken stretch", () => {
    expect(elapsed(["Verify", 0], ["Proxy", 90], ["Verify", 10], ["Verify", 20])).toEqual([0, 0, 0, 20]);
  });

  it("counts nothing of another attempt", async () => {
    const time = new FakeTime();
    const memory = new TenantMemory(time);
    memory.stepElapsedMs("uid", { id: "one" }, "Auth");
    await time.advance(100);
    expect([memory.stepElapsedMs("uid", { id: "two" }, "Auth"), memory.stepElapsedMs("other", { id: "one" }, "Auth")]).toEqual([0, 0]);
  });
});
