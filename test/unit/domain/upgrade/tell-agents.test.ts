import { describe, expect, it } from "vitest";
import { nextAction, type Attempt, type Sight } from "../../../../src/domain/upgrade/next-action.ts";
import { awayWorkload } from "../../../../src/domain/upgrade/away.ts";
import type { Workloads } from "../../../../src/domain/upgrade/workloads.ts";
import { workloadsAt } from "../../../fixtures/workloads.ts";

const ID = "acme-17.2.3";

const HERE = workloadsAt("17.2.3", { auth: { attempt: ID }, home: { attempt: ID } });
const WITHOUT_REGION: Workloads = { ...HERE, proxies: [awayWorkload({ region: "eu-central-1", said: { versions: ["17.2.1"] }, upgrade: undefined, auth: HERE.auth }), ...HERE.proxies.slice(1)] };

function next(attempt: Partial<Attempt>, sight: Partial<Sight>): string {
  const ours = { attempt: ID };
  const begun: Attempt = { id: ID, class: "Patch", from: "17.2.1", to: "17.2.3", step: "Agents", announced: false, disrupted: true, stuck: false, rolledForward: false, ...attempt };
  const action = nextAction(begun, { workloads: workloadsAt("17.2.3", { auth: ours, abroad: ours, home: ours }), preflight: "succeeded", gate: { kind: "stale" }, overdue: false, verified: false, ...sight });
  return action.kind === "finish" ? `finish ${action.result}` : action.kind === "say" || action.kind === "wait" ? `${action.kind} ${action.step}` : action.kind;
}

describe("the last step of an upgrade", () => {
  it.each<[why: string, attempt: Partial<Attempt>, sight: Partial<Sight>, expected: string]>([
    ["is not there for a tenant whose agents are told nothing", { step: "Verify" }, { verified: true }, "finish Succeeded"],
    ["begins once all was watched", { step: "Verify" }, { verified: true, tellsAgents: true }, "say Agents"],
    ["and not before", { step: "Verify" }, { tellsAgents: true }, "wait Verify"],
    ["waits until agents are told", {}, { tellsAgents: true }, "wait Agents"],
    ["ends when they are", {}, { tellsAgents: false }, "finish Succeeded"],
    ["ends at its deadline, and well", {}, { tellsAgents: true, overdue: true }, "finish Succeeded"],
    ["is left out while a region is out of reach: its slot is wanted by others", { step: "Verify" }, { verified: true, tellsAgents: true, workloads: WITHOUT_REGION }, "finish Succeeded"],
    ["ends when a region goes out of reach", {}, { tellsAgents: true, workloads: WITHOUT_REGION }, "finish Succeeded"],
    ["goes on while a pod is away: that is no longer the upgrade's business", {}, { tellsAgents: true, workloads: workloadsAt("17.2.3", { auth: { attempt: ID, available: 0 } }) }, "wait Agents"],
  ])("%s", (_why, attempt, sight, expected) => {
    expect(next(attempt, sight)).toBe(expected);
  });
});
