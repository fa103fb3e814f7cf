import { describe, expect, it } from "vitest";
import type { TenantStatus } from "../../../src/api/index.ts";
import { newlyUsed } from "../../../src/reconcile/approval/reconcile.ts";
import { entryOf, upgradeOf } from "../../fixtures/attempt.ts";

const tenant = (status: TenantStatus) => ({ apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name: "acme" }, status });
const none = tenant({});
const claimed = tenant({ upgrade: upgradeOf({ approvals: ["chg-1"] }) });
const begun = tenant({ upgrade: upgradeOf({ approvals: ["chg-1", "chg-2"] }) });
const ended = tenant({ history: [entryOf({ id: upgradeOf().id, approvals: ["chg-1", "chg-2"] })] });
const again = tenant({ upgrade: upgradeOf({ id: "acme-next", approvals: ["chg-1"] }), history: [entryOf({ id: upgradeOf().id, approvals: ["chg-1", "chg-2"] })] });

describe("an approval is looked at when an attempt", () => {
  it.each([
    ["is claimed by it", none, claimed, ["chg-1"]],
    ["begins by one more", claimed, begun, ["chg-2"]],
    ["is seen at its end alone", none, ended, ["chg-1", "chg-2"]],
    ["is another one", ended, again, ["chg-1"]],
    ["is seen for the first time", undefined, begun, ["chg-1", "chg-2"]],
  ])("%s", (_why, old, now, expected) => {
    expect(newlyUsed({ old, now })).toEqual(expected);
  });

  it.each([
    ["ends", begun, ended],
    ["is gone with its tenant", begun, undefined],
    ["rests on none", none, tenant({ upgrade: upgradeOf() })],
  ])("and not when it %s", (_why, old, now) => {
    expect(newlyUsed({ old, now })).toEqual([]);
  });
});
