import { afterAll, beforeAll, expect, test } from "vitest";
import { KINDS } from "../../../src/kube/kind.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { isUpToDate } from "../../../src/kube/up-to-date.ts";
import { networkPolicies } from "../../../src/domain/objects/network-policies.ts";
import { disruptionBudgets } from "../../../src/domain/objects/disruption-budgets.ts";
import { proxyServices } from "../../../src/domain/objects/tenant-objects.ts";
import { namespaceOf } from "../../../src/domain/objects/names.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { connect } from "./connect.ts";

const tenant = { owner: OWNER, spec: tenantSpec(), platform: PLATFORM };
const OWNED: readonly KubeObject[] = [...networkPolicies(tenant), ...disruptionBudgets(tenant), ...proxyServices(tenant)];

let it: Awaited<ReturnType<typeof connect>>;
beforeAll(async () => {
  it = await connect();
  await it.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOf(OWNER.name) } });
});
afterAll(() => it.stop());

const ownedOf = (kind: keyof typeof KINDS, name: string) => OWNED.find((object) => object.kind === kind && object.metadata.name.startsWith(name)) as KubeObject & { readonly spec: object };

test("what was applied is up to date, as the API server gives it back", async () => {
  for (const desired of OWNED) {
    const live = await it.client.applyIfChanged(desired, undefined);
    expect([desired.metadata.name, isUpToDate(desired, live)]).toEqual([desired.metadata.name, true]);
  }
});

const FROM_EVERYWHERE = [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }];

test.each<[string, keyof typeof KINDS, string, object]>([
  ["lets everybody in where nobody may come in", "NetworkPolicy", "default-deny", { ingress: [{}] }],
  ["lets everything out where nothing may go out", "NetworkPolicy", "default-deny", { egress: [{}] }],
  ["shuts fewer pods off", "NetworkPolicy", "default-deny", { podSelector: { matchLabels: { app: "other" } } }],
  ["gives a role's rules to fewer pods", "NetworkPolicy", "auth", { podSelector: { matchLabels: { "example.com/no": "pod" } } }],
  ["replaces a role's rules", "NetworkPolicy", "auth", { ingress: FROM_EVERYWHERE }],
  ["lets a budget spare other pods", "PodDisruptionBudget", "auth", { selector: { matchLabels: { app: "other" } } }],
  ["sends what comes for a proxy to nobody", "Service", "proxy", { selector: { "example.com/no": "pod" } }],
])("an edit by hand that %s is noticed and undone", async (_what, kind, name, spec) => {
  const desired = ownedOf(kind, name);
  const before = await it.client.applyIfChanged(desired, undefined);
  const edited = await it.client.mergePatch(KINDS[kind], desired.metadata, { spec });
  expect(isUpToDate(desired, edited)).toBe(false);
  const mended = await it.client.applyIfChanged(desired, edited);
  expect(mended).toMatchObject({ spec: before.spec });
  expect(isUpToDate(desired, mended)).toBe(true);
});

test("a peer that was widened inside a rule is noticed and undone", async () => {
  const desired = ownedOf("NetworkPolicy", "auth");
  const { spec } = (await it.client.applyIfChanged(desired, undefined)) as KubeObject & { readonly spec: { ingress: readonly { from: readonly object[] }[] } };
  const ingress = spec.ingress.map((rule) => ({ ...rule, from: rule.from.map((peer) => ({ namespaceSelector: {}, ...peer })) }));
  const edited = await it.client.mergePatch(KINDS.NetworkPolicy, desired.metadata, { spec: { ingress } });
  expect(isUpToDate(desired, edited)).toBe(false);
  expect(await it.client.applyIfChanged(desired, edited)).toMatchObject({ spec });
});
