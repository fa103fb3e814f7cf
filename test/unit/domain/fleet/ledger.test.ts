import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { API_VERSION, parseReleaseChannel, type ReleaseChannelStatus } from "../../../../src/api/index.ts";
import { endedSlots, keepLedger, usedSlots, type Ledger, type LedgerInput, type LedgerTenant } from "../../../../src/domain/fleet/ledger.ts";
import type { Claim } from "../../../../src/domain/fleet/claim.ts";
import { MINUTE } from "../../../../src/domain/time.ts";
import { approvalOf } from "../../../fixtures/approval.ts";
import { entryOf, slotOf, upgradeOf } from "../../../fixtures/attempt.ts";
import { channelSpec, release } from "../../../fixtures/channel.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T02:30:00Z");

function tenant(name: string, more: Partial<LedgerTenant> = {}): LedgerTenant {
  return { name, uid: `uid-${name}`, upgrade: undefined, history: [], ...more };
}

function keep(more: Partial<LedgerInput> = {}): Ledger {
  return keepLedger({ spec: channelSpec([release("17.2.3")]), status: {}, tenants: [], lines: [], claims: [], freed: new Set(), vouched: [], approvals: [], now: NOW, ...more });
}

const CLAIM: Claim = {
  tenant: "beta",
  uid: "uid-beta",
  attempt: "beta-17.2.3",
  class: "Patch",
  from: "17.2.1",
  to: "17.2.3",
  claimedAt: NOW,
  predictedEndAt: NOW + 20 * MINUTE,
  opening: { window: "tuesday", opensAt: at("2026-11-24T02:00:00Z"), closesAt: at("2026-11-24T06:00:00Z") },
  approvals: [],
};
const CLAIMED = slotOf({ tenant: "beta", uid: "uid-beta", attempt: "beta-17.2.3", claimedAt: "2026-11-24T02:30:00Z", predictedEndAt: "2026-11-24T02:50:00Z" });

describe("an approval of a release that failed", () => {
  const failed = tenant("acme", { history: [entryOf({ result: "RolledBack", to: "17.2.3", finishedAt: "2026-11-24T00:30:00Z" })] });
  const halts = [{ version: "17.2.3", failed: ["uid-acme"], failedCount: 1, since: "2026-11-24T00:30:00Z" }];
  const approvals = [approvalOf({ lifts: ["ReleaseHalted"] })];
  const acknowledged = { version: "17.2.3", failedCount: 0, since: "2026-11-24T00:30:00Z", acknowledgedBy: "chg-1", acknowledgedAt: "2026-11-24T01:00:00Z" };

  it("acknowledges for the channel what failed before it, and stays said when it is gone", () => {
    expect(keep({ tenants: [failed], status: { halts }, approvals }).halts).toEqual([acknowledged]);
    expect(keep({ tenants: [failed], status: { halts: [acknowledged] } }).halts).toEqual([acknowledged]);
  });

  it("names nobody, by a list that is not there: the API server keeps none that is empty, and a status without it must be read", () => {
    const [halt] = keep({ tenants: [failed], status: { halts }, approvals }).halts ?? [];
    expect(halt).not.toHaveProperty("failed");
    const object = { apiVersion: API_VERSION, kind: "ReleaseChannel", metadata: { name: "stable" }, spec: channelSpec([release("17.2.3")]), status: { halts: [halt] } };
    expect(parseReleaseChannel(object)).toMatchObject({ kind: "valid", value: { status: { halts: [acknowledged] } } });
  });

  it("does not acknowledge what fails later, or goes on failing", () => {
    const later = tenant("globex", { history: [entryOf({ result: "Failed", to: "17.2.3", finishedAt: "2026-11-24T01:00:01Z" })] });
    const running = tenant("initech", { upgrade: upgradeOf({ failure: "auth did not become Ready" }) });
    expect(keep({ tenants: [failed, later, running], status: { halts }, approvals }).halts).toEqual([{ ...acknowledged, failed: ["uid-globex", "uid-initech"], failedCount: 2 }]);
  });

  it.each([
    ["of another version", approvalOf({ version: "17.2.4", lifts: ["ReleaseHalted"] })],
    ["that lifts something else", approvalOf({ lifts: ["TenantHalted"] })],
    ["that has expired", approvalOf({ lifts: ["ReleaseHalted"], expiresAt: "2026-11-24T02:00:00Z" })],
  ])("%s acknowledges nothing", (_what, approval) => {
    expect(keep({ tenants: [failed], status: { halts }, approvals: [approval] }).halts).toEqual(halts);
  });
});

describe("slots", () => {
  const slot = slotOf();
  it.each<[why: string, input: Partial<LedgerInput>, expected: readonly unknown[]]>([
    ["stay while nobody confirmed their end", { status: { slots: [slot] } }, [slot]],
    ["stay though the cache says that the attempt ended", { status: { slots: [slot] }, tenants: [tenant("acme", { history: [entryOf()] })] }, [slot]],
    ["go when their end is confirmed", { status: { slots: [slot] }, freed: new Set([slot.attempt]) }, []],
    ["are claimed", { status: { slots: [slot] }, claims: [CLAIM] }, [slot, CLAIMED]],
    ["come back for a running attempt that has none: the ledger was lost", { tenants: [tenant("acme", { upgrade: upgradeOf() })] }, [{ ...slot, recovered: true }]],
    ["are not doubled", { status: { slots: [slot] }, tenants: [tenant("acme", { upgrade: upgradeOf() })] }, [slot]],
    ["do not come back when their end was just confirmed, though the cache still shows the attempt", { status: { slots: [slot] }, tenants: [tenant("acme", { upgrade: upgradeOf() })], freed: new Set([slot.attempt]) }, []],
    ["are none without a status", { status: undefined }, []],
  ])("%s", (_why, input, expected) => {
    expect(keep(input).slots).toEqual(expected);
  });

  it("count unless they are stuck", () => {
    expect(usedSlots([slot, CLAIMED], new Set([slot.attempt]))).toBe(1);
  });

  it.each<[why: string, tenants: readonly LedgerTenant[], ended: boolean]>([
    ["whose tenant is gone may be free", [], true],
    ["whose tenant has another uid may be free", [tenant("acme", { uid: "another" })], true],
    ["whose attempt is in history may be free", [tenant("acme", { history: [entryOf()] })], true],
    ["of a tenant that is at another attempt may be free", [tenant("acme", { upgrade: upgradeOf({ id: "other" }) })], true],
    ["of a tenant that is at this attempt are not", [tenant("acme", { upgrade: upgradeOf() })], false],
    ["whose attempt is not, are not", [tenant("acme", { history: [entryOf({ id: "old" })] })], false],
  ])("%s", (_why, tenants, ended) => {
    expect(endedSlots([slot], (name) => tenants.find((each) => each.name === name))).toEqual(ended ? [slot] : []);
  });
});

it("what is vouched for is kept, from the next whole second on", () => {
  const vouched = [{ line: 17, version: "17.2.3", wave: "canary", at: at("2026-11-24T02:00:00.740Z") }];
  expect(keep({ vouched }).promotions).toEqual([{ line: 17, version: "17.2.3", wave: "canary", at: "2026-11-24T02:00:01Z" }]);
});

it("what an upgrade took is kept once its slot is freed, and what was known stays", () => {
  const tenants = [tenant("acme", { history: [entryOf({ disruptiveAt: "2026-11-24T02:05:00Z" })] })];
  const measured = { patch: { fromClaim: { seconds: [1200] }, fromDisruption: { seconds: [900] } } };
  const status = { slots: [slotOf()], durations: {} };
  expect(keep({ tenants, status }).durations).toEqual({});
  expect(keep({ tenants, status, freed: new Set([slotOf().attempt]) }).durations).toEqual(measured);
  expect(keep({ tenants, status: { durations: measured } }).durations).toEqual(measured);
});

describe("lines", () => {
  it("are recorded when they open, and stay as they were recorded", () => {
    const lines = [
      { major: 17, open: true, openedAt: NOW, fromStart: true },
      { major: 18, open: true, openedAt: NOW, fromStart: false },
      { major: 19, open: false },
    ] as const;
    const recorded = { major: 17, openedAt: "2026-01-05T00:00:00Z" };
    expect(keep({ lines, status: { lines: [recorded] } }).lines).toEqual([recorded, { major: 18, openedAt: "2026-11-24T02:30:00Z" }]);
    expect(keep({ lines }).lines?.[0]).toEqual({ major: 17, openedAt: "2026-11-24T02:30:00Z", fromStart: true });
    expect(keep({ lines: [{ major: 17, open: false }], status: { lines: [recorded] } }).lines).toEqual([recorded]);
  });
});

const FORWARD_ENTRY = { to: "17.2.4", stuckSince: "2026-11-24T02:20:00Z", stuckOn: [{ version: "17.2.3", since: "2026-11-24T02:20:00Z" }] };
const FORWARD = { ...FORWARD_ENTRY, rolledForward: ["17.2.4"] };

describe("a failure is one distinct tenant on which a release did not work", () => {
  const halted = (tenants: readonly LedgerTenant[], status: ReleaseChannelStatus = {}) => keep({ tenants, status }).halts?.map(({ version, failed, failedCount }) => [version, failed, failedCount]);
  it.each<[why: string, tenants: readonly LedgerTenant[], expected: unknown[]]>([
    ["Failed counts: the image or the configuration", [tenant("a", { history: [entryOf({ result: "Failed" })] })], [["17.2.3", ["uid-a"], 1]]],
    ["RolledBack counts", [tenant("a", { history: [entryOf({ result: "RolledBack" })] })], [["17.2.3", ["uid-a"], 1]]],
    ["a restore point that could not be taken does not: that is the storage", [tenant("a", { history: [entryOf({ result: "Failed", step: "Backup" })] })], []],
    ["a tenant's own settings that do not work do not: they are nobody else's", [tenant("a", { history: [entryOf({ result: "RolledBack", ownSettings: true })], upgrade: upgradeOf({ ownSettings: true, failure: "auth did not become Ready" }) })], []],
    ["RollbackFailed counts", [tenant("a", { history: [entryOf({ result: "RollbackFailed" })] })], [["17.2.3", ["uid-a"], 1]]],
    ["Aborted does not", [tenant("a", { history: [entryOf({ result: "Aborted" })] })], []],
    ["Succeeded does not", [tenant("a", { history: [entryOf()] })], []],
    ["one that is stuck counts while it runs", [tenant("a", { upgrade: upgradeOf({ stuckSince: "2026-11-24T02:20:00Z" }) })], [["17.2.3", ["uid-a"], 1]]],
    ["one that rolled forward counts against the release that it was stuck on", [tenant("a", { upgrade: upgradeOf(FORWARD) })], [["17.2.3", ["uid-a"], 1]]],
    ["and against the newer one once it is stuck on that", [tenant("a", { upgrade: upgradeOf({ ...FORWARD, stuckSince: "2026-11-24T02:25:00Z", failure: "auth did not become Ready" }) })], [["17.2.3", ["uid-a"], 1], ["17.2.4", ["uid-a"], 1]]],
    ["one that rolled forward and ended well counts against the older one alone", [tenant("a", { history: [entryOf({ ...FORWARD_ENTRY })] })], [["17.2.3", ["uid-a"], 1]]],
    ["one that goes back counts while it runs", [tenant("a", { upgrade: upgradeOf({ failure: "auth did not become Ready" }) })], [["17.2.3", ["uid-a"], 1]]],
    ["one that runs well does not", [tenant("a", { upgrade: upgradeOf() })], []],
    ["the same tenant twice is one", [tenant("a", { history: [entryOf({ result: "Failed" }), entryOf({ id: "b", result: "RolledBack" })] })], [["17.2.3", ["uid-a"], 1]]],
    ["one that was taken over since is the same one", [tenant("a", { history: [entryOf({ result: "Failed" })] }), tenant("a", { uid: "uid-new", failsAs: "uid-a", history: [entryOf({ result: "Failed" })] })], [["17.2.3", ["uid-a"], 1]]],
    ["two tenants are two, in order", [tenant("b", { history: [entryOf({ result: "Failed" })] }), tenant("a", { history: [entryOf({ result: "Failed" })] })], [["17.2.3", ["uid-a", "uid-b"], 2]]],
    ["each release has its own", [tenant("a", { history: [entryOf({ result: "Failed" }), entryOf({ id: "b", to: "17.2.4", result: "Failed" })] })], [["17.2.3", ["uid-a"], 1], ["17.2.4", ["uid-a"], 1]]],
  ])("%s", (_why, tenants, expected) => {
    expect(halted(tenants)).toEqual(expected);
  });

  it("is not forgotten when the tenant is, and keeps its instant and acknowledgement", () => {
    const halts = [{ version: "17.2.3", failed: ["gone"], failedCount: 1, since: "2026-11-01T00:00:00Z", acknowledgedBy: "it-is-fine" }];
    expect(keep({ status: { halts } }).halts).toEqual(halts);
    expect(keep({ status: { halts }, tenants: [tenant("a", { history: [entryOf({ result: "Failed" })] })] }).halts).toEqual([{ ...halts[0], failed: ["gone", "uid-a"], failedCount: 2 }]);
  });

  it("that an attempt has left behind stays acknowledged", () => {
    const halts = [{ version: "17.2.3", failedCount: 0, since: "2026-11-01T00:00:00Z", acknowledgedBy: "it-is-fine", acknowledgedAt: "2026-11-24T02:21:00Z" }];
    expect(keep({ status: { halts }, tenants: [tenant("a", { upgrade: upgradeOf(FORWARD) })] }).halts).toEqual(halts);
  });

  it("is counted as far as the list has room to tell one from the next", () => {
    const failed = Array.from({ length: 500 }, (_, index) => `uid-${String(index).padStart(3, "0")}`);
    const halts = [{ version: "17.2.3", failed, failedCount: 500, since: "2026-11-01T00:00:00Z" }];
    const tenants = [tenant("x", { history: [entryOf({ result: "Failed" })] }), tenant("000", { history: [entryOf({ result: "Failed" })] })];
    expect(keep({ status: { halts }, tenants }).halts).toEqual(halts);
  });

  it("of a release that is in the catalogue is kept before all others", () => {
    const halts = Array.from({ length: 256 }, (_, index) => ({ version: index === 0 ? "17.2.3" : `1.0.${index}`, failed: ["a"], failedCount: 1, since: "2026-11-01T00:00:00Z" }));
    const kept = keep({ status: { halts }, tenants: [tenant("a", { history: [entryOf({ to: "17.2.4", result: "Failed" })] })] }).halts;
    expect([kept?.length, kept?.some((halt) => halt.version === "17.2.3"), kept?.some((halt) => halt.version === "17.2.4")]).toEqual([256, true, true]);
  });
});

describe("releases", () => {
  const spec = channelSpec([release("17.2.3", "2026-11-01T00:00:00Z"), release("v17.2.4", "2026-11-02T00:00:00Z"), release("17.2", "2026-11-03T00:00:00Z")]);
  it("that are there when the channel is first seen were seen at their release", () => {
    const expected = [{ version: "17.2.3", firstSeenAt: "2026-11-01T00:00:00Z" }, { version: "17.2.4", firstSeenAt: "2026-11-02T00:00:00Z" }];
    expect([keep({ spec }).releases, keep({ spec, status: undefined }).releases]).toEqual([expected, expected]);
  });

  it("that come later are seen when they come, and those that go are forgotten", () => {
    const status = { releases: [{ version: "17.2.3", firstSeenAt: "2026-11-05T00:00:00Z" }, { version: "17.2.2", firstSeenAt: "2026-10-01T00:00:00Z" }] };
    expect(keep({ spec, status }).releases).toEqual([{ version: "17.2.3", firstSeenAt: "2026-11-05T00:00:00Z" }, { version: "17.2.4", firstSeenAt: "2026-11-24T02:30:00Z" }]);
  });
});

describe("the ledger, for any tenants", () => {
  const anyTenant = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    upgrade: fc.option(fc.constantFrom(upgradeOf(), upgradeOf({ id: "x", to: "17.2.4", stuckSince: "2026-11-24T02:20:00Z" })), { nil: undefined }),
    history: fc.array(fc.record({ result: fc.constantFrom("Succeeded", "Failed", "Aborted", "RolledBack"), to: fc.constantFrom("17.2.3", "17.2.4") }).map((more) => entryOf(more)), { maxLength: 3 }),
  });
  const anyTenants = fc.uniqueArray(anyTenant, { maxLength: 5, selector: ({ name }) => name }).map((all) => all.map((each) => tenant(each.name, { history: each.history, upgrade: each.upgrade && { ...each.upgrade, id: `${each.name}-${each.upgrade.id}` } })));

  it("does not depend on their order (I8)", () => {
    fc.assert(
      fc.property(
        anyTenants.chain((tenants) => fc.tuple(fc.constant(tenants), fc.shuffledSubarray(tenants, { minLength: tenants.length }))),
        ([one, other]) => {
          expect(keep({ tenants: one })).toEqual(keep({ tenants: other }));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("does not change when it is kept again (I17)", () => {
    fc.assert(
      fc.property(anyTenants, (tenants) => {
        const once = keep({ tenants });
        expect(keep({ tenants, status: once, now: NOW + MINUTE })).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });
});
