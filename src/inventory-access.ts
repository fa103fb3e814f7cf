import type { InventoryAccess } from "./adapters/inventory/reader.ts";
import type { KubeClient } from "./kube/client.ts";
import type { FreshKubeConfig } from "./kube/credentials.ts";
import { execInPod } from "./kube/exec.ts";
import { KINDS, type KubeObject } from "./kube/kind.ts";

/** How inventories are got at in this cluster. */
export function inventoryAccess(config: FreshKubeConfig, client: KubeClient): InventoryAccess {
  return {
    exec: (target, signal) => execInPod(config, { ...target, signal }),
    configMap: async ({ namespace, name }, signal) => {
      const found = await client.get<KubeObject & { data?: Record<string, string> }>(KINDS.ConfigMap, { namespace, name }, { signal });
      return found && (found.data ?? {});
    },
  };
}
