import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TenantStatus } from "../../src/api/index.ts";
import { isOperators, readAudit, upgradesOf, versionOf, type AuditEvent, type ImageChange } from "../support/audit.ts";
import { agent, authRow, tenantStatuses } from "../support/fleet.ts";
import { watchPods, type PodWatch } from "../support/pod-watch.ts";
import { isWithin } from "../support/rehearsed-time.ts";
import { startStage, type Stage } from "../support/stage.ts";

/**
 * The openings of examples/fleet, written by hand: 03:00 in Berlin is 02:00Z in winter, 02:00 in Tokyo 17:00Z of the day
 * before, 01:30 in New York 06:30Z.
 */
const OPENINGS: Readonly<Record<string, readonly string[]>> = {
  acme: ["2026-12-01T02:00:00Z/2026-12-01T06:00:00Z", "2026-12-08T02:00:00Z/2026-12-08T06:00:00Z", "2026-12-15T02:00:00Z/2026-12-15T06:00:00Z"],
  globex: ["2026-12-01T17:00:00Z/2026-12-01T20:00:00Z", "2026-12-08T17:00:00Z/2026-12-08T20:00:00Z"],
  initech: ["2026-12-03T06:30:00Z/2026-12-03T08:30:00Z", "2026-12-10T06:30:00Z/2026-12-10T08:30:00Z"],
};

/** Which upgrade happens in which of these openings, and the Deployments in the order in which it takes them. */
const STORY = [
  { tenant: "acme", opening: 0, from: "17.2.1", to: "17.2.3", class: "Patch", order: ["auth", "proxy-eu-central-1"] },
  { tenant: "globex", opening: 0, from: "17.2.1", to: "17.2.3", class: "Patch", order: ["auth", "proxy-ap-southeast-1", "proxy-us-west-2"] },
  { tenant: "initech", opening: 0, from: "17.2.1", to: "17.2.3", class: "Patch", order: ["auth", "proxy-us-east-1"] },
  { tenant: "acme", opening: 1, from: "17.2.3", to: "17.2.4", class: "Patch", order: ["auth", "proxy-eu-central-1"] },
  { tenant: "globex", opening: 1, from: "17.2.3", to: "18.1.2", class: "Major", order: ["auth", "proxy-ap-southeast-1", "proxy-us-west-2"] },
  { tenant: "initech", opening: 1, from: "17.2.3", to: "17.2.4", class: "Patch", order: ["auth", "proxy-us-east-1"] },
  { tenant: "acme", opening: 2, from: "17.2.4", to: "18.1.2", class: "Major", order: ["auth", "proxy-eu-central-1"] },
] as const;

const PUBLISH = [{ op: "add", path: "/spec/releases/-", value: { version: "17.2.4", releasedAt: "2026-12-04T14:00:00Z" } }];

/** Where the fleet stood when a phase had ended. */
interface Phase {
  readonly statuses: Readonly<Record<string, TenantStatus>>;
  /** How much of the audit log there was. */
  readonly audited: number;
}

let stage: Stage;
let pods: PodWatch;
let phases: readonly Phase[];
let audit: readonly AuditEvent[];
let changes: readonly ImageChange[];

beforeAll(async () => {
  stage = await startStage();
  const { cluster } = stage;
  pods = await watchPods(cluster);
  await cluster.setInventory("tenant-acme", [authRow, agent("a-1", "old-box.acme.example", "16.4.7"), agent("a-2", "new-box.acme.example", "17.2.1")]);
  await cluster.kubectl(["apply", "-f", "examples/fleet"]);

  const first = await phase("2026-11-30T20:00:00Z", "2026-12-03T07:00:00Z");
  await cluster.kubectl(["patch", "releasechannel", "stable", "--type=json", "-p", JSON.stringify(PUBLISH)]);
  const second = await phase("2026-12-05T20:00:00Z", "2026-12-10T09:00:00Z");
  await cluster.setInventory("tenant-acme", [authRow, agent("a-1", "old-box.acme.example", "17.2.4"), agent("a-2", "new-box.acme.example", "17.2.1")]);
  const third = await phase("2026-12-10T09:00:00Z", "2026-12-15T03:00:00Z");

  phases = [first, second, third];
  audit = readAudit(cluster);
  changes = upgradesOf(audit);
});

afterAll(async () => {
  await pods?.stop();
  await stage?.stop();
});

async function phase(from: string, until: string): Promise<Phase> {
  await stage.rehearse(from, until);
  return { statuses: await tenantStatuses(stage.cluster), audited: readAudit(stage.cluster).length };
}

const changesOf = (tenant: string, to: string) => changes.filter((change) => change.namespace === `tenant-${tenant}` && versionOf(change.to) === to);
const rehearsed = ({ at }: ImageChange) => stage.toRehearsed(at);

describe("three tenants in three zones", () => {
  test("each Deployment changes its image exactly as the story says, and none besides", () => {
    const told = changes.map(({ namespace, deployment, from, to }) => `${namespace} ${deployment} ${versionOf(from)} -> ${versionOf(to)}`);
    const expected = STORY.flatMap(({ tenant, from, to, order }) => order.map((name) => `tenant-${tenant} ${name} ${from} -> ${to}`));
    expect(told.sort()).toEqual(expected.sort());
  });

  test.each(STORY)("$tenant goes from $from to $to in its opening, and not before", ({ tenant, opening, from, to, class: upgradeClass }) => {
    const expected = OPENINGS[tenant]?.[opening] ?? "";
    for (const change of changesOf(tenant, to)) {
      expect(change.attempt).toMatchObject({ from, to, class: upgradeClass });
      expect(Date.parse(change.attempt?.disruptiveAt ?? "")).toSatisfy((at: number) => isWithin(at, expected), `the disruptive instant lies in ${expected}`);
      expect(rehearsed(change)).toSatisfy((at: number) => isWithin(at, expected), `the write lies in ${expected}`);
    }
    expect(new Set(changesOf(tenant, to).map((change) => change.attempt?.id)).size).toBe(1);
  });

  test.each(STORY)("$tenant: Auth runs $to alone before the first proxy does", ({ tenant, to, order }) => {
    const own = changesOf(tenant, to);
    expect(own.map((change) => change.deployment)).toEqual(order);
    const auths = pods.at(own[1]?.revision ?? 0).filter((pod) => pod.namespace === `tenant-${tenant}` && pod.component === "auth");
    expect(auths).toMatchObject([{ version: to, ready: true, ending: false }]);
  });

  test("no proxy is ever above an Auth pod of its tenant", () => {
    expect(pods.count()).toBeGreaterThan(100);
    expect(pods.overtakings()).toEqual([]);
  });

  test("every attempt is told once in history", () => {
    const last = phases[2]?.statuses ?? {};
    const told = Object.entries(last).flatMap(([tenant, { history = [] }]) => history.map(({ class: upgradeClass, from, to, result }) => ({ tenant, class: upgradeClass, from, to, result })));
    const expected = STORY.map(({ tenant, class: upgradeClass, from, to }) => ({ tenant, class: upgradeClass, from, to, result: "Succeeded" }));
    expect(told).toHaveLength(expected.length);
    expect(told).toEqual(expect.arrayContaining(expected));
  });
});

describe("the held major", () => {
  test("names the agent that is behind: id, hostname and version", () => {
    const { lanes, agents, version } = phases[1]?.statuses["acme"] ?? {};
    expect(version).toBe("17.2.4");
    expect(lanes?.major?.target).toBe("18.1.2");
    const hold = lanes?.major?.holds?.find(({ code }) => code === "AgentsBehind");
    expect(hold?.message).toContain("a-1 (old-box.acme.example) at 16.4.7");
    expect(hold?.message).not.toContain("a-2");
    expect(agents).toMatchObject({ total: 2, behindCount: 1, behind: [{ id: "a-1", hostname: "old-box.acme.example", version: "16.4.7" }] });
  });

  test("is held by that alone while the window is open", () => {
    const seen = statusesOf("acme", OPENINGS["acme"]?.[1] ?? "").filter(({ lanes, upgrade }) => lanes?.major?.window?.open === true && upgrade === undefined);
    const codes = seen.map(({ lanes }) => (lanes?.major?.holds ?? []).map(({ code }) => code).join());
    expect(codes).toContain("AgentsBehind");
    for (const held of codes) expect(held).toContain("AgentsBehind");
  });

  test("writes nothing of the major to the tenant until its agent is upgraded", () => {
    const before = audit.slice(0, phases[1]?.audited).filter((event) => isOperators(event) && event.objectRef?.namespace === "tenant-acme");
    expect(before.length).toBeGreaterThan(0);
    expect(before.filter(({ responseObject }) => JSON.stringify(responseObject ?? {}).includes("18.1.2"))).toEqual([]);
  });

  test("goes out in the next opening after its agent's upgrade", () => {
    const [first] = changesOf("acme", "18.1.2");
    expect(first && rehearsed(first)).toBeGreaterThanOrEqual(Date.parse("2026-12-15T02:00:00Z"));
    expect(phases[2]?.statuses["acme"]).toMatchObject({ version: "18.1.2", agents: { total: 2, byMajor: { "17": 2 } } });
  });

  test("a tenant that is pinned stays on its line, and says so", () => {
    const { version, lanes } = phases[2]?.statuses["initech"] ?? {};
    expect(version).toBe("17.2.4");
    expect(lanes?.major?.holds?.map(({ code }) => code)).toContain("PinnedBelow");
  });
});

/** What the operator said of the tenant during the opening, in order. */
function statusesOf(tenant: string, opening: string): readonly TenantStatus[] {
  return audit.flatMap((event) => {
    const { resource, subresource, name } = event.objectRef ?? {};
    const isStatus = resource === "tenants" && subresource === "status" && name === tenant && isOperators(event);
    if (!isStatus || !isWithin(stage.toRehearsed(Date.parse(event.requestReceivedTimestamp)), opening)) return [];
    return [event.responseObject?.status ?? {}];
  });
}
