import { beforeEach, describe, expect, it } from "vitest";
import { ANNOTATION, FINALIZER, LABEL, type ReleaseChannelStatus, type TenantStatus } from "../../../src/api/index.ts";
import type { KindName } from "../../../src/reconcile/ports.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { recordOf } from "../../../src/domain/upgrade/progress.ts";
import { DAY, HOUR, MINUTE } from "../../../src/domain/time.ts";
import { entryOf, upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const NEW = "uid-of-the-new-one";
const LOOKS = 8;
const SETTLED = "17.2.3";
const LONG_AGO = "2026-11-10T02:05:00Z";
const LAPSED = { subscription: { lapsedAt: LONG_AGO, retention: "168h" } };
/** What an Auth of the attempt in this status was given, and has gone back from since. */
const ATTEMPT = upgradeOf({ id: "acme-17.2.4-20261124T020000Z", from: SETTLED, to: "17.2.4", step: "Auth", disruptiveAt: "2026-11-24T02:01:00Z" });

/** Statuses out of a backup, and what the Tenant asks for beside. */
const STALE: readonly (readonly [string, TenantStatus, object])[] = [
  ["of another version", { version: "17.2.1", history: [] }, {}],
  ["in the middle of an attempt that was rolled back since", { version: SETTLED, upgrade: ATTEMPT }, {}],
  ["in the middle of an attempt that nothing else tells of", { version: "17.2.1", upgrade: upgradeOf({ step: "Auth", disruptiveAt: "2026-11-24T02:01:00Z" }) }, {}],
  ["with a lapse of long ago", { version: SETTLED, lapse: { observedAt: LONG_AGO, suspendAt: "2026-11-13T02:05:00Z", purgeAt: "2026-11-17T02:05:00Z" } }, LAPSED],
  ["with a deletion that had begun", { version: SETTLED, lapse: { observedAt: LONG_AGO, purgeStartedAt: "2026-11-20T02:05:00Z", purged: [`Namespace ${NAMESPACE}`] } }, LAPSED],
  ["that knows of the same adoption by another, and of a deletion", { version: "17.2.1", adoptedFrom: OWNER.uid, adoptedBy: "one between", lapse: { observedAt: LONG_AGO, purgeStartedAt: "2026-11-20T02:05:00Z" } }, LAPSED],
  ["that knows of an earlier adoption", { version: "17.2.1", adoptedFrom: "an earlier one still" }, {}],
];

let world: World;

beforeEach(async () => {
  world = new World(at("2026-11-24T01:05:00Z"));
  world.env = { ...world.env, platform: { ...PLATFORM, ports: [{ address: "203.0.113.7", first: 11_105, last: 11_204 }] } };
  offer("17.2.1", SETTLED, "17.2.4");
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec({ initialVersion: SETTLED }) });
  await run();
  world.drop("Tenant", { name: OWNER.name });
});

function offer(...versions: readonly string[]): void {
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases: versions.map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" })) } });
}

/** A Tenant as a backup tool restores it. */
function restore(status: TenantStatus, { spec = {}, annotations = { [ANNOTATION.adopt]: OWNER.uid } }: { readonly spec?: object; readonly annotations?: Record<string, string> } = {}): void {
  world.put("Tenant", { name: OWNER.name, uid: NEW, generation: 1, finalizers: [FINALIZER], annotations }, { spec: tenantSpec(spec), status: { observedGeneration: 1, conditions: [], ...status } });
}

async function run(looks = LOOKS): Promise<readonly string[]> {
  const written: string[] = [];
  for (let n = 0; n < looks; n += 1) {
    await world.reconcile(OWNER.name).catch(() => world.restart());
    written.push(...world.written);
    runPods(world);
  }
  return written;
}

function rememberTheAttempt(): void {
  const auth = world.get("Deployment", "auth", NAMESPACE);
  world.put("Deployment", { name: "auth", namespace: NAMESPACE, annotations: { ...auth?.metadata.annotations, [ANNOTATION.attempt]: JSON.stringify(recordOf(ATTEMPT, {})) } }, { spec: auth?.spec, status: auth?.status });
}

/** The earlier Tenant's, seen by itself. */
function rememberTheLapse(): void {
  const namespace = world.get("Namespace", NAMESPACE);
  world.put("Namespace", { name: NAMESPACE, annotations: { ...namespace?.metadata.annotations, [ANNOTATION.lapseObservedAt]: LONG_AGO } });
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", OWNER.name));
const owned = (kind: KindName) => world.all(kind).filter(({ metadata }) => metadata.labels?.[LABEL.tenant] === OWNER.name);
const uids = () => [...new Set((["Namespace", "ConfigMap", "PersistentVolumeClaim", "Deployment"] as const).flatMap((kind) => owned(kind).map(({ metadata }) => metadata.labels?.[LABEL.tenantUid])))];
const served = () => owned("Deployment").map(({ metadata, spec }) => [metadata.name, metadata.generation, spec]);
const images = () => owned("Deployment").map(({ spec }) => specAs<{ template: { spec: { containers: { image: string }[] } } }>({ spec }).template?.spec.containers[0]?.image);

describe("a status out of a backup, of a Tenant that takes over what is newer", () => {
  it.each(STALE)("%s: what the data records counts, at whichever write it crashes", async (_which, said, spec) => {
    rememberTheAttempt();
    rememberTheLapse();
    const [before, volumes] = [served(), owned("PersistentVolumeClaim").length];
    restore(said, { spec });
    const written: string[] = [];
    for (let n = 1; n <= 20; n += 1) {
      for (const when of ["before", "after"] as const) {
        world.crashAt(n, when);
        await world.reconcile(OWNER.name).catch(() => undefined);
        written.push(...world.written);
        world.restart();
      }
      // Whatever was written of it so far.
      restore(said, { spec });
    }
    written.push(...(await run()));
    expect(written.filter((write) => /^(remove|create|annotate|record)/.test(write))).toEqual([]);
    expect([uids(), served(), owned("PersistentVolumeClaim").length, world.purges]).toEqual([[NEW], before, volumes, 0]);
    expect([status().version, status().adoptedFrom, status().adoptedBy, status().upgrade, world.get("Namespace", NAMESPACE)?.metadata.annotations?.[ANNOTATION.version]]).toEqual([SETTLED, OWNER.uid, NEW, undefined, SETTLED]);
  });

  it("a lapse is counted from the adoption on, and what was adopted goes when its own time has come", async () => {
    restore({ version: SETTLED, lapse: { observedAt: LONG_AGO } }, { spec: LAPSED });
    await run();
    expect([status().lapse?.observedAt, status().lapse?.purgeAt]).toEqual(["2026-11-24T01:05:00Z", "2026-12-01T01:05:00Z"]);
    await world.time.advance(7 * DAY - HOUR);
    await run();
    expect([world.events.includes("Purging"), owned("PersistentVolumeClaim").length]).toEqual([false, 1]);
    await world.time.advance(2 * HOUR);
    for (let n = 0; n < 3; n += 1) await run();
    expect([status().phase, status().adoptedFrom, world.purges, world.get("Namespace", NAMESPACE)]).toEqual(["Purged", OWNER.uid, 1, undefined]);
    const { resourceVersion } = world.get("Tenant", OWNER.name)?.metadata ?? {};
    await run();
    expect(world.get("Tenant", OWNER.name)?.metadata.resourceVersion).toBe(resourceVersion);
  });

  it("a Tenant that was a tombstone by it, before anybody said whose data this is, takes it over all the same", async () => {
    const before = served();
    const said = { version: SETTLED, lapse: { observedAt: LONG_AGO, purgeStartedAt: "2026-11-20T02:05:00Z" } };
    restore(said, { spec: LAPSED, annotations: {} });
    await run();
    expect([status().phase, owned("PersistentVolumeClaim").length, served()]).toEqual(["Purged", 1, before]);
    const { metadata, spec, status: purged } = world.get("Tenant", OWNER.name) ?? { metadata: { name: OWNER.name } };
    world.put("Tenant", { ...metadata, annotations: { ...metadata.annotations, [ANNOTATION.adopt]: OWNER.uid } }, { spec, status: purged });
    await run();
    expect([status().phase, status().version, status().lapse?.observedAt, uids(), served()]).toEqual(["Lapsed", SETTLED, "2026-11-24T01:05:00Z", [NEW], before]);
  });

  it("Auth that was lost is made at the version of its data", async () => {
    for (const { metadata } of [...owned("Deployment"), ...world.all("Pod")]) for (const kind of ["Deployment", "Pod"] as const) world.drop(kind, metadata);
    restore({ version: "17.2.1" });
    for (let n = 1; n <= 20; n += 1) {
      world.crashAt(n, "after");
      await world.reconcile(OWNER.name).catch(() => undefined);
      world.restart();
      if (uids().includes(NEW)) restore({ version: "17.2.1" });
    }
    await run();
    expect([status().version, images().every((image) => image?.includes(SETTLED))]).toEqual([SETTLED, true]);
  });

  it("no slot is claimed from its version while the status is still to be written", async () => {
    world.put("MaintenanceWindow", { name: "tuesday" }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", lanes: ["Patch", "Major"], tenantSelector: {} } });
    restore({ version: "17.2.1", conditions: [{ type: "Ready", status: "True", reason: "Available", message: "", lastTransitionTime: LONG_AGO }] });
    await world.reconcile(OWNER.name);
    world.crashAt(3, "after");
    await world.reconcile(OWNER.name).catch(() => undefined);
    world.restart();
    expect([owned("Namespace")[0]?.metadata.labels?.[LABEL.tenantUid], status().version]).toEqual([NEW, undefined]);
    await world.time.advance(HOUR + MINUTE);
    await world.reconcileChannel("stable");
    const { slots = [] } = statusAs<ReleaseChannelStatus>(world.get("ReleaseChannel", "stable"));
    expect(slots.map(({ from, to }) => [from, to])).toEqual([[SETTLED, "17.2.4"]]);
  });

  it("is not written again and again while there is nothing to take over, though it tells of a lapse to come", async () => {
    for (const kind of ["Namespace", "Deployment", "PersistentVolumeClaim", "ConfigMap", "Pod", "Service"] as const) for (const { metadata } of world.all(kind)) world.drop(kind, metadata);
    restore({ version: "17.2.1" }, { spec: { subscription: { lapsedAt: "2027-06-01T00:00:00Z", retention: "720h" } } });
    await run();
    const { resourceVersion } = world.get("Tenant", OWNER.name)?.metadata ?? {};
    await run();
    expect(world.get("Tenant", OWNER.name)?.metadata.resourceVersion).toBe(resourceVersion);
  });

  it("is erased whole before anything else is written, and by nobody who has read an older one", async () => {
    restore({ version: "17.2.1", upgrade: upgradeOf() });
    expect(await run(1)).toEqual([`erase status of Tenant ${OWNER.name}`]);
    expect([world.get("Tenant", OWNER.name)?.["status"], owned("Namespace")[0]?.metadata.labels?.[LABEL.tenantUid]]).toEqual([undefined, OWNER.uid]);
  });

  it("of a tenant that is not there nothing is judged, and that is said once", async () => {
    for (const kind of ["Namespace", "Deployment", "PersistentVolumeClaim", "ConfigMap", "Pod", "Service"] as const) for (const { metadata } of world.all(kind)) world.drop(kind, metadata);
    restore({ version: "17.2.1", lapse: { observedAt: LONG_AGO, purgeStartedAt: "2026-11-20T02:05:00Z" } }, { spec: LAPSED });
    expect(await run()).toEqual([]);
    expect([status().conditions?.find(({ type }) => type === "Stalled")?.reason, status().version, status().lapse]).toEqual(["NothingToAdopt", undefined, undefined]);
    const { resourceVersion } = world.get("Tenant", OWNER.name)?.metadata ?? {};
    world.restart();
    await world.time.advance(MINUTE);
    await run();
    expect(world.get("Tenant", OWNER.name)?.metadata.resourceVersion).toBe(resourceVersion);
  });
});

it("a status that knows of the adoption is believed as ever, the annotation there or gone", async () => {
  restore({});
  await run();
  const entry = entryOf({ id: "acme-17.2.3-20261103T020000Z", to: SETTLED, finishedAt: "2026-11-03T02:20:00Z" });
  for (const annotations of [{ [ANNOTATION.adopt]: OWNER.uid }, {}]) {
    restore({ ...status(), history: [entry] }, { annotations });
    world.restart();
    await run();
    expect([status().adoptedFrom, status().history]).toEqual([OWNER.uid, [entry]]);
  }
});
