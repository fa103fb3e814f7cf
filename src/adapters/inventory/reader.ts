import type { InventoryRow } from "../../domain/agents/inventory.ts";
import { AppError } from "../../reconcile/app-error.ts";
import type { InventoryQuestion, InventoryReader } from "../../reconcile/ports.ts";
import { credentialsOf, type HttpCredentials, type SecretData } from "./credentials.ts";
import type { HttpsQuestion } from "./https.ts";
import { BOUNDS, InventoryRows } from "./rows.ts";
import { resolveTarget, type Directory } from "./target.ts";
import { unreadable } from "./unreadable.ts";

/** The one command that the operator may run in a tenant; the chart's policy allows no other. */
export const INVENTORY_COMMAND = ["tctl", "inventory", "ls", "--format=json"] as const;
/** With what tctl says besides; the list itself is bounded by `BOUNDS`. */
const MAX_BYTES = 2 * BOUNDS.bytes;
const TIMEOUT_MS = 30_000;
const DEFAULT_KEY = "inventory.json";

/** What reading needs of the cluster. */
export interface InventoryAccess extends Directory {
  exec(
    target: { namespace: string; pod: string; container: string; command: readonly string[]; maxBytes: number; timeoutMs: number; take: (chunk: Uint8Array) => Promise<void> },
    signal: AbortSignal,
  ): Promise<{ readonly exitCode: number }>;
  configMap(ref: ObjectName, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
  secret(ref: ObjectName, signal: AbortSignal): Promise<SecretData | undefined>;
  https(question: HttpsQuestion, signal: AbortSignal): Promise<void>;
}

interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Reads inventories by exec, over HTTPS or from a ConfigMap; all give the JSON of `tctl inventory ls --format=json`. */
export function createInventoryReader(access: InventoryAccess): InventoryReader {
  return {
    async read(question, take, signal) {
      const rows = new InventoryRows(take);
      await pour(question, rows, { access, signal });
      rows.end();
    },
  };
}

/** The rows of an inventory that is at hand; throws AppError if any part of it cannot be understood. */
export function parseInventory(text: string, take: (row: InventoryRow) => void): void {
  const rows = new InventoryRows(take);
  rows.writeAtOnce(Buffer.from(text));
  rows.end();
}

interface Access {
  readonly access: InventoryAccess;
  readonly signal: AbortSignal;
}

async function pour({ namespace, source, authPod }: InventoryQuestion, rows: InventoryRows, from: Access): Promise<void> {
  if (source.type === "ConfigMap") return pourConfigMap({ namespace, name: source.name ?? "", key: source.key ?? DEFAULT_KEY }, rows, from);
  if (source.type === "Http") return pourHttps({ namespace, url: source.url ?? "", secretName: source.secretName }, rows, from);
  if (authPod === undefined) throw unreadable("the inventory cannot be read: no Auth pod is Ready");
  return pourExec({ namespace, pod: authPod }, rows, from);
}

async function pourConfigMap(at: ObjectName & { readonly key: string }, rows: InventoryRows, { access, signal }: Access): Promise<void> {
  const data = await attempt(() => access.configMap(at, signal));
  const text = data?.[at.key];
  if (text === undefined) throw unreadable(`the inventory cannot be read: ConfigMap "${at.namespace}/${at.name}" has no key "${at.key}"`);
  await rows.write(Buffer.from(text));
}

interface HttpsSource {
  readonly namespace: string;
  readonly url: string;
  readonly secretName?: string | undefined;
}

/** The Secret and, inside the cluster, the Service are those of the tenant's own namespace: no other one is ever asked for. */
async function pourHttps({ namespace, url, secretName }: HttpsSource, rows: InventoryRows, { access, signal: stop }: Access): Promise<void> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  const target = await attempt(() => resolveTarget(url, namespace, { directory: access, signal }));
  const credentials = secretName === undefined ? {} : await credentialsIn({ namespace, name: secretName }, { access, signal });
  await access.https({ ...target, ...credentials, timeoutMs: TIMEOUT_MS, take: (chunk) => rows.write(chunk) }, signal);
}

async function credentialsIn(at: ObjectName, { access, signal }: Access): Promise<HttpCredentials> {
  const name = `${at.namespace}/${at.name}`;
  const secret = await attempt(() => access.secret(at, signal));
  if (secret === undefined) throw unreadable(`the inventory cannot be read: Secret "${name}" does not exist`);
  return credentialsOf(secret, name);
}

async function pourExec(at: { namespace: string; pod: string }, rows: InventoryRows, { access, signal }: Access): Promise<void> {
  const target = { ...at, container: "auth", command: INVENTORY_COMMAND, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, take: (chunk: Uint8Array) => rows.write(chunk) };
  const { exitCode } = await attempt(() => access.exec(target, signal));
  if (exitCode !== 0) throw unreadable("the inventory cannot be read: tctl in the Auth pod failed");
}

/** What the cluster answers is told without its details: they change, and messages must not. */
async function attempt<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw unreadable("the inventory cannot be read: the cluster did not answer as expected", cause);
  }
}
