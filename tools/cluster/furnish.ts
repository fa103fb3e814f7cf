import { ClusterError } from "./failure.ts";
import type { Rest } from "./rest.ts";

/** Who makes volumes in a local cluster: the provisioner of its StorageClass (provision.ts). */
export const PROVISIONER = "stand-in.slacktide.dev";

const ZONES = ["a", "b", "c", "d"] as const;

/** Creates the nodes, one for each of four zones a region, and the default StorageClass. */
export async function furnish(rest: Rest, regions: readonly string[]): Promise<void> {
  await create(rest, "/apis/storage.k8s.io/v1/storageclasses", {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: PROVISIONER,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
    allowVolumeExpansion: false,
  });
  for (const region of regions) {
    await Promise.all(ZONES.map((zone) => create(rest, "/api/v1/nodes", nodeIn(region, region + zone))));
  }
}

function nodeIn(region: string, zone: string): object {
  const name = `node-${zone}`;
  const labels = {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "topology.kubernetes.io/region": region,
    "topology.kubernetes.io/zone": zone,
  };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels } };
}

async function create(rest: Rest, path: string, body: object): Promise<void> {
  const answer = await rest.call("POST", path, body);
  if (answer.status !== 201) throw new ClusterError(`the API server refused POST ${path}: ${JSON.stringify(answer.body)}`);
}
