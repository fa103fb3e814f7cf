import { expect, test } from "vitest";

import { KubeError, classify, isAlreadyExists, isConflict, isForbidden, isGone, isInvalid, isNotFound, isRefusal } from "../../../src/kube/errors.ts";
import { KINDS, keyOf, pathOf, refOf } from "../../../src/kube/kind.ts";
import { KindTable } from "../../../src/kube/kind-table.ts";

const answered = (status: number, reason?: string, why = String(status)) =>
  new KubeError({ what: 'apply Pod "a"', why, outcome: "refused", status, reason });

/** What policies say with 422, of an object and of themselves. */
const DENIED = answered(422, "Invalid", "422 Invalid: ValidatingAdmissionPolicy 'a' with binding 'a' denied request: not on a Friday");
const WEBHOOK = answered(400, "BadRequest", '400 BadRequest: admission webhook "a.example" denied the request: not on a Friday');
const NOT_YET = [
  "failed to configure binding: paramKind kind `&ParamKind{APIVersion:slacktide.dev/v1alpha1,Kind:Leadership,}` not yet synced to use for admission",
  "failed to configure policy: failed to find resource referenced by paramKind: 'slacktide.dev/v1alpha1, Kind=Leadership'",
].map((why) => answered(422, "Invalid", `422 Invalid: ValidatingAdmissionPolicy 'slacktide-leader' denied request: ${why}`));

test.each([
  [answered(409, "Conflict"), "conflict"],
  [answered(409, "AlreadyExists"), "conflict"],
  [answered(422), "terminal"],
  [answered(400), "terminal"],
  // Policies are mended, and an API server that starts gets to know them, without touching the object.
  [DENIED, "retry"],
  [WEBHOOK, "retry"],
  ...NOT_YET.map((error) => [error, "retry"] as const),
  [answered(403), "retry"],
  [answered(404), "retry"],
  [answered(429), "retry"],
  [answered(500), "retry"],
  [new KubeError({ what: "x", why: "y", outcome: "not-sent" }), "retry"],
  [new TypeError("bug"), "retry"],
  ["thrown text", "retry"],
] as const)("%s is answered with %s", (error, kind) => {
  expect(classify(error)).toBe(kind);
});

test("what a policy says of an object is a refusal of it; that it is not ready to judge is none", () => {
  expect([answered(422), DENIED, WEBHOOK].map(isRefusal)).toEqual([true, true, true]);
  expect(NOT_YET.map(isRefusal)).toEqual([false, false]);
});

test("each answer is recognised by its own question alone", () => {
  const questions = [isConflict, isAlreadyExists, isNotFound, isForbidden, isInvalid, isGone];
  const yes = (error: unknown) => questions.map((ask) => (ask(error) ? 1 : 0)).join("");
  expect(yes(answered(409, "Conflict"))).toBe("100000");
  expect(yes(answered(409, "AlreadyExists"))).toBe("110000");
  expect(yes(answered(404))).toBe("001000");
  expect(yes(answered(403))).toBe("000100");
  expect(yes(answered(422))).toBe("000010");
  expect(yes(answered(410))).toBe("000001");
  expect(yes(new Error("409"))).toBe("000000");
});

test("paths of collections, objects and subresources", () => {
  expect(pathOf(KINDS.Pod)).toBe("/api/v1/pods");
  expect(pathOf(KINDS.Pod, { namespace: "ns" })).toBe("/api/v1/namespaces/ns/pods");
  expect(pathOf(KINDS.Deployment, { namespace: "ns", name: "a" }, "status")).toBe("/apis/apps/v1/namespaces/ns/deployments/a/status");
  expect(pathOf(KINDS.Namespace, { name: "ns" })).toBe("/api/v1/namespaces/ns");
  expect(pathOf(KINDS.ConfigMap, { namespace: "ns", name: "../secrets/x" })).toBe("/api/v1/namespaces/ns/configmaps/..%2Fsecrets%2Fx");
  expect(() => pathOf(KINDS.Pod, { name: "a" })).toThrow('address Pod "a": it lives in a namespace');
});

test("keys and references are each other's inverse", () => {
  for (const key of ["a", "ns/a"]) expect(keyOf(refOf(key))).toBe(key);
});

test("a kind that nobody declared is named", () => {
  const table = new KindTable([{ apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", plural: "tenants", namespaced: false }]);
  expect(table.byName("slacktide.dev/v1alpha1", "Tenant").plural).toBe("tenants");
  expect(table.byPlural("v1", "pods")).toBe(KINDS.Pod);
  expect(() => table.byName("v1", "Tenant")).toThrow("find kind v1 Tenant: it is not among the kinds");
  expect(() => table.byPlural("v1", "tenants")).toThrow("find kind v1 tenants");
});
