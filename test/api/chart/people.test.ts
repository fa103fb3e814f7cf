import { stringify } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { installChart } from "../../support/operator.ts";

const KINDS = ["tenants", "maintenancewindows", "releasechannels", "freezes", "approvals", "holds"];
/** What each of the chart's roles for people may change, by verb. */
const ROLES = {
  view: {},
  "tenant-admin": { create: ["tenants"], patch: ["tenants"], delete: ["tenants"] },
  "on-call": { create: ["maintenancewindows", "freezes"], patch: ["maintenancewindows", "freezes"], delete: ["maintenancewindows", "freezes"] },
  "release-manager": { create: ["releasechannels"], patch: ["releasechannels"], delete: ["releasechannels"] },
  approver: { create: ["approvals"], delete: ["approvals"], lift: ["holds"] },
} as const;

let cluster: Cluster;
/** Asked without kubectl's own idea of which resources there are: nobody serves holds. */
async function may(user: string, verb: string, resource: string): Promise<boolean> {
  const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user, resourceAttributes: { group: "slacktide.dev", resource, verb } } };
  return (await cluster.kubectl(["create", "-f", "-", "-o", "jsonpath={.status.allowed}"], { input: stringify(review) })) === "true";
}

beforeAll(async () => {
  cluster = await startCluster({ profile: "controllers", log: () => undefined });
  await installChart(cluster, { isLed: false });
  for (const role of Object.keys(ROLES)) await cluster.kubectl(["create", "clusterrolebinding", role, `--clusterrole=slacktide-${role}`, `--user=${role}`]);
  await cluster.kubectl(["create", "clusterrolebinding", "reader", "--clusterrole=view", "--user=reader"]);
});
afterAll(() => cluster.stop());

test.each(Object.entries(ROLES))("whoever has the role %s may change what it is for, and nothing else", async (role, granted: Readonly<Record<string, readonly string[]>>) => {
  const found: Record<string, string[]> = {};
  for (const verb of ["create", "patch", "delete", "lift"]) {
    const kinds = await Promise.all(KINDS.map(async (kind) => ((await may(role, verb, kind)) ? [kind] : [])));
    if (kinds.flat().length > 0) found[verb] = kinds.flat();
  }
  expect(found).toEqual(granted);
});

test("whoever may view the cluster may view Slacktide's kinds", async () => {
  await expect.poll(() => may("reader", "list", "tenants"), { timeout: 60_000, interval: 250 }).toBe(true);
  expect([await may("reader", "get", "leaderships"), await may("reader", "patch", "tenants"), await may("nobody", "list", "tenants")]).toEqual([true, false, false]);
});
