import { LABEL } from "../../api/index.ts";
import { METRICS_FILE, METRICS_PARTS, metricsVolume } from "./metrics.ts";
import { namespaceOf, ownerLabels, type Owner } from "./names.ts";
import { imageOf, POD_SECURITY, RESTRICTED } from "./pod-template.ts";
import type { Platform } from "./platform.ts";
import { ERRAND, resourcesOf } from "./sizes.ts";
import type { DesiredObject } from "./desired.ts";

/** The component of its pods. */
export const PREFLIGHT = "preflight";

export interface PreflightInput {
  readonly owner: Owner;
  readonly attempt: string;
  readonly version: string;
  readonly digest?: string | undefined;
  readonly platform: Platform;
  /** The Secret with which its pods show their metrics: without it none would start, and so the Job does not either. */
  readonly metrics?: string | undefined;
  /** The ConfigMap that Auth reads; default: its first one. */
  readonly configMap?: string;
}

/** The Job that pulls the new image and lets it check the tenant's configuration, before anything is changed (design §8). */
export function preflightJob({ owner, attempt, version, digest, platform, metrics, configMap = "auth-config" }: PreflightInput): DesiredObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: preflightName(attempt, owner.name),
      namespace: namespaceOf(owner.name),
      labels: { ...ownerLabels(owner), [LABEL.component]: PREFLIGHT },
    },
    spec: {
      backoffLimit: 1,
      activeDeadlineSeconds: platform.pods.stepDeadlineSeconds,
      ttlSecondsAfterFinished: 86_400,
      template: {
        metadata: { labels: { ...ownerLabels(owner), [LABEL.component]: PREFLIGHT, [LABEL.version]: version } },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          ...POD_SECURITY,
          containers: [
            {
              name: "preflight",
              image: imageOf(platform.images.auth, { version, digest }),
              args: ["configure", "--test", `/etc/teleport/${metrics === undefined ? "teleport.yaml" : METRICS_FILE}`],
              securityContext: RESTRICTED,
              resources: resourcesOf(ERRAND),
              volumeMounts: [{ name: "config", mountPath: "/etc/teleport", readOnly: true }, ...(metrics === undefined ? [] : [METRICS_PARTS.mount])],
            },
          ],
          volumes: [{ name: "config", configMap: { name: configMap } }, ...(metrics === undefined ? [] : [metricsVolume(metrics)])],
        },
      },
    },
  };
}

/** What the Job of a newer release is named after that a stuck attempt may go on to: beside its first one. */
export function onwardPreflight(attempt: string, version: string): string {
  return `${attempt}-${version}`;
}

/** `preflight-17-2-3-20261124t020000z`: from the attempt's id, less the tenant, which the namespace says already. */
export function preflightName(attempt: string, tenant: string): string {
  const own = attempt.startsWith(`${tenant}-`) ? attempt.slice(tenant.length + 1) : attempt;
  return `preflight-${own}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-").slice(0, 63);
}
