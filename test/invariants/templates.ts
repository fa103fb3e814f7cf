import { ANNOTATION, type UpgradeStatus } from "../../src/api/index.ts";
import { Followers } from "./followers.ts";
import { pausedBy } from "./freezes.ts";
import { isRestore, runningIn } from "./restores.ts";
import { laneOf, type DisruptiveStart, type Starts } from "./starts.ts";
import { attemptOf, canonical, compare, imageVersion, ownerOf, seenAs, textOf, versionOf, type AttemptNote, type DeploymentObject, type Version } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";
import { STALE_MS, type World } from "./world.ts";

interface Intended {
  readonly version: Version | undefined;
  readonly template: string;
  readonly isRecorded: boolean;
}

interface Change {
  readonly write: SeenWrite;
  readonly tenant: { readonly name: string; readonly uid: string };
  readonly workload: string;
  readonly attempt: AttemptNote | undefined;
  readonly before: DeploymentObject | undefined;
  readonly after: DeploymentObject;
  /** What the operator last gave this workload. */
  readonly intended: Intended | undefined;
}

/** Watches the pod templates of tenants: no version is skipped or goes down (I7), and none changes outside an attempt (I1). */
export class Templates {
  readonly #world: World;
  readonly #starts: Starts;
  readonly #intended = new Map<string, Intended>();
  readonly #followers = new Followers();
  readonly #begun = new Set<string>();
  readonly #settled = new Set<string>();
  /** Attempts whose first write was carried out. */
  readonly #written = new Set<string>();
  /** The newest release that each attempt has led to: it is gone on from there, or ended (design §8). */
  readonly #reached = new Map<string, string>();

  constructor(world: World, starts: Starts) {
    this.#world = world;
    this.#starts = starts;
  }

  see(write: SeenWrite, instants: readonly number[]): void {
    this.#followers.note(write);
    if (write.kind === "Tenant" && isReplicas(write)) this.#checkEnds(write);
    if (write.kind === "Tenant" || write.kind === "Namespace") return this.#noteSettled(write);
    const tenant = write.kind === "Deployment" ? ownerOf(write.after ?? write.before) : undefined;
    if (tenant === undefined) return;
    if (!isReplicas(write)) return this.#disturbed(write, tenant);
    const [after] = seenAs("Deployment", [write.after]);
    const workload = write.key.split("/")[1] ?? "";
    const key = `${tenant.uid}/${workload}`;
    // What the operator removes and makes again later (a region that comes back) begins anew.
    if (after === undefined) return void this.#intended.delete(key);
    const [before] = seenAs("Deployment", [write.before]);
    const change = { write, tenant, workload, before, after, attempt: attemptOf(after), intended: this.#intended.get(key) };
    this.#check(change, instants);
    this.#intended.set(key, { version: imageVersion(after.spec?.template?.spec), template: canonical(after.spec?.template), isRecorded: isRecorded(after) });
  }

  /** Whether the workload has the template that the operator last gave it; one that it never wrote has no other. */
  isAsIntended(uid: string, { metadata, spec }: DeploymentObject): boolean {
    const known = this.#intended.get(`${uid}/${metadata.name}`);
    return known === undefined || known.template === canonical(spec?.template);
  }

  #check(change: Change, instants: readonly number[]): void {
    const { write, tenant, attempt, before, after, intended } = change;
    const template = canonical(after.spec?.template);
    const isSame = before !== undefined && canonical(before.spec?.template) === template;
    if (!isSame && isRestore(this.#world, change)) return this.#restored(change);
    if (attempt !== undefined && before?.metadata.annotations?.[ANNOTATION.attempt] !== after.metadata.annotations?.[ANNOTATION.attempt]) this.#written.add(attempt.id);
    if (attempt !== undefined && !this.#begun.has(attempt.id)) {
      this.#begun.add(attempt.id);
      this.#starts.check({ write, attempt, tenant, instants });
    }
    const isRolled = attempt !== undefined && textOf(imageVersion(after.spec?.template?.spec)) === attempt.to;
    if (isRolled) this.#goesOn({ write, attempt, tenant, instants });
    if (isSame) return;
    this.#neverAuthAcross(change);
    // Drift that is repaired, or a Deployment that somebody removed and that comes back.
    if (intended?.template === template) return;
    if (intended === undefined || ((before === undefined || (intended.isRecorded && !isRecorded(before))) && this.#isKnown(change))) return;
    this.#neverDown(change, intended);
    this.#notPaused(change, instants);
    if (this.#settled.has(tenant.uid)) this.#inAttempt(change, intended);
  }

  /** The one way back across a major (I7): somebody confirmed it, nothing of the tenant runs, and Auth's data is of that version. */
  #restored({ write, tenant, attempt }: Change): void {
    const running = runningIn(this.#world, tenant.name);
    if (running !== undefined) throw new InvariantViolation("I7", `${tenant.name} is restored while ${running} still runs`, write);
    if (attempt !== undefined) this.#begun.add(attempt.id);
  }

  /** A proxy that is written while it waits for its turn still goes to what the attempt left. */
  #goesOn(start: DisruptiveStart): void {
    const { id, to } = start.attempt;
    const left = this.#reached.get(id);
    const isKnown = left === undefined || left === to || compare(versionOf(to) ?? [0, 0, 0], versionOf(left) ?? [0, 0, 0]) < 0;
    if (!isKnown) this.#starts.checkOnward(start, left);
    if (left === undefined || !isKnown) this.#reached.set(id, to);
  }

  /** One that somebody removed, or whose records, comes back at a version that the tenant runs or is on its way to or from. */
  #isKnown({ tenant, after }: Change): boolean {
    const to = textOf(imageVersion(after.spec?.template?.spec));
    const known = seenAs("Tenant", this.#world.lately("Tenant", tenant.name)).flatMap(({ status }) => [status?.version, status?.upgrade?.from, status?.upgrade?.to]);
    return known.includes(to);
  }

  /** Auth that runs a higher major has migrated its data; what somebody did by hand just now may not be known yet. */
  #neverAuthAcross({ write, workload, after, tenant }: Change): void {
    const to = imageVersion(after.spec?.template?.spec);
    if (workload !== "auth" || to === undefined) return;
    const versions = seenAs("Deployment", this.#world.lately("Deployment", `tenant-${tenant.name}/auth`)).filter((each) => each !== write.after && (ownerOf(each)?.uid ?? tenant.uid) === tenant.uid);
    const majors = versions.map(({ spec }) => imageVersion(spec?.template?.spec)?.[0] ?? 0);
    if (majors.length > 0 && majors.every((major) => major > to[0])) throw new InvariantViolation("I7", `Auth of ${tenant.name} goes down to ${textOf(to)} across a major`, write);
  }

  #neverDown({ write, tenant, workload, attempt, after }: Change, intended: Intended): void {
    const to = imageVersion(after.spec?.template?.spec);
    if (to === undefined || intended.version === undefined || compare(to, intended.version) >= 0) return;
    const about = `${workload} of ${tenant.name} goes down from ${textOf(intended.version)} to ${textOf(to)}`;
    if (!this.#settled.has(tenant.uid) && to[0] === intended.version[0]) return; // never Active: it re-targets freely
    if (attempt === undefined || attempt.class === "Major" || to[0] !== intended.version[0]) throw new InvariantViolation("I7", about, write);
    const isRollBack = this.#attempts(tenant.name).some(({ id, step }) => id === attempt.id && step === "RollBack");
    if (!isRollBack || textOf(to) !== attempt.from) throw new InvariantViolation("I7", `${about}, and no roll-back of ${attempt.id} was announced`, write);
  }

  /** Whoever decided may have done so a while before the freeze began. */
  #notPaused({ write, tenant, workload, attempt, after }: Change, instants: readonly number[]): void {
    if (attempt === undefined || textOf(imageVersion(after.spec?.template?.spec)) !== attempt.to) return;
    const upgrade = { tenant: tenant.name, lane: laneOf(attempt), isSecurity: attempt.class === "Security" };
    const approved = this.#attempts(tenant.name).find(({ id, approvals = [] }) => id === attempt.id && approvals.length > 0);
    const letThroughAt = approved && Date.parse(approved.claimedAt);
    const freezes = instants.map((at) => pausedBy(this.#world, upgrade, { at, sinceMs: STALE_MS, letThroughAt }));
    if (freezes.every((name) => name !== undefined)) throw new InvariantViolation("F", `${workload} of ${tenant.name} is rolled to ${attempt.to} while freeze ${freezes[0] ?? ""} pauses what runs`, write);
  }

  /** A settled tenant's pods change for an attempt alone, to the version it goes to, or back to the one it left. */
  #inAttempt({ write, tenant, workload, attempt, after }: Change, intended: Intended): void {
    const to = imageVersion(after.spec?.template?.spec);
    const about = `${workload} of ${tenant.name} gets another pod template (${textOf(intended.version)} to ${textOf(to)})`;
    if (attempt === undefined) throw new InvariantViolation("I1", `${about} outside of any attempt`, write);
    if (textOf(to) !== attempt.to && textOf(to) !== attempt.from) throw new InvariantViolation("I7", `${about}, which attempt ${attempt.id} does not lead to`, write);
    if (this.#follows({ write, tenant, workload, attempt, after })) return;
    if (!this.#attempts(tenant.name).some(({ id }) => id === attempt.id)) throw new InvariantViolation("I12", `${about} for attempt ${attempt.id}, which is not under way`, write);
    const [from, major] = [versionOf(attempt.from), versionOf(attempt.to)];
    if (from === undefined || major === undefined || to === undefined) return;
    if (major[0] > from[0] + 1) throw new InvariantViolation("I7", `${about}: attempt ${attempt.id} skips a major`, write);
    if (major[0] !== from[0] && attempt.class !== "Major") throw new InvariantViolation("I7", `${about}: attempt ${attempt.id} is of class ${attempt.class}`, write);
    if (intended.version !== undefined && to[0] > intended.version[0] + 1) throw new InvariantViolation("I7", `${about} and skips a major`, write);
  }

  /** To what the tenant runs, and no further. */
  #follows({ write, tenant, workload, after }: Omit<Change, "before" | "intended">): boolean {
    const to = textOf(imageVersion(after.spec?.template?.spec));
    const runs = seenAs("Tenant", this.#world.lately("Tenant", tenant.name)).some(({ status }) => status?.version === to);
    return write.isAbroad === true && runs && this.#followers.isFollowing(tenant.uid, workload);
  }

  #attempts(tenant: string): readonly Pick<UpgradeStatus, "id" | "step" | "claimedAt" | "approvals">[] {
    return seenAs("Tenant", this.#world.lately("Tenant", tenant)).flatMap(({ status }) => status?.upgrade ?? []);
  }

  /** What changed the tenant is not told of as if nothing had: it ends as succeeded or rolled back (I10). */
  #checkEnds(write: SeenWrite): void {
    const [before, after] = [write.before, write.after].map((object) => seenAs("Tenant", [object])[0]?.status);
    if (after?.history?.[0]?.id === before?.history?.[0]?.id) return;
    const ended = (after?.history ?? []).find(({ id, result }) => this.#written.has(id) && (result === "Aborted" || result === "Failed") && before?.history?.some((known) => known.id === id) !== true);
    if (ended !== undefined) throw new InvariantViolation("I10", `attempt ${ended.id} is told of as ${ended.result}, and it has written to a workload`, write);
    const [newest] = after?.history ?? [];
    const reached = this.#reached.get(newest?.id ?? "");
    if (newest?.result === "Succeeded" && reached !== undefined && newest.to !== reached) throw new InvariantViolation("I10", `attempt ${newest.id} is told of as an upgrade to ${newest.to}, and it went to ${reached}`, write);
  }

  #noteSettled({ kind, after }: SeenWrite): void {
    const uid = kind === "Tenant" ? after?.metadata.uid : ownerOf(after)?.uid;
    const version = kind === "Tenant" ? seenAs("Tenant", [after])[0]?.status?.version : after?.metadata.annotations?.[ANNOTATION.version];
    if (uid !== undefined && version !== undefined) this.#settled.add(uid);
  }

  /** Auth that somebody removes or changes after an attempt was announced may have run the new version: it has begun. */
  #disturbed({ by, key, after }: SeenWrite, tenant: { readonly name: string }): void {
    if (by !== "user" || !key.endsWith("/auth")) return;
    const wasChanged = after === undefined || attemptOf(after) === undefined;
    for (const { id } of wasChanged ? this.#announced(tenant.name) : []) this.#begun.add(id);
  }

  #announced(tenant: string): readonly { readonly id: string }[] {
    return seenAs("Tenant", this.#world.lately("Tenant", tenant)).flatMap(({ status }) => (status?.upgrade?.disruptiveAt === undefined ? [] : status.upgrade));
  }
}

/** Whether it says which pods it was to have; where somebody took that away, they are made as they are wanted now. */
function isRecorded({ metadata }: DeploymentObject): boolean {
  return metadata.annotations?.[ANNOTATION.podTemplate] !== undefined;
}
