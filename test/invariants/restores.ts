import { ANNOTATION } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/kind.ts";
import { componentOf, imageVersion, seenAs, textOf, type DeploymentObject } from "./shapes.ts";
import type { World } from "./world.ts";

interface Change {
  readonly tenant: { readonly name: string; readonly uid: string };
  readonly workload: string;
  readonly after: DeploymentObject;
}

/** Whether somebody has asked for a restore of the tenant and confirmed the volume that was made for it. */
export function isRestoring(world: World, tenant: string): boolean {
  return confirmed(world, tenant).length > 0;
}

/** Whether the write gives the workload what a confirmed restore leads to: no pod, the version of the volume, and Auth that volume. */
export function isRestore(world: World, { tenant, workload, after }: Change): boolean {
  const { replicas = 1, template } = after.spec ?? {};
  const claim = template?.spec?.volumes?.find(({ name }) => name === "data")?.persistentVolumeClaim?.claimName;
  const version = textOf(imageVersion(template?.spec));
  return replicas === 0 && confirmed(world, tenant.name).some(({ metadata }) => metadata.annotations?.[ANNOTATION.version] === version && (workload !== "auth" || metadata.name === claim));
}

/** A pod of the tenant's that serves; by its component. */
export function runningIn(world: World, tenant: string): string | undefined {
  const pods = seenAs("Pod", world.all("Pod").filter(({ metadata }) => metadata.namespace === `tenant-${tenant}`));
  const serves = (pod: (typeof pods)[number]) => /^auth$|^proxy-/.test(componentOf(pod)) && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed";
  const found = pods.find(serves);
  return found && componentOf(found);
}

/** The volumes with whose uid somebody has confirmed a restore, as the operator may have seen it. */
function confirmed(world: World, tenant: string): readonly KubeObject[] {
  const words = new Set(world.lately("Tenant", tenant).flatMap((object) => object?.metadata.annotations?.[ANNOTATION.confirmRestore] ?? []));
  const claims = world.keys("PersistentVolumeClaim").filter((key) => key.startsWith(`tenant-${tenant}/data-`)).flatMap((key) => world.now("PersistentVolumeClaim", key) ?? []);
  return claims.filter(({ metadata }) => metadata.uid !== undefined && words.has(metadata.uid));
}
