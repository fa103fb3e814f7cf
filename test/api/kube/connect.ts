import { KubeClient } from "../../../src/kube/client.ts";
import { loadKubeConfig } from "../../../src/kube/credentials.ts";
import { KubeError } from "../../../src/kube/errors.ts";
import type { KubeObject } from "../../../src/kube/kind.ts";
import { HttpTransport } from "../../../src/kube/transport.ts";
import { realMono } from "../../../src/runtime/clock.ts";
import { noMetrics } from "../../../src/runtime/metrics.ts";
import { startCluster } from "../../../tools/cluster/cluster.ts";

/** A light cluster of this test file's own, with a client as its administrator. */
export async function connect() {
  const cluster = await startCluster({ profile: "light", log: () => undefined });
  const config = loadKubeConfig(cluster.kubeconfig);
  const transport = new HttpTransport({ config, mono: realMono, metrics: noMetrics });
  const stop = async () => {
    await transport.close();
    await cluster.stop();
  };
  return { cluster, config, transport, client: new KubeClient({ transport }), stop };
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const configMap = (name: string, data: Readonly<Record<string, string>> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels: { app: "test" } },
  data,
});

/** The KubeError that the promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`);
  return error;
}

/** Waits until `isTrue`, at most 30 seconds. */
export async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; !isTrue(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error(`waited 30 s in vain: ${what}`);
  }
}
