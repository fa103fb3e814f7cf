import { expect, test } from "vitest";

import { HttpServer } from "../../../src/adapters/http-server.ts";
import { createLogger } from "../../../src/adapters/logger.ts";
import { createMetrics } from "../../../src/adapters/metrics.ts";
import { WorkQueue } from "../../../src/runtime/queue.ts";
import { FakeTime, noJitter } from "./fake-time.ts";

function logLines(level: "debug" | "info" = "info") {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ level, destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  return { log, lines };
}

test("a log line is JSON with time, level, message and fields", () => {
  const { log, lines } = logLines();
  log.debug("not shown");
  log.child({ controller: "tenants" }).info("tenant upgraded", { tenant: "acme" });
  expect(lines).toEqual([
    { level: "info", time: expect.stringMatching(/^\d{4}-.*Z$/), message: "tenant upgraded", controller: "tenants", tenant: "acme" },
  ]);
});

test("secrets are hidden and an error shows its causes but not its other properties", () => {
  const { log, lines } = logLines();
  const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { request: { headers: "Bearer hunter2" } });
  log.error("failed", { error, token: "hunter2", headers: { Authorization: "Bearer hunter2" }, object: { data: { key: "hunter2" } } });
  expect(JSON.stringify(lines)).not.toContain("hunter2");
  expect(lines[0]?.["error"]).toMatchObject({ name: "Error", message: "outer", causes: ["inner"] });
});

test("metrics have controller-runtime's names and are computed at the scrape", async () => {
  const metrics = createMetrics([{ name: "slacktide_tenants", type: "gauge", help: "Tenants.", labels: ["phase"] }]);
  const time = new FakeTime();
  const queue = new WorkQueue({ name: "tenants", clock: time, mono: time, rng: noJitter, metrics });
  queue.add("a");
  queue.add("b", "low");
  metrics.set("slacktide_tenants", { phase: "Active" }, 3);
  const text = await metrics.scrape();
  expect(text).toContain('workqueue_depth{name="tenants",controller="tenants",priority="0"} 1');
  expect(text).toContain('workqueue_depth{name="tenants",controller="tenants",priority="-100"} 1');
  expect(text).toContain('workqueue_adds_total{name="tenants",controller="tenants"} 2');
  expect(text).toContain('slacktide_tenants{phase="Active"} 3');
  for (const name of ["controller_runtime_reconcile_total", "rest_client_requests_total", "slacktide_cache_objects", "nodejs_eventloop_lag_p99_seconds"]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
  expect(() => metrics.increment("slacktide_typo_total")).toThrow("measure slacktide_typo_total: no metric");
});

test("probes and metrics are served; /readyz says why not", async () => {
  let reason: string | undefined = "starting: waiting for pods";
  const metrics = { contentType: "text/plain", scrape: async () => "up 1\n" };
  const server = new HttpServer({ port: 0, host: "127.0.0.1", metrics, unreadyReason: () => reason });
  await server.start();
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await get("/healthz")).toEqual([200, "ok\n"]);
  expect(await get("/readyz")).toEqual([503, "starting: waiting for pods\n"]);
  reason = undefined;
  expect(await get("/readyz?verbose")).toEqual([200, "ok\n"]);
  expect(await get("/metrics")).toEqual([200, "up 1\n"]);
  expect((await get("/"))[0]).toBe(404);
  const second = new HttpServer({ port: server.port, host: "127.0.0.1", metrics, unreadyReason: () => undefined });
  await expect(second.start()).rejects.toThrow(`serve metrics and probes on port ${server.port}: `);
  await server.stop();
  await expect(get("/healthz")).rejects.toThrow("fetch failed");
});
