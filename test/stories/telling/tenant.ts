import type { AttemptResult, HistoryEntry, TenantStatus, UpgradeStatus } from "../../../src/api/index.ts";
import type { Change } from "./happening.ts";

/** What a change of a tenant's status tells of its upgrades and its state; its lanes are told elsewhere. */
export function tellTenant({ before, after }: Change<TenantStatus>): readonly string[] {
  if (after === undefined) return before === undefined ? [] : ["is gone"];
  return [...upgradeText(before, after), ...ended(before, after).map((entry) => ENDS[entry.result](entry)), ...(before?.version === undefined && after.version !== undefined ? [`is up at ${after.version}`] : []), ...templateText(before, after), ...lapseTexts(before, after), ...stateTexts(before, after)];
}

/** What the first write of an attempt to a workload tells. */
export function tellStart({ class: upgradeClass, from, to, opening, approvals = [] }: Pick<UpgradeStatus, "class" | "from" | "to" | "opening" | "approvals">): string {
  const by = approvals.length === 0 ? "" : `, approved by ${approvals.join(" and ")}`;
  return `starts ${from} → ${to} (${upgradeClass}) ${openingText(opening.window)}${by}`;
}

/** An approval is an opening of its own. */
function openingText(window: string): string {
  return window.startsWith("approval:") ? "outside its windows" : `in ${window}`;
}

function upgradeText({ upgrade: was, phase: phaseBefore }: TenantStatus = {}, { upgrade: is, phase, conditions = [] }: TenantStatus): readonly string[] {
  if (is === undefined) return [];
  const known = was?.id === is.id ? was : undefined;
  const held = conditions.find(({ type, reason }) => type === "Reconciling" && reason === "Paused")?.message.split(": ").slice(1).join(": ");
  return [
    ...(is.step === "RollBack" && known?.step !== "RollBack" ? [`rolls back to ${is.from}${reason(is.failure)}`] : []),
    ...(is.stuckOn !== undefined && known !== undefined && known.to !== is.to ? [`rolls forward to ${is.to}`] : []),
    ...(is.failure !== undefined && is.stuckSince !== undefined && known?.stuckSince !== is.stuckSince ? [`is stuck at ${is.step} on the way to ${is.to}${reason(is.failure)}`] : []),
    ...(phase === "Paused" && phaseBefore !== "Paused" ? [`pauses on the way to ${is.to}: ${held ?? ""}`] : []),
    ...(phase !== "Paused" && phaseBefore === "Paused" ? [`goes on to ${is.to}`] : []),
  ];
}

function ended(before: TenantStatus | undefined, after: TenantStatus): readonly HistoryEntry[] {
  const known = new Set((before?.history ?? []).map(({ id }) => id));
  return (after.history ?? []).filter(({ id }) => !known.has(id)).toReversed();
}

const ENDS: Readonly<Record<AttemptResult, (entry: HistoryEntry) => string>> = {
  Succeeded: ({ to }) => `runs ${to}`,
  Failed: ({ to, message }) => `fails before anything changed on the way to ${to}${reason(message)}`,
  Aborted: ({ to, message }) => `does not start ${to} after all${reason(message)}`,
  RolledBack: ({ from }) => `runs ${from} again`,
  RollbackFailed: ({ from, message }) => `fails to get back to ${from}${reason(message)}`,
};

function reason(message: string | undefined): string {
  return message === undefined ? "" : `: ${message}`;
}

/** The first one is no news. */
function templateText(before: TenantStatus | undefined, { templateRevision }: TenantStatus): readonly string[] {
  const was = before?.templateRevision;
  return was === undefined || templateRevision === undefined || was === templateRevision ? [] : [`has pod templates of revision ${templateRevision}`];
}

/** How far a lapse has gone. */
function lapseTexts(before: TenantStatus | undefined, after: TenantStatus): readonly string[] {
  const [was, is] = [before, after].map((status) => status?.conditions?.find(({ type }) => type === "Lapsed"));
  const { purged = [] } = after.lapse ?? {};
  if (is !== undefined && is.reason !== was?.reason) return [`is Lapsed: ${is.reason}${is.reason === "Purged" ? `: ${purged.join(", ")}` : ""}`];
  return was !== undefined && is === undefined ? ["is Lapsed no more"] : [];
}

const STATES: ReadonlySet<string | undefined> = new Set(["Suspended", "Terminating"]);

function stateTexts(before: TenantStatus | undefined, { phase, conditions = [] }: TenantStatus): readonly string[] {
  const stalled = conditions.find(({ type, status }) => type === "Stalled" && status === "True");
  const was = before?.conditions?.find(({ type, status }) => type === "Stalled" && status === "True");
  return [
    ...(phase !== before?.phase && STATES.has(phase) ? [`is ${phase ?? ""}`] : []),
    ...(before?.phase === "Resuming" && phase === "Active" ? ["is Active again"] : []),
    ...(stalled !== undefined && stalled.reason !== was?.reason ? [`is Stalled: ${stalled.reason}: ${stalled.message}`] : []),
  ];
}
