import { INVENTORY_EMPTY, type AgentStatus } from "../../api/index.ts";
import { readAtOf, type LastRead } from "../../domain/agents/gate.ts";
import { InventoryTally, type Reading } from "../../domain/agents/inventory.ts";
import { rememberAgents, turnedEmpty } from "../../domain/agents/memory.ts";
import { readingDueAt } from "../../domain/agents/reading-due.ts";
import { approvalsAt } from "../../domain/approval/lift.ts";
import { AUTH, namespaceOf } from "../../domain/objects/names.ts";
import type { PortsSeen } from "../../domain/ports/decide-ports.ts";
import { majorOf } from "../../domain/release/version.ts";
import type { CertificateSeen } from "../../domain/status/certificate-status.ts";
import { decideLanes } from "../../domain/tenant/decide.ts";
import type { Purging } from "../../domain/tenant/lapse.ts";
import type { TenantView } from "../../domain/tenant/view.ts";
import type { Instant } from "../../domain/time.ts";
import { hasBegun } from "../../domain/upgrade/next-action.ts";
import { attemptOf } from "../../domain/upgrade/progress.ts";
import { AppError } from "../app-error.ts";
import type { Caches, KindName, LiveObject } from "../ports.ts";
import type { TenantEnv } from "./env.ts";
import { observeTenant, type ObservedTenant } from "./observe.ts";
import { seeCertificate } from "./certificate.ts";
import { seeMetrics } from "./metrics.ts";
import { seePorts } from "./port-claims.ts";
import { isConfirmedDeletion } from "./tear-down.ts";

/** What a reconcile knows before it decides. */
export type Gathered =
  | { readonly kind: "gone" }
  | { readonly kind: "leaving"; readonly object: LiveObject }
  | { readonly kind: "purging"; readonly facts: ObservedTenant; readonly lapse: Purging }
  | { readonly kind: "invalid"; readonly object: LiveObject; readonly message: string }
  | {
      readonly kind: "present";
      readonly facts: ObservedTenant;
      /** The memory of agents with the newest reading taken in. */
      readonly agents: AgentStatus | undefined;
      readonly readingDueAt: Instant | undefined;
      readonly ports: PortsSeen;
      readonly certificate: CertificateSeen;
      readonly metrics: CertificateSeen;
    };

type Seen = Exclude<Gathered, { kind: "present" }> | Present;
type Present = Omit<Extract<Gathered, { kind: "present" }>, "ports" | "certificate" | "metrics">;

/** All reads of a tenant's reconcile: the caches, and the inventory when its time has come. */
export async function gather(key: string, env: TenantEnv, signal: AbortSignal): Promise<Gathered> {
  const seen = await look(key, env, signal);
  return seen.kind === "present" ? { ...seen, ports: seePorts(seen.facts, env), certificate: seeCertificate(seen.facts, env), metrics: seeMetrics(seen.facts, env) } : seen;
}

async function look(key: string, env: TenantEnv, signal: AbortSignal): Promise<Seen> {
  const object = env.caches.get("Tenant", { name: key });
  if (object === undefined) return { kind: "gone" };
  if (isConfirmedDeletion(object)) return { kind: "leaving", object };
  const now = env.clock.now();
  const facts = await observe(object, env, now);
  if ("invalid" in facts) return { kind: "invalid", object, message: facts.invalid };
  const { view, lapse } = facts;
  if (lapse.kind === "purging") return { kind: "purging", facts, lapse };
  // Without Auth there is nobody to ask; what was known stays known.
  if (view === undefined || view.version === undefined || !view.provisioned || view.suspension !== undefined) {
    return { kind: "present", facts, agents: view?.agents.status ?? facts.tenant.status?.agents, readingDueAt: undefined };
  }
  return withClockJudged(await gatherAgents(facts, view, { env, signal, now }), { env, now });
}

/** What is about to begin, or to go on to a newer release, rests on the clock, which is judged last: after everything that takes time. */
async function withClockJudged(gathered: Present, { env, now }: Omit<GatherContext, "signal">): Promise<Present> {
  const { facts } = gathered;
  const { upgrade, view, observed } = facts;
  if (view === undefined || upgrade === undefined || (upgrade.stuckSince === undefined && hasBegun(attemptOf(upgrade, now), observed.workloads))) return gathered;
  const clockTrusted = await env.clockTrust.confirm();
  return { ...gathered, facts: { ...facts, view: { ...view, clockTrusted } } };
}

/**
 * The caches, and one live look when they do not show the first write of an attempt that was announced: its answer may be
 * lost and the watch late, and an attempt that has begun must not end as if nothing had changed.
 */
async function observe(object: LiveObject, env: TenantEnv, now: Instant): Promise<ReturnType<typeof observeTenant>> {
  const cached = observeTenant(object, env, now);
  if ("invalid" in cached || cached.upgrade?.disruptiveAt === undefined || hasBegun(attemptOf(cached.upgrade, now), cached.observed.workloads)) return cached;
  const auth = { name: AUTH, namespace: namespaceOf(object.metadata.name) };
  const live = await env.api.read("Deployment", auth);
  return live === undefined ? cached : observeTenant(object, { ...env, caches: withNewer(env.caches, live) }, now);
}

/** The caches with one Deployment as it was just read. */
function withNewer(caches: Caches, live: LiveObject): Caches {
  const isIt = (kind: KindName, { metadata }: LiveObject) => kind === "Deployment" && metadata.uid === live.metadata.uid;
  return {
    ...caches,
    ofTenant: (kind, tenant) => caches.ofTenant(kind, tenant).map((object) => (isIt(kind, object) ? live : object)),
  };
}

interface GatherContext {
  readonly env: TenantEnv;
  readonly signal: AbortSignal;
  readonly now: Instant;
}

async function gatherAgents(facts: ObservedTenant, view: TenantView, { env, signal, now }: GatherContext): Promise<Present> {
  // In the middle of an attempt Auth comes and goes, at one version or the other: there is nothing to be read then.
  if (facts.upgrade && hasBegun(attemptOf(facts.upgrade, now), facts.observed.workloads)) {
    return { kind: "present", facts, agents: view.agents.status, readingDueAt: undefined };
  }
  const dueAt = (lastView: TenantView) => readingDueAt(env.memory.lastRead(view.uid), { major: decideLanes(lastView, now).major, history: lastView.history, now });
  if (!env.memory.isAskedFor(view.uid, dueAt(view), now)) {
    return { kind: "present", facts, agents: view.agents.status, readingDueAt: dueAt(view) };
  }
  const reading = await readAgents(facts, { env, signal, now });
  const currentMajor = majorOf(view.version ?? "");
  const isFirst = !env.memory.hasRead(view.uid);
  const emptyAttested = approvalsAt(view.approvals, now).some(({ lifts }) => lifts.has(INVENTORY_EMPTY));
  const agents = rememberAgents(view.agents.status, reading, { currentMajor, rememberForMs: view.agents.rememberForMs, now, isFirst, emptyAttested });
  noteReading(view, { reading, agents, emptied: !emptyAttested && turnedEmpty(view.agents.status, reading) }, { env, now });
  const known = { status: agents, lastRead: env.memory.lastRead(view.uid), rememberForMs: view.agents.rememberForMs, maxAgeMs: view.agents.maxAgeMs };
  const informed = { ...view, agents: known };
  return { kind: "present", facts: { ...facts, view: informed }, agents, readingDueAt: dueAt(informed) };
}

async function readAgents(facts: ObservedTenant, { env, signal, now }: GatherContext): Promise<Reading> {
  const { inventory: source } = facts.tenant.spec.agents;
  const unknown = (message: string): Reading => ({ kind: "unknown", message, unknownCount: 0, readAt: now });
  try {
    const tally = new InventoryTally({ readAt: now, authVersion: source.type === "Exec" ? facts.version : undefined });
    await env.inventory.read({ namespace: namespaceOf(facts.tenant.metadata.name), source, authPod: facts.authPod }, (row) => tally.take(row), signal);
    return tally.reading();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    env.log.warn("inventory not readable", { tenant: facts.tenant.metadata.name, error });
    return unknown(error.message);
  }
}

interface Noted {
  readonly reading: Reading;
  readonly agents: AgentStatus | undefined;
  /** It turned empty, and nobody attested that. */
  readonly emptied: boolean;
}

function noteReading(view: TenantView, { reading, agents, emptied }: Noted, { env, now }: Omit<GatherContext, "signal">): void {
  const read = judged(reading, { emptied, standing: readAtOf(env.memory.lastRead(view.uid)), now });
  env.memory.noteRead(view.uid, read, agents);
  env.meter.inventoryRead({ tenant: view.name, result: read.kind === "complete" ? "complete" : "unknown" });
  // A reading that a plan waited for may let it go on.
  env.noteChange(view.name);
  env.enqueue("channel", view.channel.name);
}

/** An inventory that turned empty is unknown whatever was read before; one that merely failed leaves that standing (design §5). */
function judged(reading: Reading, { emptied, standing, now }: { emptied: boolean; standing: Instant | undefined; now: Instant }): LastRead {
  if (emptied) return { kind: "failed", message: "the inventory turned empty though agents were known", askedAt: now };
  if (reading.kind === "complete") return { kind: "complete", readAt: reading.readAt, askedAt: now };
  return { kind: "failed", message: reading.message, askedAt: now, ...(standing !== undefined && { standing }) };
}
