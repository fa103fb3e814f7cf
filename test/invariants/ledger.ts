import type { ReleaseChannelStatus } from "../../src/api/index.ts";
import { canonical, seenAs, type ChannelObject } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";
import type { World } from "./world.ts";

/** No claim makes the slots that are not stuck exceed `maxParallel` of the version it was made against (I2). */
export function checkClaims(world: World, write: SeenWrite): void {
  if (write.kind !== "ReleaseChannel" || !isReplicas(write)) return;
  const [before] = seenAs("ReleaseChannel", [write.before]);
  const [after] = seenAs("ReleaseChannel", [write.after]);
  if (before === undefined || after === undefined) return;
  const known = new Set((before.status?.slots ?? []).map(({ attempt }) => attempt));
  const slots = after.status?.slots ?? [];
  const fresh = slots.filter(({ attempt }) => !known.has(attempt));
  // An attempt that runs without a slot gets it back when the ledger was lost.
  const claims = fresh.filter(({ tenant, attempt }) => !attemptsOf(world, tenant).some((each) => each.id === attempt));
  if (claims.length === 0) return;
  const counted = slots.filter(({ tenant, attempt }) => !attemptsOf(world, tenant).some((each) => each.id === attempt && each.stuckSince !== undefined));
  const limit = limitOf(world, before);
  if (counted.length > limit) {
    throw new InvariantViolation("I2", `the claim of ${claims.map(({ attempt }) => attempt).join(", ")} makes ${counted.length} slots where ${limit} are allowed`, write);
  }
  const twice = slots.find(({ uid, attempt }) => slots.some((other) => other.uid === uid && other.attempt !== attempt));
  if (twice !== undefined && claims.some(({ uid }) => uid === twice.uid)) throw new InvariantViolation("I2", `tenant ${twice.tenant} holds two slots`, write);
}

/** What upgrades took changes only together with the freeing of a slot (I17): an attempt is learned from once. */
export function checkDurations(write: SeenWrite): void {
  if (write.kind !== "ReleaseChannel" || !isReplicas(write)) return;
  const [before, after] = [write.before, write.after].map((object) => seenAs("ReleaseChannel", [object])[0]?.status);
  if (before?.durations === undefined || canonical(before.durations) === canonical(after?.durations)) return;
  const left = new Set((after?.slots ?? []).map(({ attempt }) => attempt));
  const freed = (before.slots ?? []).filter(({ attempt, recovered }) => recovered !== true && !left.has(attempt)).length;
  const added = sampled(after) - sampled(before);
  if (freed === 0 || added > freed) throw new InvariantViolation("I17", `${freed} slots are freed, and what upgrades took changes as if more had ended`, write);
}

function sampled(status: ReleaseChannelStatus | undefined): number {
  const { patch, major } = status?.durations ?? {};
  return (patch?.fromClaim.seconds.length ?? 0) + (major?.fromClaim.seconds.length ?? 0);
}

function attemptsOf(world: World, tenant: string) {
  return seenAs("Tenant", world.lately("Tenant", tenant)).flatMap(({ status }) => status?.upgrade ?? []);
}

function limitOf(world: World, channel: ChannelObject): number {
  const { maxParallel = 10 } = channel.spec?.rollout ?? {};
  if (typeof maxParallel === "number") return maxParallel;
  const followers = world.keys("Tenant").filter((name) => seenAs("Tenant", world.lately("Tenant", name)).some(({ spec }) => (spec?.channel ?? "stable") === channel.metadata.name));
  return Math.ceil((Number.parseInt(maxParallel, 10) * followers.length) / 100);
}
