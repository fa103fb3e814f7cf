import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, type TenantStatus } from "../../../src/api/index.ts";
import { preflightName } from "../../../src/domain/objects/preflight-job.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import { compareVersions } from "../../../src/domain/release/version.ts";
import { imageVersion } from "../../../src/reconcile/tenant/workloads.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, tenantSpec, type TenantSpecInput } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const LOOKS = 14;
const [OLD, NEW] = ["17.2.1", "17.2.3"];
/** Over which steps an attempt is told to stand, by what of it is done. */
const STEPS = ["Auth rolled", "Auth ready", "a proxy rolled", "all ready"] as const;

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T02:05:00Z"));
  publish(OLD);
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  edit();
  await settle();
  publish(OLD, NEW);
});

function publish(...versions: readonly string[]): void {
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: versions.map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" })) } });
}

function edit(spec: TenantSpecInput = {}, more: Partial<TenantStatus> = {}): void {
  const kept = statusAs<TenantStatus>(world.get("Tenant", "acme"));
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ proxyRegions: ["us-west-2", "eu-central-1"], ...spec }), status: { ...kept, ...more } });
}

async function settle(): Promise<void> {
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme");
    runPods(world);
    expectNoneAbove();
  }
}

/** No proxy, in pods or in a template, above Auth (I14). */
function expectNoneAbove(): void {
  const auth = world.all("Pod").filter(({ metadata }) => metadata.name.startsWith("auth-")).map(imageVersion);
  const proxies = world.all("Pod").filter(({ metadata }) => metadata.name.startsWith("proxy-")).map(imageVersion);
  expect(proxies.filter((version) => auth.some((each) => compareVersions(version ?? "", each ?? "") > 0))).toEqual([]);
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const deployments = () => world.all("Deployment").map(({ metadata, ...rest }) => `${metadata.name} ${metadata.annotations?.[ANNOTATION.version] ?? ""} x${specAs<{ replicas: number }>(rest).replicas ?? ""}`).sort();
const templates = () => new Map(world.all("Deployment").map(({ metadata, spec }) => [metadata.name, [metadata.annotations?.[ANNOTATION.podTemplate], (spec as { template: unknown }).template]])); // a Deployment's

/** An attempt to 17.2.3 under way; pods follow only as far as is said. */
async function attemptAt(step: (typeof STEPS)[number]): Promise<void> {
  const job = { name: preflightName(upgradeOf().id, "acme"), namespace: NAMESPACE, labels: ownerLabels(OWNER) };
  world.put("Job", job, { status: { conditions: [{ type: "Complete", status: "True" }] } });
  edit({}, { upgrade: upgradeOf() });
  await world.reconcile("acme"); // says it
  await world.reconcile("acme"); // writes Auth
  for (let n = 0; n < STEPS.indexOf(step); n += 1) {
    runPods(world);
    await world.reconcile("acme"); // says what comes next
    await world.reconcile("acme");
  }
}

describe("an edit of a size or a region", () => {
  it("applies at once and alters no pod template", async () => {
    const before = templates();
    edit({ proxy: { replicas: 5 }, proxyRegions: ["us-west-2", "ap-south-1"] });
    await world.reconcile("acme");
    expect(deployments()).toEqual(["auth 17.2.1 x1", "proxy-ap-south-1 17.2.1 x5", "proxy-us-west-2 17.2.1 x5"]);
    for (const name of ["auth", "proxy-us-west-2"]) expect(templates().get(name)).toEqual(before.get(name));
    expect(world.written.filter((write) => write.startsWith("remove"))).toEqual(["remove Service proxy-eu-central-1", "remove Deployment proxy-eu-central-1", "remove PodDisruptionBudget proxy-eu-central-1"]);
  });

  it.each(STEPS)("applies while an attempt is at it: %s", async (step) => {
    await attemptAt(step);
    const before = templates();
    edit({ proxy: { replicas: 4 } });
    await world.reconcile("acme");
    const proxies = deployments().filter((each) => each.startsWith("proxy-"));
    expect(proxies.map((each) => each.split(" ")[2])).toEqual(["x4", "x4"]);
    expect(templates()).toEqual(before);
    await finish();
    expect(deployments()).toEqual(["auth 17.2.3 x1", "proxy-eu-central-1 17.2.3 x4", "proxy-us-west-2 17.2.3 x4"]);
  });

  it.each<[step: (typeof STEPS)[number], region: string, version: string, why: string]>([
    ["Auth rolled", "ap-south-1", OLD, "below until Auth is done"],
    ["Auth ready", "ap-south-1", NEW, "it is its turn"],
    ["Auth ready", "eu-west-1", OLD, "another region's turn comes first"],
    ["a proxy rolled", "ap-south-1", NEW, "its turn is over already"],
    ["all ready", "eu-west-1", NEW, "its turn is over already"],
  ])("that adds a region while an attempt is at it (%s: %s) starts it at %s: %s", async (step, region, version) => {
    await attemptAt(step);
    edit({ proxyRegions: ["us-west-2", "eu-central-1", region] });
    await world.reconcile("acme");
    await world.reconcile("acme"); // the first may only have said the step
    expect(deployments()).toContain(`proxy-${region} ${version} x2`);
    await finish();
    expect(deployments()).toEqual(["auth 17.2.3 x1", ...["eu-central-1", region, "us-west-2"].sort().map((each) => `proxy-${each} 17.2.3 x2`)]);
  });

  it.each(STEPS)("that removes a region takes its Service first, and the attempt goes on without it: %s", async (step) => {
    await attemptAt(step);
    edit({ proxyRegions: ["us-west-2"] });
    await world.reconcile("acme");
    expect(world.written.filter((write) => write.startsWith("remove"))).toEqual(["remove Service proxy-eu-central-1", "remove Deployment proxy-eu-central-1", "remove PodDisruptionBudget proxy-eu-central-1"]);
    await finish();
    expect(deployments()).toEqual(["auth 17.2.3 x1", "proxy-us-west-2 17.2.3 x2"]);
  });
});

/** The attempt goes to its end, and it is a good one. */
async function finish(): Promise<void> {
  for (let n = 0; n < 3; n += 1) await settle().then(() => world.time.advance(121_000));
  await settle();
  expect(status()).toMatchObject({ version: NEW, history: [{ result: "Succeeded" }] });
}
