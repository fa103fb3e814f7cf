import { describe, expect, test } from "vitest";

import { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import { KINDS } from "../../../src/kube/kind.ts";
import type { HttpCall, Transport } from "../../../src/kube/transport.ts";

/** A client of a server that answers each call with what the test says, the last one for ever, and the calls. */
function setUp(...answers: readonly unknown[]) {
  const calls: HttpCall[] = [];
  const story: string[] = [];
  const transport: Transport = {
    request: async <T>(call: HttpCall) => {
      calls.push(call);
      const answer = answers[Math.min(calls.length, answers.length) - 1] ?? { kind: "Status" };
      if (answer instanceof Error) throw answer;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever the test wants
      return answer as T;
    },
    stream: () => Promise.reject(new Error("nobody watches")),
    serverDate: () => undefined,
  };
  const client = new KubeClient({
    transport,
    onWritten: (object) => void story.push(`written ${object.kind}`),
    onRemoved: (kind, ref, uid) => void story.push(`removed ${kind.kind} ${ref.name} ${uid ?? ""}`),
  });
  return { client, calls, story };
}

const REF = { namespace: "tenant-acme", name: "auth" };

test("a delete is of the object that was seen and no other", async () => {
  const { client, calls } = setUp();
  await client.remove(KINDS.Service, REF, { uid: "uid-1", resourceVersion: "7" });
  expect(calls[0]?.body).toMatchObject({ preconditions: { uid: "uid-1", resourceVersion: "7" } });
});

test("whoever keeps copies is told what a delete has ended, and not what only begins to end", async () => {
  const ended = setUp();
  await ended.client.remove(KINDS.Service, REF, { uid: "uid-1" });
  expect(ended.story).toEqual(["removed Service auth uid-1"]);
  const ending = setUp({ apiVersion: "v1", kind: "Service", metadata: { name: "auth", namespace: "tenant-acme" } });
  await ending.client.remove(KINDS.Service, REF, { uid: "uid-1" });
  expect(ending.story).toEqual(["written Service"]);
});

test("of a status nothing stays that somebody else has written there, over exactly what was found", async () => {
  const found = { apiVersion: "v1", kind: "Service", metadata: { name: "auth", namespace: "tenant-acme", resourceVersion: "8" }, status: { version: "17.2.1", upgrade: { step: "Proxy" }, conditions: [] } };
  const { client, calls } = setUp(found);
  const metadata = { name: "auth", namespace: "tenant-acme" };
  await client.applyStatus({ apiVersion: "v1", kind: "Service", metadata, status: { version: "17.2.1", conditions: [] } });
  expect(calls[1]).toMatchObject({ contentType: "application/merge-patch+json", body: { metadata: { resourceVersion: "8" }, status: { upgrade: null } } });
  expect(calls[1]?.path).toMatch(/\/status$/);
  calls.length = 0;
  await client.applyStatus({ apiVersion: "v1", kind: "Service", metadata, status: found.status });
  expect(calls).toHaveLength(1);
});

describe("a status in which others have written", () => {
  const metadata = { name: "auth", namespace: "tenant-acme" };
  const wanted = { apiVersion: "v1", kind: "Service", metadata, status: { version: "17.2.1" } };
  const live = { ...wanted, metadata: { ...metadata, resourceVersion: "8" }, status: { version: "17.2.1", upgrade: {} } };
  const failure = (status: number) => new KubeError({ what: "write", why: "no", outcome: "refused", status });

  test("that makes ours invalid loses that first", async () => {
    const { client, calls } = setUp(failure(422), live, { ...live, status: wanted.status }, { ...live, status: wanted.status });
    expect(await client.applyStatus(wanted).catch((error: unknown) => error)).toMatchObject({ status: wanted.status });
    expect(calls.map(({ method, body }) => [method, Reflect.get(Object(body), "status")])).toEqual([["PATCH", wanted.status], ["GET", undefined], ["PATCH", { upgrade: null }], ["PATCH", wanted.status]]);
  });

  test("is refused as ever where theirs is not the reason", async () => {
    const { client, calls } = setUp(failure(422), { ...live, status: wanted.status });
    await expect(client.applyStatus(wanted)).rejects.toThrow("no");
    expect(calls).toHaveLength(2);
  });

  test("has been said, though somebody was faster than what takes the rest out", async () => {
    const { client } = setUp(live, failure(409));
    expect(await client.applyStatus(wanted)).toMatchObject({ metadata: { resourceVersion: "8" } });
  });
});

test("a status is applied to the object and the version that it was reckoned from", async () => {
  const { client, calls } = setUp();
  const metadata = { name: "auth", namespace: "tenant-acme", uid: "uid-1", resourceVersion: "7", labels: { not: "sent" } };
  await client.applyStatus({ apiVersion: "v1", kind: "Service", metadata, status: {} });
  expect(calls[0]?.body).toMatchObject({ metadata: { uid: "uid-1", resourceVersion: "7" } });
  expect(JSON.stringify(calls[0]?.body)).not.toContain("labels");
});
