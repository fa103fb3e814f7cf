import { expect, test } from "vitest";

import type { KubeObject } from "../../../src/kube/kind.ts";
import { isSameQuantity } from "../../../src/kube/quantity.ts";
import { isEqual, isUpToDate, withAppliedHash } from "../../../src/kube/up-to-date.ts";

type Any = KubeObject & Record<string, unknown>;

const container = { name: "auth", image: "auth:1", ports: [{ containerPort: 3025 }], env: [{ name: "A", value: "" }] };
const deployment = (spec: object = {}, kind = "Deployment"): Any => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name: "auth", namespace: "tenant-acme", labels: { app: "auth" } },
  spec: { replicas: 2, template: { spec: { containers: [container] } }, ...spec },
});

/** `desired` as it would be read back, but for what `edits` say by path; undefined removes. */
function stored(desired: Any, edits: Readonly<Record<string, unknown>> = {}): Any {
  const live = structuredClone(withAppliedHash(desired));
  const full: Any = { ...live, metadata: { ...live.metadata, uid: "u", resourceVersion: "7", generation: 1 }, status: { replicas: 2 } };
  for (const [path, value] of Object.entries(edits)) edit(full, path.split("/"), value);
  return full;
}

function edit(object: object, path: readonly string[], value: unknown): void {
  const [field = "", ...rest] = path;
  const inner: unknown = Reflect.get(object, field);
  if (rest.length > 0 && typeof inner === "object" && inner !== null) edit(inner, rest, value);
  else if (value === undefined) Reflect.deleteProperty(object, field);
  else Reflect.set(object, field, value);
}

const CONTAINER = "spec/template/spec/containers/0";

test("is up to date when the server only added its own", () => {
  const desired = deployment();
  const live = stored(desired, {
    "metadata/annotations/deployment.kubernetes.io~revision": "1",
    "metadata/labels/other": "theirs",
    "spec/strategy": { type: "RollingUpdate" },
    [`${CONTAINER}/terminationMessagePath`]: "/dev/termination-log",
    [`${CONTAINER}/ports/0/protocol`]: "TCP",
    [`${CONTAINER}/env`]: [{ name: "A" }],
  });
  expect(isUpToDate(desired, live)).toBe(true);
});

test("preconditions, the order of fields and an earlier mark don't matter", () => {
  const desired = deployment();
  const live = stored(desired);
  const reordered = { spec: desired["spec"], metadata: { ...live.metadata, ...desired.metadata }, kind: desired.kind, apiVersion: desired.apiVersion };
  expect(isUpToDate({ ...desired, metadata: { ...desired.metadata, uid: "u", resourceVersion: "7" } }, live)).toBe(true);
  expect(isUpToDate({ ...reordered, metadata: { ...desired.metadata, uid: "u" } }, live)).toBe(true);
  expect(isUpToDate(withAppliedHash(withAppliedHash(desired)), live)).toBe(true);
});

test.each<[string, Record<string, unknown>]>([
  ["a value", { "spec/replicas": 3 }],
  ["a label that is gone", { "metadata/labels/app": undefined }],
  ["a deep value", { [`${CONTAINER}/image`]: "auth:2" }],
  ["an element that is gone", { "spec/template/spec/containers": [] }],
  ["the mark that is gone", { "metadata/annotations": {} }],
])("notices %s", (_, edits) => {
  expect(isUpToDate(deployment(), stored(deployment(), edits))).toBe(false);
});

test("notices a field that we stopped wanting, although all that we want is there", () => {
  const live = stored(deployment({ minReadySeconds: 5 }));
  expect(isUpToDate(deployment(), live)).toBe(false);
});

test("lists with keys may hold others' elements and stand in any order, others may not", () => {
  const desired = deployment({ args: ["a", "b"] });
  const sidecar = stored(desired, { "spec/template/spec/containers": [{ name: "sidecar" }, container] });
  expect(isUpToDate(desired, sidecar)).toBe(true);
  const longer = stored(desired, { "spec/args": ["a", "b", "c"] });
  expect(isUpToDate(desired, longer)).toBe(false);
  const swapped = stored(desired, { "spec/args": ["b", "a"] });
  expect(isUpToDate(desired, swapped)).toBe(false);
});

test("ports with one number and two protocols are two", () => {
  const ports = [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }];
  const desired = deployment({ ports }, "Service");
  expect(isUpToDate(desired, stored(desired))).toBe(true);
  const lost = stored(desired, { "spec/ports": ports.slice(1) });
  expect(isUpToDate(desired, lost)).toBe(false);
});

test("a port that somebody added to a NetworkPolicy is noticed, since its lists are of one piece", () => {
  const desired = deployment({ ingress: [{ ports: [{ port: 3025 }] }] }, "NetworkPolicy");
  const opened = stored(desired, { "spec/ingress/0/ports": [{ port: 3025 }, { port: 22 }] });
  expect(isUpToDate(desired, opened)).toBe(false);
});

test.each<[string, Record<string, unknown>]>([
  ["a rule where none was", { "spec/ingress": [{}] }],
  ["a peer that lets in more", { "spec/egress/0/to/0/namespaceSelector": {} }],
  ["fewer pods that it holds for", { "spec/podSelector": { matchLabels: { app: "other" } } }],
])("in a NetworkPolicy %s is noticed: it is of one piece", (_, edits) => {
  const desired = deployment({ podSelector: {}, ingress: [], egress: [{ to: [{ podSelector: { matchLabels: { app: "auth" } } }] }] }, "NetworkPolicy");
  expect(isUpToDate(desired, stored(desired, { "spec/ingress": undefined }))).toBe(true);
  expect(isUpToDate(desired, stored(desired, edits))).toBe(false);
});

test("a selector that chooses fewer is noticed", () => {
  const desired = deployment({ selector: { app: "proxy" } }, "Service");
  expect(isUpToDate(desired, stored(desired))).toBe(true);
  expect(isUpToDate(desired, stored(desired, { "spec/selector/no": "pod" }))).toBe(false);
});

test("a kind that is told by an empty map has to be there", () => {
  const desired = deployment({ selfSigned: {} }, "Issuer");
  expect(isUpToDate(desired, stored(desired))).toBe(true);
  expect(isUpToDate(desired, stored(desired, { "spec/selfSigned": undefined, "spec/ca": { secretName: "theirs" } }))).toBe(false);
});

test("empty maps, lists and texts may be left out by the server, false and 0 may not", () => {
  const desired = deployment({ a: {}, b: [], c: "", d: null });
  const live = stored(desired, { "spec/a": undefined, "spec/b": undefined, "spec/c": undefined, "spec/d": undefined });
  expect(isUpToDate(desired, live)).toBe(true);
  const strict = deployment({ automountServiceAccountToken: false });
  const dropped = stored(strict, { "spec/automountServiceAccountToken": undefined });
  expect(isUpToDate(strict, dropped)).toBe(false);
});

test("quantities are compared as amounts, but only where quantities are", () => {
  const resources = { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: 2 } };
  const desired = deployment({ resources });
  const live = stored(desired, { "spec/resources": { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2" } } });
  expect(isUpToDate(desired, live)).toBe(true);
  const less = stored(desired, { "spec/resources/requests/cpu": "999m" });
  expect(isUpToDate(desired, less)).toBe(false);
  const text = deployment({ env: [{ name: "N", value: "1000m" }] });
  expect(isUpToDate(text, stored(text, { "spec/env/0/value": "1" }))).toBe(false);
});

test.each([
  ["0.5", "500m", true],
  ["1e3", "1k", true],
  ["1Ki", "1024", true],
  ["128974848", "129e6", false],
  ["1E", "1e18", true],
  ["big", "big", true],
  ["big", "1", false],
])("quantity %s and %s: %s", (a, b, same) => {
  expect(isSameQuantity(a, b)).toBe(same);
});

test("a Secret's stringData is found in its data", () => {
  const desired: Any = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { key: "value" } };
  const read = (value: string): Any => {
    const { stringData: _, ...live } = stored(desired);
    return { ...live, apiVersion: "v1", kind: "Secret", data: { key: Buffer.from(value).toString("base64"), other: "eA==" } };
  };
  expect(isUpToDate(desired, read("value"))).toBe(true);
  expect(isUpToDate(desired, read("stolen"))).toBe(false);
});

test("isEqual is blind to the order of fields and to nothing else", () => {
  expect(isEqual({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 })).toBe(true);
  expect(isEqual({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
  expect(isEqual({ a: 1 }, { a: 1, b: 2 })).toBe(false);
});
