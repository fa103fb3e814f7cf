import { lookup } from "node:dns/promises";

import { askOverHttps } from "./adapters/inventory/https.ts";
import type { InventoryAccess } from "./adapters/inventory/reader.ts";
import type { SecretData } from "./adapters/inventory/credentials.ts";
import type { ServiceAddress } from "./adapters/inventory/target.ts";
import { unreadable } from "./adapters/inventory/unreadable.ts";
import type { KubeClient } from "./kube/client.ts";
import type { FreshKubeConfig } from "./kube/credentials.ts";
import { isForbidden } from "./kube/errors.ts";
import { execInPod } from "./kube/exec.ts";
import { keyOf, KINDS, type KubeObject, type Ref } from "./kube/kind.ts";

/** How inventories are got at in this cluster. */
export function inventoryAccess(config: FreshKubeConfig, client: KubeClient): InventoryAccess {
  return {
    exec: (target, signal) => execInPod(config, { ...target, signal }),
    configMap: async (ref, signal) => {
      const found = await client.get<KubeObject & { data?: Record<string, string> }>(KINDS.ConfigMap, ref, { signal });
      return found && (found.data ?? {});
    },
    secret: (ref, signal) => secretAt(ref, client, signal),
    service: async (ref, signal) => (await client.get<KubeObject & { spec?: ServiceAddress }>(KINDS.Service, ref, { signal }))?.spec,
    lookup: async (host, signal) => {
      const found = await Promise.race([lookup(host, { all: true }), aborted(signal)]);
      return found.map(({ address }) => address);
    },
    https: askOverHttps,
  };
}

/** The chart grants no Secret: who owns a namespace lets the operator read there (docs/agents.md). */
async function secretAt(ref: Ref, client: KubeClient, signal: AbortSignal): Promise<(KubeObject & SecretData) | undefined> {
  try {
    return await client.get<KubeObject & SecretData>(KINDS.Secret, ref, { signal });
  } catch (error) {
    if (isForbidden(error)) throw unreadable(`the inventory cannot be read: Slacktide may not read Secret "${keyOf(ref)}"`, error);
    throw error;
  }
}

/** The system's resolver cannot be told to stop: its answer is no longer waited for. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new Error("aborted"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}
