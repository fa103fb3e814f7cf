import type { Cancel } from "../../../src/runtime/clock.ts";
import type { Instant } from "../../../src/domain/time.ts";
import type { Chance } from "../random.ts";
import type { ApiServer } from "../server/server.ts";

/** What the cluster's controllers and nodes work with. */
export interface ClusterContext {
  readonly server: ApiServer;
  readonly chance: Chance;
  /** Elapsed milliseconds. */
  readonly elapsed: () => number;
  /** After so many milliseconds; until then the cluster is not quiet. */
  readonly after: (ms: number, run: () => void) => void;
  /** At a true time that may be leapt to. */
  readonly when: (truth: Instant, run: () => void) => Cancel;
  readonly truth: () => Instant;
  /** Whether pods of a component get Ready at a version. */
  readonly works: (component: string, version: string) => boolean;
}
