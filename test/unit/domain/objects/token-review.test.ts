import { describe, expect, it } from "vitest";
import { authTemplate, proxyTemplate, type PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { preflightJob } from "../../../../src/domain/objects/preflight-job.ts";
import { tokenReview } from "../../../../src/domain/objects/token-review.ts";
import { OWNER, PLATFORM } from "../../../fixtures/tenant.ts";

const INPUT = { owner: OWNER, version: "17.2.1", platform: PLATFORM };

function accountOf(template: PodTemplate): string {
  return (template["spec"] as { serviceAccountName?: string }).serviceAccountName ?? "default"; // as rendered
}

describe("what a tenant may ask of the API server", () => {
  it("is whether a token is real, and Auth alone may ask it", () => {
    const job = preflightJob({ ...INPUT, attempt: "acme-1" })["spec"] as { template: PodTemplate }; // as rendered
    const subjects = tokenReview(OWNER)["subjects"] as readonly { name: string; namespace: string }[]; // as rendered
    const allowed = (template: PodTemplate) => subjects.some(({ name, namespace }) => name === accountOf(template) && namespace === "tenant-acme");
    expect([authTemplate(INPUT), proxyTemplate(INPUT, "us-west-2"), job.template].map(allowed)).toEqual([true, false, false]);
    expect(subjects).toHaveLength(1);
    expect(tokenReview(OWNER)["roleRef"]).toMatchObject({ kind: "ClusterRole", name: "slacktide-token-review" });
  });
});
