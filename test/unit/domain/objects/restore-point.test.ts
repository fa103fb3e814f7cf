import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../src/api/index.ts";
import { pointName, restorePointObject } from "../../../../src/domain/objects/restore-point.ts";
import { isOwnedBy } from "../../../../src/domain/objects/tenant-objects.ts";
import { OWNER, PLATFORM } from "../../../fixtures/tenant.ts";
import { at } from "../../../fixtures/time.ts";

const INPUT = { owner: OWNER, platform: PLATFORM, attempt: "acme-18.1.0-20261124T020000Z", version: "17.2.1", now: at("2026-11-24T02:05:12.700Z") };
const NAME = "restore-20261124t020512z";
const MARKS = { [ANNOTATION.takenAt]: "2026-11-24T02:05:12Z", [ANNOTATION.takenFor]: INPUT.attempt, [ANNOTATION.version]: "17.2.1" };
const snapshots = { ...PLATFORM, volume: { ...PLATFORM.volume, snapshotClassName: "fast" } };

describe("a restore point", () => {
  it("is named after the second in which it is asked for", () => {
    expect(pointName(INPUT.now)).toBe(NAME);
  });

  it.each([
    ["a snapshot", snapshots],
    ["the volume for a copy", PLATFORM],
  ])("says on %s whose it is, when, for what and of which version", (_what, platform) => {
    const object = restorePointObject({ ...INPUT, platform });
    expect(object.metadata).toMatchObject({ name: NAME, namespace: "tenant-acme", annotations: MARKS, labels: { [LABEL.component]: "restore-point" } });
    expect(isOwnedBy(object.metadata.labels, OWNER)).toBe(true);
  });

  it("is a snapshot of Auth's volume where there is a class for them", () => {
    expect(restorePointObject({ ...INPUT, platform: snapshots })).toMatchObject({ apiVersion: "snapshot.storage.k8s.io/v1", kind: "VolumeSnapshot", spec: { volumeSnapshotClassName: "fast", source: { persistentVolumeClaimName: "auth-data" } } });
  });

  it("is else a volume like Auth's", () => {
    expect(restorePointObject(INPUT)).toMatchObject({ kind: "PersistentVolumeClaim", spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } } });
  });

  it("is filled, when that is there, by a Job that reads Auth's volume on Auth's node and goes with the copy", () => {
    const job = restorePointObject({ ...INPUT, unmade: { name: NAME, uid: "uid-volume" } });
    expect(job).toMatchObject({ kind: "Job", metadata: { name: NAME, ownerReferences: [{ kind: "PersistentVolumeClaim", name: NAME, uid: "uid-volume" }] } });
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { [LABEL.tenant]: "acme", [LABEL.component]: "auth" } }, topologyKey: "kubernetes.io/hostname" }] } };
    const container = { image: "registry.example/slacktide:0.1.0", args: ["copy-data", "--from", "/from", "--to", "/to"], volumeMounts: [{ mountPath: "/from", readOnly: true }, { mountPath: "/to" }] };
    const volumes = [{ persistentVolumeClaim: { claimName: "auth-data" } }, { persistentVolumeClaim: { claimName: NAME } }];
    expect(job).toMatchObject({ spec: { activeDeadlineSeconds: 900, template: { spec: { affinity, restartPolicy: "Never", automountServiceAccountToken: false, containers: [container], volumes } } } });
    expect(job).not.toHaveProperty("spec.ttlSecondsAfterFinished"); // it alone tells that the copy is whole
  });
});
