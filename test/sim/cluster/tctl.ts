import type { AgentSchedule } from "../../../src/api/index.ts";
import { AppError } from "../../../src/reconcile/app-error.ts";
import type { AgentScheduler } from "../../../src/reconcile/ports.ts";
import type { Mono } from "../../../src/runtime/clock.ts";
import { seenAs } from "../../invariants/shapes.ts";
import type { Chance } from "../random.ts";
import type { ApiServer } from "../server/server.ts";

export interface TctlOptions {
  readonly server: ApiServer;
  /** Of the process that asks. */
  readonly mono: Mono;
  readonly chance: Chance;
}

const LONGEST_MS = 8_000;
/** Of the questions. */
const FAILING = 0.1;

/** What `tctl` in a tenant's Auth pod makes of the file that its ConfigMap mounts: late, and now and then nothing. */
export function tctl({ server, mono, chance }: TctlOptions): AgentScheduler {
  return {
    publish: async ({ namespace, authPod }, signal) => {
      const fails = chance.is(FAILING);
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new AppError("ScheduleNotPublished", "given up")), { once: true });
        mono.after(chance.int(1, LONGEST_MS), resolve);
      });
      const isThere = authPod !== undefined && server.store.get(server.kind("Pod"), `${namespace}/${authPod}`) !== undefined;
      if (fails || !isThere) throw new AppError("ScheduleNotPublished", "tctl failed");
      const [config] = seenAs("ConfigMap", [server.store.get(server.kind("ConfigMap"), `${namespace}/auth-config`)]);
      return scheduleIn(config?.data?.["agents.yaml"]);
    },
  };
}

function scheduleIn(text: string | undefined): AgentSchedule | undefined {
  if (text === undefined) return undefined;
  const { spec } = JSON.parse(text) as { spec: { agent_upgrades: { utc_start_hour: number; weekdays: AgentSchedule["weekdays"] } } }; // as the operator wrote it
  return { utcStartHour: spec.agent_upgrades.utc_start_hour, weekdays: spec.agent_upgrades.weekdays };
}
