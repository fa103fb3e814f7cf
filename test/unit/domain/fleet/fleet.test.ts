import { describe, expect, it } from "vitest";
import { Fleet, type SeenTenant } from "../../../../src/domain/fleet/fleet.ts";
import { KeptVouching } from "../../../../src/domain/fleet/kept-vouching.ts";
import type { LedgerTenant } from "../../../../src/domain/fleet/ledger.ts";
import { lineStates } from "../../../../src/domain/release/lines.ts";
import { decideLanes } from "../../../../src/domain/tenant/decide.ts";
import { DAY, HOUR } from "../../../../src/domain/time.ts";
import { entryOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { channelOf, LONG_AGO, release } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";
import { TUESDAY_2AM, viewOf, type ViewInput } from "../../../fixtures/view.ts";

const NOW = at(TUESDAY_2AM);
const CANARY = { name: "canary", tenantSelector: { matchLabels: { ring: "0" } }, required: "100%", soak: "24h", timeout: "336h" };
const CHANNEL = channelOf({ releases: [release("17.2.1"), release("17.2.3")], spec: { rollout: { waves: [CANARY] } }, status: { promotions: [{ line: 17, version: "17.2.1", wave: "canary", at: LONG_AGO }] } });
const REACHED = (finishedAt: number) => ({ version: "17.2.3", readySince: finishedAt, history: [{ class: "Patch", to: "17.2.3", succeeded: true, finishedAt } as const] });

function seen(name: string, input: ViewInput = {}, ledger: Partial<LedgerTenant> = {}): SeenTenant {
  const view = viewOf({ channel: CHANNEL, version: "17.2.1", ...input, name });
  return { ledger: { name, uid: name, upgrade: undefined, history: [], ...ledger }, view, lanes: decideLanes(view, NOW), checkAt: undefined, shape: { regions: 1, proxies: 1 }, running: ledger.upgrade };
}

function fleetOf(...tenants: readonly SeenTenant[]): Fleet {
  const fleet = new Fleet();
  for (const tenant of tenants) fleet.put(tenant.ledger.name, tenant);
  return fleet;
}

it("the ledger is told of those that run something, those that failed, and those that are named; and forgets who is gone", () => {
  const fleet = fleetOf(seen("idle"), seen("named"), seen("failed", {}, { history: [entryOf({ result: "RolledBack" })] }), seen("running", {}, { upgrade: upgradeOf() }), seen("done", {}, { history: [entryOf()] }));
  const told = () => fleet.ledger(["named", "nobody"]).map(({ name }) => name).sort();
  expect(told()).toEqual(["failed", "named", "running"]);
  fleet.put("failed", undefined);
  fleet.put("running", seen("running"));
  expect([told(), fleet.size]).toEqual([["named"], 4]);
});

describe("what the waves say", () => {
  const ask = (kept: KeptVouching, fleet: Fleet, now = NOW) => kept.of(CHANNEL, { fleet, lines: lineStates(CHANNEL, fleet.majors, now), rules: "same" }, now);

  it("is kept until one of their members tells something else", () => {
    const [kept, fleet] = [new KeptVouching(), fleetOf(seen("a"), seen("b", { wave: 1 }))];
    const before = ask(kept, fleet);
    fleet.put("b", seen("b", { wave: 1, version: "17.2.3" }));
    fleet.put("a", seen("a", { ready: false }));
    expect(ask(kept, fleet)).toBe(before);
    fleet.put("a", seen("a", REACHED(NOW - 2 * DAY)));
    expect(ask(kept, fleet).promotions).toMatchObject([{ wave: "canary", version: "17.2.3" }]);
  });

  it("is asked again when a soak has ended, and when somebody comes to a wave or leaves it", () => {
    const [kept, fleet] = [new KeptVouching(), fleetOf(seen("a", REACHED(NOW - 23 * HOUR)))];
    expect(ask(kept, fleet).promotions).toEqual([]);
    expect(ask(kept, fleet, NOW + HOUR).promotions).toHaveLength(1);
    const before = ask(kept, fleet);
    fleet.put("b", seen("b", { wave: 1 }));
    expect(ask(kept, fleet).waves.map(({ tenants }) => tenants)).toEqual([1, 1]);
    expect(ask(kept, fleet)).not.toBe(before);
  });
});
