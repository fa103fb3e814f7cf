import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReleaseChannelStatus, TenantStatus } from "../../src/api/index.ts";
import { readAudit, upgradesOf, versionOf } from "../support/audit.ts";
import { apply, channel, channelStatus, NEVER_READY, PREFLIGHT_FAILS, release, tenant, tenantStatuses, window, type Manifest } from "../support/fleet.ts";
import { FAST_PLATFORM } from "../support/operator.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { startStage, type Stage } from "../support/stage.ts";

const WORKS = `sha256:${"a".repeat(64)}`;
/** What each channel publishes, and why it does not work. */
const BROKEN: Readonly<Record<string, Manifest>> = {
  "auth-breaks": release("17.2.3", { images: { auth: NEVER_READY, proxy: NEVER_READY } }),
  "proxy-breaks": release("17.2.3", { images: { auth: WORKS, proxy: NEVER_READY } }),
  "preflight-fails": release("17.2.3", { images: { auth: PREFLIGHT_FAILS, proxy: PREFLIGHT_FAILS } }),
  "major-breaks": release("18.1.2", { images: { auth: NEVER_READY, proxy: WORKS } }),
};
const CADENCE: Manifest = {
  patch: { cut: "0 * * * *", minAge: "0s", minInterval: "0s" },
  major: { minAge: "0s", minInterval: "0s" },
  lines: [{ major: 18, open: "Always" }],
  rollout: { maxParallel: 1, maxFailures: 1, expectedDuration: { patch: "10m", major: "10m" } },
};
/** Tenants of a channel, by the window in which they come. */
const TENANTS: readonly (readonly [name: string, channel: string, window: string])[] = [
  ["auth-1", "auth-breaks", "first"],
  ["auth-2", "auth-breaks", "second"],
  ["auth-3", "auth-breaks", "third"],
  ["proxy-1", "proxy-breaks", "first"],
  ["preflight-1", "preflight-fails", "first"],
  ["major-1", "major-breaks", "first"],
  ["major-2", "major-breaks", "second"],
  ["major-3", "major-breaks", "third"],
];
/** Enough for a pod that works, on a machine that does a lot besides. */
const STEP_DEADLINE_SECONDS = 15;

/** How things stood in the opening of each window. */
interface Moment {
  readonly statuses: Readonly<Record<string, TenantStatus>>;
  readonly channels: Readonly<Record<string, ReleaseChannelStatus>>;
}

let stage: Stage;
let pods: PodWatch;
let templates: Readonly<Record<string, unknown>>;
let [first, second, third]: readonly Moment[] = [];

beforeAll(async () => {
  stage = await startStage();
  pods = await watchPods(stage.cluster);
  const configFile = join(stage.cluster.dir, "platform.yaml");
  writeFileSync(configFile, stringify({ pods: { ...FAST_PLATFORM.pods, stepDeadlineSeconds: STEP_DEADLINE_SECONDS } }));
  const rehearse = (from: string, until: string) => stage.rehearse(from, until, { configFile });

  const published = (broken: boolean) => Object.entries(BROKEN).map(([name, bad]) => channel([release("17.2.1"), ...(broken ? [bad] : [])], CADENCE, name));
  const windows = [window("first", "0 2 * * *", "15m"), window("second", "15 2 * * *", "15m"), window("third", "30 2 * * *", "15m")];
  await apply(stage.cluster, ...published(false), ...windows, ...TENANTS.map(([name, follows, opens]) => tenant(name, { channel: follows, windows: [opens] })));
  await rehearse("2026-12-01T00:00:00Z", "2026-12-01T00:30:00Z");
  templates = await templatesNow();
  await apply(stage.cluster, ...published(true));

  const moments: Moment[] = [];
  const stops = ["2026-12-01T01:50:00Z", "2026-12-01T02:04:00Z", "2026-12-01T02:19:00Z", "2026-12-01T02:34:00Z"];
  for (const [n, until] of stops.slice(1).entries()) {
    await rehearse(stops[n] ?? "", until);
    moments.push(await momentNow());
  }
  [first, second, third] = moments;
});

afterAll(async () => {
  await pods?.stop();
  await stage?.stop();
});

describe("a patch whose pods never become Ready", () => {
  test.each([
    { name: "auth-1", follows: "auth-breaks", told: ["auth 17.2.3", "auth 17.2.1"] },
    { name: "proxy-1", follows: "proxy-breaks", told: ["auth 17.2.3", "proxy-us-west-2 17.2.3", "proxy-us-west-2 17.2.1", "auth 17.2.1"] },
  ])("$name is rolled back, proxies before Auth, to exactly the template it had", async ({ name, follows, told }) => {
    expect(first?.statuses[name]).toMatchObject({ version: "17.2.1", phase: "Active", history: [{ from: "17.2.1", to: "17.2.3", result: "RolledBack" }] });
    expect(first?.statuses[name]?.history).toHaveLength(1);
    expect(changesOf(name).map(({ deployment, to }) => `${deployment} ${versionOf(to)}`)).toEqual(told);
    expect(new Set(changesOf(name).map(({ attempt }) => attempt?.id)).size).toBe(1);
    expect(ownOf(await templatesNow(), name)).toEqual(ownOf(templates, name));
    expect(first?.channels[follows]?.halts).toMatchObject([{ version: "17.2.3", failedCount: 1 }]);
    expect(first?.channels[follows]?.slots).toEqual([]);
  });

  test.each(["auth-1", "proxy-1", "preflight-1"])("%s is tried again in the next opening, not in this one", (name) => {
    const holds = first?.statuses[name]?.lanes?.patch?.holds ?? [];
    expect(holds.find(({ code }) => code === "RetryNextOpening")).toMatchObject({ until: "2026-12-02T02:00:00Z" });
  });

  test("halts the release when it failed on two tenants, and a third is spared", () => {
    expect(second?.statuses["auth-2"]).toMatchObject({ version: "17.2.1", history: [{ result: "RolledBack" }] });
    expect(second?.channels["auth-breaks"]?.halts).toMatchObject([{ version: "17.2.3", failedCount: 2 }]);
    expect(second?.channels["auth-breaks"]?.conditions).toContainEqual(expect.objectContaining({ type: "Halted", status: "True", reason: "ReleaseHalted" }));
    expect(codesOf(third?.statuses["auth-3"]?.lanes?.patch)).toContain("ReleaseHalted");
    expect(third?.statuses["auth-3"]?.history ?? []).toEqual([]);
    expect(changesOf("auth-3")).toEqual([]);
  });

  test("never puts a proxy above Auth", () => {
    expect(pods.overtakings()).toEqual([]);
  });
});

test("a preflight that fails changes nothing, and counts", () => {
  expect(first?.statuses["preflight-1"]).toMatchObject({ version: "17.2.1", phase: "Active", history: [{ result: "Failed", message: "preflight of 17.2.3 failed" }] });
  expect(first?.statuses["preflight-1"]?.history?.[0]).not.toHaveProperty("disruptiveAt");
  expect(changesOf("preflight-1")).toEqual([]);
  expect(first?.channels["preflight-fails"]).toMatchObject({ slots: [], halts: [{ version: "17.2.3", failedCount: 1 }] });
});

describe("a major whose pods never become Ready", () => {
  test("stays, stuck, and is never rolled back", async () => {
    const { upgrade } = first?.statuses["major-1"] ?? {};
    expect(upgrade).toMatchObject({ class: "Major", to: "18.1.2", step: "Auth", failure: "auth did not become Ready at 18.1.2 in time" });
    expect(upgrade?.stuckSince).toMatch(/^2026-12-01T02:00:/);
    expect(first?.statuses["major-1"]).toMatchObject({ version: "17.2.1", phase: "Stuck" });
    expect(third?.statuses["major-1"]?.upgrade).toEqual(upgrade);
    expect(third?.statuses["major-1"]?.history ?? []).toEqual([]);
    expect(changesOf("major-1").map(({ deployment, to }) => `${deployment} ${versionOf(to)}`)).toEqual(["auth 18.1.2"]);
  });

  test("keeps its slot, which no longer counts: the next tenant starts though only one may at a time", () => {
    expect(second?.statuses["major-2"]?.upgrade).toMatchObject({ to: "18.1.2", step: "Auth", stuckSince: expect.stringMatching(/^2026-12-01T02:15:/) });
    expect(second?.channels["major-breaks"]?.slots?.map((slot) => slot.tenant).sort()).toEqual(["major-1", "major-2"]);
  });

  test("counts as a failure while it is stuck: a third tenant is spared", () => {
    expect(first?.channels["major-breaks"]?.halts).toMatchObject([{ version: "18.1.2", failedCount: 1 }]);
    expect(second?.channels["major-breaks"]?.halts).toMatchObject([{ version: "18.1.2", failedCount: 2 }]);
    expect(codesOf(third?.statuses["major-3"]?.lanes?.major)).toContain("ReleaseHalted");
    expect(third?.statuses["major-3"]).toMatchObject({ version: "17.2.1", phase: "Active" });
    expect(changesOf("major-3")).toEqual([]);
  });
});

const changesOf = (name: string) => upgradesOf(readAudit(stage.cluster)).filter(({ namespace }) => namespace === `tenant-${name}`);
const codesOf = (lane: { readonly holds?: readonly { readonly code: string }[] | undefined } | undefined) => (lane?.holds ?? []).map(({ code }) => code);

async function momentNow(): Promise<Moment> {
  const statuses = await tenantStatuses(stage.cluster);
  const channels = await Promise.all(Object.keys(BROKEN).map(async (name) => [name, await channelStatus(stage.cluster, name)] as const));
  return { statuses, channels: Object.fromEntries(channels) };
}

/** The pod template of every Deployment of a tenant, by namespace and name. */
async function templatesNow(): Promise<Readonly<Record<string, unknown>>> {
  const text = await stage.cluster.kubectl(["get", "deployments", "-A", "-l", "slacktide.dev/tenant", "-o", "json"]);
  const { items } = JSON.parse(text) as { items: { metadata: { name: string; namespace: string }; spec: { template: unknown } }[] }; // a List of Deployments
  return Object.fromEntries(items.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec.template]));
}

function ownOf(all: Readonly<Record<string, unknown>>, name: string) {
  const own = Object.entries(all).filter(([key]) => key.startsWith(`tenant-${name}/`));
  expect(own.length).toBeGreaterThanOrEqual(2);
  return own;
}
