import type { KubeObject } from "../../src/kube/kind.ts";
import { isoOf, type Instant } from "../../src/domain/time.ts";

/** One accepted write to the API server, as whoever stands in its way saw it. */
export interface SeenWrite {
  /** Domain time by the writer's own clock, which may be rehearsed, or set; by the true clock for people and the cluster. */
  readonly at: Instant;
  /** Elapsed milliseconds on a clock that nobody sets; default: `at`. */
  readonly elapsed?: number;
  /** The replica's identity, another one for every process; or `user`, or `cluster` for what controllers do. */
  readonly by: string;
  readonly kind: string;
  /** `namespace/name`, or `name`. */
  readonly key: string;
  /** Undefined: it was created. */
  readonly before: KubeObject | undefined;
  /** Undefined: it is gone. */
  readonly after: KubeObject | undefined;
  /** Made in the cluster of another region, where there is nothing of a tenant but its proxies. */
  readonly isAbroad?: boolean;
}

/** The invariants of design §11 that are checked at writes; `B` that nothing was backed up (§8), `W` is one writer at a time (design §12), `S` the order of suspensions (§9), `T` what agents are told (§5), `F` what a freeze pauses (§3.2), `A` that nobody approved (§6), `E` that is not eligible yet (§4). */
export type InvariantName = "I1" | "I2" | "I3" | "I4" | "I5" | "I7" | "I8" | "I9" | "I10" | "I12" | "I13" | "I14" | "I15" | "I16" | "I17" | "A" | "B" | "E" | "F" | "S" | "T" | "W";

/** A write that must not have happened. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
  readonly invariant: InvariantName;
  readonly write: SeenWrite | undefined;

  constructor(invariant: InvariantName, why: string, write?: SeenWrite) {
    super(`${invariant}: ${why}${write === undefined ? "" : ` (${described(write)})`}`);
    this.invariant = invariant;
    this.write = write;
  }
}

/** Who wrote what, and when, on one line. */
export function described({ at, by, kind, key, before, after, isAbroad = false }: SeenWrite): string {
  const verb = before === undefined ? "created" : after === undefined ? "removed" : "wrote";
  return `${by} ${verb} ${kind} "${key}"${isAbroad ? " abroad" : ""} at ${isoOf(at)}`;
}

/** Whether a write is the operator's. */
export function isReplicas({ by }: Pick<SeenWrite, "by">): boolean {
  return by !== "user" && by !== "cluster";
}
