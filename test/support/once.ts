import { expect } from "vitest";
import { readAudit, upgradesOf, versionOf } from "./audit.ts";
import { channelStatus, tenantStatuses } from "./fleet.ts";
import type { Stage } from "./stage.ts";

/** The end of one upgrade: who, where to, and how many Deployments it changes. */
export interface Ending {
  readonly tenant: string;
  readonly to: string;
  readonly deployments: number;
}

/** Every tenant runs its version, told once in history, each Deployment changed once, all by one attempt; no slot is left. */
export async function expectDoneOnce(stage: Stage, endings: readonly Ending[]): Promise<void> {
  const statuses = await tenantStatuses(stage.cluster);
  const changes = upgradesOf(readAudit(stage.cluster));
  const seen = endings.map(({ tenant, to }) => {
    const { version, upgrade, history = [] } = statuses[tenant] ?? {};
    const own = changes.filter((change) => change.namespace === `tenant-${tenant}` && versionOf(change.to) === to);
    const told = history.filter((entry) => entry.to === to);
    return {
      tenant,
      version,
      running: upgrade?.step,
      history: told.map(({ result }) => result),
      changed: own.length,
      deployments: new Set(own.map(({ deployment }) => deployment)).size,
      attempts: new Set([...own.map(({ attempt }) => attempt?.id), ...told.map(({ id }) => id)]).size,
    };
  });
  const expected = endings.map(({ tenant, to, deployments }) => ({
    tenant,
    version: to,
    running: undefined,
    history: ["Succeeded"],
    changed: deployments,
    deployments,
    attempts: 1,
  }));
  expect(seen, stage.lastWords()).toEqual(expected);
  expect((await channelStatus(stage.cluster)).slots).toEqual([]);
}
