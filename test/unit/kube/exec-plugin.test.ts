import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { FreshKubeConfig } from "../../../src/kube/credentials.ts";
import { endHangingPlugins } from "../../../src/kube/exec-plugin.ts";
import { until } from "./scripted-server.ts";

/** A kubeconfig whose credentials come from a script of the shell. */
function configOf(script: string): FreshKubeConfig {
  const config = new FreshKubeConfig();
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script] };
  config.loadFromClusterAndUser({ name: "c", server: "http://127.0.0.1:1", skipTLSVerify: true }, { name: "u", exec });
  return config;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a program that hangs instead of giving credentials is killed, even if it ignores a SIGTERM", async () => {
  const dir = await mkdtemp(join(tmpdir(), "slacktide-"));
  const file = join(dir, "pid");
  const config = configOf(`trap "" TERM; echo $$ > '${file}'; exec sleep 1000`);
  endHangingPlugins(config, 1_500);
  expect(await config.credentials().catch(String)).toContain("read credentials: ");
  const pid = Number(await readFile(file, "utf8"));
  expect(pid).toBeGreaterThan(0);
  await until(() => !isAlive(pid), "the end of the program");
  await rm(dir, { recursive: true });
});

test("a program that gives credentials is used", async () => {
  const config = configOf(`echo '{"status": {"token": "from-a-program"}}'`);
  endHangingPlugins(config);
  expect((await config.credentials()).headers).toEqual({ Authorization: "Bearer from-a-program" });
});
