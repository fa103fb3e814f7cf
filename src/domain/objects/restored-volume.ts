import { ANNOTATION, LABEL } from "../../api/index.ts";
import type { Restore } from "../backup/restore.ts";
import { dataJob } from "./data-job.ts";
import { inNamespaceOf, ownerLabels, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import type { DesiredObject } from "./desired.ts";
import { claimSpec } from "./tenant-objects.ts";

/** The component of a volume that was made from a restore point. */
const RESTORED = "restored-volume";

/** The next object of a volume that is being prepared; undefined while that is only waited for. */
export function restoredVolumeObject(restore: Extract<Restore, { kind: "Preparing" }>, { owner, platform }: { readonly owner: Owner; readonly platform: Platform }): DesiredObject | undefined {
  const { point, volume: name, uid, progress } = restore;
  if (progress === "Filling") return undefined;
  // A snapshot fills it by itself, and may be of a database in the middle of a write: whether it can be used is tried out.
  if (progress === "Unfilled") return dataJob({ owner, platform, volume: { name, uid }, from: point.kind === "Copy" ? point.name : undefined });
  const base = inNamespaceOf(owner)("v1", "PersistentVolumeClaim", name);
  const dataSource = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: point.name };
  return {
    ...base,
    metadata: { ...base.metadata, labels: { ...ownerLabels(owner), [LABEL.component]: RESTORED }, annotations: { [ANNOTATION.restoredFrom]: point.name, [ANNOTATION.version]: point.version } },
    spec: { ...claimSpec(platform), ...(point.kind === "VolumeSnapshot" && { dataSource }) },
  };
}
