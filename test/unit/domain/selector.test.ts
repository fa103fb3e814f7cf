import { describe, expect, it } from "vitest";
import { NAME_LABEL, selects, type LabelSelector } from "../../../src/domain/selector.ts";

const LABELS = { tier: "gold", region: "eu" };

describe("selects", () => {
  const table: [why: string, selector: LabelSelector, expected: boolean][] = [
    ["{} matches all", {}, true],
    ["empty parts match all", { matchLabels: {}, matchExpressions: [] }, true],
    ["a label with the value matches", { matchLabels: { tier: "gold" } }, true],
    ["a label with another value does not", { matchLabels: { tier: "silver" } }, false],
    ["a label that is not there does not", { matchLabels: { stage: "gold" } }, false],
    ["all labels must match", { matchLabels: { tier: "gold", region: "us" } }, false],
    ["a property of every object is no label", { matchExpressions: [{ key: "constructor", operator: "Exists" }] }, false],
    ["In has the value", { matchExpressions: [{ key: "tier", operator: "In", values: ["silver", "gold"] }] }, true],
    ["In has not the value", { matchExpressions: [{ key: "tier", operator: "In", values: ["silver"] }] }, false],
    ["In needs the label", { matchExpressions: [{ key: "stage", operator: "In", values: ["gold"] }] }, false],
    ["In without values matches nothing", { matchExpressions: [{ key: "tier", operator: "In" }] }, false],
    ["NotIn has another value", { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["silver"] }] }, true],
    ["NotIn has the value", { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["gold"] }] }, false],
    ["NotIn is also met without the label", { matchExpressions: [{ key: "stage", operator: "NotIn", values: ["gold"] }] }, true],
    ["Exists", { matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
    ["Exists needs the label", { matchExpressions: [{ key: "stage", operator: "Exists" }] }, false],
    ["DoesNotExist", { matchExpressions: [{ key: "stage", operator: "DoesNotExist" }] }, true],
    ["DoesNotExist is not met by the label", { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    ["labels and expressions must both match", { matchLabels: { tier: "gold" }, matchExpressions: [{ key: "region", operator: "NotIn", values: ["eu"] }] }, false],
    ["the name is a label", { matchLabels: { [NAME_LABEL]: "acme" } }, true],
    ["another name is not", { matchExpressions: [{ key: NAME_LABEL, operator: "In", values: ["evil"] }] }, false],
  ];
  it.each(table)("%s", (_why, selector, expected) => {
    expect(selects(selector, LABELS, "acme")).toBe(expected);
  });

  it("the real name wins over a forged label, whose value selects nothing", () => {
    const forged = { [NAME_LABEL]: "victim" };
    expect(selects({ matchLabels: { [NAME_LABEL]: "victim" } }, forged, "evil")).toBe(false);
    expect(selects({ matchLabels: { [NAME_LABEL]: "evil" } }, forged, "evil")).toBe(true);
  });

  it("an object without labels is still known by its name", () => {
    expect(selects({ matchLabels: { [NAME_LABEL]: "acme" } }, undefined, "acme")).toBe(true);
    expect(selects({ matchLabels: { tier: "gold" } }, undefined, "acme")).toBe(false);
  });
});
