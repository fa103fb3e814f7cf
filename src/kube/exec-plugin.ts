import { spawn, type SpawnOptionsWithoutStdio } from "node:child_process";

import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";

/** Somebody may have to log in meanwhile. */
const ENDS_WITHIN_MS = 120_000;

/**
 * Kills the programs that a kubeconfig has for credentials (`aws eks get-token`) if they hang, in real milliseconds: another
 * one is started every few seconds while they do, and nobody would end them.
 */
export function endHangingPlugins(config: KubeConfig, afterMs = ENDS_WITHIN_MS): void {
  const run = (command: string, args: readonly string[] | undefined, options: SpawnOptionsWithoutStdio) =>
    spawn(command, args ?? [], { ...options, timeout: afterMs, killSignal: "SIGKILL" });
  // client-node lets nobody choose how they are run; a test notices if these go by other names.
  const authenticators: unknown = Reflect.get(config, "authenticators");
  if (!Array.isArray(authenticators)) return;
  for (const each of authenticators) if (each instanceof ExecAuth) Reflect.set(each, "execFn", run);
}
