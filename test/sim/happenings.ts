import type { HoldCode } from "../../src/api/index.ts";
import { seenAs, type ChannelObject, type TenantObject } from "../invariants/shapes.ts";
import { isClaim } from "../invariants/ports.ts";
import type { Replicas } from "./replicas.ts";
import type { Committed } from "./server/store.ts";

/** What happened in a story, for the histogram: how often, by name. */
export class Happenings {
  readonly #counts = new Map<string, number>();
  readonly #inAuth = new Set<string>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** A line of the story. */
  tell(what: string): void {
    if (what.includes(" crashes ")) {
      this.count("crash");
      if (this.#inAuth.size > 0) this.count("crash in mid Auth");
    } else if (what.startsWith("answer-lost")) this.count("answer lost");
    else if (what.includes("lost the lease")) this.count("lease lost");
    else if (what.startsWith("lost")) this.count("call lost");
  }

  see({ kind, before, after }: Committed, replicas: Replicas): void {
    if (kind.kind === "Leadership" && replicas.alive.filter((replica) => replica.isActing).length > 0 && before !== undefined) this.count("two leaders");
    if (kind.kind === "ReleaseChannel") this.#learned(seenAs("ReleaseChannel", [before])[0], seenAs("ReleaseChannel", [after])[0]);
    if (isClaim(after ?? before)) this.count(before === undefined ? "ports claimed" : "ports released, or claimed anew");
    if (kind.kind !== "Tenant") return;
    const [was, is] = [seenAs("Tenant", [before])[0], seenAs("Tenant", [after])[0]];
    const [old, now] = [was?.status?.upgrade, is?.status?.upgrade];
    const uid = after?.metadata.uid ?? before?.metadata.uid ?? "";
    if (now?.step === "Auth") this.#inAuth.add(uid);
    else this.#inAuth.delete(uid);
    if (now?.step === "RollBack" && old?.step !== "RollBack") this.count("roll-back");
    if (now?.stuckSince !== undefined && old?.stuckSince === undefined) this.count("stuck");
    if (old !== undefined && now !== undefined && old.id === now.id && old.to !== now.to) this.count("rolled forward");
    if (isHeldBy(is, "AgentsBehind") && !isHeldBy(was, "AgentsBehind")) this.count("held major");
    if (isHeldBy(is, "Frozen") && !isHeldBy(was, "Frozen")) this.count("frozen");
    if (isHeldBy(is, "ApprovalRequired") && !isHeldBy(was, "ApprovalRequired")) this.count("approval required");
    if (isHeldBy(is, "WaveNotReached") && !isHeldBy(was, "WaveNotReached")) this.count("wave not reached");
    if (isHeldBy(is, "TenantHalted") && !isHeldBy(was, "TenantHalted")) this.count("tenant halted");
    if (now?.approvals !== undefined && now.disruptiveAt !== undefined && old?.disruptiveAt === undefined) this.count("approved start");
    if (is?.status?.phase === "Paused" && was?.status?.phase !== "Paused") this.count("paused");
    for (const entry of is?.status?.history ?? []) if (was?.status?.history?.some(({ id }) => id === entry.id) !== true) this.count(`${entry.class} ${entry.result}${entry.message?.startsWith("out of reach") === true ? " but for a region" : ""}${entry.stuckOn === undefined ? "" : " after rolling forward"}`);
    if (before === undefined) this.count("tenant born");
    if (was?.status?.adoptedBy === undefined && is?.status?.adoptedBy !== undefined) this.count("tenant adopted");
    if (was?.status?.version === undefined && is?.status?.version !== undefined) this.count("tenant provisioned");
    if (is?.status?.phase === "Lapsed" && was?.status?.phase !== "Lapsed") this.count("lapsed");
    if (is?.status?.phase === "Purged" && was?.status?.phase !== "Purged") this.count("purged");
    if (lapsedReason(is) === "PurgesLimited" && lapsedReason(was) !== "PurgesLimited") this.count("purge limited");
    if (was?.status?.phase === "Restoring" && is?.status?.phase !== "Restoring") this.count("restored");
    for (const { name, kind: how } of is?.status?.restorePoints ?? []) if (was?.status?.restorePoints?.some((each) => each.name === name) !== true) this.count(`restore point by ${how}`);
    if (isAway(is) && !isAway(was)) this.count("region out of reach");
    if (isAway(was) && is !== undefined && !isAway(is)) this.count("region within reach again");
    if (after === undefined) this.count("tenant deleted");
    if (usesExpected(is) && !usesExpected(was)) this.count("expected duration used");
  }

  #learned(was: ChannelObject | undefined, is: ChannelObject | undefined): void {
    const [old, now] = [was, is].map((channel) => JSON.stringify(channel?.status?.durations));
    if (was?.status?.durations !== undefined && now !== undefined && old !== now) this.count("durations learned");
  }
}

function usesExpected(tenant: TenantObject | undefined): boolean {
  return tenant?.status?.conditions?.some(({ type, reason }) => type === "NoFittingWindow" && reason === "ExpectedDurationUsed") === true;
}

function isAway(tenant: TenantObject | undefined): boolean {
  return tenant?.status?.regions?.some(({ reachable }) => !reachable) === true;
}

function lapsedReason(tenant: TenantObject | undefined): string | undefined {
  return tenant?.status?.conditions?.find(({ type }) => type === "Lapsed")?.reason;
}

function isHeldBy(tenant: TenantObject | undefined, code: HoldCode): boolean {
  const { patch, major } = tenant?.status?.lanes ?? {};
  return [patch, major].some((lane) => lane?.holds?.some((hold) => hold.code === code) === true);
}
