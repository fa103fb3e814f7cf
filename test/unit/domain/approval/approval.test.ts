import { describe, expect, it } from "vitest";
import { HOLDS, holdCodes, type HoldCode } from "../../../../src/api/index.ts";
import { approvalsFor, compileApproval } from "../../../../src/domain/approval/approval.ts";
import { approvalsAt, approvedOpening, lift, nameOf } from "../../../../src/domain/approval/lift.ts";
import { tenantHold, type Hold } from "../../../../src/domain/hold.ts";
import { approvalOf } from "../../../fixtures/approval.ts";
import { at } from "../../../fixtures/time.ts";

const CREATED = at("2026-11-24T01:00:00Z");
const EXPIRES = at("2026-11-26T01:00:00Z");
const holding = (...codes: readonly HoldCode[]): readonly Hold[] => codes.map((code) => tenantHold(code, "acme", code));
const names = (approvals: readonly { readonly name: string }[]) => approvals.map(({ name }) => name);

describe("an approval", () => {
  it.each([
    ["an end that is no instant", { expiresAt: "soon" }],
    ["a version that is none", { version: "17.2" }],
  ])("with %s lifts nothing: it cannot be read", (_what, spec) => {
    expect(compileApproval("chg-1", { tenants: ["acme"], version: "17.2.3", lifts: ["Frozen"], expiresAt: "2026-11-26T01:00:00Z", ...spec }, CREATED)).toBeUndefined();
  });

  it("counts from its creation until it expires", () => {
    expect([CREATED - 1, CREATED, EXPIRES - 1, EXPIRES].map((now) => approvalsAt([approvalOf()], now).length)).toEqual([0, 1, 1, 0]);
  });

  it("counts for the tenants that it names, the newest first", () => {
    const all = [approvalOf(), approvalOf({}, { name: "newer", createdAt: "2026-11-24T02:00:00Z" }), approvalOf({ tenants: ["globex"] }, { name: "other" }), approvalOf({ expiresAt: "2026-11-24T01:30:00Z" }, { name: "expired" })];
    expect(names(approvalsFor("acme", all, at("2026-11-24T01:30:00Z")))).toEqual(["newer", "chg-1"]);
  });
});

describe("lifting", () => {
  it("takes away the holds that are named and may be lifted, and says by whom", () => {
    const { holds, liftedBy } = lift(holding("Frozen", "AgentsBehind", "WindowTooShort", "MinimumInterval"), [approvalOf({ lifts: ["Frozen"] }), approvalOf({ lifts: ["MinimumInterval", "Frozen"] }, { name: "a" })]);
    expect([holds.map(({ code }) => code), liftedBy]).toEqual([["AgentsBehind", "WindowTooShort"], ["a", "chg-1"]]);
  });

  it("never takes away one that nobody may lift, nor a halt, whatever an approval says: those it acknowledges", () => {
    const codes = holdCodes.filter((code) => !HOLDS[code].liftable);
    const all = [...codes, "ReleaseHalted", "TenantHalted"] as const;
    expect(lift(holding(...all), [approvalOf({ lifts: all })]).holds.map(({ code }) => code)).toEqual(all);
  });

  it("of OutsideWindow makes an opening from the approval's creation to its end, of which no window has the name", () => {
    expect(approvedOpening([approvalOf({ lifts: ["Frozen", "NoWindow"] })], "OutsideWindow")).toBeUndefined();
    const opening = approvedOpening([approvalOf({ lifts: ["OutsideWindow"] })], "NoWindow");
    expect(opening).toEqual({ window: "approval:chg-1", opensAt: CREATED, closesAt: EXPIRES });
    expect(opening && nameOf(opening)).toBe("chg-1");
  });
});
