import type { LabelSelector, LaneName } from "../../src/api/index.ts";
import type { Instant } from "../../src/domain/time.ts";
import { changesOf, cronOf, lineOf, openingOf, starts, type Interval } from "../unit/domain/window/oracle.ts";
import { lengthOf, seenAs, type TenantObject, type WindowObject } from "./shapes.ts";
import type { World } from "./world.ts";

const DAY = 86_400_000;
/** The longest an opening lasts; two such are the furthest that a merged stretch can matter. */
const REACH = 15 * DAY;
/** Windows that were all edited at once would make more worlds than anybody needs to look at. */
const MOST_WORLDS = 64;

/** An opening by the second opinion on windows, which shares no code with the operator. */
export interface SeenOpening {
  readonly window: string;
  readonly opensAt: Instant;
  readonly closesAt: Instant;
}

/**
 * The openings for a lane of a tenant at an instant, one for every world that the operator may rightly have gone by: of
 * each window and of the tenant any version that was there lately. The world as it is now comes first.
 */
export function openingsAt(world: World, { tenant, lane, at }: { readonly tenant: string; readonly lane: LaneName; readonly at: Instant }): readonly (SeenOpening | undefined)[] {
  return seenAs("Tenant", world.lately("Tenant", tenant)).flatMap((object) =>
    windowWorlds(world, object).map((windows) => {
      const intervals = windows.filter((window) => (window.spec?.lanes ?? ["Patch", "Major"]).includes(lane)).flatMap((window) => intervalsOf(window, at));
      return intervals.length === 0 ? undefined : openingOf(intervals, lineOf(intervals), at);
    }),
  );
}

/** What held the lane before anything lifted it: no window that is open, none at all, or none that can be read. */
export function closedBy(world: World, { tenant, lane }: { readonly tenant: string; readonly lane: LaneName }): ReadonlySet<"OutsideWindow" | "NoWindow" | "WindowInvalid"> {
  const judged = seenAs("Tenant", world.lately("Tenant", tenant)).flatMap((object) =>
    windowWorlds(world, object).map((bound) => {
      const readable = bound.filter(({ spec }) => isZone(spec?.timeZone ?? "UTC"));
      if (readable.length === 0) return bound.length > 0 || (object.spec?.windows ?? []).length > 0 ? ("WindowInvalid" as const) : ("NoWindow" as const);
      return readable.some(({ spec }) => (spec?.lanes ?? ["Patch", "Major"]).includes(lane)) ? ("OutsideWindow" as const) : ("NoWindow" as const);
    }),
  );
  return new Set(["OutsideWindow", ...judged]);
}

function windowWorlds(world: World, tenant: TenantObject): readonly (readonly WindowObject[])[] {
  let worlds: (readonly WindowObject[])[] = [[]];
  for (const name of world.keys("MaintenanceWindow")) {
    const versions = world.lately("MaintenanceWindow", name);
    const options = versions.map((version) => seenAs("MaintenanceWindow", [version]).filter((window) => bindsTenant(window, tenant)));
    worlds = options.flatMap((option) => worlds.map((before) => [...before, ...option])).slice(0, MOST_WORLDS);
  }
  return worlds;
}

/** Whether a window binds a tenant: exactly those that it lists; if it lists none, every one whose selector matches (design §3.3). */
export function bindsTenant({ metadata, spec }: WindowObject, tenant: TenantObject): boolean {
  const listed = tenant.spec?.windows ?? [];
  if (listed.length > 0) return listed.includes(metadata.name);
  const selector = spec?.tenantSelector;
  return selector !== undefined && selectsTenant(selector, tenant);
}

/** Whether a selector chooses a tenant; `{}` chooses all. */
export function selectsTenant(selector: LabelSelector, tenant: TenantObject): boolean {
  const labels: Readonly<Record<string, string | undefined>> = { ...tenant.metadata.labels, "slacktide.dev/name": tenant.metadata.name };
  const pairs = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return pairs && (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const isIn = labels[key] !== undefined && values.includes(labels[key]);
    if (operator === "In") return isIn;
    if (operator === "NotIn") return !isIn;
    return (labels[key] !== undefined) === (operator === "Exists");
  });
}

const known = new Map<string, readonly Interval[]>();
const MOST_KNOWN = 5_000;

/** When the window is open around an instant; one that cannot be read never is. */
function intervalsOf({ metadata, spec }: WindowObject, at: Instant): readonly Interval[] {
  const day = Math.floor(at / DAY);
  const id = `${metadata.name} ${day} ${JSON.stringify(spec)}`;
  const found = known.get(id) ?? computed(metadata.name, spec, day * DAY);
  if (known.size > MOST_KNOWN) known.clear();
  known.set(id, found);
  return found;
}

function computed(name: string, spec: WindowObject["spec"], around: Instant): readonly Interval[] {
  const { schedule = "", timeZone: zone = "UTC", duration, except = [], until } = spec ?? {};
  const length = lengthOf(duration);
  if (length === undefined || length < 900_000 || length > 7 * DAY || schedule.split(" ").length !== 5 || !isZone(zone)) return [];
  const [from, to] = [around - REACH, around + REACH];
  const end = until === undefined ? Infinity : Date.parse(until);
  const changes = changesOf(zone, from - 2 * DAY, to + 2 * DAY);
  const all = starts(cronOf(schedule), { zone, changes, from, to });
  const open = all.filter(({ at, wall }) => at < end && !except.includes(new Date(wall).toISOString().slice(0, 10)));
  return open.map(({ at }) => ({ window: name, start: at, end: at + length }));
}

function isZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // Intl does not know it
  }
}
