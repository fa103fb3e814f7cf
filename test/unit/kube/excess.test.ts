import { expect, test } from "vitest";
import { excessOf } from "../../../src/kube/excess.ts";

test.each<[what: string, found: unknown, wanted: unknown, expected: unknown]>([
  ["nothing where all is as it should be", { a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 2] } }, undefined],
  ["nothing where something is missing", { a: 1 }, { a: 1, b: 2 }, undefined],
  ["a field", { a: 1, b: 2 }, { a: 1 }, { b: null }],
  ["a field that is wanted undefined", { a: 1, b: 2 }, { a: 1, b: undefined }, { b: null }],
  ["a field deep within, and nothing beside it", { a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1 }, d: 3 }, { a: { c: null } }],
  ["a list that is longer, by the whole one", { a: [1, 2, 3] }, { a: [1, 2] }, { a: [1, 2] }],
  ["a field in an element of a list, likewise", { a: [{ b: 1, c: 2 }] }, { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
  ["nothing of a list with fewer elements", { a: [{ b: 1 }] }, { a: [{ b: 1 }, { b: 2 }] }, undefined],
  ["all, where nothing is wanted", { a: 1 }, {}, { a: null }],
  ["nothing where nothing is found", undefined, { a: 1 }, undefined],
])("takes out %s", (_what, found, wanted, expected) => {
  expect(excessOf(found, wanted)).toEqual(expected);
});
