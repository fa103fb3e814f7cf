import { describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../../src/api/index.ts";
import type { RollRecord } from "../../../../src/domain/objects/deployment.ts";
import { authTemplate, imageOf, proxyTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { wantedDeployments, type WantedInput } from "../../../../src/domain/objects/wanted.ts";
import type { AttemptRecord } from "../../../../src/domain/tenant/recorded-state.ts";
import { allOf, type Workload, type Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { upgradeOf } from "../../../fixtures/attempt.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";
import { workload, workloadsAt } from "../../../fixtures/workloads.ts";

const OLD = "17.2.1";
const NEW = "17.2.3";
const MAJOR = "18.1.2";
const GONE: Partial<Workload> = { exists: false, recorded: false, podVersions: [] };
const { step: _step, ...upgrade } = upgradeOf();
const ATTEMPT: AttemptRecord = { ...upgrade, disruptiveAt: "2026-11-24T02:05:00Z" };
const UNDER_WAY = { record: ATTEMPT, hasBegun: true };

function templateOf(name: string, version: string) {
  const input = { owner: OWNER, version, platform: PLATFORM };
  return name === "auth" ? authTemplate(input) : proxyTemplate(input, name.slice("proxy-".length));
}

interface Case extends Partial<Omit<WantedInput, "workloads" | "current">> {
  /** What the Deployments record; null for a lost record. By default all the tenant's version. */
  readonly records?: Readonly<Record<string, string | null>>;
}

function wanted(workloads: Workloads, { records = {}, ...more }: Case = {}) {
  const roll = (name: string): RollRecord | undefined => {
    const version = records[name] === undefined ? OLD : records[name];
    return version === null ? undefined : { version, revision: 1, template: templateOf(name, version) };
  };
  const current = allOf(workloads).map((each) => ({
    name: each.name,
    workload: each,
    roll: each.exists ? roll(each.name) : undefined,
    template: each.exists && each.version !== undefined ? templateOf(each.name, each.version) : undefined,
  }));
  return wantedDeployments({ owner: OWNER, spec: tenantSpec(), platform: PLATFORM, version: OLD, anew: false, suspended: false, digests: () => ({}), ...more, workloads, current });
}

/** `auth 17.2.1` for each Deployment that is to be applied, and the reasons of what is not. */
function told(workloads: Workloads, more: Case = {}): readonly string[] {
  const { deployments, problems } = wanted(workloads, more);
  const versions = deployments.map(({ metadata }) => `${metadata.name} ${metadata.annotations?.[ANNOTATION.version] ?? ""}`);
  return [...versions, ...problems.map(({ reason }) => reason)];
}

it("a proxy without a record that runs what its attempt got stuck on is not taken below that", () => {
  const record: AttemptRecord = { ...ATTEMPT, class: "Major", to: "18.1.3", stuckOn: [{ version: MAJOR, since: ATTEMPT.disruptiveAt }] };
  const workloads = workloadsAt(MAJOR, { auth: { version: "18.1.3", podVersions: ["18.1.3"] } });
  const found = told(workloads, { records: { auth: "18.1.3", "proxy-eu-central-1": MAJOR, "proxy-us-west-2": null }, attempt: { record, hasBegun: true } });
  expect(found).toEqual(["auth 18.1.3", "proxy-eu-central-1 18.1.2", "proxy-us-west-2 18.1.2"]);
});

it("Auth that was removed by hand goes on recording the last attempt that has ended", () => {
  const removed = workloadsAt(OLD, { auth: GONE });
  const recordedBy = (more: Case) => wanted(removed, more).deployments.map(({ metadata }) => metadata.annotations?.[ANNOTATION.attempt]);
  expect(recordedBy({ ended: ATTEMPT })).toEqual([JSON.stringify(ATTEMPT), undefined, undefined]);
  expect(recordedBy({ ended: ATTEMPT, anew: true })).toEqual([undefined, undefined, undefined]);
});

it("Auth that somebody stripped of its records tells of the last attempt again, as a proxy never did", () => {
  const stripped = { records: { auth: null, "proxy-us-west-2": null }, ended: ATTEMPT };
  const recordedBy = wanted(workloadsAt(OLD), stripped).deployments.map(({ metadata }) => metadata.annotations?.[ANNOTATION.attempt]);
  expect(recordedBy).toEqual([JSON.stringify(ATTEMPT), undefined, undefined]);
});

const SETTLED = ["auth 17.2.1", "proxy-eu-central-1 17.2.1", "proxy-us-west-2 17.2.1"];
const [, ABROAD_OLD = "", HOME_OLD = ""] = SETTLED;

describe("Deployments keep what they were last given on purpose", () => {
  it.each<[why: string, workloads: Workloads, more: Case, expected: readonly string[]]>([
    ["at first all are made at one version", { ...workloadsAt(OLD, { auth: GONE, abroad: GONE, home: GONE }) }, {}, SETTLED],
    ["what somebody set by hand is restored", workloadsAt(OLD, { home: { version: NEW } }), {}, SETTLED],
    ["a template without a record is taken for what it is", workloadsAt(OLD), { records: { auth: null } }, SETTLED],
    ["one that was deleted is made again", workloadsAt(OLD, { home: GONE }), {}, SETTLED],
    ["Auth that was deleted is not made below a proxy (I14)", workloadsAt(OLD, { auth: GONE, home: { podVersions: [NEW] } }), {}, [ABROAD_OLD, HOME_OLD]],
    ["nor below one of a region that was given up", { ...workloadsAt(OLD, { auth: GONE }), leaving: [NEW] }, {}, [ABROAD_OLD, HOME_OLD]],
  ])("%s", (_why, workloads, more, expected) => {
    expect(told(workloads, more)).toEqual(expected);
  });

  it("Auth that somebody lowered goes up at once, and a proxy that somebody raised follows: they never wait for each other", () => {
    const home = { version: NEW, podVersions: [NEW] };
    expect(told(workloadsAt(OLD, { auth: { version: "17.2.0", podVersions: ["17.2.0"] }, home }))).toEqual(["auth 17.2.1", ABROAD_OLD]);
    expect(told(workloadsAt(OLD, { home }))).toEqual(SETTLED);
  });

  it("restoring Auth waits for a proxy above it (I14)", () => {
    expect(told(workloadsAt(OLD, { auth: { version: NEW }, home: { version: NEW } }))).toEqual([ABROAD_OLD, HOME_OLD]);
  });
});

describe("nothing ever takes Auth down a major (I7)", () => {
  it.each<[why: string, workloads: Workloads, more: Case]>([
    ["somebody raised it by hand", workloadsAt(OLD, { auth: { version: MAJOR } }), {}],
    ["a pod of it still runs the next major", workloadsAt(OLD, { auth: { podVersions: [MAJOR] } }), {}],
    ["its record was lost", workloadsAt(OLD, { auth: { version: MAJOR } }), { records: { auth: null } }],
    ["a patch is under way", workloadsAt(OLD, { auth: { version: MAJOR } }), { attempt: UNDER_WAY, roll: { workload: "auth", version: NEW, back: false } }],
    ["a patch goes back", workloadsAt(OLD, { auth: { version: MAJOR } }), { attempt: UNDER_WAY, roll: { workload: "auth", version: OLD, back: true } }],
  ])("%s", (_why, workloads, more) => {
    expect(told(workloads, more)).toEqual([ABROAD_OLD, HOME_OLD, "RaisedByHand"]);
  });

  it("and says what runs and what to do", () => {
    const [problem] = wanted(workloadsAt(OLD, { auth: { version: MAJOR, podVersions: [MAJOR] } })).problems;
    expect(problem?.message).toBe('Deployment "auth" runs 18.1.2, a major above 17.2.1: Auth cannot go back, so it is left as it is; restore a backup, or finish the upgrade by hand');
  });
});

const RESTORE = { version: OLD, claim: "data-1", stage: "Stopping" as const };

describe("a restore", () => {
  const major = (more: Partial<Workload> = {}) => workloadsAt(MAJOR, { auth: more, abroad: more, home: more });
  const stopped: Partial<Workload> = { desired: 0, podVersions: [] };
  const records = { auth: MAJOR, "proxy-eu-central-1": MAJOR, "proxy-us-west-2": MAJOR };

  it("first lets everything stop as it is, proxies before Auth", () => {
    expect(told(major(), { records, restore: RESTORE })).toEqual([`auth ${MAJOR}`, `proxy-eu-central-1 ${MAJOR}`, `proxy-us-west-2 ${MAJOR}`]);
    expect(sizes(major(), { records, restore: RESTORE })).toEqual(["auth 1", "proxy-eu-central-1 0", "proxy-us-west-2 0"]);
  });

  it("gives the proxies the version once nothing runs, then Auth, and none of them a pod", () => {
    expect(told(major(stopped), { records, restore: { ...RESTORE, stage: "Proxies" } })).toEqual([ABROAD_OLD, HOME_OLD]);
    expect(sizes(major(stopped), { records, restore: { ...RESTORE, stage: "Proxies" } })).toEqual(["proxy-eu-central-1 0", "proxy-us-west-2 0"]);
    const down = { records, restore: { ...RESTORE, stage: "Auth" as const } };
    expect([told(major(stopped), down), sizes(major(stopped), down)]).toEqual([["auth 17.2.1"], ["auth 0"]]);
    const auth = wanted(major(stopped), down).deployments.at(-1);
    expect(JSON.stringify(auth)).toContain('"claimName":"data-1"');
    expect(auth?.metadata.annotations).not.toHaveProperty(ANNOTATION.previousVersion); // what ran before is no way back
  });

  it("stops an Auth that somebody raised by hand as well", () => {
    const raised = { auth: { version: MAJOR, podVersions: [MAJOR] }, abroad: stopped, home: stopped };
    expect(sizes(workloadsAt(OLD, raised), { restore: RESTORE })).toEqual(["auth 0", "proxy-eu-central-1 0", "proxy-us-west-2 0"]);
    expect(told(workloadsAt(OLD, { auth: raised.auth }), { restore: RESTORE })).toContain("RaisedByHand");
  });
});

/** `auth 1` for each Deployment: how many pods it is to have. */
function sizes(workloads: Workloads, more: Case = {}): readonly string[] {
  return wanted(workloads, more).deployments.map(({ metadata, ...object }) => `${metadata.name} ${(object["spec"] as { replicas: number }).replicas}`); // a Deployment
}

describe("sizes follow the spec at once and change no template", () => {
  const spec = tenantSpec({ proxy: { replicas: 4 } });
  it.each<[why: string, workloads: Workloads, more: Case]>([
    ["of a tenant that runs", workloadsAt(OLD), { spec }],
    ["while an attempt rolls Auth", workloadsAt(OLD, { auth: { version: NEW, available: 0 } }), { spec, attempt: UNDER_WAY, records: { auth: NEW } }],
    ["while an attempt goes back", workloadsAt(OLD, { auth: { version: NEW } }), { spec, attempt: UNDER_WAY, records: { auth: NEW }, roll: { workload: "auth", version: OLD, back: true } }],
  ])("%s", (_why, workloads, more) => {
    const before = wanted(workloads, { ...more, spec: tenantSpec() }).deployments;
    const after = wanted(workloads, more).deployments;
    expect(sizes(workloads, more)).toEqual(["auth 1", "proxy-eu-central-1 4", "proxy-us-west-2 4"]);
    const templates = (objects: typeof before) => objects.map((object) => [object.metadata.annotations, (object["spec"] as { template: unknown }).template]); // Deployments
    expect(templates(after)).toEqual(templates(before));
  });
});

describe("a tenant that is switched off", () => {
  const off: Partial<Workload> = { desired: 0, podVersions: [] };

  it("has its proxies without pods, then Auth, each with the template it had", () => {
    expect(sizes(workloadsAt(OLD), { suspended: true })).toEqual(["auth 1", "proxy-eu-central-1 0", "proxy-us-west-2 0"]);
    const down = workloadsAt(OLD, { abroad: off, home: off });
    expect(sizes(down, { suspended: true })).toEqual(["auth 0", "proxy-eu-central-1 0", "proxy-us-west-2 0"]);
    expect(told(down, { suspended: true })).toEqual(SETTLED);
  });

  it("only when an attempt past its first write has ended", () => {
    const begun = workloadsAt(OLD, { auth: { version: NEW, podVersions: [NEW] } });
    expect(sizes(begun, { suspended: true, attempt: UNDER_WAY, records: { auth: NEW } })).toEqual(["auth 1", "proxy-eu-central-1 2", "proxy-us-west-2 2"]);
    expect(sizes(begun, { suspended: true, attempt: { ...UNDER_WAY, hasBegun: false }, records: { auth: NEW } })).toEqual(["auth 1", "proxy-eu-central-1 0", "proxy-us-west-2 0"]);
  });

  it("comes back at the version it had, whatever was released since", () => {
    const asleep = workloadsAt(OLD, { auth: off, abroad: off, home: off });
    expect([told(asleep, { version: OLD }), sizes(asleep)]).toEqual([SETTLED, ["auth 1", "proxy-eu-central-1 0", "proxy-us-west-2 0"]]);
    expect(told(asleep, { version: NEW })).toEqual(SETTLED); // each by its own record
  });
});

describe("while an attempt is past its first write", () => {
  const attempt = { record: { ...ATTEMPT, to: MAJOR }, hasBegun: true };
  it("a missing Auth waits for the attempt, which alone knows its version", () => {
    expect(told(workloadsAt(OLD, { auth: GONE }), { attempt })).toEqual([ABROAD_OLD, HOME_OLD]);
  });

  it("which makes it at the version it leads to", () => {
    const roll = { workload: "auth", version: MAJOR, back: false };
    expect(told(workloadsAt(OLD, { auth: GONE }), { attempt, roll })).toEqual(["auth 18.1.2", ABROAD_OLD, HOME_OLD]);
  });

  it("a proxy that is missing, or of a region that is new, is made at the version below: the attempt rolls it later", () => {
    expect(told(workloadsAt(OLD, { auth: { version: MAJOR, podVersions: [MAJOR] }, home: GONE }), { attempt, records: { auth: MAJOR } })).toEqual(["auth 18.1.2", ABROAD_OLD, HOME_OLD]);
  });

  it("a record of Auth that is made again keeps the attempt: it has begun", () => {
    const [auth] = wanted(workloadsAt(OLD, { auth: { version: MAJOR } }), { attempt, records: { auth: null } }).deployments;
    expect(auth?.metadata.annotations?.[ANNOTATION.attempt]).toBe(JSON.stringify(attempt.record));
  });

  it("a lost record of Auth is that of the version it was raised to", () => {
    expect(told(workloadsAt(OLD, { auth: { version: MAJOR } }), { attempt, records: { auth: null } })).toEqual(["auth 18.1.2", ABROAD_OLD, HOME_OLD]);
  });
});

describe("rolling a Deployment", () => {
  const rolled = (workloads: Workloads, more: Case) => wanted(workloads, more).deployments.find(({ metadata }) => metadata.name === "auth")?.metadata.annotations;

  it("records the version, the attempt, and what ran before", () => {
    const annotations = rolled(workloadsAt(OLD), { attempt: UNDER_WAY, roll: { workload: "auth", version: NEW, back: false } });
    expect(annotations).toMatchObject({
      [ANNOTATION.version]: NEW,
      [ANNOTATION.previousVersion]: OLD,
      [ANNOTATION.previousImage]: imageOf(PLATFORM.images.auth, { version: OLD }),
      [ANNOTATION.attempt]: JSON.stringify(ATTEMPT),
    });
  });

  it("renders the digests it is told", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const annotations = rolled(workloadsAt(OLD), { roll: { workload: "auth", version: NEW, back: false }, digests: (version) => (version === NEW ? { auth: digest } : {}) });
    expect(annotations?.[ANNOTATION.podTemplate]).toContain(`:17.2.3@${digest}`);
  });

  it("goes back to the very template that ran before, whatever the platform says now", () => {
    const before = { ...templateOf("auth", OLD), metadata: { labels: { before: "yes" } } };
    const auth = { name: "auth", workload: workload("auth", NEW), roll: { version: NEW, revision: 1, template: templateOf("auth", NEW), previous: { version: OLD, revision: 1, template: before } }, template: undefined };
    const { deployments } = wantedDeployments({
      owner: OWNER,
      spec: tenantSpec(),
      suspended: false,
      platform: PLATFORM,
      version: OLD,
      anew: false,
      digests: () => ({}),
      workloads: workloadsAt(OLD, { auth: { version: NEW } }),
      current: [auth],
      roll: { workload: "auth", version: OLD, back: true },
    });
    expect(deployments[0]).toMatchObject({ spec: { template: before } });
  });
});

describe("a tenant that was never Active", () => {
  it("is given another version as a whole: nothing serves that I14 protects", () => {
    const workloads = workloadsAt(OLD, { auth: { available: 0 } });
    expect(told(workloads, { anew: true, version: "17.2.0" })).toEqual(["auth 17.2.0", "proxy-eu-central-1 17.2.0", "proxy-us-west-2 17.2.0"]);
  });

  it("keeps its templates at the version it has", () => {
    const records = { auth: OLD, "proxy-eu-central-1": OLD, "proxy-us-west-2": OLD };
    expect(told(workloadsAt(OLD), { anew: true, records })).toEqual(SETTLED);
  });
});
