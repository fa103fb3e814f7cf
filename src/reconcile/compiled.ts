import { parseApproval, parseFreeze, parseMaintenanceWindow, parseReleaseChannel, type LabelSelector, type ReleaseChannel, type ReleaseChannelStatus } from "../api/index.ts";
import { compileChannel, type Channel, type InvalidChannel } from "../domain/release/channel.ts";
import { compileApproval, type Approval } from "../domain/approval/approval.ts";
import { predictedSeconds } from "../domain/fleet/durations.ts";
import { compileFreeze, unreadableFreeze, type Freeze } from "../domain/freeze/freeze.ts";
import { instantOf, type Instant } from "../domain/time.ts";
import { compileWindow, type InvalidWindow, type Window } from "../domain/window/window.ts";
import type { Caches, KindName, LiveObject } from "./ports.ts";
import { statusAs } from "./shapes.ts";

/** A window of the cluster, compiled, with what binds it to tenants. */
export interface CompiledWindow {
  readonly name: string;
  readonly tenantSelector?: LabelSelector | undefined;
  readonly window: Window | InvalidWindow;
}

/** A channel of the cluster, compiled, beside the object it came from. */
export interface CompiledChannel {
  readonly channel: Channel | InvalidChannel;
  readonly object: ReleaseChannel | undefined;
  /** The same as long as nothing has changed but slots and what is merely shown. */
  readonly rules: string;
}

/** Turns an instant of the API server's clock, such as when an object was created, into one of the domain's (design §12). */
type FromServer = (instant: Instant) => Instant;
const asIs: FromServer = (instant) => instant;

/**
 * Windows, freezes and channels as the rules want them. Compiling costs and a compiled window remembers its starts, so each
 * is kept until its object changes; what is no longer in the cluster is dropped.
 */
export class Compiled {
  readonly #caches: Caches;
  readonly #windows: CompiledKind<CompiledWindow>;
  readonly #freezes: CompiledKind<Freeze>;
  readonly #approvals: CompiledKind<Approval | undefined>;
  #calendar: { readonly revision: number; readonly text: string } | undefined;
  readonly #channels = new Map<string, { readonly version: string; readonly compiled: CompiledChannel }>();

  constructor(caches: Caches, fromServer: FromServer = asIs) {
    this.#caches = caches;
    this.#windows = new CompiledKind("MaintenanceWindow", caches, compiledWindow);
    this.#freezes = new CompiledKind("Freeze", caches, (object) => compiledFreeze(object, fromServer));
    this.#approvals = new CompiledKind("Approval", caches, (object) => compiledApproval(object, fromServer));
  }

  /** Goes up whenever a window, a freeze or an approval has changed, come or gone. */
  calendarRevision(): number {
    return this.#windows.revision() + this.#freezes.revision() + this.#approvals.revision();
  }

  /** Stands for all windows, freezes and approvals as they are written; the same in every process. */
  calendar(): string {
    const revision = this.calendarRevision();
    if (this.#calendar?.revision !== revision) this.#calendar = { revision, text: [this.#windows, this.#freezes, this.#approvals].map((kind) => kind.text()).join("; ") };
    return this.#calendar.text;
  }

  /** Every window of the cluster. */
  windows(): readonly CompiledWindow[] {
    return this.#windows.all();
  }

  window(object: LiveObject): CompiledWindow {
    return this.#windows.of(object);
  }

  /** Every freeze of the cluster, also those that have ended. */
  freezes(): readonly Freeze[] {
    return this.#freezes.all();
  }

  freeze(object: LiveObject): Freeze {
    return this.#freezes.of(object);
  }

  /** Every approval that can be read, also those that have expired. */
  approvals(): readonly Approval[] {
    return this.#approvals.all().filter((approval) => approval !== undefined);
  }

  approval(object: LiveObject): Approval | undefined {
    return this.#approvals.of(object);
  }

  /** The channel by name, or undefined if there is none. */
  channel(name: string, now: Instant): CompiledChannel | undefined {
    const object = this.#caches.get("ReleaseChannel", { name });
    if (object === undefined) {
      this.#channels.delete(name);
      return undefined;
    }
    const version = object.metadata.resourceVersion ?? "";
    const known = this.#channels.get(name);
    if (known !== undefined && known.version === version) return known.compiled;
    const compiled = compiledChannel(object, now, known?.compiled);
    this.#channels.set(name, { version, compiled });
    return compiled;
  }
}

/** The objects of one kind, each compiled once for each of its generations. */
class CompiledKind<T> {
  readonly #kind: KindName;
  readonly #caches: Caches;
  readonly #compile: (object: LiveObject) => T;
  readonly #known = new Map<string, { readonly version: string; readonly compiled: T }>();
  #all: { readonly as: number; readonly compiled: readonly T[] } | undefined;
  #revision = 0;

  constructor(kind: KindName, caches: Caches, compile: (object: LiveObject) => T) {
    this.#kind = kind;
    this.#caches = caches;
    this.#compile = compile;
  }

  /** Goes up whenever one has changed, come or gone. */
  revision(): number {
    this.all();
    return this.#revision;
  }

  /** The name and version of each. */
  text(): string {
    return this.#caches.list(this.#kind).map(({ metadata }) => `${metadata.name} ${versionOf(metadata)}`).sort().join();
  }

  /** Every look at every tenant asks for them. */
  all(): readonly T[] {
    const as = this.#caches.revisionOf(this.#kind);
    if (this.#all?.as !== as) this.#all = { as, compiled: this.#compiled() };
    return this.#all.compiled;
  }

  #compiled(): readonly T[] {
    const live = this.#caches.list(this.#kind);
    if (this.#known.size > live.length) {
      this.#known.clear();
      this.#revision += 1;
    }
    return live.map((object) => this.of(object));
  }

  of(object: LiveObject): T {
    const { name } = object.metadata;
    const version = versionOf(object.metadata);
    const known = this.#known.get(name);
    if (known !== undefined && known.version === version) return known.compiled;
    const compiled = this.#compile(object);
    this.#known.set(name, { version, compiled });
    this.#revision += 1;
    return compiled;
  }
}

function versionOf({ uid, generation }: LiveObject["metadata"]): string {
  return `${uid ?? ""}/${generation ?? 0}`;
}

/** Compiles a window object; one that cannot be parsed is invalid, never open. */
export function compiledWindow(object: LiveObject): CompiledWindow {
  const { name } = object.metadata;
  const parsed = parseMaintenanceWindow(object);
  if (parsed.kind === "invalid") return { name, window: { kind: "invalid", name, problems: [parsed.message] } };
  const { tenantSelector, ...spec } = parsed.value.spec;
  return { name, tenantSelector, window: compileWindow(name, spec) };
}

/** Compiles a freeze object; one that cannot be parsed spares nobody. Its beginning is its creation unless it names one. */
export function compiledFreeze(object: LiveObject, fromServer: FromServer = asIs): Freeze {
  const { name, creationTimestamp } = object.metadata;
  const parsed = parseFreeze(object);
  if (parsed.kind === "invalid") return unreadableFreeze(name, parsed.message);
  const created = instantOf(creationTimestamp);
  return compileFreeze(name, parsed.value.spec, created === undefined ? Number.NEGATIVE_INFINITY : fromServer(created));
}

/** Compiles an approval object; one that cannot be parsed, or was not created yet, lifts nothing. */
export function compiledApproval(object: LiveObject, fromServer: FromServer = asIs): Approval | undefined {
  const { name, creationTimestamp } = object.metadata;
  const parsed = parseApproval(object);
  const created = instantOf(creationTimestamp);
  return parsed.kind === "invalid" || created === undefined ? undefined : compileApproval(name, parsed.value.spec, fromServer(created));
}

/** Compiles a channel object; one that cannot be parsed is invalid, nothing starts from it. Where only slots have come or gone, what was compiled `before` stays. */
export function compiledChannel(object: LiveObject, now: Instant, before?: CompiledChannel): CompiledChannel {
  const parsed = parseReleaseChannel(object);
  const { name } = object.metadata;
  if (parsed.kind === "invalid") return { channel: { kind: "invalid", name, problems: [parsed.message] }, object: undefined, rules: "" };
  const rules = rulesOf(object);
  const { slots = [] } = parsed.value.status ?? {};
  const channel = before?.rules === rules && before.channel.kind === "valid" ? { ...before.channel, slots } : compileChannel(name, parsed.value, now);
  return { channel, object: parsed.value, rules };
}

/** What of a channel concerns every tenant: spec, and what the ledger says of releases and lines and predicts of durations. */
export function rulesOf(object: LiveObject): string {
  const { lines, halts, releases, promotions, durations } = statusAs<ReleaseChannelStatus>(object);
  return JSON.stringify([object.metadata.uid, object.metadata.generation, lines, halts, releases, promotions, predictedSeconds(durations)]);
}
