import { beforeEach, expect, it } from "vitest";
import { ANNOTATION, type TenantSpec } from "../../../src/api/index.ts";
import type { PodTemplate } from "../../../src/domain/objects/pod-template.ts";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { MajorWorld } from "../../fixtures/major-world.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const LOOKS = 6;

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:05:00Z"));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [{ version: "17.2.1", releasedAt: "2026-10-01T00:00:00Z" }] } });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec() });
  await settle();
});

async function settle(): Promise<void> {
  for (let n = 0; n < LOOKS; n += 1) await world.reconcile("acme").then(() => runPods(world));
}

const templateOf = (name: string) => specAs<{ template: PodTemplate }>(world.get("Deployment", name, NAMESPACE)).template ?? {};
const handsOutTokens = () => ["auth", "proxy"].map((name) => Reflect.get(world.get("ServiceAccount", name, NAMESPACE) ?? {}, "automountServiceAccountToken") as unknown);

/** As revision 1 rendered it, and as the Deployment records it. */
function makeOld(name: string): PodTemplate {
  const { metadata, spec } = world.get("Deployment", name, NAMESPACE) ?? { metadata: { name } };
  const { automountServiceAccountToken: _unsaid, enableServiceLinks: _links, ...pods } = templateOf(name)["spec"] as Record<string, unknown>; // as rendered
  const template = { ...templateOf(name), spec: pods };
  const annotations = { ...metadata.annotations, [ANNOTATION.podTemplate]: JSON.stringify(template), [ANNOTATION.templateRevision]: "1" };
  world.put("Deployment", { ...metadata, annotations }, { spec: { ...(spec as object), template } });
  return template;
}

it("pods of an earlier revision stay as they are, and go on finding the token that they rely on", async () => {
  expect(handsOutTokens()).toEqual([false, false]);
  const old = ["auth", "proxy-us-west-2"].map(makeOld);
  await settle();
  expect([templateOf("auth"), templateOf("proxy-us-west-2")]).toEqual(old);
  expect(handsOutTokens()).toEqual([true, true]);
});

it("and so does what a roll-back would go back to", async () => {
  const { metadata, spec } = world.get("Deployment", "auth", NAMESPACE) ?? { metadata: { name: "auth" } };
  const { automountServiceAccountToken: _unsaid, ...pods } = templateOf("auth")["spec"] as Record<string, unknown>; // as rendered
  const previous = { [ANNOTATION.previousVersion]: "17.2.0", [ANNOTATION.previousPodTemplate]: JSON.stringify({ ...templateOf("auth"), spec: pods }) };
  world.put("Deployment", { ...metadata, annotations: { ...metadata.annotations, ...previous } }, { spec });
  await settle();
  expect(handsOutTokens()).toEqual([true, true]);
});

it("a tenant that is to be Large gets its quota at once, and its pods with an upgrade that comes first", async () => {
  const major = new MajorWorld();
  await major.begin();
  const requests = (name: string) => {
    const { template } = specAs<{ template: { spec: { containers: [{ resources: { requests: object } }] } } }>(major.get("Deployment", name, NAMESPACE));
    return template?.spec.containers[0].resources.requests;
  };
  const { metadata, spec, status } = major.get("Tenant", OWNER.name) ?? { metadata: { name: OWNER.name } };
  major.put("Tenant", { ...metadata, generation: 2 }, { spec: { ...(spec as TenantSpec), size: "Large" }, status });
  await major.reconcile("acme");
  expect(major.get("ResourceQuota", "tenant", NAMESPACE)?.spec).toEqual({ hard: { pods: "9", "requests.cpu": "36100m", "requests.memory": "73856Mi" } });
  expect(requests("auth")).toEqual({ cpu: "100m", memory: "256Mi" });
  await major.goOnToTheEnd();
  expect(major.status().version).toBe("18.1.0");
  expect([requests("auth"), requests("proxy-us-west-2")]).toEqual([{ cpu: "8000m", memory: "16384Mi" }, { cpu: "4000m", memory: "8192Mi" }]);
});
