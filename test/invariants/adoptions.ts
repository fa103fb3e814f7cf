import { ANNOTATION, LABEL } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import type { SeenWrite } from "./violation.ts";

/**
 * A Tenant that somebody lets take over what an earlier one of its name left (design §9) is judged as that one, come back: all that
 * held of the earlier one goes on to hold. So writes are shown with the uid that the first of them had; what is taken without that
 * word, or with another uid in it, is still somebody else's.
 */
export class Adoptions {
  /** The uid of the first Tenant, by those of the later ones. */
  readonly #firsts = new Map<string, string>();

  seen(write: SeenWrite): SeenWrite {
    if (write.kind === "Tenant") this.#note(write);
    if (this.#firsts.size === 0) return write;
    return { ...write, before: this.#asFirst(write.before), after: this.#asFirst(write.after) };
  }

  #note({ by, after }: SeenWrite): void {
    const adopted = after?.metadata.annotations?.[ANNOTATION.adopt];
    const uid = after?.metadata.uid;
    if (by !== "user" || adopted === undefined || uid === undefined || this.#firsts.has(uid)) return;
    this.#firsts.set(uid, this.#firsts.get(adopted) ?? adopted);
  }

  #asFirst(object: KubeObject | undefined): KubeObject | undefined {
    if (object === undefined) return undefined;
    const { metadata } = object;
    const { labels, annotations, uid } = metadata;
    const owner = this.#firsts.get(labels?.[LABEL.tenantUid] ?? "");
    const confirmed = this.#firsts.get(annotations?.[ANNOTATION.confirmDelete] ?? "");
    const own = this.#firsts.get(uid ?? "");
    if (owner === undefined && confirmed === undefined && own === undefined) return object;
    return {
      ...object,
      metadata: {
        ...metadata,
        ...(own !== undefined && { uid: own }),
        ...(owner !== undefined && { labels: { ...labels, [LABEL.tenantUid]: owner } }),
        ...(confirmed !== undefined && { annotations: { ...annotations, [ANNOTATION.confirmDelete]: confirmed } }),
      },
    };
  }
}
