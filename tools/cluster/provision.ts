import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Log, messageOf } from "./failure.ts";
import { PROVISIONER } from "./furnish.ts";
import type { Rest } from "./rest.ts";

const Claim = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), uid: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    storageClassName: z.string().optional(),
    accessModes: z.array(z.string()),
    volumeMode: z.string().optional(),
    resources: z.object({ requests: z.record(z.string(), z.string()) }),
  }),
  status: z.object({ phase: z.string().optional() }),
});

const Volume = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ persistentVolumeReclaimPolicy: z.string().optional(), csi: z.object({ driver: z.string() }).optional() }),
  status: z.object({ phase: z.string().optional() }),
});

const WatchEvent = z.object({ type: z.string(), object: z.unknown() });

const RETRY_MS = 500;
const VOLUMES = "/api/v1/persistentvolumes";

/** Makes a volume for each claim that asks for one, and removes it when the claim is gone, until aborted. */
export function provisionVolumes(rest: Rest, log: Log, signal: AbortSignal): void {
  const run = async (path: string, handle: (object: unknown) => Promise<void>) => {
    while (!signal.aborted) {
      // A failure ends the watch: the next one begins with all there is, and so tries again.
      const broken = new AbortController();
      const onEvent = (event: unknown) => {
        const { type, object } = WatchEvent.parse(event);
        if (type !== "ADDED" && type !== "MODIFIED") return;
        handle(object).catch((error: unknown) => {
          log(`provisioner: ${messageOf(error)}`);
          broken.abort();
        });
      };
      await rest.watch(path, onEvent, AbortSignal.any([signal, broken.signal])).catch(() => undefined);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  void run("/api/v1/persistentvolumeclaims", async (claim) => makeVolume(rest, Claim.parse(claim)));
  void run(VOLUMES, async (volume) => removeReleased(rest, Volume.parse(volume)));
}

async function makeVolume(rest: Rest, claim: z.infer<typeof Claim>): Promise<void> {
  // The binder's annotation says that it found no volume and whose turn it is.
  if (claim.status.phase !== "Pending" || claim.metadata.annotations["volume.kubernetes.io/storage-provisioner"] !== PROVISIONER) return;
  const { name, namespace, uid } = claim.metadata;
  const volume = `pvc-${uid}`;
  const answer = await rest.call("POST", VOLUMES, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: volume, annotations: { "pv.kubernetes.io/provisioned-by": PROVISIONER } },
    spec: {
      capacity: claim.spec.resources.requests,
      accessModes: claim.spec.accessModes,
      volumeMode: claim.spec.volumeMode,
      storageClassName: claim.spec.storageClassName,
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      csi: { driver: PROVISIONER, volumeHandle: volume },
    },
  });
  // 409: made at an earlier event of the same claim.
  if (answer.status !== 201 && answer.status !== 409) throw new Error(`volume for ${namespace}/${name} refused: ${JSON.stringify(answer.body)}`);
}

async function removeReleased(rest: Rest, volume: z.infer<typeof Volume>): Promise<void> {
  if (volume.status.phase !== "Released" || volume.spec.csi?.driver !== PROVISIONER) return;
  if (volume.spec.persistentVolumeReclaimPolicy !== "Delete") return;
  await rest.call("DELETE", `${VOLUMES}/${volume.metadata.name}`);
}
