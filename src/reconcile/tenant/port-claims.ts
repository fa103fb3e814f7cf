import { LABEL } from "../../api/index.ts";
import { namespaceOf, ownsUid, type Owner } from "../../domain/objects/names.ts";
import { isOwnedBy } from "../../domain/objects/tenant-objects.ts";
import { blockText, describeBlock, isSameBlock, nextBlock, type Block } from "../../domain/ports/block.ts";
import { claimName, claimObject, claimOf, quarantineEndsAt, type Claim } from "../../domain/ports/claim.ts";
import { formerClaims, type PortsDecision, type PortsSeen } from "../../domain/ports/decide-ports.ts";
import { MINUTE, type Instant } from "../../domain/time.ts";
import { AppError } from "../app-error.ts";
import type { LiveObject } from "../ports.ts";
import type { TenantEnv } from "./env.ts";
import type { ObjectProblem } from "./memory.ts";
import type { ObservedTenant } from "./observe.ts";
import { ownerLeaving } from "./owner.ts";
import { recordedBlock, takenBlocks, toldBlock } from "./taken-blocks.ts";

/** So many blocks are tried in one look: others take the same ones at the same time. */
const MOST_TRIES = 20;
/** After a quarantine that may be over by a clock that nobody believes. */
const ASK_AGAIN_MS = MINUTE;

/** What is known of a tenant's ports, from the caches alone. */
export function seePorts({ tenant, owner, namespace }: ObservedTenant, env: TenantEnv): PortsSeen {
  const { name } = tenant.metadata;
  return { claims: claimsFor(name, env), recorded: ownBlock(namespace, owner) ?? toldBlock(tenant) };
}

/** What a namespace records that a tenant of that name had before is not this one's. */
function ownBlock(namespace: LiveObject | undefined, owner: Owner): Block | undefined {
  return namespace !== undefined && isOwnedBy(namespace.metadata.labels, owner) ? recordedBlock(namespace) : undefined;
}

function claimsFor(tenant: string, { caches, home }: Pick<TenantEnv, "caches" | "home">): readonly Claim[] {
  return caches.ofTenant("ConfigMap", tenant).flatMap(({ metadata }) => (metadata.namespace === home ? (claimOf(metadata) ?? []) : []));
}

interface Settling {
  readonly owner: Owner;
  readonly env: TenantEnv;
}

/** Makes the claim that a tenant wants or has lost, and gives up those that it does not need; what was in the way comes back. */
export async function settlePorts(decision: PortsDecision, { owner, env }: Settling): Promise<readonly ObjectProblem[]> {
  if (decision.kind === "held" && decision.isInherited === true) return inherit(decision.block, { owner, env });
  if (decision.kind === "held" && decision.surplus.length > 0) await releaseSurplus(decision.block, decision.surplus, { owner, env });
  if (decision.kind === "lost") return (await claim(decision.block, { owner, env })) === "another's" ? [taken(decision.block)] : [];
  return decision.kind === "wanted" ? claimAny({ owner, env }) : [];
}

/** The claim of a tenant that is taken over gets the uid of who has it now, before the namespace says that. */
async function inherit(block: Block, { owner, env }: Settling): Promise<readonly ObjectProblem[]> {
  const live = env.caches.get("ConfigMap", { name: claimName(block), namespace: env.home });
  const refusal = await env.api.apply(claimObject({ block, owner }, env.home), live);
  return refusal === undefined ? [] : [claimRefused(block, refusal)];
}

/** The namespace may say already that another one is in use, and the cache not yet. */
async function releaseSurplus(kept: Block, surplus: readonly Claim[], { owner, env }: Settling): Promise<void> {
  const inUse = ownBlock(await env.api.read("Namespace", { name: namespaceOf(owner.name) }), owner);
  if (inUse !== undefined && !isSameBlock(inUse, kept)) throw new AppError("ViewOutdated", `settle the ports of tenant ${owner.name}: it has others by now; it is looked at again`);
  for (const each of surplus) await release(each, env);
}

async function claimAny({ owner, env }: Settling): Promise<readonly ObjectProblem[]> {
  const { platform, memory } = env;
  const tried: Block[] = [];
  for (let n = 0; n < MOST_TRIES; n += 1) {
    const block = nextBlock(platform.ports ?? [], takenBlocks(env, [...memory.blocksInClaim, ...tried]));
    if (block === undefined) return [EXHAUSTED];
    memory.blocksInClaim.add(block);
    const outcome = await claim(block, { owner, env }).finally(() => memory.blocksInClaim.delete(block));
    if (outcome === "owned") return [];
    if (outcome !== "another's") return outcome;
    tried.push(block);
  }
  throw new AppError("ViewOutdated", `claim ports for tenant ${owner.name}: all that were tried have been taken meanwhile; it is looked at again`);
}

function claimRefused(block: Block, { message }: { readonly message: string }): ObjectProblem {
  return { reason: "ObjectRefused", message, about: `ConfigMap/${claimName(block)}` };
}

/** Creating the claim decides who has the block; one that is there already may be the tenant's own, unseen so far, or given up by mistake. */
async function claim(block: Block, { owner, env }: Settling): Promise<"owned" | "another's" | readonly ObjectProblem[]> {
  const { api, home, log } = env;
  const wanted = claimObject({ block, owner }, home);
  const outcome = await api.create(wanted);
  if (outcome === "created") {
    log.info("ports claimed", { tenant: owner.name, block: blockText(block) });
    return "owned";
  }
  if (outcome !== "taken") return [claimRefused(block, outcome)];
  const live = await api.read("ConfigMap", { name: claimName(block), namespace: home });
  const found = live && claimOf(live.metadata);
  if (found === undefined || found.owner.name !== owner.name || !ownsUid(owner, found.owner.uid)) return "another's";
  if (found.releasedAt !== undefined) await api.apply(wanted, live);
  return "owned";
}

const EXHAUSTED: ObjectProblem = {
  reason: "PortsExhausted",
  message: "every block of ports is given to a tenant or in quarantine: add addresses or ports to `ports` in the platform's configuration",
  about: "ports",
};

function taken(block: Block): ObjectProblem {
  return {
    reason: "PortsTaken",
    message: `the ports ${describeBlock(block)} are recorded as this tenant's, and ConfigMap "${claimName(block)}" says that they are another's: one of the two has to get others, by hand (docs/ports.md)`,
    about: "ports",
  };
}

async function release(claimed: Claim, { api, caches, home, clock, log }: TenantEnv): Promise<void> {
  const live = caches.get("ConfigMap", { name: claimName(claimed.block), namespace: home });
  if (live === undefined) return;
  const refusal = await api.apply(claimObject({ ...claimed, releasedAt: clock.now() }, home), live);
  if (refusal !== undefined) throw new AppError("PortsNotReleased", `release the ports ${describeBlock(claimed.block)} of tenant ${claimed.owner.name}: ${refusal.message}`);
  log.info("ports released", { tenant: claimed.owner.name, block: blockText(claimed.block) });
}

/** A tenant that is taken down keeps its claim until the end: removed by hand, it is made again while anything tells of the block. */
export async function keepClaim(tenant: LiveObject, env: TenantEnv): Promise<void> {
  const owner = ownerLeaving(tenant, env.caches);
  const { name } = owner;
  if (claimsFor(name, env).some((each) => ownsUid(owner, each.owner.uid) && each.releasedAt === undefined)) return;
  const block = ownBlock(env.caches.get("Namespace", { name: namespaceOf(name) }), owner) ?? toldBlock(tenant);
  if (block !== undefined) await env.api.create(claimObject({ block, owner }, env.home));
}

/** Gives up the ports of a tenant that has been taken down: from now on they are in quarantine. */
export async function releasePorts(owner: Owner, env: TenantEnv): Promise<void> {
  for (const each of claimsFor(owner.name, env)) if (ownsUid(owner, each.owner.uid) && each.releasedAt === undefined) await release(each, env);
}

/** Who has a name, or had it; without a uid nobody has it now. */
type Holder = Omit<Owner, "uid"> & { readonly uid?: string | undefined };

/**
 * Tidies up what tenants of this name, other than this one, have left: their ports are released, and those whose
 * quarantine is over may be given again. When to come back, if it is not over yet.
 */
export async function tidyPorts({ uid, ...holder }: Holder, env: TenantEnv): Promise<Instant | undefined> {
  const { name } = holder;
  const claims = claimsFor(name, env);
  const former = formerClaims(claims, uid === undefined ? undefined : { ...holder, uid });
  if (former.length > 0) {
    // The cache may still show the tenant of before, and not the one whose claim this is.
    const living = (await env.api.read("Tenant", { name }))?.metadata.uid;
    // What somebody has forced off may still serve at its ports.
    const serving = env.caches.get("Namespace", { name: namespaceOf(name) })?.metadata.labels?.[LABEL.tenantUid];
    for (const each of former) if (each.owner.uid !== living && each.owner.uid !== serving) await release(each, env);
  }
  return endQuarantines(claims, env);
}

async function endQuarantines(claims: readonly Claim[], { api, caches, home, clock, clockTrust, log }: TenantEnv): Promise<Instant | undefined> {
  const now = clock.now();
  const ends = claims.flatMap((each) => quarantineEndsAt(each) ?? []);
  const over = claims.filter((each) => (quarantineEndsAt(each) ?? Number.POSITIVE_INFINITY) <= now);
  // A clock that was set ahead by a month ends no quarantine.
  if (over.length > 0 && !(await clockTrust.confirm())) return now + ASK_AGAIN_MS;
  for (const { block } of over) {
    const ref = { name: claimName(block), namespace: home };
    log.info("ports free again", { block: blockText(block) });
    await api.remove("ConfigMap", ref, caches.get("ConfigMap", ref)?.metadata.uid);
  }
  const later = ends.filter((at) => at > now);
  return later.length === 0 ? undefined : Math.min(...later);
}
