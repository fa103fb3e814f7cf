import { afterAll, beforeAll, expect, test } from "vitest";

import { KINDS } from "../../../src/kube/kind.ts";
import { Reflector } from "../../../src/kube/reflector.ts";
import type { HttpCall } from "../../../src/kube/transport.ts";
import { realMono, realRng } from "../../../src/runtime/clock.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { configMap, connect, type ConfigMap } from "./connect.ts";

let api: Awaited<ReturnType<typeof connect>>;

beforeAll(async () => {
  api = await connect();
});

afterAll(() => api?.stop());

test.each([false, true])("everything comes as a stream, nothing is listed (metadata alone: %s)", async (metadataOnly) => {
  const { transport, client } = api;
  const name = `streamed-${metadataOnly}`;
  await client.create(configMap(name, { a: "1" }));
  const calls: HttpCall[] = [];
  const watched = {
    request: <T>(call: HttpCall) => (calls.push(call), transport.request<T>(call)),
    stream: (call: HttpCall) => (calls.push(call), transport.stream(call)),
    serverDate: () => transport.serverDate(),
  };
  const reflector = new Reflector<ConfigMap>({
    kind: KINDS.ConfigMap,
    namespace: "default",
    metadataOnly,
    transport: watched,
    mono: realMono,
    rng: realRng,
    log: silentLogger,
    metrics: noMetrics,
    onChange: () => undefined,
  });
  reflector.start();
  await reflector.synced();
  expect(reflector.store.get(`default/${name}`)).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
  expect(reflector.store.get(`default/${name}`)?.data).toEqual(metadataOnly ? undefined : { a: "1" });
  expect(calls.map(({ query }) => query?.["sendInitialEvents"])).toEqual(["true"]);
  expect(await reflector.audit()).toBe(0);
  await reflector.stop();
});
