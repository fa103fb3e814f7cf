import { KINDS } from "../../src/kube/kind.ts";
import { OWN_KINDS } from "../../src/operator.ts";
import type { PlanRegion } from "./abroad/region.ts";
import type { Cast } from "./cast/cast.ts";
import type { FaultStage } from "./stage.ts";
import type { World } from "./world.ts";
import type { LoggedWrite } from "./write-log.ts";

const PLURALS: ReadonlyMap<string, string> = new Map([...OWN_KINDS, ...Object.values(KINDS)].map(({ kind, plural }) => [kind, plural]));

/** As the API calls a kind that plans have. */
export function pluralOf(kind: string): string {
  return PLURALS.get(kind) ?? "";
}

interface Known {
  readonly stage: FaultStage;
  readonly region: PlanRegion | undefined;
  readonly world: World;
  readonly writes: readonly LoggedWrite[];
  readonly cast: Cast;
}

/** Whether all that happened is on record, and whoever works has been told all that can be told: a busy API server takes its time. */
export function isAllKnown(known: Known): boolean {
  return isRecorded(known) && isTold(known);
}

function isRecorded({ stage, region, writes }: Known): boolean {
  const observers = { home: stage.observer, abroad: region?.stage.observer };
  if (Object.values(observers).some((observer) => observer?.seesAll === false)) return false;
  // The ledger of deletions is of all plans: no part of this one's world.
  return writes.every(({ where, revision, after }) => revision === undefined || after === undefined || after.kind === "PurgeLedger" || observers[where]?.hasSeen(after.kind, revision) === true);
}

/** Of a cluster that is out of reach nobody is told anything. */
function isTold({ world, region, cast }: Known): boolean {
  const isToldOf = (where: "home" | "abroad", newest: World["newest"]): boolean => [...newest].every(([kind, revision]) => cast.hasBeenSent(where, pluralOf(kind), revision));
  return isToldOf("home", world.newest) && (region === undefined || region.isAway || isToldOf("abroad", region.world.newest));
}
