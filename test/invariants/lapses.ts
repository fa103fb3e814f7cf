import { ANNOTATION, LABEL } from "../../src/api/index.ts";
import { namespaceOf } from "../../src/domain/objects/names.ts";
import type { Platform } from "../../src/domain/objects/platform.ts";
import type { Instant } from "../../src/domain/time.ts";
import { seenAs, type TenantObject } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";

const DAY = 86_400_000;
/** No sooner after the lapse, and after it was first there to be seen (row F6). */
const KEPT_MS = 7 * DAY;
/** Each clock by which something is recorded, or decided, may be so wrong without being untrusted. */
const CLOCKS_MS = 2 * 31_000;

/**
 * Judges the deletion of lapsed tenants' data (I16): it begins with a write to the Tenant's status, over exactly the version
 * that is `before` in it, so that nothing that was known late excuses it; and no more of them begin in a day than the platform allows.
 */
export class Lapses {
  readonly #most: number;
  /** Since when the subscription is over without a break, by the true clock, by the tenant's uid. */
  readonly #since = new Map<string, Instant>();
  /** What namespaces record of when the lapse was first seen, by their names. */
  readonly #noted = new Map<string, Instant>();
  readonly #purging = new Set<string>();
  readonly #begunAt: Instant[] = [];

  constructor({ lapse }: Platform) {
    this.#most = lapse.maxPurgesPerDay;
  }

  /** Whether the deletion of its data was begun as it should be. */
  isPurging(uid: string | undefined): boolean {
    return uid !== undefined && this.#purging.has(uid);
  }

  see(write: SeenWrite, instants: readonly Instant[]): void {
    if (write.kind === "Namespace") this.#noteRecord(write);
    if (write.kind === "PersistentVolumeClaim" && write.by === "cluster") this.#checkVolume(write);
    if (write.kind !== "Tenant") return;
    const [[before], [after]] = [seenAs("Tenant", [write.before]), seenAs("Tenant", [write.after])];
    // Another Tenant has to see the lapse for itself.
    if (after === undefined) return void this.#since.delete(before?.metadata.uid ?? "");
    if (isReplicas(write)) this.#checkBegin(write, { before, after, instants });
    else this.#noteLapse(after, { before, at: write.at });
  }

  #noteRecord({ key, after }: SeenWrite): void {
    const recorded = Date.parse(after?.metadata.annotations?.[ANNOTATION.lapseObservedAt] ?? "");
    if (Number.isNaN(recorded)) this.#noted.delete(key);
    else this.#noted.set(key, recorded);
  }

  #noteLapse(after: TenantObject, { before, at }: { before: TenantObject | undefined; at: Instant }): void {
    const uid = after.metadata.uid ?? "";
    if (after.spec?.subscription?.lapsedAt === undefined) {
      // As long as nobody of the operator has said that it is over, it cannot know of the break.
      if (after.status?.lapse?.observedAt === undefined) this.#since.delete(uid);
      return;
    }
    // A status that somebody restored tells of a lapse that was seen before, if the namespace tells of it too.
    const restored = after.status?.lapse?.observedAt;
    const isRestored = restored !== undefined && restored !== before?.status?.lapse?.observedAt;
    const witnessed = isRestored ? Math.max(Date.parse(restored), this.#noted.get(namespaceOf(after.metadata.name)) ?? at) : at;
    this.#since.set(uid, Math.min(this.#since.get(uid) ?? at, witnessed));
  }

  #checkBegin(write: SeenWrite, { before, after, instants }: { before: TenantObject | undefined; after: TenantObject; instants: readonly Instant[] }): void {
    const uid = after.metadata.uid ?? "";
    if (before?.spec?.subscription?.lapsedAt === undefined && after.status?.lapse?.observedAt === undefined) this.#since.delete(uid);
    const startedAt = after.status?.lapse?.purgeStartedAt;
    if (startedAt === undefined || startedAt === before?.status?.lapse?.purgeStartedAt) return;
    // Of a status that was lost in the middle only what was there is said again.
    if (this.#purging.has(uid) && this.#begunAt.includes(Date.parse(startedAt))) return;
    const fail = (why: string): never => {
      throw new InvariantViolation("I16", `the deletion of ${after.metadata.name} began ${why}`, write);
    };
    const from = this.#dueFrom(before, uid);
    if (from === undefined) return fail("though its subscription runs");
    if (Math.max(...instants) + CLOCKS_MS < from) fail(`before ${new Date(from).toISOString()}`);
    this.#purging.add(uid);
    this.#begunAt.push(Date.parse(startedAt));
    const sameDay = this.#begunAt.filter((at) => Math.abs(at - Date.parse(startedAt)) < DAY && at <= Date.parse(startedAt));
    if (sameDay.length > this.#most) fail(`as the ${sameDay.length}th within 24 hours, of which there may be ${this.#most}`);
  }

  #dueFrom(tenant: TenantObject | undefined, uid: string): Instant | undefined {
    const lapsedAt = tenant?.spec?.subscription?.lapsedAt;
    return lapsedAt === undefined ? undefined : Math.max(Date.parse(lapsedAt), this.#since.get(uid) ?? Infinity) + KEPT_MS;
  }

  /** What controllers remove is judged by the true clock. */
  #checkVolume({ before, after, at, ...write }: SeenWrite): void {
    const uid = before?.metadata.labels?.[LABEL.tenantUid];
    if (uid === undefined || after !== undefined || !this.#purging.has(uid)) return;
    const since = this.#since.get(uid);
    if (since !== undefined && at < since + KEPT_MS) throw new InvariantViolation("I16", "a lapsed tenant's volume went before the seventh day", { ...write, before, after, at });
  }
}

/** Whether the subscription is over at an instant. */
export function hasLapsed({ spec }: TenantObject, at: Instant): boolean {
  const lapsedAt = spec?.subscription?.lapsedAt;
  return lapsedAt !== undefined && Date.parse(lapsedAt) <= at;
}
