import { describe, expect, it } from "vitest";
import { ANNOTATION } from "../../../../src/api/index.ts";
import { decideRestore, restoreWish, type RestoreSight, type HolderProgress } from "../../../../src/domain/backup/restore.ts";
import type { RestorePoint } from "../../../../src/domain/backup/restore-point.ts";
import { restoredVolumeObject } from "../../../../src/domain/objects/restored-volume.ts";
import { OWNER, PLATFORM } from "../../../fixtures/tenant.ts";

const POINT: RestorePoint = { name: "restore-20261124t020512z", kind: "Copy", takenAt: 0, version: "17.2.1", attempt: "acme-18.1.0", progress: "Confirmed", uid: "uid-point" };
const ASKED = { [ANNOTATION.restoreTo]: POINT.name };

function sight(annotations: RestoreSight["annotations"], { progress = "Whole", claim = "auth-data", points = [POINT], formerClaims = [] }: { progress?: HolderProgress; claim?: string; points?: readonly RestorePoint[]; formerClaims?: readonly string[] } = {}): RestoreSight {
  return { tenant: "acme", holder: "volume", annotations, points, claim, formerClaims, volumeOf: () => ({ progress, uid: progress === "Absent" ? "" : "uid-volume" }) };
}

const confirmed = (uid: string) => ({ ...ASKED, [ANNOTATION.confirmRestore]: uid });

describe("a restore", () => {
  it.each<[why: string, sight: RestoreSight, kind: string, condition: string]>([
    ["is none where nobody asks", sight(undefined), "None", ""],
    ["is none by a confirmation alone", sight({ [ANNOTATION.confirmRestore]: "uid-volume" }), "None", ""],
    ["is refused for a name that is none", sight({ [ANNOTATION.restoreTo]: "auth-data" }), "Refused", "False RestorePointUnknown"],
    ["is refused for a point that is gone", sight(ASKED, { points: [] }), "Refused", "False RestorePointUnknown"],
    ["is refused for a point that is not whole", sight(ASKED, { points: [{ ...POINT, progress: "Running" }] }), "Refused", "False RestorePointUnknown"],
    ["makes its volume", sight(ASKED, { progress: "Absent" }), "Preparing", "False Preparing"],
    ["fills it", sight(ASKED, { progress: "Unfilled" }), "Preparing", "False Preparing"],
    ["waits for that", sight(ASKED, { progress: "Filling" }), "Preparing", "False Preparing"],
    ["is refused when that fails", sight(ASKED, { progress: "Failed" }), "Refused", "False PreparationFailed"],
    ["is refused while its volume is being deleted", sight(ASKED, { progress: "Leaving" }), "Refused", "False PreparationFailed"],
    ["is refused with a volume that Auth had and left, whoever confirms it", sight(confirmed("uid-volume"), { formerClaims: ["data-20261124t020512z"] }), "Refused", "False VolumeUsed"],
    ["waits for a person's word", sight(ASKED), "Ready", "True ConfirmationNeeded"],
    ["takes no other uid for that", sight(confirmed("uid-point")), "Ready", "True ConfirmationNeeded"],
    ["takes no word for a volume that is not there", sight(confirmed(""), { progress: "Absent" }), "Preparing", "False Preparing"],
    ["takes no word before the volume is whole", sight(confirmed("uid-volume"), { progress: "Filling" }), "Preparing", "False Preparing"],
    ["switches when it is confirmed", sight(confirmed("uid-volume")), "Switching", "True Confirmed"],
    ["is done when Auth has the volume, whatever has become of the point", sight(confirmed("uid-volume"), { claim: "data-20261124t020512z", points: [] }), "Done", ""],
    ["is not done by another volume from the same point", sight({ [ANNOTATION.restoreTo]: `${POINT.name}/2` }, { claim: "data-20261124t020512z" }), "Ready", "True ConfirmationNeeded"],
  ])("%s", (_why, seen, kind, condition) => {
    const restore = decideRestore(seen);
    expect([restore.kind, restoreWish(restore).map(({ status, reason }) => `${status} ${reason}`).join()]).toEqual([kind, condition]);
  });

  it("never names the volume of another restore, or Auth's first one", () => {
    const volumes = [POINT.name, `${POINT.name}/2`, `${POINT.name}/20261125t000000z`].map((text) => {
      const restore = decideRestore(sight({ [ANNOTATION.restoreTo]: text }));
      return restore.kind === "Ready" ? restore.volume : restore.kind;
    });
    expect(volumes).toEqual(["data-20261124t020512z", "data-20261124t020512z-2", "data-20261124t020512z-20261125t000000z"]);
    for (const text of ["restore-", "restore-a/", "restore-a/b/c", "restore-A", "restore-a-b", "restore-a/..", `restore-${"a".repeat(25)}`]) expect(decideRestore(sight({ [ANNOTATION.restoreTo]: text })).kind).toBe("Refused");
  });
});

describe("a restore of tables", () => {
  const tables = (annotations: RestoreSight["annotations"], progress: HolderProgress, point = POINT): RestoreSight => ({ ...sight(annotations, { progress, points: [point] }), holder: "tables" });

  it("speaks of tables, in all that it says", () => {
    const said = (["Absent", "Failed", "Leaving", "Whole"] as const).map((progress) => restoreWish(decideRestore(tables(ASKED, progress)))[0]?.message);
    for (const message of said) expect(message).toMatch(/[Tt]ables data-20261124t020512z/);
    expect(said.join()).not.toContain("volume data");
  });

  it("goes on with what is whole, whatever has become of the tables of before", () => {
    const unknown = { ...POINT, progress: "Running" as const };
    expect([decideRestore(tables(confirmed("uid-volume"), "Whole", unknown)).kind, decideRestore(tables(confirmed("uid-volume"), "Filling", unknown)).kind]).toEqual(["Switching", "Refused"]);
  });
});

describe("a restore away from tables that somebody has confirmed to go", () => {
  it("is refused, confirmed or not, and names them and the remedy", () => {
    const doomed = ["backend", "audit"];
    for (const annotations of [ASKED, confirmed("uid-volume")]) {
      const [condition] = restoreWish(decideRestore({ ...sight(annotations), holder: "tables", doomed }));
      expect(condition).toMatchObject({ status: "False", reason: "DeletionConfirmed" });
      expect(condition?.message).toContain(`audit, backend, confirmed to go by ${ANNOTATION.confirmDelete}: remove that annotation`);
    }
    expect(decideRestore({ ...sight(ASKED, { progress: "Filling" }), holder: "tables", doomed }).kind).toBe("Preparing");
  });
});

describe("the volume of a restore", () => {
  const objectOf = (point: RestorePoint, progress: HolderProgress) => {
    const restore = decideRestore(sight(ASKED, { progress, points: [point] }));
    return restore.kind === "Preparing" ? restoredVolumeObject(restore, { owner: OWNER, platform: PLATFORM }) : undefined;
  };
  const snapshot = { ...POINT, kind: "VolumeSnapshot" as const };

  it("is made from a snapshot, or empty, and says what it comes from", () => {
    const metadata = { name: "data-20261124t020512z", namespace: "tenant-acme", annotations: { [ANNOTATION.restoredFrom]: POINT.name, [ANNOTATION.version]: "17.2.1" } };
    expect(objectOf(snapshot, "Absent")).toMatchObject({ kind: "PersistentVolumeClaim", metadata, spec: { dataSource: { kind: "VolumeSnapshot", name: POINT.name } } });
    expect(objectOf(POINT, "Absent")).toMatchObject({ kind: "PersistentVolumeClaim", metadata });
    expect(objectOf(POINT, "Absent")).not.toHaveProperty("spec.dataSource");
  });

  it("is filled from the copy, which is only read; a snapshot has filled it, and is tried out", () => {
    const podOf = (point: RestorePoint) => (objectOf(point, "Unfilled") as unknown as { readonly spec: { readonly template: { readonly spec: object } } }).spec.template.spec; // a Job
    expect(podOf(POINT)).toMatchObject({ containers: [{ args: ["copy-data", "--from", "/from", "--to", "/to"], volumeMounts: [{ name: "from", readOnly: true }, { name: "to" }] }], volumes: [{ persistentVolumeClaim: { claimName: POINT.name } }, { persistentVolumeClaim: { claimName: "data-20261124t020512z" } }] });
    expect(podOf(snapshot)).toMatchObject({ containers: [{ args: ["check-data", "--in", "/to"], volumeMounts: [{ name: "to" }] }], volumes: [{ persistentVolumeClaim: { claimName: "data-20261124t020512z" } }] });
    expect(objectOf(POINT, "Filling")).toBeUndefined();
  });
});
