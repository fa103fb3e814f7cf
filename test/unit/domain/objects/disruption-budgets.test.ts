import { describe, expect, it } from "vitest";
import { disruptionBudgets } from "../../../../src/domain/objects/disruption-budgets.ts";
import { authTemplate, proxyTemplate, type PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";

const INPUT = { owner: OWNER, version: "17.2.1", platform: PLATFORM };
const budgets = disruptionBudgets({ owner: OWNER, spec: tenantSpec({ proxyRegions: ["us-west-2", "eu-central-1"] }) });

interface Spec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly maxUnavailable?: number;
}

/** The budgets that cover a pod of this template, by name. */
function covering({ metadata }: PodTemplate): readonly string[] {
  const { labels } = metadata as { labels: Record<string, string> }; // as rendered
  const covers = ({ selector }: Spec) => Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value);
  return budgets.filter((budget) => covers(budget["spec"] as Spec)).map(({ metadata: { name } }) => name); // as rendered
}

describe("a drain of nodes", () => {
  // Of two budgets over one pod neither lets it go.
  it("is bounded by one budget for Auth and one for the proxies of each region", () => {
    expect([authTemplate(INPUT), proxyTemplate(INPUT, "us-west-2"), proxyTemplate(INPUT, "eu-central-1")].map(covering)).toEqual([["auth"], ["proxy-us-west-2"], ["proxy-eu-central-1"]]);
  });

  it("takes one pod of a component at a time, also the only one it has", () => {
    expect(budgets.map(({ spec }) => spec)).toEqual(budgets.map(() => expect.objectContaining({ maxUnavailable: 1 })));
    for (const { spec } of budgets) expect(spec).not.toHaveProperty("minAvailable");
  });

  it("is never held up by a pod that does not serve", () => {
    for (const { spec } of budgets) expect(spec).toHaveProperty("unhealthyPodEvictionPolicy", "AlwaysAllow");
  });
});
