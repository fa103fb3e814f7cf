import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backupOf, pointFor, POINT_MAX_AGE_MS, prunable } from "../../../../src/domain/backup/backup.ts";
import { newestFirst, POINTS_KEPT, type PointProgress, type RestorePoint } from "../../../../src/domain/backup/restore-point.ts";
import { MINUTE } from "../../../../src/domain/time.ts";
import { at } from "../../../fixtures/time.ts";

const NOW = at("2026-11-24T02:30:00Z");
const TERMS = { attempt: "acme-18.1.0", now: NOW };

function point(more: Partial<RestorePoint> = {}): RestorePoint {
  return { name: "restore-1", kind: "Copy", takenAt: NOW - MINUTE, version: "17.2.1", attempt: TERMS.attempt, progress: "Confirmed", uid: "uid-1", ...more };
}

const ago = (minutes: number) => ({ takenAt: NOW - minutes * MINUTE });

describe("the backup of an attempt", () => {
  it.each<[why: string, points: readonly RestorePoint[], expected: string]>([
    ["is wanted when there is no restore point", [], "Wanted"],
    ["is wanted while the volume for a copy is empty", [point({ progress: "Unmade" })], "Wanted"],
    ["runs", [point({ progress: "Running" })], "Running"],
    ["is there", [point()], "Confirmed"],
    ["has failed", [point({ progress: "Failed" })], "Failed"],
    ["may be half an hour old", [point(ago(30))], "Confirmed"],
    ["is there, also beside one that a clock which was ahead has dated", [point({ name: "restore-2", takenAt: NOW + MINUTE, progress: "Unmade" }), point()], "Confirmed"],
    ["and no older", [point({ takenAt: NOW - POINT_MAX_AGE_MS - 1 })], "Wanted"],
    ["is none that another attempt has taken", [point({ attempt: "acme-18.0.9" })], "Wanted"],
    ["is of no known age if it lies ahead", [point(ago(-1))], "Wanted"],
    ["is its newest one", [point({ ...ago(20), name: "restore-0" }), point({ progress: "Running" })], "Running"],
    ["does not fall back on an older one", [point({ progress: "Failed" }), point({ ...ago(20), name: "restore-0" })], "Failed"],
  ])("%s", (_why, points, expected) => {
    expect(backupOf(points, TERMS)).toBe(expected);
  });

  it("goes on with the volume that it has begun to fill", () => {
    const begun = point({ progress: "Unmade", uid: "uid-begun" });
    expect(pointFor([begun, point({ attempt: "another" })], TERMS)).toBe(begun);
  });
});

describe("restore points that make room", () => {
  const many = (count: number, progress: PointProgress = "Confirmed") => Array.from({ length: count }, (_, n) => point({ name: `restore-${n}`, ...ago(60 * (n + 1)), attempt: `old-${n}`, progress }));
  const namesOf = (points: readonly RestorePoint[]) => points.map(({ name }) => name);

  it("are those beyond the newest ten", () => {
    expect(namesOf(prunable(many(12), undefined))).toEqual(["restore-10", "restore-11"]);
    expect(prunable(many(POINTS_KEPT), undefined)).toEqual([]);
  });

  it("are those that never were whole, once another one was begun", () => {
    const failed = point({ name: "restore-failed", ...ago(90), attempt: "old", progress: "Failed" });
    expect(namesOf(prunable([...many(1), failed], undefined))).toEqual(["restore-failed"]);
    expect(prunable([failed], undefined)).toEqual([]);
  });

  it("are none of the newest ten that may be whole, though nobody knows: their Jobs may be gone", () => {
    const lost = Array.from({ length: 12 }, (_, n) => point({ name: `restore-${n}`, ...ago(60 + n), attempt: "old", progress: "Unmade" }));
    expect(namesOf(prunable(lost, undefined))).toEqual(["restore-10", "restore-11"]);
  });

  it("are none that is whole, however many came after it that are not", () => {
    const running = Array.from({ length: 12 }, (_, n) => point({ name: `restore-${n}`, ...ago(60 + n), attempt: "old", progress: "Running" }));
    expect(namesOf(prunable([...running, point({ name: "restore-whole", ...ago(90), attempt: "older" })], undefined))).toEqual(["restore-10", "restore-11"]);
  });

  it("are none that the attempt under way has taken", () => {
    expect(prunable([point(), point({ name: "restore-0", ...ago(40), progress: "Failed" })], TERMS.attempt)).toEqual([]);
  });

  it("never cost one of the ten newest that are whole, nor the newest of all", () => {
    const points = fc.uniqueArray(
      fc.record({ minutes: fc.nat(500), attempt: fc.constantFrom(TERMS.attempt, "a", "b"), progress: fc.constantFrom<PointProgress>("Unmade", "Running", "Confirmed", "Failed") }).map(({ minutes, ...more }) => point({ name: `restore-${minutes}`, ...ago(minutes), ...more })),
      { selector: ({ name }) => name, maxLength: 30 },
    );
    fc.assert(
      fc.property(points, fc.constantFrom(undefined, TERMS.attempt), (all, attempt) => {
        const gone = prunable(all, attempt);
        const whole = newestFirst(all).filter(({ progress }) => progress === "Confirmed");
        expect(gone.filter((each) => whole.slice(0, POINTS_KEPT).includes(each) || each === newestFirst(all)[0])).toEqual([]);
        const left = all.filter((each) => !gone.includes(each) && (attempt === undefined || each.attempt !== attempt));
        expect(left.length).toBeLessThanOrEqual(2 * POINTS_KEPT);
        expect(prunable(all.toReversed(), attempt)).toEqual(gone);
      }),
    );
  });
});
