import { afterAll, beforeAll, expect, test } from "vitest";
import { crash, POINTS } from "../support/crash-points.ts";
import { apply, channel, release, tenant, tenantStatuses, window, type Manifest } from "../support/fleet.ts";
import { expectDoneOnce } from "../support/once.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { FaultProxy } from "../support/proxy.ts";
import { dieAtRandom } from "../support/random-crash.ts";
import { random } from "../support/random.ts";
import { startStage, type Stage } from "../support/stage.ts";

/** One operator dies at all of these points at once: each tenant stands at its own. */
const TENANTS = Object.keys(POINTS);
/** Its home proxies come last, so that another region's are done when it dies in the middle of them. */
const TWO_REGIONS = "mid-proxy";

const CRASHES = 20;
/** Few enough for all crashes to fall into upgrades, of which each takes about ten writes. */
const MOST_WRITES = 6;

const CHANNEL: Manifest = {
  patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" },
  major: { minInterval: "0s" },
};

let stage: Stage;
let proxy: FaultProxy;
let pods: PodWatch;

beforeAll(async () => {
  stage = await startStage();
  pods = await watchPods(stage.cluster);
  proxy = await FaultProxy.start(stage.cluster);
  await publish(["17.2.1"]);
  const spec = (name: string) => ({ windows: ["nightly"], ...(name === TWO_REGIONS && { proxyRegions: ["us-west-2", "eu-central-1"] }) });
  await apply(stage.cluster, window("nightly", "0 2 * * *"), ...TENANTS.map((name) => tenant(name, spec(name))));
  await stage.rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
});

afterAll(async () => {
  await pods?.stop();
  await stage?.stop();
  await proxy?.stop();
});

test.each([
  { what: "patch", day: "2026-12-02", to: "17.2.3", catalogue: ["17.2.1", "17.2.3"] },
  { what: "major", day: "2026-12-03", to: "18.1.2", catalogue: ["17.2.1", "17.2.3", "18.1.2"] },
])("a $what that an operator leaves at any point is finished once by the next", async ({ day, to, catalogue }) => {
  await publish(catalogue);
  const kubeconfig = proxy.kubeconfigBeside(stage.kubeconfig);
  const diedAt = await crash({ stage, proxy, kubeconfig, from: `${day}T01:55:00Z`, to, points: new Map(Object.entries(POINTS)) });

  await stage.rehearse(new Date(diedAt).toISOString(), `${day}T02:30:00Z`);
  await expectDoneOnce(stage, endings(() => to));
  expect(pods.overtakings()).toEqual([]);
});

test("upgrades survive twenty crashes at random instants", async () => {
  const seed = 20261204;
  const next = random(seed);
  const pinned = TENANTS.filter((_, n) => n % 2 === 0);
  for (const name of pinned) await stage.cluster.kubectl(["patch", "tenant", name, "--type=merge", "-p", '{"spec":{"upgrades":{"maxMajor":18}}}']);
  await publish(["17.2.1", "17.2.3", "18.1.2", "18.1.3", "19.1.0"], { rollout: { maxParallel: 2 } });
  await stage.rehearse("2026-12-04T00:30:00Z", "2026-12-04T00:31:00Z"); // so that the releases are seen before the last cut

  let from = Date.parse("2026-12-04T02:00:01Z");
  let amidst = 0;
  for (let n = 0; n < CRASHES; n += 1) {
    from = await dieAtRandom(from, { stage, proxy, until: "2026-12-04T03:00:00Z", next, mostWrites: MOST_WRITES });
    if (Object.values(await tenantStatuses(stage.cluster)).some((status) => status.upgrade !== undefined)) amidst += 1;
  }
  await stage.rehearse(new Date(from).toISOString(), "2026-12-04T03:00:00Z");
  await expectDoneOnce(stage, endings((name) => (pinned.includes(name) ? "18.1.3" : "19.1.0")));
  expect(pods.overtakings(), `seed ${seed}`).toEqual([]);
  expect(amidst, "crashes in the middle of some upgrade").toBeGreaterThanOrEqual(10);
});

async function publish(versions: readonly string[], more: Manifest = {}): Promise<void> {
  const lines = [18, 19].map((major) => ({ major, open: "Always" }));
  await apply(stage.cluster, channel(versions.map((version) => release(version)), { ...CHANNEL, lines, ...more }));
}

const endings = (to: (name: string) => string) => TENANTS.map((name) => ({ tenant: name, to: to(name), deployments: name === TWO_REGIONS ? 3 : 2 }));
