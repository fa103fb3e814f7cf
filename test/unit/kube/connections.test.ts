import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { Connections } from "../../../src/kube/connections.ts";
import { loadKubeConfig } from "../../../src/kube/credentials.ts";
import { realMono } from "../../../src/runtime/clock.ts";
import { FakeTime } from "../runtime/fake-time.ts";
import { json, startServer } from "./scripted-server.ts";

test("connections are kept while certificates stay, and made anew soon after they were rotated", async () => {
  const dir = await mkdtemp(join(tmpdir(), "slacktide-"));
  const config = {
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:6443/", "certificate-authority": "ca.crt" } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(join(dir, "kubeconfig"), JSON.stringify(config));
  await writeFile(join(dir, "ca.crt"), "first");
  const time = new FakeTime();
  const connections = new Connections({ config: loadKubeConfig(join(dir, "kubeconfig")), mono: time });
  const first = await connections.current();
  expect(first).toMatchObject({ server: new URL("https://127.0.0.1:6443"), headers: { Authorization: "Bearer t" } });
  await time.advance(11_000);
  expect((await connections.current()).calls).toBe(first.calls);
  await writeFile(join(dir, "ca.crt"), "second");
  expect((await connections.current()).calls).toBe(first.calls);
  await time.advance(11_000);
  const [second, same] = await Promise.all([connections.current(), connections.current()]);
  expect(second.calls).not.toBe(first.calls);
  expect(second.watches).not.toBe(first.watches);
  expect(second.leadership).not.toBe(first.leadership);
  expect(same.calls).toBe(second.calls);
  await connections.destroy();
  await rm(dir, { recursive: true });
});

test("what was cut stays cut: whoever still has it reaches the server no more, nor if credentials were just being read", async () => {
  await using server = await startServer((_seen, response) => json(response, {}));
  const config = server.config();
  const read = Promise.withResolvers<void>();
  const late = new Connections({ config: Object.assign(server.config(), { credentials: async () => (await read.promise, config.credentials()) }), mono: realMono });
  const waiting = late.current();
  await late.destroy();
  read.resolve();
  expect(await waiting.then(() => "open", String)).toContain("destroyed");
  const transport = server.transport();
  await transport.request({ method: "GET", path: "/", what: "ask" });
  await transport.close();
  expect(await transport.request({ method: "DELETE", path: "/", what: "delete" }).then(() => "done", String)).toContain("destroyed");
  expect(server.seen.map(({ method }) => method)).toEqual(["GET"]);
});
