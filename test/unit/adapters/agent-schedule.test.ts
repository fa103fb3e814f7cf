import { describe, expect, it } from "vitest";
import { createAgentScheduler, PUBLISH_COMMAND, SHOW_COMMAND } from "../../../src/adapters/agent-schedule.ts";
import type { InventoryAccess } from "../../../src/adapters/inventory/reader.ts";
import { weekdays } from "../../../src/api/index.ts";
import { maintenanceConfig } from "../../../src/domain/objects/agents.ts";

const WHERE = { namespace: "tenant-acme", authPod: "auth-0" };
const shown = (agents: object) => JSON.stringify([{ kind: "cluster_maintenance_config", version: "v1", metadata: { name: "cluster-maintenance-config", revision: "x" }, nonce: 3, spec: { agent_upgrades: agents } }]);

function scheduler(stdout: string, failing?: string) {
  const ran: string[] = [];
  const exec: InventoryAccess["exec"] = async ({ namespace, pod, container, command, take }) => {
    ran.push([namespace, pod, container, ...command].join(" "));
    if (failing === "call") throw new Error("secret words of the customer");
    const text = Buffer.from(command === SHOW_COMMAND ? stdout : "created");
    for (const piece of [text.subarray(0, 7), text.subarray(7)]) await take(piece);
    return { exitCode: command[1] === failing ? 1 : 0 };
  };
  return { ran, publish: (where: { namespace: string; authPod: string | undefined } = WHERE) => createAgentScheduler({ exec }).publish(where, new AbortController().signal) };
}

describe("the agents' hour", () => {
  it("is set by tctl from the file that Auth mounts, and then read back", async () => {
    const { ran, publish } = scheduler(shown({ utc_start_hour: 5, weekdays: ["Tuesday", "Friday"] }));
    expect(await publish()).toEqual({ utcStartHour: 5, weekdays: ["Tuesday", "Friday"] });
    expect(ran).toEqual([PUBLISH_COMMAND, SHOW_COMMAND].map((command) => `tenant-acme auth-0 auth ${command.join(" ")}`));
  });

  it("is read back as it was written", async () => {
    const schedule = { utcStartHour: 0, weekdays: ["Sunday" as const, "Saturday" as const] };
    expect(await scheduler(`[${maintenanceConfig(schedule)}]`).publish()).toEqual(schedule);
  });

  it.each<[why: string, text: string, expected: object | undefined]>([
    ["short names, in any case", shown({ utc_start_hour: 2, weekdays: ["mon", "WED"] }), { utcStartHour: 2, weekdays: ["Monday", "Wednesday"] }],
    ["no days, which means each", shown({ utc_start_hour: 2 }), { utcStartHour: 2, weekdays: [...weekdays] }],
    ["midnight, which is left out", shown({ weekdays: ["Mon"] }), { utcStartHour: 0, weekdays: ["Monday"] }],
    ["a day that is none", shown({ utc_start_hour: 2, weekdays: ["Mon", "Someday"] }), undefined],
    ["an hour that is none", shown({ utc_start_hour: 24, weekdays: ["Mon"] }), undefined],
    ["another resource", '[{"kind":"user"}]', undefined],
    ["nothing", "[]", undefined],
    ["no JSON", "not found", undefined],
  ])("understands %s", async (_why, text, expected) => {
    expect(await scheduler(text).publish()).toEqual(expected);
  });

  it("cannot be published without Auth, and nothing is run then", async () => {
    const { ran, publish } = scheduler("[]");
    await expect(publish({ ...WHERE, authPod: undefined })).rejects.toThrow("no Auth pod is Ready");
    expect(ran).toEqual([]);
  });

  it.each([
    ["create", "tctl create in the Auth pod failed"],
    ["get", "tctl get in the Auth pod failed"],
    ["call", "the cluster did not answer as expected"],
  ])("says what failed at %s, and nothing that the customer said", async (failing, message) => {
    await expect(scheduler("[]", failing).publish()).rejects.toMatchObject({ code: "ScheduleNotPublished", message: `the agents' hour cannot be published: ${message}` });
  });
});
