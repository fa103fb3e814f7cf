import type { Mono } from "../runtime/clock.ts";
import type { KubeClient } from "./client.ts";
import { KINDS } from "./kind.ts";
import { untilAnswered } from "./patience.ts";

/** The definition without which nothing can be asked of cert-manager. */
const DEFINITION = "certificates.cert-manager.io";
const NEVER = new AbortController().signal;

/** Whether cert-manager's Certificates can be asked for in this cluster. */
export async function hasCertManager(client: Pick<KubeClient, "get">, mono: Mono): Promise<boolean> {
  return (await untilAnswered(() => client.get(KINDS.CustomResourceDefinition, { name: DEFINITION }), { mono, signal: NEVER })) !== undefined;
}
