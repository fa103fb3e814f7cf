import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LaneStatus, TenantStatus } from "../../src/api/index.ts";
import type { SeenWrite } from "../invariants/monitor.ts";
import type { ChannelObject } from "../invariants/shapes.ts";
import { approve, applyApprovers, ROBOT, type Asked } from "../support/approvers.ts";
import { isOperators, readAudit, startsTo } from "../support/audit.ts";
import { auditedWrites, mostUpgrading, slotsIn, violationIn } from "../support/audited-writes.ts";
import { channelStatus, tenantStatus, tenantStatuses } from "../support/fleet.ts";
import { expectDoneOnce } from "../support/once.ts";
import { FaultProxy } from "../support/proxy.ts";
import { dieAtRandom } from "../support/random-crash.ts";
import { random } from "../support/random.ts";
import { startStage, type Stage } from "../support/stage.ts";
import { ALL, allowAuth, applyFleet, applyInventories, FAILING, MAX_PARALLEL, membersOf, publish, refuseAuth, waveOf } from "../support/wave-fleet.ts";

const PROGRAM = join(import.meta.dirname, "../../bin/slacktide.js");

/** Two releases fail on the same canary and go on by an Approval: one with nothing else in the way, one with operators killed all along. */
const CALM = { to: "17.2.3", from: on(1, "20:00"), until: on(6, "12:00"), nights: { canary: on(2, "02:00"), early: on(5, "02:00"), everyone: on(6, "02:00") } };
const KILLED = { to: "17.2.4", from: on(6, "20:00"), until: on(9, "12:00"), nights: { canary: on(7, "02:00"), early: on(8, "02:00"), everyone: on(9, "02:00") } };
type Story = typeof CALM;

const SEED = 20251208;
/** Few enough for an operator to die long before all is done. */
const MOST_WRITES = 60;
const A_MINUTE = 60_000;
const RIGHT: Asked = { caller: "alice", approver: "alice", requestedBy: "bob" };

let stage: Stage;
let proxy: FaultProxy;

beforeAll(async () => {
  stage = await startStage();
  proxy = await FaultProxy.start(stage.cluster);
  await applyApprovers(stage.cluster);
  await applyFleet(stage.cluster);
  await stage.rehearse(on(1, "00:00"), on(1, "00:30"));
  await applyInventories(stage.cluster);
});

afterAll(async () => {
  await stage?.stop();
  await proxy?.stop();
});

describe("a release that fails on one canary of ten", () => {
  beforeAll(async () => {
    await refuseAuth(stage.cluster, FAILING, CALM.to);
    await publish(stage.cluster, "17.2.1", CALM.to);
    await stage.rehearse(CALM.from, on(3, "12:00"));
  });

  test("is rolled back there and runs on the others: enough of them to vouch for it", async () => {
    const statuses = await tenantStatuses(stage.cluster);
    expect(Object.keys(statuses)).toHaveLength(60);
    expect(statuses[FAILING]).toMatchObject({ version: "17.2.1", phase: "Active", history: [{ to: CALM.to, result: "RolledBack" }] });
    const others = membersOf("canary").filter((name) => name !== FAILING);
    expect(others.map((name) => [name, statuses[name]?.version])).toEqual(others.map((name) => [name, CALM.to]));
  });

  test("is halted, and `kubectl get rch` says so", async () => {
    expect(await channelStatus(stage.cluster)).toMatchObject({ slots: [], halts: [{ version: CALM.to, failedCount: 1 }] });
    expect(await kubectl("get", "rch")).toMatch(/^NAME +TENANTS +NEXT-PATCH-CUT +NEXT-MAJOR-CUT +READY +HALTED +AGE\nstable +60 +\S+ +\S+ +True +True +\w+\n$/);
    expect(await kubectl("get", "rch", "-o", "wide")).toContain(`Failed on too many tenants: ${CALM.to}`);
  });

  test("starts nowhere else, though their windows open on the next night", () => {
    expect(starts(CALM.to).map(({ tenant }) => tenant).sort()).toEqual(membersOf("canary"));
    const claimed = new Set(slotsIn(writesOf(CALM)).flat().map(({ tenant }) => tenant));
    expect([...claimed].sort()).toEqual(membersOf("canary"));
    for (const name of [...membersOf("early"), ...membersOf("everyone")]) {
      const open = laneWrites(name).filter(({ window }) => window?.open === true && String(window.opensAt) > CALM.nights.canary);
      expect(new Set(open.map(({ window }) => window?.opensAt)), name).toEqual(new Set([on(3, "02:00")]));
      expect(open.flatMap(({ holds = [] }) => (holds.some(({ code }) => code === "ReleaseHalted") ? [] : [holds])), name).toEqual([]);
    }
  });

  test("is what `slacktide why` names to a tenant of the second wave", async () => {
    expect(await why("early-01")).toMatch(new RegExp(`^Tenant early-01 runs 17\\.2\\.1 \\(Active, Ready\\), channel stable\\n[^]*- ReleaseHalted: +${CALM.to} failed on too many tenants\\n`));
  });
});

describe("an Approval", () => {
  test.each<[why: string, asked: Asked, says: string]>([
    ["in the name of somebody else", { ...RIGHT, caller: "dora" }, "spec.approver must be you: dora"],
    ["by an identity of the system", { ...RIGHT, caller: ROBOT, approver: ROBOT }, "a person approves, not an identity of the system"],
    ["by whoever asked for it", { ...RIGHT, requestedBy: "alice" }, "spec.requestedBy must be somebody else than the approver"],
    ["by somebody who may not lift the hold", { ...RIGHT, caller: "carol", approver: "carol" }, "you may not lift ReleaseHalted: that takes the verb lift on the resource holds of slacktide.dev, by this name"],
  ])("%s is refused", async (_why, asked, says) => {
    expect(await approve(stage.cluster, asked, { tenant: FAILING, version: CALM.to })).toContain(`denied request: ${says}`);
    expect(await kubectl("get", "approvals", "-o", "name")).toBe("");
  });

  test("that was refused changes nothing: for another night nobody starts", async () => {
    const before = starts(CALM.to).length;
    await stage.rehearse(on(3, "12:00"), on(4, "12:00"));
    expect(starts(CALM.to)).toHaveLength(before);
    expect(await why("early-01")).toContain("- ReleaseHalted:");
  });

  test("by the right one resumes: wave after wave takes the release, a night each", async () => {
    await allowAuth(stage.cluster, FAILING, CALM.to);
    expect(await approve(stage.cluster, RIGHT, { tenant: FAILING, version: CALM.to })).toBe("");
    await stage.rehearse(on(4, "12:00"), CALM.until);
    await expectRolledOut(CALM);
    expect(await kubectl("get", "rch", "--no-headers")).toMatch(/^stable +60 +\S+ +\S+ +True +\d\w*\n$/);
  });
});

describe("with the operator killed ten times at random", () => {
  const next = random(SEED);
  let amidst = 0;

  test("the next release is halted when it fails on a canary", async () => {
    await refuseAuth(stage.cluster, FAILING, KILLED.to);
    await publish(stage.cluster, "17.2.1", CALM.to, KILLED.to);
    await killed(3, { from: KILLED.from, night: KILLED.nights.canary, until: on(7, "12:00") });
    expect((await channelStatus(stage.cluster)).halts).toMatchObject([{ version: CALM.to, failedCount: 0 }, { version: KILLED.to, failedCount: 1 }]);
    expect(starts(KILLED.to).map(({ tenant }) => tenant).sort()).toEqual(membersOf("canary"));
  });

  test("and goes out by an Approval, wave after wave", async () => {
    await allowAuth(stage.cluster, FAILING, KILLED.to);
    expect(await approve(stage.cluster, RIGHT, { tenant: FAILING, version: KILLED.to })).toBe("");
    await killed(3, { from: on(7, "12:00"), night: KILLED.nights.early, until: on(8, "12:00") });
    await killed(4, { from: on(8, "12:00"), night: KILLED.nights.everyone, until: KILLED.until });
    await expectRolledOut(KILLED);
    expect(amidst, `kills in the middle of some upgrade, with seed ${SEED}`).toBeGreaterThanOrEqual(5);
  });

  /** So many operators die one after the other from the opening of a night on, and another one ends it. */
  async function killed(times: number, { from, night, until }: { readonly from: string; readonly night: string; readonly until: string }): Promise<void> {
    const before = Date.parse(night) - A_MINUTE;
    await stage.rehearse(from, new Date(before).toISOString());
    let at = before;
    for (let n = 0; n < times; n += 1) {
      at = await dieAtRandom(at, { stage, proxy, until, next, mostWrites: MOST_WRITES });
      if (Object.values(await tenantStatuses(stage.cluster)).some(({ upgrade }) => upgrade !== undefined)) amidst += 1;
    }
    await stage.rehearse(new Date(at).toISOString(), until);
  }
});

describe("the audit log", () => {
  test.each([CALM, KILLED])("shows that as many upgrades ran at once as may, and never more, on the way to $to", (story) => {
    const writes = writesOf(story);
    expect(Math.max(...slotsIn(writes).map((slots) => slots.length))).toBe(MAX_PARALLEL);
    expect(mostUpgrading(writes)).toBe(MAX_PARALLEL);
  });

  test("shows that every invariant held at every write, I2 and I4 among them", () => {
    const writes = allWrites();
    expect(writes.length).toBeGreaterThan(60 * 2 * 10);
    expect(violationIn(writes)).toBeUndefined();
  });

  // The same log with a rule that is tighter, or a promotion that was not made: what is checked above can be broken.
  test.each<[what: string, change: (channel: ChannelObject) => object, says: string]>([
    ["one slot fewer were allowed", ({ spec, ...rest }) => ({ ...rest, spec: { ...spec, rollout: { ...spec?.rollout, maxParallel: MAX_PARALLEL - 1 } } }), `I2: the claim of .* makes ${MAX_PARALLEL} slots where ${MAX_PARALLEL - 1} are allowed`],
    ...[CALM, KILLED].flatMap(({ to }) =>
      ["canary", "early"].map((wave): [string, (channel: ChannelObject) => object, string] => [
        `wave ${wave} had not vouched for ${to}`,
        ({ status, ...rest }) => ({ ...rest, status: { ...status, promotions: (status?.promotions ?? []).filter((each) => each.wave !== wave || each.version !== to) } }),
        `I4: .* goes to ${to}, which wave ${wave} has not vouched for`,
      ]),
    ),
  ])("would show it if %s", (_what, change, says) => {
    const altered = (object: SeenWrite["after"]) => object && (change(object) as NonNullable<SeenWrite["after"]>); // still a channel
    const writes = allWrites().map((write) => (write.kind === "ReleaseChannel" ? { ...write, before: altered(write.before), after: altered(write.after) } : write));
    expect(violationIn(writes)).toMatch(new RegExp(says));
  });
});

const kubectl = (...args: readonly string[]) => stage.cluster.kubectl(args);

async function why(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "why", name, `--kubeconfig=${stage.cluster.kubeconfig}`]);
  return stdout;
}

/** An instant in December 2025, in UTC: the past, so that what is approved for the next day is valid throughout. */
function on(day: number, time: string): string {
  return `2025-12-${String(day).padStart(2, "0")}T${time}:00Z`;
}

const starts = (to: string) => startsTo(readAudit(stage.cluster), to);
const allWrites = () => auditedWrites(readAudit(stage.cluster), (real) => stage.toRehearsed(real));

function writesOf({ from, until }: Story): readonly SeenWrite[] {
  return allWrites().filter(({ at }) => Date.parse(from) <= at && at < Date.parse(until));
}

/** All that the patch lane of a tenant ever said. */
function laneWrites(name: string): readonly LaneStatus[] {
  return readAudit(stage.cluster).flatMap((event) => {
    const { resource, subresource, name: written } = event.objectRef ?? {};
    const status: TenantStatus | undefined = event.responseObject?.status;
    return resource === "tenants" && subresource === "status" && written === name && isOperators(event) ? (status?.lanes?.patch ?? []) : [];
  });
}

/** Everybody runs it, having been disrupted for it once, in the night of their wave; the failing canary twice, the second time with the second wave. */
async function expectRolledOut({ to, nights }: Story): Promise<void> {
  await expectDoneOnce(stage, ALL.filter((name) => name !== FAILING).map((tenant) => ({ tenant, to, deployments: 2 })));
  const { version, history = [] } = await tenantStatus(stage.cluster, FAILING);
  expect([version, ...history.filter((entry) => entry.to === to).map(({ result }) => result)]).toEqual([to, "Succeeded", "RolledBack"]);
  expect((await channelStatus(stage.cluster)).halts).toContainEqual(expect.objectContaining({ version: to, failedCount: 0, acknowledgedBy: `go-on-${to}` }));

  const told = starts(to).map(({ tenant, at }) => `${tenant} on ${at.slice(0, 10)}`);
  const night = (name: string) => nights[waveOf(name)].slice(0, 10);
  expect(told.sort()).toEqual([...ALL.map((name) => `${name} on ${night(name)}`), `${FAILING} on ${nights.early.slice(0, 10)}`].sort());
}
