import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { RELEASE } from "./chart.ts";

/** An object as the audit log shows it. */
export interface AuditedObject {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** One line of the audit log: something that was asked of the API server. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly responseObject?: AuditedObject;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

interface Known {
  readonly events: AuditEvent[];
  bytes: number;
}

/** Some look at the log ten times a second: only what is new is read and parsed. */
const known = new WeakMap<object, Known>();

/** What happened so far, in the order in which it was answered. */
export function readAudit(cluster: Pick<Cluster, "auditLog">): readonly AuditEvent[] {
  const { events, bytes } = known.get(cluster) ?? { events: [], bytes: 0 };
  const added = bytesFrom(cluster.auditLog, bytes);
  // The last line may still be in the making.
  const whole = added.subarray(0, added.lastIndexOf("\n") + 1);
  for (const line of whole.toString("utf8").split("\n")) if (line !== "") events.push(JSON.parse(line) as AuditEvent); // the API server's own format
  known.set(cluster, { events, bytes: bytes + whole.length });
  return [...events];
}

function bytesFrom(path: string, start: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(fstatSync(file).size - start, 0));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
  } finally {
    closeSync(file);
  }
}

/** Whether the operator did it, with the identity that the chart gives it. */
export function isOperators({ user }: AuditEvent): boolean {
  return user.username === RELEASE.user;
}

export function hasSucceeded({ responseStatus }: AuditEvent): boolean {
  return responseStatus !== undefined && responseStatus.code < 300;
}

/** A write that gave a Deployment another image than it had. */
export interface ImageChange {
  readonly namespace: string;
  readonly deployment: string;
  /** Undefined: the Deployment was created. */
  readonly from: string | undefined;
  readonly to: string;
  /** The annotation `slacktide.dev/attempt` that the write left behind, parsed. */
  readonly attempt: AttemptNote | undefined;
  /** The write's place in the order of all writes to the cluster. */
  readonly revision: number;
  /** Real time at which it was asked for. */
  readonly at: number;
  readonly template: unknown;
}

export interface AttemptNote {
  readonly id: string;
  readonly class: string;
  readonly from: string;
  readonly to: string;
  readonly disruptiveAt: string;
}

/** Every change of a Deployment's image, in order. */
export function imageChanges(events: readonly AuditEvent[]): readonly ImageChange[] {
  const images = new Map<string, string>();
  return events.flatMap((event) => {
    const { objectRef, responseObject, verb } = event;
    if (objectRef?.resource !== "deployments" || objectRef.subresource !== undefined || !hasSucceeded(event)) return [];
    const { namespace = "", name = "" } = objectRef;
    const key = `${namespace}/${name}`;
    if (verb === "delete") images.delete(key);
    const to = imageOf(responseObject);
    const from = images.get(key);
    if (verb === "delete" || to === undefined || to === from) return [];
    images.set(key, to);
    const { annotations, resourceVersion } = responseObject?.metadata ?? {};
    const note = annotations?.["slacktide.dev/attempt"];
    return [
      {
        namespace,
        deployment: name,
        from,
        to,
        attempt: note === undefined ? undefined : (JSON.parse(note) as AttemptNote), // the operator's own format
        revision: Number(resourceVersion),
        at: Date.parse(event.requestReceivedTimestamp),
        template: responseObject?.spec?.["template"],
      },
    ];
  });
}

/** Those that replaced an image, as opposed to the first one of a new Deployment. */
export function upgradesOf(events: readonly AuditEvent[]): readonly ImageChange[] {
  return imageChanges(events).filter((change) => change.from !== undefined);
}

/** An attempt that changed an image on the way to its version. */
export interface Start {
  readonly tenant: string;
  /** RFC 3339, rehearsed. */
  readonly at: string;
}

/** Every attempt that disrupted a tenant for that version, once. */
export function startsTo(events: readonly AuditEvent[], version: string): readonly Start[] {
  const changes = upgradesOf(events).filter(({ to, attempt }) => versionOf(to) === version && attempt?.to === version);
  const starts = changes.map(({ namespace, attempt }) => [attempt?.id, { tenant: namespace.replace("tenant-", ""), at: attempt?.disruptiveAt ?? "" }] as const);
  return [...new Map(starts).values()];
}

function imageOf(object: AuditedObject | undefined): string | undefined {
  const template = object?.spec?.["template"] as { spec?: { containers?: { image?: string }[] } } | undefined; // a Deployment's
  return template?.spec?.containers?.[0]?.image;
}

/** The version in an image's tag. */
export function versionOf(image: string | undefined): string {
  return image?.split("@")[0]?.split(":").at(-1) ?? "";
}
