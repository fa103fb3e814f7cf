import { kindOf } from "../server/kinds.ts";
import type { Stored } from "../server/objects.ts";
import type { ClusterContext } from "./context.ts";

const SNAPSHOT = kindOf("VolumeSnapshot");

/** What the storage system's controller does: a snapshot can be used after a while, or never while the storage is broken. */
export class Snapshots {
  readonly #context: ClusterContext;

  constructor(context: ClusterContext) {
    this.#context = context;
  }

  /** A snapshot that was just asked for. */
  take({ metadata: { name, namespace = "", uid } }: Stored): void {
    const { server, after, chance, works } = this.#context;
    const isWhole = works("restore-point", "0.1.0");
    after(chance.int(100, 5_000), () => {
      const live = server.store.get(SNAPSHOT, `${namespace}/${name}`);
      if (live === undefined || live.metadata.uid !== uid || live.metadata.deletionTimestamp !== undefined) return;
      const status = isWhole ? { readyToUse: true } : { readyToUse: false, error: { message: "out of space" } };
      server.writes.update({ kind: SNAPSHOT, namespace, name, subresource: "status", by: "cluster", manager: "snapshot-controller" }, (found) => ({ ...found, status }));
    });
  }
}
