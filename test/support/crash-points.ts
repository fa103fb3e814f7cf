import { setTimeout as sleep } from "node:timers/promises";
import type { TenantStatus } from "../../src/api/index.ts";
import type { FaultProxy, HeldWrite, Write } from "./proxy.ts";
import type { Stage } from "./stage.ts";

/** A point of an upgrade: the write that is caught there, and what becomes of it after the operator died. */
export interface CrashPoint {
  readonly at: (write: Write, place: Place) => boolean;
  /** `last`: the operator dies a moment after this write was let through. */
  readonly fate: "drop" | "forward" | "last";
}

/** Whose upgrade, and where to. */
export interface Place {
  readonly tenant: string;
  readonly to: string;
}

/** Every point at which done work and said work differ. */
export const POINTS = {
  claimed: { at: (write, { tenant }) => stepIn(write, tenant) === "Preflight", fate: "drop" },
  unwritten: { at: (write, place) => isRoll(write, place, "auth"), fate: "drop" },
  unheard: { at: (write, place) => isRoll(write, place, "auth"), fate: "forward" },
  "mid-auth": { at: (write, place) => isRoll(write, place, "auth"), fate: "last" },
  between: { at: (write, { tenant }) => stepIn(write, tenant) === "Proxy", fate: "drop" },
  "mid-proxy": { at: (write, place) => isRoll(write, place, "proxy-us-west-2"), fate: "last" },
  verified: { at: hasEnded, fate: "drop" },
  ended: { at: hasEnded, fate: "forward" },
} as const satisfies Readonly<Record<string, CrashPoint>>;

const HELD_WITHIN_MS = 25_000;
/** A pod takes half a second to go and come: this is in the middle. */
const INTO_THE_ROLL_MS = 150;

/** A crash: of an operator that is started at `from` and rolls every tenant to `to`, each caught at its own point. */
export interface Crash {
  readonly stage: Stage;
  readonly proxy: FaultProxy;
  /** Of the proxy. */
  readonly kubeconfig: string;
  readonly from: string;
  readonly to: string;
  readonly points: ReadonlyMap<string, CrashPoint>;
}

/** Kills the operator once every tenant has reached its point; resolves to the rehearsed instant of its death. */
export async function crash({ stage, proxy, kubeconfig, from, to, points }: Crash): Promise<number> {
  const operator = stage.start({ from, kubeconfig });
  const held = await allHeld({ stage, proxy, to, points });
  for (const { write, fate } of held) if (fate === "last") void write.forward();
  await sleep(INTO_THE_ROLL_MS);
  const diedAt = operator.rehearsedNow();
  await operator.kill();
  for (const { write, fate } of held) await (fate === "forward" ? write.forward() : write.drop());
  return diedAt;
}

interface Held {
  readonly write: HeldWrite;
  readonly fate: CrashPoint["fate"];
}

/** Resolves when the writes of all tenants are held at once; rejects naming those that did not come. */
export async function allHeld({ stage, proxy, to, points }: Omit<Crash, "from" | "kubeconfig">): Promise<readonly Held[]> {
  const missing = new Set(points.keys());
  const holds = [...points].map(async ([tenant, { at, fate }]) => {
    const write = await proxy.hold((each) => at(each, { tenant, to }));
    missing.delete(tenant);
    return { write, fate };
  });
  const late = sleep(HELD_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not reached in ${HELD_WITHIN_MS / 1000} s: ${[...missing].join(", ")}\n${stage.lastWords()}`);
  });
  return Promise.race([Promise.all(holds), late]);
}

/** The status that the write gives the tenant. */
function statusIn({ path, body }: Write, tenant: string): TenantStatus | undefined {
  if (path !== `/apis/slacktide.dev/v1alpha1/tenants/${tenant}/status`) return undefined;
  return (body as { status?: TenantStatus } | undefined)?.status; // what the operator applies
}

function stepIn(write: Write, tenant: string): string | undefined {
  return statusIn(write, tenant)?.upgrade?.step;
}

function hasEnded(write: Write, { tenant, to }: Place): boolean {
  return (statusIn(write, tenant)?.history ?? []).some((entry) => entry.to === to);
}

function isRoll({ path, body }: Write, { tenant, to }: Place, deployment: string): boolean {
  return path === `/apis/apps/v1/namespaces/tenant-${tenant}/deployments/${deployment}` && JSON.stringify(body).includes(`:${to}"`);
}
