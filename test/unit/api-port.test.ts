import { expect, test } from "vitest";
import { apiPort, until } from "../../src/api-port.ts";
import { KubeClient } from "../../src/kube/client.ts";
import { KubeError } from "../../src/kube/errors.ts";
import type { HttpCall, Transport } from "../../src/kube/transport.ts";
import { OWN_KINDS, PURGE_LEDGER_KIND } from "../../src/operator.ts";

function setUp(answer: () => unknown = () => ({ kind: "Status" })) {
  const calls: HttpCall[] = [];
  const transport: Transport = {
    request: async <T>(call: HttpCall) => {
      calls.push(call);
      return answer() as T; // whatever the test wants
    },
    stream: () => Promise.reject(new Error("nobody watches")),
    serverDate: () => undefined,
  };
  return { api: apiPort(new KubeClient({ transport, kinds: [...OWN_KINDS, PURGE_LEDGER_KIND] })), calls };
}

const WANTED = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "auth-config", namespace: "tenant-acme", labels: {} }, data: { a: "1" } } as const;
const refusal = (status: number) => new KubeError({ what: 'apply ConfigMap "auth-config"', why: "no", outcome: "refused", status });

test("an object is applied to the one that was seen: made anew in the meantime it answers 409", async () => {
  const { api, calls } = setUp();
  await api.apply(WANTED, { ...WANTED, metadata: { ...WANTED.metadata, uid: "uid-1" } });
  await api.apply(WANTED, undefined);
  expect(calls.map(({ body }) => (body as { metadata: { uid?: string } }).metadata.uid)).toEqual(["uid-1", undefined]);
});

test("a Deployment is applied to the very version that was seen: changed in the meantime it answers 409", async () => {
  const { api, calls } = setUp();
  const wanted = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "auth", namespace: "tenant-acme", labels: {} } } as const;
  await api.apply(wanted, { ...wanted, metadata: { ...wanted.metadata, uid: "uid-1", resourceVersion: "7" } });
  await api.apply(WANTED, { ...WANTED, metadata: { ...WANTED.metadata, uid: "uid-2", resourceVersion: "8" } });
  expect(calls.map(({ body }) => (body as { metadata: { resourceVersion?: string } }).metadata.resourceVersion)).toEqual(["7", undefined]);
});

test("that the server refuses one object is told, any other failure thrown", async () => {
  const refused = setUp(() => { throw refusal(422); });
  expect(await refused.api.apply(WANTED, undefined)).toMatchObject({ message: 'apply ConfigMap "auth-config": no' });
  const failed = setUp(() => { throw refusal(500); });
  await expect(failed.api.apply(WANTED, undefined)).rejects.toThrow("no");
});

test("finalizers are set on the version that was seen, so that nobody else's is lost", async () => {
  const { api, calls } = setUp();
  await api.setFinalizers({ apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name: "acme", resourceVersion: "7" } }, ["one"]);
  expect(calls[0]?.body).toEqual({ metadata: { resourceVersion: "7", finalizers: ["one"] } });
});

test("once its reconcile was aborted the port asks for nothing more", async () => {
  const { api, calls } = setUp();
  const running = new AbortController();
  const port = until(running.signal, api);
  await port.apply(WANTED, undefined);
  running.abort(new Error("the operator stops"));
  const tenant = { apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name: "acme" } };
  const asked = [port.apply(WANTED, undefined), port.applyStatus(tenant), port.setFinalizers(tenant, []), port.remove("Namespace", { name: "tenant-acme" }, "uid-1"), port.read("Namespace", { name: "tenant-acme" })];
  const answers = await Promise.allSettled(asked);
  expect(answers.map((answer) => answer.status === "rejected" && String(answer.reason))).toEqual(asked.map(() => "Error: the operator stops"));
  expect(calls).toHaveLength(1);
});

test("what is recorded is created once, and then written over the very version that was read", async () => {
  const { api, calls } = setUp();
  const ledger = { apiVersion: "slacktide.dev/v1alpha1", kind: "PurgeLedger", metadata: { name: "slacktide" }, spec: { purges: [] } };
  await api.record(ledger);
  await api.record({ ...ledger, metadata: { name: "slacktide", resourceVersion: "7" } });
  expect(calls.map(({ method, body }) => [method, (body as { metadata: { resourceVersion?: string } }).metadata.resourceVersion])).toEqual([["POST", undefined], ["PATCH", "7"]]);
});

test("an annotation is set on the very version that was read", async () => {
  const { api, calls } = setUp();
  await api.annotate({ apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { name: "acme", resourceVersion: "7" } }, { note: "1" });
  expect(calls.map(({ method, body }) => [method, body])).toEqual([["PATCH", { metadata: { resourceVersion: "7", annotations: { note: "1" } } }]]);
});
