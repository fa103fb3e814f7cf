import { describe, expect, it } from "vitest";
import { bindWindows, type BindableWindow } from "../../../../src/domain/window/binding.ts";
import { compileWindow } from "../../../../src/domain/window/window.ts";
import { TUESDAY, windowOf } from "./fixtures.ts";

const GOLD = { matchLabels: { tier: "gold" } };

function named(name: string, tenantSelector?: BindableWindow["tenantSelector"]): BindableWindow {
  return { name, tenantSelector, window: windowOf({}, name) };
}

function broken(name: string, tenantSelector?: BindableWindow["tenantSelector"]): BindableWindow {
  return { name, tenantSelector, window: compileWindow(name, { ...TUESDAY, duration: "1m" }) };
}

const ALL = [named("unselected"), named("gold", GOLD), named("all", {}), broken("broken", GOLD), broken("unselected-broken")];

function bound(tenant: { labels?: Record<string, string>; windows?: string[] }, all = ALL) {
  const { valid, invalid, missing } = bindWindows({ name: "acme", ...tenant }, all);
  return { valid: valid.map((w) => w.name), invalid: invalid.map((w) => w.name), missing };
}

describe("which windows bind a tenant", () => {
  it("a tenant that lists windows uses exactly those", () => {
    const tenant = { labels: { tier: "gold" }, windows: ["unselected"] };
    expect(bound(tenant)).toEqual({ valid: ["unselected"], invalid: [], missing: [] });
  });

  it("otherwise every window whose selector matches it", () => {
    expect(bound({ labels: { tier: "gold" } })).toEqual({ valid: ["all", "gold"], invalid: ["broken"], missing: [] });
  });

  it("an absent selector is none, {} is all", () => {
    expect(bound({})).toEqual({ valid: ["all"], invalid: [], missing: [] });
  });

  it("an empty list lists nothing", () => {
    expect(bound({ windows: [] })).toEqual(bound({}));
  });

  it("none bind: nothing valid, nothing invalid, nothing missing", () => {
    expect(bound({}, [named("gold", GOLD)])).toEqual({ valid: [], invalid: [], missing: [] });
  });

  it("names that no window has are missing, and do not fall back to the selectors", () => {
    expect(bound({ windows: ["zzz", "gone", "gone"] })).toEqual({ valid: [], invalid: [], missing: ["gone", "zzz"] });
  });

  it("valid and invalid ones are told apart, in order of name", () => {
    const tenant = { windows: ["unselected-broken", "gold", "all", "broken"] };
    const expected = { valid: ["all", "gold"], invalid: ["broken", "unselected-broken"], missing: [] };
    expect(bound(tenant)).toEqual(expected);
    expect(bound(tenant, ALL.toReversed())).toEqual(expected);
  });

  it("a selector can name the tenant, whatever its labels claim", () => {
    const only = [named("only-acme", { matchLabels: { "slacktide.dev/name": "acme" } })];
    expect(bound({ labels: { "slacktide.dev/name": "other" } }, only).valid).toEqual(["only-acme"]);
  });
});
