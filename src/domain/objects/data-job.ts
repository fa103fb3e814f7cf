import { LABEL } from "../../api/index.ts";
import { inNamespaceOf, ownerLabels, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import { POD_SECURITY, RESTRICTED } from "./pod-template.ts";
import { ERRAND, resourcesOf } from "./sizes.ts";
import type { DesiredObject } from "./desired.ts";

/** The component of the objects that hold a restore point, and of the pods that fill or check a volume. */
export const RESTORE_POINT = "restore-point";

/** A volume that a Job works on, and what it reads beside that. */
export interface DataWork {
  readonly owner: Owner;
  readonly platform: Platform;
  /** The claim of the volume that it fills or checks, after which it is named too. */
  readonly volume: { readonly name: string; readonly uid: string };
  /** The claim of the volume that it copies from, read-only; absent: it checks what the volume holds. */
  readonly from?: string | undefined;
  readonly affinity?: object;
}

/** A Job that goes with its volume, and tells for as long as that is there that it is whole. */
export function dataJob({ owner, platform, volume, from, affinity }: DataWork): DesiredObject {
  const { name, uid } = volume;
  const base = inNamespaceOf(owner)("batch/v1", "Job", name);
  const labels = { ...ownerLabels(owner), [LABEL.component]: RESTORE_POINT };
  const mounts = [...(from === undefined ? [] : [{ name: "from", mountPath: "/from", readOnly: true }]), { name: "to", mountPath: "/to" }];
  const pod = {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    ...POD_SECURITY,
    ...(affinity && { affinity }),
    containers: [
      {
        name: "copy",
        image: platform.volume.copyImage,
        args: from === undefined ? ["check-data", "--in", "/to"] : ["copy-data", "--from", "/from", "--to", "/to"],
        securityContext: RESTRICTED,
        resources: resourcesOf(ERRAND),
        volumeMounts: mounts,
      },
    ],
    volumes: [...(from === undefined ? [] : [{ name: "from", persistentVolumeClaim: { claimName: from } }]), { name: "to", persistentVolumeClaim: { claimName: name } }],
  };
  return {
    ...base,
    metadata: { ...base.metadata, labels, ownerReferences: [{ apiVersion: "v1", kind: "PersistentVolumeClaim", name, uid }] },
    spec: { backoffLimit: 1, activeDeadlineSeconds: platform.pods.stepDeadlineSeconds, template: { metadata: { labels }, spec: pod } },
  };
}
