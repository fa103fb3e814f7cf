import { describe, expect, it } from "vitest";
import { ANNOTATION, type TenantStatus } from "../../../../src/api/index.ts";
import { ownerLabels } from "../../../../src/domain/objects/names.ts";
import { ownerIn } from "../../../../src/domain/tenant/adoption.ts";
import { adoptionSaid, believed, isAwaitingData } from "../../../../src/domain/tenant/belief.ts";
import { purgeMark } from "../../../../src/domain/tenant/purge-mark.ts";
import { at } from "../../../fixtures/time.ts";
import { tenantSpec } from "../../../fixtures/tenant.ts";

const CONDITIONS = [{ type: "Ready", status: "True" as const, reason: "Available", message: "", lastTransitionTime: "2026-11-01T00:00:00Z" }];
const LANES = { patch: { window: { open: false } } };
const SAID: TenantStatus = { observedGeneration: 3, version: "17.2.1", conditions: CONDITIONS, lanes: LANES, lapse: { observedAt: "2026-11-01T00:00:00Z" } };

const namespace = (uid: string, { former = "", name = "acme" } = {}) => ({ metadata: { name: "tenant-acme", labels: ownerLabels({ name, uid }), annotations: { [ANNOTATION.formerUids]: former } } });

interface Case {
  readonly adopt?: string;
  readonly knows?: string;
  /** The uid of whoever wrote that; default: its own. */
  readonly by?: string;
  readonly held?: ReturnType<typeof namespace>;
  readonly mark?: string;
}

function look({ adopt, knows, by = "new", held, mark }: Case) {
  const annotations = { ...(adopt !== undefined && { [ANNOTATION.adopt]: adopt }), ...(mark !== undefined && { [ANNOTATION.purgeStartedAt]: purgeMark({ metadata: { name: "acme", uid: mark } }, at("2026-11-20T00:00:00Z")) }) };
  const tenant = { apiVersion: "v1", kind: "Tenant", metadata: { name: "acme", uid: "new", annotations }, spec: tenantSpec(), status: { ...SAID, ...(knows !== undefined && { adoptedFrom: knows, adoptedBy: by }) } };
  const standing = { owner: ownerIn(tenant, held), namespace: held };
  const known = believed(tenant, standing);
  return { tenant, known, ...adoptionSaid(known, standing), isAwaiting: isAwaitingData(known, standing) };
}

describe("what a Tenant's status says", () => {
  it.each<[string, Case, string | undefined]>([
    ["where nothing was taken over", { held: namespace("new") }, undefined],
    ["where there is nothing yet, or no more", {}, undefined],
    ["where there is no more what it took over", { knows: "old" }, "old"],
    ["where there is no more what it took over, and is still told to", { knows: "old", adopt: "old" }, "old"],
    ["that knows of the adoption under way", { knows: "old", adopt: "old", held: namespace("old") }, "old"],
    ["that knows of the last adoption", { knows: "old", held: namespace("new", { former: "first,old" }) }, "old"],
    ["though the namespace has lost what it recorded", { knows: "old", held: namespace("new") }, "old"],
    ["where the namespace is another's, and forgets what it took over", { knows: "old", held: namespace("other") }, undefined],
    ["of what is left of a deletion, whatever it is to take over since", { adopt: "old", mark: "new" }, undefined],
  ])("is believed %s", (_what, given, from) => {
    const found = look(given);
    expect(found.known).toBe(found.tenant);
    expect([found.adoptedFrom, found.adoptedBy, found.isAwaiting]).toEqual([from, from && "new", false]);
  });

  it.each<[string, Case, string | undefined]>([
    ["that knows of no adoption", { held: namespace("new", { former: "old" }) }, "old"],
    ["that knows of no adoption, while it is under way", { adopt: "old", held: namespace("old") }, "old"],
    ["that knows of an earlier adoption alone", { knows: "first", held: namespace("new", { former: "first,old" }) }, "old"],
    ["that knows of an earlier adoption alone, while the next is under way", { knows: "first", adopt: "old", held: namespace("old", { former: "first" }) }, "old"],
    ["that knows of the same adoption by another, while it is under way again", { knows: "old", by: "second", adopt: "old", held: namespace("old") }, "old"],
    ["that knows of the same adoption by another", { knows: "old", by: "second", held: namespace("new", { former: "old" }) }, "old"],
    ["and that a deletion had begun, where there is the data", { mark: "new", held: namespace("new", { former: "old" }) }, "old"],
  ])("counts as lost, all of it, %s", (_what, given, from) => {
    const found = look(given);
    expect([found.known.status, found.adoptedFrom, found.adoptedBy, found.isAwaiting]).toEqual([undefined, from, "new", false]);
  });

  it.each<[string, Case]>([
    ["what is not there", { adopt: "old" }],
    ["what is not there, having taken over another", { adopt: "old", knows: "first" }],
    ["what is not there, with the mark of another's deletion", { adopt: "old", mark: "other" }],
  ])("counts as lost but for what people were told since when, where it is to take over %s", (_what, given) => {
    const found = look(given);
    expect([found.known.status, found.adoptedFrom, found.isAwaiting]).toEqual([{ observedGeneration: 3, conditions: CONDITIONS, lanes: LANES }, undefined, true]);
  });

  it("is nothing where there is none", () => {
    const tenant = { apiVersion: "v1", kind: "Tenant", metadata: { name: "acme", uid: "new" }, spec: tenantSpec() };
    const held = namespace("new", { former: "old" });
    expect(believed(tenant, { owner: ownerIn(tenant, held), namespace: held })).toBe(tenant);
  });
});
