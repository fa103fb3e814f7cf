import { seenAs, type ChannelObject } from "./shapes.ts";
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

function attemptsOf(world: World, tenant: string) {
  return seenAs("Tenant", world.lately("Tenant", tenant)).flatMap(({ status }) => status?.upgrade ?? []);
}

function limitOf(world: World, channel: ChannelObject): number {
  const { maxParallel = 10 } = channel.spec?.rollout ?? {};
  if (typeof maxParallel === "number") return maxParallel;
  const followers = world.keys("Tenant").filter((name) => seenAs("Tenant", world.lately("Tenant", name)).some(({ spec }) => (spec?.channel ?? "stable") === channel.metadata.name));
  return Math.ceil((Number.parseInt(maxParallel, 10) * followers.length) / 100);
}
