import { z } from "zod";
import type { InventoryRow } from "../domain/agents/inventory.ts";
import { AppError } from "../reconcile/app-error.ts";
import type { InventoryQuestion, InventoryReader } from "../reconcile/ports.ts";

/** The one command that the operator may run in a tenant; the chart's policy allows no other. */
export const INVENTORY_COMMAND = ["tctl", "inventory", "ls", "--format=json"] as const;
const MAX_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
const DEFAULT_KEY = "inventory.json";

/** What reading needs of the cluster. */
export interface InventoryAccess {
  exec(
    target: { namespace: string; pod: string; container: string; command: readonly string[]; maxBytes: number; timeoutMs: number },
    signal: AbortSignal,
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>;
  configMap(ref: { namespace: string; name: string }, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
}

// Lenient to unknown fields, strict about those it reads (facts §2): every field of `spec` may be absent.
const element = z.object({
  metadata: z.object({ name: z.string().min(1) }),
  spec: z
    .object({
      version: z.string().optional(),
      services: z.array(z.string()).nullish(),
      hostname: z.string().optional(),
      last_seen: z.string().optional(),
    })
    .default({}),
});
const document = z.array(element).nullable();

/** Reads inventories by exec or from a ConfigMap; both give the JSON of `tctl inventory ls --format=json`. */
export function createInventoryReader(access: InventoryAccess): InventoryReader {
  return {
    async read(question, signal) {
      const text = await textOf(question, { access, signal });
      return parseInventory(text);
    },
  };
}

/** The rows of an inventory; throws AppError if any part of it cannot be understood. */
export function parseInventory(text: string): readonly InventoryRow[] {
  const parsed = document.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    // Not which row it is: rows change their order, and a message must not.
    const path = (issue?.path ?? []).filter((part) => typeof part !== "number").join(".");
    throw unreadable(`the inventory is not what tctl prints: ${path} ${issue?.message ?? ""}`.trim());
  }
  return (parsed.data ?? []).map(({ metadata, spec }) => ({
    id: metadata.name,
    version: spec.version,
    hostname: spec.hostname,
    services: spec.services ?? undefined,
    lastSeenAt: spec.last_seen,
  }));
}

interface Access {
  readonly access: InventoryAccess;
  readonly signal: AbortSignal;
}

async function textOf({ namespace, source, authPod }: InventoryQuestion, { access, signal }: Access): Promise<string> {
  if (source.type === "ConfigMap") return fromConfigMap({ namespace, name: source.name ?? "", key: source.key ?? DEFAULT_KEY }, { access, signal });
  if (authPod === undefined) throw unreadable("the inventory cannot be read: no Auth pod is Ready");
  return fromExec(namespace, authPod, { access, signal });
}

async function fromConfigMap(at: { namespace: string; name: string; key: string }, { access, signal }: Access): Promise<string> {
  const data = await attempt(() => access.configMap(at, signal));
  const text = data?.[at.key];
  if (text === undefined) throw unreadable(`the inventory cannot be read: ConfigMap "${at.namespace}/${at.name}" has no key "${at.key}"`);
  return text;
}

async function fromExec(namespace: string, pod: string, { access, signal }: Access): Promise<string> {
  const target = { namespace, pod, container: "auth", command: INVENTORY_COMMAND, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS };
  const { stdout, exitCode } = await attempt(() => access.exec(target, signal));
  if (exitCode !== 0) throw unreadable("the inventory cannot be read: tctl in the Auth pod failed");
  return stdout;
}

/** What the cluster answers is told without its details: they change, and messages must not. */
async function attempt<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable("the inventory cannot be read: the cluster did not answer as expected", cause);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable("the inventory is not JSON"); // without the cause, which quotes the customer's text
  }
}

function unreadable(message: string, cause?: unknown): AppError {
  return new AppError("InventoryUnreadable", message, { cause });
}
