import { parseTenant, type RawObject, type Tenant } from "../api/index.ts";
import { KubeClient } from "../kube/client.ts";
import { loadKubeConfig } from "../kube/credentials.ts";
import type { KubeObject } from "../kube/kind.ts";
import { HttpTransport } from "../kube/transport.ts";
import { OWN_KINDS } from "../operator.ts";
import { realMono } from "../runtime/clock.ts";
import { noMetrics } from "../runtime/metrics.ts";
import { UsageError } from "./errors.ts";

/** Reads one of our objects from the cluster; throws UsageError if there is none. */
export async function readObject(kind: "Tenant" | "MaintenanceWindow", name: string, kubeconfig: string | undefined): Promise<RawObject> {
  const transport = new HttpTransport({ config: loadKubeConfig(kubeconfig), mono: realMono, metrics: noMetrics });
  try {
    const client = new KubeClient({ transport, kinds: OWN_KINDS });
    const found = OWN_KINDS.find((each) => each.kind === kind);
    const object = found && (await client.get<KubeObject & RawObject>(found, { name }));
    if (object === undefined) throw new UsageError(`there is no ${kind} "${name}" in the cluster`);
    return object;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; --kubeconfig names another cluster, -f reads manifests instead`, { cause: error });
  } finally {
    await transport.close();
  }
}

/** A tenant with its status, as the operator last wrote it. */
export async function readTenant(name: string, kubeconfig: string | undefined): Promise<Tenant> {
  const parsed = parseTenant(await readObject("Tenant", name, kubeconfig));
  if (parsed.kind === "invalid") throw new UsageError(`Tenant "${name}": ${parsed.message}`);
  return parsed.value;
}
