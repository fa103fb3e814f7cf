import type { HoldStatus, LaneStatus, TenantStatus } from "../../src/api/index.ts";

/** One line of the story: what a tenant does, and why. */
export interface Line {
  readonly what: string;
  readonly why: string;
}

/** What happened to a tenant between two statuses, in words for somebody who has never seen Slacktide. */
export function tell(before: TenantStatus | undefined, after: TenantStatus): readonly Line[] {
  return [...provisioned(before, after), ...upgraded(before, after), ...held(before, after)];
}

function provisioned(before: TenantStatus | undefined, after: TenantStatus): readonly Line[] {
  if (before?.version !== undefined || after.version === undefined) return [];
  return [{ what: `is provisioned at ${after.version}`, why: "its own namespace, Auth, Proxy, volume and Services are Ready" }];
}

const STEPS: Readonly<Record<string, string>> = {
  Auth: "Auth goes first: a proxy refuses an older Auth",
  Proxy: "every Auth pod is Ready and no old one is left; now the proxies, region by region",
  Verify: "every pod is Ready at the new version; watching it for a while",
  RollBack: "it did not become Ready in time; going back",
};

function upgraded(before: TenantStatus | undefined, after: TenantStatus): readonly Line[] {
  const { upgrade, history = [] } = after;
  const ended = history.filter((entry) => !(before?.history ?? []).some((known) => known.id === entry.id));
  const lines = ended.map((entry) => ({ what: `${entry.class.toLowerCase()} ${entry.from} -> ${entry.to}: ${entry.result}`, why: entry.message ?? "Auth and Proxy run the new version" }));
  if (upgrade === undefined) return lines;
  if (before?.upgrade?.id !== upgrade.id) {
    const why = `window ${upgrade.opening.window} is open, from ${clock(upgrade.opening.opensAt)} to ${clock(upgrade.opening.closesAt)} UTC`;
    lines.push({ what: `${upgrade.class.toLowerCase()} ${upgrade.from} -> ${upgrade.to} is claimed`, why });
  }
  const told = STEPS[upgrade.step];
  if (told !== undefined && before?.upgrade?.step !== upgrade.step) lines.push({ what: `step ${upgrade.step}`, why: told });
  return lines;
}

/** Holds that say something a person must know or do; waiting for the window is told by the table at the end. */
const TOLD = new Set(["AgentsBehind", "InventoryUnknown", "PinnedBelow", "ReleaseHalted", "OtherLaneFirst"]);

function held(before: TenantStatus | undefined, after: TenantStatus): readonly Line[] {
  return [...heldLane("patch", before?.lanes?.patch, after.lanes?.patch), ...heldLane("major", before?.lanes?.major, after.lanes?.major)];
}

function heldLane(name: string, before: LaneStatus | undefined, after: LaneStatus | undefined): readonly Line[] {
  if (after?.target === undefined) return [];
  const known = new Set(before?.target === undefined ? [] : (before.holds ?? []).map(text));
  const fresh = (after.holds ?? []).filter((hold) => TOLD.has(hold.code) && !known.has(text(hold)));
  const cleared = (before?.holds ?? []).filter((hold) => hold.code === "AgentsBehind" && !(after.holds ?? []).some((now) => now.code === hold.code));
  return [
    ...fresh.map((hold) => ({ what: `${name} ${after.target ?? ""} is held: ${hold.code}`, why: hold.message })),
    ...cleared.map((hold) => ({ what: `${name} ${after.target ?? ""}: ${hold.code} is cleared`, why: "the inventory shows every agent at the running major" })),
  ];
}

function text(hold: HoldStatus): string {
  return `${hold.code} ${hold.message}`;
}

function clock(iso: string): string {
  return iso.slice(11, 16);
}
