import { LABEL, type ReleaseChannelStatus, type TenantStatus } from "../../src/api/index.ts";
import { MINUTE, type Instant } from "../../src/domain/time.ts";
import { attemptOf, ownerOf, seenAs } from "../invariants/shapes.ts";
import type { PlannedAction } from "../sim/actions.ts";
import type { Stored } from "../sim/server/objects.ts";
import type { Committed } from "../sim/server/store.ts";
import { tellChannel, tellConditions } from "./telling/channel.ts";
import type { Change, Happening } from "./telling/happening.ts";
import { tellLanes, type InWords } from "./telling/lanes.ts";
import { tellStart, tellTenant } from "./telling/tenant.ts";

/** Each object's status as it was at the end of each minute in which it changed, in order of time. */
type Minutes<T> = Map<string, Map<Instant, T>>;

/** Sees every write that the API server carries out, and tells what came to pass; of the operator it believes the writes alone. */
export class Witness {
  readonly #happenings: Happening[] = [];
  readonly #inWords: InWords;
  readonly #begun = new Set<string>();
  readonly #tenants: Minutes<TenantStatus> = new Map();
  readonly #channels: Minutes<ReleaseChannelStatus> = new Map();

  constructor(inWords: InWords) {
    this.#inWords = inWords;
  }

  see({ kind, key, before, after }: Committed, at: Instant): void {
    const tell = (about: string, text: string): void => void this.#happenings.push({ at, about, text });
    if (kind.kind === "Tenant") this.#tenant({ name: key, before: tenantStatus(before), after: tenantStatus(after) }, at);
    else if (kind.kind === "ReleaseChannel") this.#channel({ name: key, before: channelStatus(before), after: channelStatus(after) }, at);
    else if (kind.kind === "Deployment") this.#deployment(after, tell);
    else if (kind.kind === "Pod" && before === undefined) this.#pod(after, tell);
    else if (kind.kind === "Freeze" || kind.kind === "Approval") calendar(kind.kind, { name: key, before: isActive(before), after: after && isActive(after) }, tell);
  }

  /** Everything so far. Of lanes and conditions it is told how they were at the end of a minute: on the way there they may change with every write. */
  happenings(): readonly Happening[] {
    const lanes = [...this.#tenants].flatMap(([name, minutes]) => this.#lanes(name, minutes));
    const conditions = [...this.#channels].flatMap(([name, minutes]) => conditionsOf(name, minutes));
    return [...this.#happenings, ...lanes, ...conditions];
  }

  #tenant(change: Change<TenantStatus>, at: Instant): void {
    for (const text of tellTenant(change)) this.#happenings.push({ at, about: change.name, text });
    note(this.#tenants, change, at);
  }

  #channel(change: Change<ReleaseChannelStatus>, at: Instant): void {
    for (const told of tellChannel(change)) this.#happenings.push({ at, ...told });
    note(this.#channels, change, at);
  }

  #lanes(name: string, minutes: ReadonlyMap<Instant, TenantStatus>): readonly Happening[] {
    const last = { patch: "", major: "" };
    return [...minutes].flatMap(([at, status]) => {
      const said = tellLanes(status, this.#inWords);
      return (["patch", "major"] as const).flatMap((lane) => {
        const text = said[lane];
        if (text === undefined || text === last[lane]) return [];
        last[lane] = text;
        return text === "" ? [] : [{ at, about: name, text }];
      });
    });
  }

  /** An upgrade starts with its first write to a workload. */
  #deployment(after: Stored | undefined, tell: (about: string, text: string) => void): void {
    const [attempt, owner] = [attemptOf(after), ownerOf(after)];
    if (attempt === undefined || owner === undefined || this.#begun.has(attempt.id)) return;
    this.#begun.add(attempt.id);
    const upgrade = this.#statusOf(owner.name)?.upgrade;
    tell(owner.name, upgrade?.id === attempt.id ? tellStart(upgrade) : `starts ${attempt.from} → ${attempt.to} unannounced`);
  }

  /** What people do is told by the story; when it came to what waited for its moment, only the world knows. */
  act({ action, during }: PlannedAction, at: Instant): void {
    if (during !== undefined) this.#happenings.push({ at, about: "Slacktide", text: action.kind === "crash" ? `is killed, with an upgrade at ${during.step}` : `meets ${action.kind} at ${during.step}` });
  }

  /** A tenant that runs, and is not upgraded, has all the pods it needs. */
  #pod(after: Stored | undefined, tell: (about: string, text: string) => void): void {
    const owner = ownerOf(after);
    const status = owner && this.#statusOf(owner.name);
    const isReady = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
    if (owner === undefined || status?.version === undefined || status.upgrade !== undefined || !isReady) return;
    tell(owner.name, `gets a pod of ${after?.metadata.labels?.[LABEL.component] ?? "?"} outside any upgrade`);
  }

  #statusOf(tenant: string): TenantStatus | undefined {
    return [...(this.#tenants.get(tenant)?.values() ?? [])].at(-1);
  }
}

function note<T>(all: Minutes<T>, { name, after }: Change<T>, at: Instant): void {
  if (after === undefined) return;
  const minutes = all.get(name) ?? new Map<Instant, T>();
  all.set(name, minutes.set(Math.floor(at / MINUTE) * MINUTE, after));
}

function conditionsOf(name: string, minutes: ReadonlyMap<Instant, ReleaseChannelStatus>): readonly Happening[] {
  let before: ReleaseChannelStatus | undefined;
  return [...minutes].flatMap(([at, after]) => {
    const texts = tellConditions({ name, before, after });
    before = after;
    return texts.map((text) => ({ at, about: name, text }));
  });
}

const EDGES = { Freeze: { begins: "begins", ends: "ends" }, Approval: { begins: "is valid", ends: "has expired" } } as const;

function calendar(kind: keyof typeof EDGES, { name, before = false, after }: Change<boolean>, tell: (about: string, text: string) => void): void {
  if (after === true && !before) tell(`${kind} ${name}`, EDGES[kind].begins);
  if (after === false && before) tell(`${kind} ${name}`, EDGES[kind].ends);
  if (after === undefined && before) tell(`${kind} ${name}`, "is no more");
}

/** Whether a Freeze or an Approval says that it holds. */
function isActive(object: Stored | undefined): boolean {
  return (object?.["status"] as { active?: boolean } | undefined)?.active === true; // as the operator writes it
}

function tenantStatus(object: Stored | undefined): TenantStatus | undefined {
  return object && (seenAs("Tenant", [object])[0]?.status ?? {});
}

function channelStatus(object: Stored | undefined): ReleaseChannelStatus | undefined {
  return object && (seenAs("ReleaseChannel", [object])[0]?.status ?? {});
}
