import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, type ReleaseChannelStatus, type TenantStatus } from "../../../src/api/index.ts";
import { recordOf } from "../../../src/domain/upgrade/progress.ts";
import { statusAs } from "../../../src/reconcile/shapes.ts";
import { slotOf, upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const NAMES = ["auth", "proxy-eu-central-1", "proxy-us-west-2"];
const SPEC = tenantSpec({ initialVersion: "17.2.1", proxyRegions: ["us-west-2", "eu-central-1"] });
const RELEASES = ["17.2.1", "18.1.0"].map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));
const NEWER = { version: "18.1.1", releasedAt: "2026-11-24T02:00:00Z", security: true };
const STUCK_SINCE = "2026-11-24T02:15:00Z";
const UPGRADE = upgradeOf({ id: "acme-18.1.0-20261124T020000Z", class: "Major", to: "18.1.0", step: "Auth", disruptiveAt: "2026-11-24T02:00:00Z", stuckSince: STUCK_SINCE, failure: "auth did not become Ready at 18.1.0 in time" });
const LOOKS = 6;
/** One look writes each object of the tenant, changed or not, and three looks lead from one release to the next. */
const WRITES = 50;

let world: World;
let looks: string[];

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const ledger = () => statusAs<ReleaseChannelStatus>(world.get("ReleaseChannel", "stable"));
const versions = () => NAMES.map((name) => world.get("Deployment", name, NAMESPACE)?.metadata.annotations?.[ANNOTATION.version]);
const onwardJobs = () => world.all("Job").filter(({ metadata }) => metadata.name.endsWith("-18-1-1"));
const ALL_NEWER = ["18.1.1", "18.1.1", "18.1.1"];
const AS_IT_WAS = ["18.1.0", "17.2.1", "17.2.1"];

beforeEach(begin);

/** Auth has come to 18.1.0 and does not get Ready there, the proxies are still at 17.2.1. No window binds the tenant. */
async function begin(): Promise<void> {
  world = new World(at("2026-11-24T02:30:00Z"));
  publish();
  say({});
  for (let n = 0; n < LOOKS; n += 1) await world.reconcile("acme").then(() => runPods(world));
  say({ ...status(), upgrade: UPGRADE });
  publish();
  const auth = world.get("Deployment", "auth", NAMESPACE);
  if (auth !== undefined) world.put("Deployment", { ...auth.metadata, annotations: { ...auth.metadata.annotations, [ANNOTATION.attempt]: JSON.stringify(recordOf(UPGRADE, {})) } }, { spec: auth.spec, status: auth.status });
  looks = [];
  await goOn(2);
  expect([versions(), status().phase]).toEqual([AS_IT_WAS, "Stuck"]);
  looks = [];
}

function publish(...more: readonly object[]): void {
  const releases = RELEASES.map(({ version, releasedAt }) => ({ version, firstSeenAt: releasedAt }));
  const slots = status().upgrade === undefined ? [] : [slotOf({ uid: OWNER.uid, attempt: UPGRADE.id, class: "Major", to: "18.1.0" })];
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: [...RELEASES, ...more] }, status: { ...ledger(), releases, slots } });
}

function say(known: TenantStatus): void {
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid }, { spec: SPEC, status: known });
}

/** Looks so often, a second apart; Jobs end at once, and pods of Auth never get Ready at some versions. */
async function goOn(times: number, ...broken: readonly string[]): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await world.reconcile("acme").catch(() => world.restart());
    const isBroken = ["18.1.0", ...broken].includes(versions()[0] ?? "");
    runPods(world, (name) => name !== "auth" || !isBroken);
    const auth = world.get("Deployment", "auth", NAMESPACE);
    if (isBroken && auth !== undefined) world.put("Deployment", auth.metadata, { spec: auth.spec, status: { observedGeneration: auth.metadata.generation, replicas: 1, updatedReplicas: 1 } });
    endJobs();
    looks.push(`to ${status().upgrade?.to ?? "nowhere"}, auth ${versions()[0] ?? ""}`);
    await world.time.advance(1_000);
  }
}

function endJobs(): void {
  for (const job of world.all("Job")) world.put("Job", job.metadata, { spec: job.spec, status: { conditions: [{ type: "Complete", status: "True" }] } });
}

async function goOnToTheEnd(): Promise<void> {
  await goOn(14);
  await world.time.advance(PLATFORM.pods.verifySeconds * 1_000);
  await goOn(3);
}

describe("a stuck major whose line gets a newer release", () => {
  it("stays where it is until then", async () => {
    await goOn(4);
    expect([versions(), status().upgrade?.to, onwardJobs()]).toEqual([AS_IT_WAS, "18.1.0", []]);
  });

  it("tries it in a preflight, says so, and goes on to it: one attempt, one entry, one failed release", async () => {
    publish(NEWER);
    await goOn(3);
    expect([onwardJobs().length, versions()[0], status()]).toMatchObject([1, "18.1.1", { phase: "Stuck", upgrade: { id: UPGRADE.id, to: "18.1.1", stuckSince: STUCK_SINCE, stuckOn: [{ version: "18.1.0", since: STUCK_SINCE }], rolledForward: ["18.1.1"] } }]);
    expect(looks).toEqual(["to 18.1.0, auth 18.1.0", "to 18.1.1, auth 18.1.0", "to 18.1.1, auth 18.1.1"]); // said before it is done
    expect(world.events.filter((event) => event === "UpgradeRolledForward")).toHaveLength(1);
    await world.reconcileChannel("stable");
    expect([ledger().halts, ledger().slots]).toMatchObject([[{ version: "18.1.0", failed: [OWNER.uid] }], [{ attempt: UPGRADE.id }]]);
    await goOnToTheEnd();
    expect([versions(), status()]).toMatchObject([ALL_NEWER, { version: "18.1.1", phase: "Active", history: [{ id: UPGRADE.id, from: "17.2.1", to: "18.1.1", result: "Succeeded", stuckSince: STUCK_SINCE, stuckOn: [{ version: "18.1.0" }] }] }]);
    expect(status().history).toHaveLength(1);
    await world.reconcileChannel("stable");
    expect([ledger().halts?.map(({ version }) => version), ledger().slots, ledger().durations]).toEqual([["18.1.0"], [], {}]);
  });

  it("is waited for in a rehearsal from the preflight on", async () => {
    expect(await world.reconcile("acme")).toMatchObject({ settling: false });
    publish(NEWER);
    const settling: (boolean | undefined)[] = [];
    for (let look = 0; look < 5; look += 1) {
      settling.push((await world.reconcile("acme")).settling);
      if (look === 1) endJobs();
    }
    expect([settling, versions()[0]]).toEqual([[true, true, true, true, true], "18.1.1"]);
  });

  it("is stuck on that as well if it does not work either, with a deadline of its own, and tells so anew", async () => {
    publish(NEWER);
    await goOn(4, "18.1.1");
    await world.time.advance(PLATFORM.pods.stepDeadlineSeconds * 1_000 - 10_000);
    await goOn(1, "18.1.1");
    expect(status().upgrade?.failure).toBeUndefined();
    await world.time.advance(20_000);
    await goOn(2, "18.1.1");
    expect(status().upgrade).toMatchObject({ to: "18.1.1", failure: "auth did not become Ready at 18.1.1 in time", stuckOn: [{ version: "18.1.0", since: STUCK_SINCE }] });
    expect(Date.parse(status().upgrade?.stuckSince ?? "")).toBeGreaterThan(Date.parse(STUCK_SINCE));
    expect(world.events.filter((event) => event === "UpgradeStuck")).toHaveLength(1);
    await world.reconcileChannel("stable");
    expect(ledger().halts?.map(({ version }) => version)).toEqual(["18.1.0", "18.1.1"]);
  });

  it("stays while a freeze pauses what runs, and in no other", async () => {
    const freeze = (pauseRunning: boolean) => world.put("Freeze", { name: "audit", generation: pauseRunning ? 1 : 2, creationTimestamp: "2026-11-24T02:00:00Z" }, { spec: { from: "2026-11-24T02:00:00Z", until: "2026-11-25T02:00:00Z", pauseRunning, owner: "sre", reason: "audit" } });
    freeze(true);
    publish(NEWER);
    await goOn(4);
    expect([versions(), status().upgrade?.to, onwardJobs()]).toEqual([AS_IT_WAS, "18.1.0", []]);
    freeze(false);
    await goOn(4);
    expect(versions()[0]).toBe("18.1.1");
  });

  it("waits with what it has said while that is withdrawn, and goes on to the one after", async () => {
    publish(NEWER);
    await goOn(2);
    publish({ ...NEWER, withdrawn: { reason: "it loses sessions" } });
    await goOn(3);
    expect([versions(), status().upgrade]).toMatchObject([AS_IT_WAS, { to: "18.1.1", stuckOn: [{ version: "18.1.0" }] }]);
    publish({ ...NEWER, withdrawn: { reason: "it loses sessions" } }, { ...NEWER, version: "18.1.2" });
    await goOn(3);
    expect([versions()[0], status().upgrade]).toMatchObject(["18.1.2", { to: "18.1.2", rolledForward: ["18.1.2"] }]);
  });

  it("is not looked at again and again while it waits, however long that lasts", async () => {
    publish(NEWER);
    await goOn(2);
    publish({ ...NEWER, withdrawn: { reason: "it loses sessions" } });
    await goOn(1);
    await world.time.advance(PLATFORM.pods.stepDeadlineSeconds * 2_000);
    const now = world.time.now();
    for (let look = 0; look < 3; look += 1) {
      const { requeueAt = Number.POSITIVE_INFINITY, settling } = await world.reconcile("acme");
      expect([requeueAt > now + 60_000, settling]).toEqual([true, false]);
    }
  });

  it("is known by its workloads when all status is lost, and never goes back", async () => {
    publish(NEWER);
    await goOn(3);
    say({});
    await goOn(2);
    expect([versions()[0], status().upgrade]).toMatchObject(["18.1.1", { id: UPGRADE.id, to: "18.1.1", stuckSince: STUCK_SINCE, stuckOn: [{ version: "18.1.0" }], rolledForward: ["18.1.1"] }]);
    await goOnToTheEnd();
    expect(status()).toMatchObject({ version: "18.1.1", history: [{ id: UPGRADE.id, to: "18.1.1", result: "Succeeded" }] });
    expect(looks.slice(2).some((look) => look.endsWith("auth 18.1.0"))).toBe(false);
  });

  it("is not taken back by a status that is older than its workloads", async () => {
    publish(NEWER);
    const old = status();
    await goOn(3);
    publish({ ...NEWER, withdrawn: { reason: "it loses sessions" } });
    say(old);
    await goOn(2);
    expect([versions()[0], status().upgrade]).toMatchObject(["18.1.1", { to: "18.1.1", rolledForward: ["18.1.1"] }]);
  });

  it.each(["before", "after"] as const)("comes to the same end if the process crashes at any write, %s it", async (when) => {
    for (let n = 1; n <= WRITES; n += 1) {
      if (n > 1) await begin();
      publish(NEWER);
      world.crashAt(n, when);
      await goOnToTheEnd();
      expect([n, versions(), status()]).toMatchObject([n, ALL_NEWER, { version: "18.1.1", history: [{ id: UPGRADE.id, to: "18.1.1", result: "Succeeded", stuckOn: [{ version: "18.1.0" }] }] }]);
      const steps = looks.filter((look, index) => look !== looks[index - 1]);
      expect([n, status().history?.length, onwardJobs().length, steps]).toEqual([n, 1, 1, ["to 18.1.0, auth 18.1.0", "to 18.1.1, auth 18.1.0", "to 18.1.1, auth 18.1.1", "to nowhere, auth 18.1.1"]]);
    }
  });
});
