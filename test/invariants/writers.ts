import { seenAs } from "./shapes.ts";
import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";

/** By these a replica becomes the leader; whoever competes may write them. */
const OF_ELECTIONS = new Set(["Lease", "Leadership"]);

/** After a new leader's first write no other replica's is accepted (design §12), and at rest nobody writes (I17). */
export class Writers {
  readonly #dethroned = new Set<string>();
  #current: string | undefined;
  #expected: Expected = "writes";

  see(write: SeenWrite): void {
    if (!isReplicas(write) || OF_ELECTIONS.has(write.kind)) return;
    if (this.#expected === "same decisions" && !tellsOfLeaders(write)) throw new InvariantViolation("I8", "by the same facts a replica that has just begun decides otherwise", write);
    if (this.#expected === "silence") throw new InvariantViolation("I17", "a write though nothing changed and nothing was due", write);
    // There no policy refuses a former leader: what it writes carries preconditions (docs/regions.md).
    if (write.by === this.#current || write.isAbroad === true) return;
    if (this.#dethroned.has(write.by)) throw new InvariantViolation("W", `${write.by} wrote after ${this.#current ?? "another replica"} had begun to`, write);
    if (this.#current !== undefined) this.#dethroned.add(this.#current);
    this.#current = write.by;
  }

  expectSilence(expected: Expected): void {
    this.#expected = expected;
  }
}

type Expected = "writes" | "silence" | "same decisions";

function tellsOfLeaders({ kind, after }: SeenWrite): boolean {
  return kind === "Event" && seenAs("Event", [after])[0]?.reason === "LeaderElected";
}
