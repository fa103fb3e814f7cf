import type { Outcome } from "../runtime/controller.ts";
import { baseObjectOf, ResourceEventType, ResourceMetaImpl } from "./dot-i.ts";
import type { ResourceEvent } from "./dot-i.ts";
import type { Kind, KubeObject } from "./kind.ts";

type OnEvent = (event: ResourceEvent) => Promise<Outcome | void>;

/**
 * A reconcile function that tells `onEvent` of the latest state of a key: ADDED the first time, MODIFIED later,
 * DELETED with the last state that it was told of. What throws counts as not told.
 */
export function latestEvents(
  kind: Kind,
  get: (key: string) => KubeObject | undefined,
  onEvent: OnEvent,
): (key: string) => Promise<Outcome> {
  const told = new Map<string, KubeObject>();
  const tell = async (type: ResourceEventType, object: KubeObject): Promise<Outcome> => {
    const copy = baseObjectOf(object);
    const meta = ResourceMetaImpl.createWithId(`${kind.plural}.${kind.apiVersion}`, copy);
    return (await onEvent({ type, meta, object: copy })) ?? {};
  };
  return async (key) => {
    const [last, now] = [told.get(key), get(key)];
    if (now === undefined) {
      const outcome = last === undefined ? {} : await tell(ResourceEventType.Deleted, last);
      told.delete(key);
      return outcome;
    }
    const outcome = await tell(last === undefined ? ResourceEventType.Added : ResourceEventType.Modified, now);
    told.set(key, now);
    return outcome;
  };
}
