import { beforeEach, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../src/api/index.ts";
import type { LiveObject } from "../../../src/reconcile/ports.ts";
import { ABROAD, RegionsWorld } from "../../fixtures/regions-world.ts";
import { OWNER } from "../../fixtures/tenant.ts";

const NEW = "uid-of-the-new-one";
const MADE = ["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount", "ConfigMap", "Service", "PodDisruptionBudget", "Deployment"] as const;

let world: RegionsWorld;
let spec: LiveObject["spec"];

beforeEach(async () => {
  world = new RegionsWorld();
  await world.begin();
  spec = world.get("Tenant", OWNER.name)?.spec;
  world.drop("Tenant", { name: OWNER.name });
});

function put(annotations: Record<string, string>): void {
  const { metadata, status } = world.get("Tenant", OWNER.name) ?? {};
  world.put("Tenant", { ...metadata, name: OWNER.name, uid: NEW, generation: 1, annotations }, { spec, status });
}

const uidsAbroad = () => [...new Set(MADE.flatMap((kind) => world.member.all(kind).map(({ metadata }) => metadata.labels?.[LABEL.tenantUid])))];
const servedAbroad = () => world.member.get("Deployment", `proxy-${ABROAD}`, "tenant-acme")?.spec;

it("a Tenant takes over what an earlier one has in other clusters as well, and is upgraded there as everywhere", async () => {
  const before = servedAbroad();
  put({});
  await world.goOn(3);
  expect(uidsAbroad()).toEqual([OWNER.uid]);
  put({ [ANNOTATION.adopt]: OWNER.uid });
  await world.reconcile(OWNER.name);
  await world.reconcile(OWNER.name);
  expect([uidsAbroad(), servedAbroad()]).toEqual([[NEW], before]);
  put({});
  await world.goOnToTheEnd();
  expect([world.status().version, world.versionAbroad(), world.status().history?.[0]?.result]).toEqual(["18.1.0", "18.1.0", "Succeeded"]);
});

it("what was out of reach then is taken over when it is back, the annotation being gone", async () => {
  world.isAway = true;
  put({ [ANNOTATION.adopt]: OWNER.uid });
  await world.reconcile(OWNER.name);
  await world.reconcile(OWNER.name);
  put({});
  expect(uidsAbroad()).toEqual([OWNER.uid]);
  world.isAway = false;
  await world.reconcile(OWNER.name);
  expect(uidsAbroad()).toEqual([NEW]);
});
