import { expect, test } from "vitest";
import { classify, isRefusal, KubeError } from "../../../src/kube/errors.ts";
import { isExempt, isOfLeadership, isRecord } from "../../../src/kube/fence.ts";
import { HttpTransport, type HttpCall } from "../../../src/kube/transport.ts";
import { realMono } from "../../../src/runtime/clock.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { json, startServer, until } from "./scripted-server.ts";

const read: HttpCall = { method: "GET", path: "/api/v1/pods", what: "read pods" };
const write: HttpCall = { method: "PATCH", path: "/api/v1/namespaces/a/services/b", what: 'apply Service "a/b"', body: {} };

function fence() {
  const it = { why: undefined as string | undefined, refusals: [] as KubeError[], whyNot: () => it.why, refused: (error: KubeError) => void it.refusals.push(error) };
  return it;
}

const failureOf = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error);

test("a replica that doesn't lead sends no write, and says so", async () => {
  await using server = await startServer((_, response) => json(response, {}));
  const gate = fence();
  const transport = new HttpTransport({ config: server.config(), mono: realMono, metrics: noMetrics, fence: gate });
  await transport.request(write);
  gate.why = "this replica does not lead";
  const error = await failureOf(transport.request(write));
  expect(error).toMatchObject({ outcome: "not-sent", message: 'apply Service "a/b": not sent: this replica does not lead' });
  expect(classify(error)).toBe("conflict");
  expect(await transport.request(read)).toEqual({});
  expect(server.seen.map(({ method }) => method)).toEqual(["PATCH", "GET"]);
  await transport.close();
});

test("what makes a leader is known behind a path, and nothing else is", () => {
  for (const behind of ["", "/k8s/clusters/c-1"]) {
    expect(isExempt({ method: "PATCH", path: `${behind}/apis/coordination.k8s.io/v1/namespaces/a/leases/b` })).toBe(true);
    expect(isRecord({ method: "PATCH", path: `${behind}/apis/slacktide.dev/v1alpha1/leaderships/slacktide` })).toBe(true);
    expect(isExempt({ method: "PATCH", path: `${behind}/apis/slacktide.dev/v1alpha1/tenants/leases` })).toBe(false);
  }
});

test("a replica that doesn't lead leaves the record of who leads alone, and may ask for the Lease", async () => {
  await using server = await startServer((_, response) => json(response, {}));
  const gate = { ...fence(), whyNot: () => "this replica does not lead" };
  const transport = new HttpTransport({ config: server.config(), mono: realMono, metrics: noMetrics, fence: gate });
  const record: HttpCall = { ...write, path: "/apis/slacktide.dev/v1alpha1/leaderships/slacktide" };
  expect(await failureOf(transport.request(record))).toMatchObject({ outcome: "not-sent" });
  expect(await transport.request({ ...write, path: "/apis/coordination.k8s.io/v1/namespaces/a/leases/b" })).toEqual({});
  expect(server.seen.map(({ url }) => url.pathname)).toEqual(["/apis/coordination.k8s.io/v1/namespaces/a/leases/b"]);
  await transport.close();
});

test("a write that waited for a free connection is judged when it gets one", async () => {
  const answers: (() => void)[] = [];
  await using server = await startServer((_, response) => void answers.push(() => json(response, {})));
  const gate = fence();
  const transport = new HttpTransport({ config: server.config(), mono: realMono, metrics: noMetrics, fence: gate });
  const first = Array.from({ length: 32 }, () => transport.request(write));
  await until(() => answers.length === 32, "32 writes on their way");
  const waiting = failureOf(transport.request(write));
  await new Promise((resolve) => setTimeout(resolve, 20)); // it is in the pool by now, and none of the 32 is free
  gate.why = "the lease is over";
  for (const answer of answers) answer();
  await Promise.all(first);
  expect(await waiting).toMatchObject({ outcome: "not-sent" });
  expect(server.seen).toHaveLength(32);
  // The connections are as good as before.
  gate.why = undefined;
  const again = transport.request(write);
  await until(() => answers.length === 33, "the next write");
  answers.at(-1)?.();
  await again;
  expect(server.connections).toBeLessThanOrEqual(32);
  await transport.close();
});

test("a refusal by the API server's own fence is told, any other is not", async () => {
  const status = (message: string) => ({ kind: "Status", reason: "Forbidden", message, code: 403 });
  let says = "quota exceeded";
  await using server = await startServer((_, response) => json(response, status(says), 403));
  const gate = fence();
  const transport = new HttpTransport({ config: server.config(), mono: realMono, metrics: noMetrics, fence: gate });
  await failureOf(transport.request(write));
  expect(gate.refusals).toEqual([]);
  says = 'pod "a" of b/c is not the recorded leader, which is pod "d" of b/c';
  const error = await failureOf(transport.request(write));
  expect(gate.refusals).toEqual([error]);
  // It is not the object that was refused.
  expect([isRefusal(error), classify(error)]).toEqual([false, "conflict"]);
  await transport.close();
});

test.each([
  { method: "GET", path: "/api/v1/pods", exempt: true },
  { method: "PATCH", path: "/apis/coordination.k8s.io/v1/namespaces/a/leases/b?fieldManager=slacktide", exempt: true },
  { method: "POST", path: "/apis/coordination.k8s.io/v1/namespaces/a/leases?fieldManager=slacktide", exempt: true },
  { method: "PATCH", path: "/apis/slacktide.dev/v1alpha1/leaderships/slacktide", exempt: false },
  { method: "POST", path: "/api/v1/namespaces?dryRun=All", exempt: true },
  { method: "POST", path: "/api/v1/namespaces", exempt: false },
  { method: "PATCH", path: "/apis/slacktide.dev/v1alpha1/tenants/leaderships", exempt: false },
  { method: "PATCH", path: "/apis/slacktide.dev/v1alpha1/tenants/acme/status", exempt: false },
  { method: "PATCH", path: "/api/v1/namespaces/a/services/leases?dryRun=None", exempt: false },
  { method: "DELETE", path: "/api/v1/namespaces/coordination.k8s.io", exempt: false },
])("$method $path is exempt: $exempt", ({ method, path, exempt }) => {
  expect(isExempt({ method, path })).toBe(exempt);
});

test.each([
  { path: "/apis/slacktide.dev/v1alpha1/leaderships?fieldManager=slacktide", record: true },
  { path: "/apis/slacktide.dev/v1alpha1/leaderships/slacktide", record: true },
  { path: "/apis/slacktide.dev/v1alpha1/tenants/leaderships", record: false },
  { path: "/api/v1/namespaces/a/configmaps/leaderships", record: false },
])("$path writes the record of who leads: $record", ({ path, record }) => {
  expect(isRecord({ method: "PATCH", path })).toBe(record);
});

test.each([
  { path: "/apis/coordination.k8s.io/v1/namespaces/a/leases/b", leads: true },
  { path: "/apis/slacktide.dev/v1alpha1/leaderships", leads: true },
  { path: "/apis/slacktide.dev/v1alpha1/tenants/leaderships", leads: false },
  { path: "/api/v1/namespaces/leases", leads: false },
])("$path is of what makes a leader: $leads", ({ path, leads }) => {
  expect(isOfLeadership({ path })).toBe(leads);
});
