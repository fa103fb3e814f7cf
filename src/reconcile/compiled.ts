import { parseMaintenanceWindow, parseReleaseChannel, type LabelSelector, type ReleaseChannel, type ReleaseChannelStatus } from "../api/index.ts";
import { compileChannel, type Channel, type InvalidChannel } from "../domain/release/channel.ts";
import type { Instant } from "../domain/time.ts";
import { compileWindow, type InvalidWindow, type Window } from "../domain/window/window.ts";
import type { Caches, LiveObject } from "./ports.ts";
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

/**
 * Windows and channels as the rules want them. Compiling costs and a compiled window remembers its starts, so each is
 * kept until its object changes; what is no longer in the cluster is dropped.
 */
export class Compiled {
  readonly #caches: Caches;
  #windowsRevision = 0;
  readonly #windows = new Map<string, { readonly version: string; readonly compiled: CompiledWindow }>();
  readonly #channels = new Map<string, { readonly version: string; readonly compiled: CompiledChannel }>();

  constructor(caches: Caches) {
    this.#caches = caches;
  }

  /** Goes up whenever a window has changed, come or gone. */
  windowsRevision(): number {
    this.windows();
    return this.#windowsRevision;
  }

  /** Every window of the cluster. */
  windows(): readonly CompiledWindow[] {
    const live = this.#caches.list("MaintenanceWindow");
    if (this.#windows.size > live.length) {
      this.#windows.clear();
      this.#windowsRevision += 1;
    }
    return live.map((object) => this.#window(object));
  }

  window(object: LiveObject): CompiledWindow {
    return this.#window(object);
  }

  /** The channel by name, or undefined if there is none. */
  channel(name: string, now: Instant): CompiledChannel | undefined {
    const object = this.#caches.get("ReleaseChannel", { name });
    if (object === undefined) return undefined;
    const version = object.metadata.resourceVersion ?? "";
    const known = this.#channels.get(name);
    if (known !== undefined && known.version === version) return known.compiled;
    const compiled = compiledChannel(object, now);
    this.#channels.set(name, { version, compiled });
    return compiled;
  }

  #window(object: LiveObject): CompiledWindow {
    const { name, uid, generation } = object.metadata;
    const version = `${uid ?? ""}/${generation ?? 0}`;
    const known = this.#windows.get(name);
    if (known !== undefined && known.version === version) return known.compiled;
    const compiled = compiledWindow(object);
    this.#windows.set(name, { version, compiled });
    this.#windowsRevision += 1;
    return compiled;
  }
}

/** Compiles a window object; one that cannot be parsed is invalid, never open. */
export function compiledWindow(object: LiveObject): CompiledWindow {
  const { name } = object.metadata;
  const parsed = parseMaintenanceWindow(object);
  if (parsed.kind === "invalid") return { name, window: { kind: "invalid", name, problems: [parsed.message] } };
  const { tenantSelector, ...spec } = parsed.value.spec;
  return { name, tenantSelector, window: compileWindow(name, spec) };
}

/** Compiles a channel object; one that cannot be parsed is invalid, nothing starts from it. */
export function compiledChannel(object: LiveObject, now: Instant): CompiledChannel {
  const parsed = parseReleaseChannel(object);
  const { name } = object.metadata;
  if (parsed.kind === "invalid") return { channel: { kind: "invalid", name, problems: [parsed.message] }, object: undefined, rules: "" };
  return { channel: compileChannel(name, parsed.value, now), object: parsed.value, rules: rulesOf(object) };
}

/** What of a channel concerns every tenant: spec, and what the ledger says of releases and lines. */
export function rulesOf(object: LiveObject): string {
  const { lines, halts, releases } = statusAs<ReleaseChannelStatus>(object);
  return JSON.stringify([object.metadata.uid, object.metadata.generation, lines, halts, releases]);
}
