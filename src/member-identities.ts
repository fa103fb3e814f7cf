/**
 * Which cluster each member was last found to be, by the cluster's identity. It stands until that member is found to be another:
 * one that gives no answer, or whose Secret is of no use, may still have its proxies there.
 */
export class MemberIdentities {
  readonly #found = new Map<string, string>();

  note(member: string, identity: string): void {
    this.#found.set(member, identity);
  }

  /** The others that were last found to be the same cluster, sorted: nobody knows whose it is. */
  rivalsOf(member: string): readonly string[] {
    const own = this.#found.get(member);
    return [...this.#found].filter(([other, identity]) => other !== member && identity === own).map(([other]) => other).sort();
  }
}
