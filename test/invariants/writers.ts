import { InvariantViolation, isReplicas, type SeenWrite } from "./violation.ts";

/** By these a replica becomes the leader; whoever competes may write them. */
const OF_ELECTIONS = new Set(["Lease", "Leadership"]);

/** After a new leader's first write no other replica's is accepted (design §12), and at rest nobody writes (I17). */
export class Writers {
  readonly #dethroned = new Set<string>();
  #current: string | undefined;
  #silent = false;

  see(write: SeenWrite): void {
    if (!isReplicas(write) || OF_ELECTIONS.has(write.kind)) return;
    if (this.#silent) throw new InvariantViolation("I17", "a write though nothing changed and nothing was due", write);
    if (write.by === this.#current) return;
    if (this.#dethroned.has(write.by)) throw new InvariantViolation("W", `${write.by} wrote after ${this.#current ?? "another replica"} had begun to`, write);
    if (this.#current !== undefined) this.#dethroned.add(this.#current);
    this.#current = write.by;
  }

  expectSilence(isSilent: "silence" | "writes"): void {
    this.#silent = isSilent === "silence";
  }
}
