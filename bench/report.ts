import { cpus, totalmem } from "node:os";
import type { Phase } from "./phases.ts";
import type { Replanning } from "./replan.ts";
import type { Best } from "./replay.ts";

export interface Results {
  readonly tenants: number;
  readonly burst: Phase;
  readonly wave: Phase;
  readonly cold: Phase & { readonly syncedSeconds: number };
  readonly idle: Phase & { readonly requests: Readonly<Record<string, number>>; readonly rssMb: readonly number[] };
  readonly outage?: Phase;
  readonly week?: Pick<Phase, "seconds" | "writes">;
  /** How many tenants' writes W was measured with. */
  readonly replayed: number;
  readonly best: Readonly<Record<"burst" | "wave", Best>>;
  readonly replanning: Replanning;
}

interface Figure {
  readonly phase: string;
  readonly figure: string;
  readonly value: string;
  readonly limit?: string;
  readonly met?: boolean;
}

/** The figures as a table for people and as values for machines. */
export function report(results: Results): { readonly table: string; readonly figures: object } {
  const { tenants, best } = results;
  const figures = [...load(results, "burst"), ...load(results, "wave"), ...rest(results), ...memory(results), ...loops(results), ...plans(results)];
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version };
  const head = `${tenants} tenants, light cluster, Deployment and Job status by a stand-in; W from the writes of ${results.replayed} of them; ${machine.cores} cores (${machine.cpu ?? "?"}), Node ${process.version}`;
  return { table: [head, ...tableOf(figures)].join("\n"), figures: { tenants, machine, figures, best } };
}

function load(results: Results, part: "burst" | "wave"): readonly Figure[] {
  const { tenants, best } = results;
  const { seconds, writes, usage } = results[part];
  const perSecond = writes.accepted / seconds;
  const ratio = perSecond / best[part].perSecond;
  const each = Object.fromEntries(Object.entries(writes.byKind).map(([kind, count]) => [kind, count / tenants]));
  const [beyond = 0, fleets = 0] = [BEYOND, FLEETS].map((kinds) => kinds.reduce((sum, kind) => sum + (writes.byKind[kind] ?? 0), 0));
  const most = part === "burst" ? 7 : 8;
  return [
    { phase: part, figure: "W: a bare client's accepted writes/s", value: `${best[part].perSecond.toFixed(0)} (${best[part].connections} connections)` },
    { phase: part, figure: "accepted writes/s, all writers", value: `${perSecond.toFixed(0)} (${writes.accepted} in ${seconds.toFixed(1)} s)` },
    { phase: part, figure: "ratio to W", value: percent(ratio), limit: "≥ 85 %", met: ratio >= 0.85 },
    { phase: part, figure: "operator's writes a tenant", value: Object.entries(each).map(([kind, count]) => `${kind} ${count.toFixed(2)}`).join(", ") },
    { phase: part, figure: "of them beyond applies of objects", value: (beyond / tenants).toFixed(2), limit: `≤ ${most}`, met: beyond / tenants <= most },
    { phase: part, figure: "writes for the whole fleet (channel, window)", value: String(fleets) },
    { phase: part, figure: "operator's CPU a write", value: `${((usage.cpuSeconds / writes.byOperator) * 1000).toFixed(2)} ms` },
  ];
}

/** A tenant's status and finalizer, its Events and Jobs: everything that is not an object of the tenant. */
const BEYOND = ["tenants", "tenants/status", "events", "jobs"];
const FLEETS = ["releasechannels/status", "maintenancewindows/status"];

function rest({ cold, idle, outage, week, best }: Results): readonly Figure[] {
  const share = idle.usage.cpuSeconds / idle.seconds;
  const middle = idle.rssMb[4] ?? 0;
  const growth = (idle.rssMb.at(-1) ?? 0) - middle;
  return [
    { phase: "cold start", figure: "until synced / quiet", value: `${cold.syncedSeconds.toFixed(1)} s / ${cold.seconds.toFixed(1)} s` },
    { phase: "cold start", figure: "writes", value: writesOf(cold), limit: "0", met: cold.writes.byOperator === 0 },
    { phase: "idle", figure: `share of a core over ${idle.seconds} s`, value: percent(share), limit: "< 2 %", met: share < 0.02 },
    { phase: "idle", figure: "requests by method", value: JSON.stringify(idle.requests) },
    { phase: "idle", figure: "writes", value: writesOf(idle) },
    { phase: "idle", figure: "growth over the second half", value: `${growth.toFixed(1)} MB`, limit: "≤ 2 % of it", met: growth <= middle * 0.02 },
    ...(outage === undefined ? [] : [afterOutage(outage, best.wave)]),
    ...(week === undefined ? [] : quietWeek(week)),
  ];
}

const writesOf = ({ writes }: Pick<Phase, "writes">): string => `${writes.byOperator} ${JSON.stringify(writes.byKind)}`;

function afterOutage({ seconds, writes }: Phase, best: Best): Figure {
  const limit = (1.5 * writes.accepted) / best.perSecond + 10;
  return { phase: "outage", figure: "all keys through after", value: `${seconds.toFixed(1)} s (${writes.accepted} writes)`, limit: `≤ ${limit.toFixed(1)} s`, met: seconds <= limit };
}

/** An object shows when its window opens and closes: two writes a day. */
const MOST_A_WEEK = 14;

function quietWeek({ seconds, writes }: Pick<Phase, "seconds" | "writes">): readonly Figure[] {
  return [
    { phase: "week without cuts", figure: `writes, rehearsed in ${seconds.toFixed(0)} s`, value: writesOf({ writes }) },
    { phase: "week without cuts", figure: "most to one object", value: String(writes.mostToOne), limit: `≤ ${MOST_A_WEEK}`, met: writes.mostToOne <= MOST_A_WEEK },
  ];
}

function memory({ tenants, idle, burst, wave }: Results): readonly Figure[] {
  const atRest = idle.rssMb.at(-1) ?? 0;
  const limit = 150 + (16 * tenants) / 1024;
  const peak = Math.max(burst.usage.peakMb, wave.usage.peakMb);
  return [
    { phase: "memory", figure: "resident at rest", value: `${atRest.toFixed(0)} MB`, limit: `≤ ${limit.toFixed(0)} MB`, met: atRest <= limit },
    { phase: "memory", figure: "peak", value: `${peak.toFixed(0)} MB`, limit: `≤ ${(1.6 * limit).toFixed(0)} MB`, met: peak <= 1.6 * limit },
  ];
}

function loops(results: Results): readonly Figure[] {
  return (["burst", "wave", "cold", "idle"] as const).map((phase) => {
    const { loopP99Ms, loopMaxMs } = results[phase].usage;
    return { phase, figure: "event loop late by p99 / most", value: `${loopP99Ms.toFixed(0)} / ${loopMaxMs.toFixed(0)} ms`, limit: "< 100 / < 500 ms", met: loopP99Ms < 100 && loopMaxMs < 500 };
  });
}

function plans({ replanning: { tenants, one, all, outlook } }: Results): readonly Figure[] {
  const phase = `plans over ${tenants}`;
  return [
    ...(["quiet", "busy"] as const).map((state) => {
      const { median, p99 } = one[state];
      return { phase, figure: `after one tenant's change, ${state}: median / p99`, value: `${median.toFixed(2)} / ${p99.toFixed(2)} ms`, limit: "≤ 1 / ≤ 20 ms", met: median <= 1 && p99 <= 20 };
    }),
    ...(["freeze", "wave", "channel"] as const).map((change) => sliced(phase, `all of them after a change of a ${change}`, all[change])),
    sliced(phase, "whether slots will be short", outlook),
  ];
}

function sliced(phase: string, what: string, { wholeMs, longestMs, pauseMs }: Replanning["outlook"]): Figure {
  return { phase, figure: `${what}: longest slice`, value: `${longestMs.toFixed(0)} ms of ${wholeMs.toFixed(0)}, garbage collector at most ${pauseMs.toFixed(0)} ms`, limit: "≤ 20 ms", met: longestMs <= 20 };
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;

function tableOf(figures: readonly Figure[]): readonly string[] {
  const rows = figures.map(({ phase, figure, value, limit = "", met }) => [phase, figure, value, limit, met === undefined ? "" : met ? "met" : "MISSED"]);
  return ["| phase | figure | value | limit | |", "|---|---|---|---|---|", ...rows.map((row) => `| ${row.join(" | ")} |`)];
}
