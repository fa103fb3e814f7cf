import { setTimeout as sleep } from "node:timers/promises";
import { type Log, messageOf } from "./failure.ts";
import { PROVISIONER } from "./furnish.ts";
import type { Rest } from "./rest.ts";

type Claim = {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly storageClassName?: string; readonly accessModes: readonly string[]; readonly resources: { readonly requests: object } };
  readonly status?: { readonly phase?: string };
};

type Volume = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly storageClassName?: string; readonly persistentVolumeReclaimPolicy?: string; readonly csi?: { readonly driver: string } };
  readonly status?: { readonly phase?: string };
};

const RETRY_MS = 500;
const VOLUMES = "/api/v1/persistentvolumes";

/** Makes a volume for each claim that asks for one, and removes it when the claim is gone, until aborted. */
export function provisionVolumes(rest: Rest, log: Log, signal: AbortSignal): void {
  const run = async (path: string, handle: (object: unknown) => Promise<void>) => {
    while (!signal.aborted) {
      // A failure ends the watch: the next one begins with all there is, and so tries again.
      const broken = new AbortController();
      const onEvent = (event: unknown) => {
        handle(objectOf(event)).catch((error: unknown) => {
          log(`provisioner: ${messageOf(error)}`);
          broken.abort();
        });
      };
      await rest.watch(path, onEvent, AbortSignal.any([signal, broken.signal])).catch(() => undefined);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  // The API server is the source of both types.
  void run("/api/v1/persistentvolumeclaims", (claim) => makeVolume(rest, claim as Claim | undefined));
  void run(VOLUMES, (volume) => removeReleased(rest, volume as Volume | undefined));
}

/** The object of a watch event; undefined for a deletion, an error or a bookmark. */
function objectOf(event: unknown): unknown {
  // The shape of every watch event.
  const { type, object } = event as { type: string; object: unknown };
  return type === "ADDED" || type === "MODIFIED" ? object : undefined;
}

async function makeVolume(rest: Rest, claim: Claim | undefined): Promise<void> {
  // The binder's annotation says that it found no volume and whose turn it is.
  if (claim?.status?.phase !== "Pending" || claim.metadata.annotations?.["volume.kubernetes.io/storage-provisioner"] !== PROVISIONER) return;
  const { name, namespace, uid } = claim.metadata;
  const volume = `pvc-${uid}`;
  const answer = await rest.call("POST", VOLUMES, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: volume, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      capacity: claim.spec.resources.requests,
      accessModes: claim.spec.accessModes,
      storageClassName: claim.spec.storageClassName,
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      csi: { driver: PROVISIONER, volumeHandle: volume },
    },
  });
  // 409: made at an earlier event of the same claim.
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`POST ${VOLUMES} for ${namespace}/${name}: ${JSON.stringify(answer.body)}`);
}

async function removeReleased(rest: Rest, volume: Volume | undefined): Promise<void> {
  if (volume?.status?.phase !== "Released" || volume.spec.csi?.driver !== PROVISIONER) return;
  if (volume.spec.persistentVolumeReclaimPolicy !== "Delete") return;
  await rest.call("DELETE", `${VOLUMES}/${volume.metadata.name}`);
}
