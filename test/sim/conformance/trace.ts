import { KubeError } from "../../../src/kube/errors.ts";
import { APPLIED_ANNOTATION } from "../../../src/kube/up-to-date.ts";
import { isMap } from "../server/objects.ts";

/** What a call led to, in words that are the same for every server that behaves the same. */
export type Entry = Readonly<Record<string, unknown>> & { readonly step: string };

/** Writes down what calls led to: identities and versions become ordinals, times their mere presence. */
export class Trace {
  readonly entries: Entry[] = [];
  readonly #uids = new Map<string, string>();
  readonly #versions = new Map<string, string>();

  /** Makes the call and writes down what came of it; what it gave, if it gave something. */
  async step<T>(step: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await call();
      this.entries.push({ step, ...this.#told(answer) });
      return answer;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      this.entries.push({ step, code: error.status, reason: error.reason });
      return undefined;
    }
  }

  note(step: string, what: unknown): void {
    this.entries.push({ step, what });
  }

  #told(answer: unknown): Readonly<Record<string, unknown>> {
    if (!isMap(answer)) return { answer: answer === undefined ? "nothing" : answer };
    const metadata = answer["metadata"];
    if (!isMap(metadata) || metadata["name"] === undefined) return { answer: "done" };
    const { name, uid, resourceVersion, generation, labels, annotations, finalizers, deletionTimestamp } = metadata;
    const key = JSON.stringify([answer["kind"], name]);
    return {
      name,
      uid: this.#ordinal(String(uid)),
      version: this.#news(key, String(resourceVersion)),
      generation,
      labels,
      annotations: withoutMark(annotations),
      finalizers,
      isLeaving: deletionTimestamp !== undefined,
      data: answer["data"],
      status: answer["kind"] === "Tenant" ? answer["status"] : undefined,
    };
  }

  #ordinal(uid: string): string {
    const known = this.#uids.get(uid) ?? `uid ${this.#uids.size + 1}`;
    this.#uids.set(uid, known);
    return known;
  }

  #news(key: string, version: string): string {
    const last = this.#versions.get(key);
    this.#versions.set(key, version);
    if (last === undefined) return "first";
    return last === version ? "same" : "another";
  }
}

function withoutMark(annotations: unknown): unknown {
  if (!isMap(annotations)) return undefined;
  const { [APPLIED_ANNOTATION]: _mark, ...others } = annotations;
  return Object.keys(others).length === 0 ? undefined : others;
}
