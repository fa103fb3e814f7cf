import { ANNOTATION, API_VERSION, LABEL } from "../../../src/api/index.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { InvariantMonitor, InvariantViolation } from "../../invariants/monitor.ts";
import { PLATFORM } from "../../fixtures/tenant.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Written {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly uid?: string;
  readonly spec?: Fields;
  readonly status?: Fields;
  readonly data?: Fields;
}

export const UID = "uid-acme";
export const OPERATOR = "replica-1";
/** A Tuesday, an hour into the opening of the window that the story begins with (03:00–07:00 in UTC). */
export const NOW = "2026-11-24T04:00:00Z";

/** Writes to a cluster with one settled tenant, one window and one channel, shown to a monitor one after the other. */
export class Story {
  readonly monitor = new InvariantMonitor({ platform: PLATFORM });
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;
  #now = Date.parse(NOW) - 3_600_000;
  #elapsed = 0;

  constructor() {
    this.write("user", "MaintenanceWindow", "night", { spec: { schedule: "0 3 * * 2", duration: "4h", timeZone: "UTC", lanes: ["Patch", "Major"], tenantSelector: {} } });
    this.channel({});
    this.tenant({});
    this.write(OPERATOR, "Namespace", "tenant-acme", { labels: LABELS });
    this.write("user", "ConfigMap", "tenant-acme/agents", { data: { "inventory.json": inventory("17.2.1") } });
    this.deployment("auth", "17.2.1");
    this.deployment("proxy-us-west-2", "17.2.1");
    this.wait(Date.parse(NOW) - this.#now);
  }

  /** Both clocks go on. */
  wait(ms: number): this {
    this.#now += ms;
    this.#elapsed += ms;
    return this;
  }

  /** Somebody sets the clock of the operator. */
  setClock(iso: string): this {
    this.#now = Date.parse(iso);
    return this;
  }

  write(by: string, kind: string, key: string, written: Written | undefined): this {
    return this.#see({ by, kind, key }, written);
  }

  /** In the cluster of another region. */
  abroad(by: string, kind: string, key: string, written: Written | undefined): this {
    return this.#see({ by, kind, key, isAbroad: true }, written);
  }

  #see(write: { readonly by: string; readonly kind: string; readonly key: string; readonly isAbroad?: boolean }, written: Written | undefined): this {
    const { kind, key, isAbroad = false } = write;
    const id = `${isAbroad ? "abroad " : ""}${kind} ${key}`;
    const before = this.#objects.get(id);
    const after = written && this.#object(kind, key, { before, written });
    if (after === undefined) this.#objects.delete(id);
    else this.#objects.set(id, after);
    this.monitor.see({ ...write, at: this.#now, elapsed: this.#elapsed, before, after });
    return this;
  }

  tenant({ spec = {}, status = {}, by = "user", ...more }: Omit<Written, "spec"> & { spec?: Fields; by?: string }): this {
    const whole = { domain: "acme.teleport.example", region: "us-west-2", channel: "stable", agents: { inventory: { type: "ConfigMap", name: "agents", rememberFor: "168h" } }, ...spec };
    return this.write(by, "Tenant", "acme", { uid: UID, spec: whole, status: { version: "17.2.1", ...status }, ...more });
  }

  channel({ slots = [], by = "user", halts = [], rollout = {}, releases = [], durations }: { slots?: readonly string[]; by?: string; halts?: readonly Fields[]; rollout?: Fields; releases?: readonly Fields[]; durations?: Fields }): this {
    const spec = { releases, rollout: { maxParallel: 1, maxFailures: 0, expectedDuration: { patch: "20m", major: "45m" }, ...rollout } };
    return this.write(by, "ReleaseChannel", "stable", { spec, status: { slots: slots.map((attempt) => ({ attempt, tenant: attempt.split("-")[0], uid: `uid-${attempt.split("-")[0]}` })), halts, ...(durations && { durations }) } });
  }

  /** A restore point that can be used. */
  restorePoint(version: string, takenAt: string): this {
    const annotations = { [ANNOTATION.version]: version, [ANNOTATION.takenAt]: takenAt };
    return this.write(OPERATOR, "VolumeSnapshot", `tenant-acme/restore-${takenAt}`, { labels: { ...LABELS, [LABEL.component]: "restore-point" }, annotations, status: { readyToUse: true } });
  }

  /** A slot, and the announcement in the tenant's status; for a major what can bring it back. */
  announce(attempt: Attempt, step = "Auth"): this {
    if (attempt.class === "Major") this.restorePoint(attempt.from, attempt.disruptiveAt);
    this.channel({ slots: [attempt.id], by: OPERATOR });
    return this.tenant({ by: OPERATOR, status: { upgrade: { ...attempt, step } } });
  }

  /** What the operator writes for a workload; with an attempt as an upgrade does. */
  deployment(name: string, version: string, { attempt, by = OPERATOR }: { attempt?: Attempt; by?: string } = {}): this {
    const annotations = attempt === undefined ? {} : { [ANNOTATION.attempt]: JSON.stringify(attempt) };
    const template = { spec: { containers: [{ image: `registry.example/teleport:${version}` }] } };
    return this.write(by, "Deployment", `tenant-acme/${name}`, { labels: LABELS, annotations, spec: { template } });
  }

  pod(name: string, component: string, version: string | undefined): this {
    const labels = { ...LABELS, [LABEL.component]: component };
    const pod = version === undefined ? undefined : { labels, spec: { containers: [{ image: `registry.example/teleport:${version}` }] }, status: { phase: "Running" } };
    return this.write("cluster", "Pod", `tenant-acme/${name}`, pod);
  }

  #object(kind: string, key: string, { before, written }: { before: KubeObject | undefined; written: Written }): KubeObject {
    this.#version += 1;
    const { labels, annotations, deletionTimestamp, uid = before?.metadata.uid ?? `uid-${kind}-${key}`, ...fields } = written;
    const [name = "", namespace] = key.split("/").reverse();
    const metadata = { name, uid, resourceVersion: String(this.#version), ...(namespace && { namespace }), ...(labels && { labels }), ...(annotations && { annotations }), ...(deletionTimestamp && { deletionTimestamp }) };
    return { apiVersion: API_VERSION, kind, metadata, ...fields };
  }
}

export const LABELS = { [LABEL.tenant]: "acme", [LABEL.tenantUid]: UID };

export type Attempt = ReturnType<typeof attempt>;

/** An upgrade claimed at the beginning of the opening and announced now. */
export function attempt(more: Partial<{ id: string; class: string; from: string; to: string; disruptiveAt: string; predictedEndAt: string }> = {}) {
  return {
    id: "acme-17.2.3-a",
    class: "Patch",
    from: "17.2.1",
    to: "17.2.3",
    claimedAt: "2026-11-24T03:55:00Z",
    disruptiveAt: NOW,
    predictedEndAt: "2026-11-24T04:15:00Z",
    opening: { window: "night", opensAt: "2026-11-24T03:00:00Z", closesAt: "2026-11-24T07:00:00Z" },
    ...more,
  };
}

export function inventory(version: string): string {
  return JSON.stringify([{ metadata: { name: "agent-1" }, spec: { version, services: ["Node"], hostname: "db-1", last_seen: NOW } }]);
}

/** The name of the invariant that is broken, or undefined. */
export function broken(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof InvariantViolation) return error.invariant;
    throw error;
  }
}
