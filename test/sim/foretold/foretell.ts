import { foresee } from "../../../src/cli/foresee.ts";
import type { Manifest } from "../../../src/cli/manifests.ts";
import { worldOf } from "../../../src/cli/world.ts";
import { usualAssumptions } from "../../../src/domain/forecast/assumptions.ts";
import type { ForecastStart } from "../../../src/domain/forecast/forecast.ts";
import { instantOf, isoOf, MINUTE, SECOND, type Instant } from "../../../src/domain/time.ts";
import { seenAs } from "../../invariants/shapes.ts";
import type { Committed } from "../server/store.ts";
import { Simulation } from "../simulation.ts";
import type { Fleet } from "./fleet.ts";

/** A start, foretold or seen. */
export interface Start {
  readonly tenant: string;
  readonly to: string;
  readonly at: Instant;
  readonly window: string;
}

export interface Foretold {
  readonly expected: readonly Start[];
  readonly seen: readonly Start[];
  /** Every hold code that a status showed. */
  readonly codes: ReadonlySet<string>;
}

const KINDS = ["Tenant", "MaintenanceWindow", "ReleaseChannel", "Freeze", "Approval"] as const;

/** Lets the operator work until day 0, foretells from what is in the cluster then, and goes on (invariant I18). */
export async function foretell({ scenario, day0, until, failing, catchUps }: Fleet, tell?: (line: string) => void): Promise<Foretold> {
  const seen = new Map<string, Start>();
  const codes = new Set<string>();
  const simulation = new Simulation({ scenario, watch: (change) => note(change, { seen, codes }), ...(tell && { tell }) });
  try {
    await simulation.begin();
    simulation.beCalm();
    const objects = KINDS.flatMap((kind) => [...simulation.server.store.values(kind)]) as unknown as readonly Manifest[]; // as the API server gives them
    const assumptions = { ...usualAssumptions(scenario.platform.pods), podStartMs: 2 * SECOND, preflightMs: 2 * SECOND, catchUps, failures: failing.map((version) => ({ version })) };
    const { starts, problems } = foresee(worldOf(objects, day0), until, assumptions);
    if (problems.length > 0) throw new Error(`not foreseen: ${problems.join("; ")}`);
    await simulation.runTo(until);
    const later = [...seen.values()].filter(({ at }) => at >= day0);
    return { expected: starts.map(startOf), seen: later.sort((a, b) => a.at - b.at), codes };
  } finally {
    simulation.end();
  }
}

function note({ kind, after }: Committed, { seen, codes }: { readonly seen: Map<string, Start>; readonly codes: Set<string> }): void {
  if (kind.kind !== "Tenant") return;
  const [object] = seenAs("Tenant", [after]);
  const { upgrade, lanes } = object?.status ?? {};
  for (const lane of [lanes?.patch, lanes?.major]) for (const { code } of lane?.holds ?? []) codes.add(code);
  const at = instantOf(upgrade?.disruptiveAt);
  // What is announced anew starts then; where it went on to from there is no start.
  if (upgrade !== undefined && at !== undefined) seen.set(upgrade.id, { tenant: after?.metadata.name ?? "", to: upgrade.stuckOn?.[0]?.version ?? upgrade.to, at, window: upgrade.opening.window });
}

function startOf({ tenant, to, startsAt, opening }: ForecastStart): Start {
  return { tenant, to, at: startsAt, window: opening.window };
}

/** What was foretold and did not come, or came otherwise: at another time by a minute or more. */
export function mistakes({ expected, seen }: Foretold): readonly string[] {
  const left = [...seen];
  const missing = expected.filter((start) => {
    const index = left.findIndex((each) => each.tenant === start.tenant && each.to === start.to && each.window === start.window && Math.abs(each.at - start.at) < MINUTE);
    if (index === -1) return true;
    left.splice(index, 1);
    return false;
  });
  const text = ({ tenant, to, at, window }: Start) => `${tenant} to ${to} at ${isoOf(at)} in ${window}`;
  return [...missing.map((start) => `foretold, and did not come: ${text(start)}`), ...left.map((start) => `came, and was not foretold: ${text(start)}`)];
}
