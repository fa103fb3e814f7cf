import { readFileSync } from "node:fs";
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

/** What happened so far, in the order in which it was answered. */
export function readAudit({ auditLog }: Pick<Cluster, "auditLog">): readonly AuditEvent[] {
  const lines = readFileSync(auditLog, "utf8").split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as AuditEvent); // the API server's own format
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

function imageOf(object: AuditedObject | undefined): string | undefined {
  const template = object?.spec?.["template"] as { spec?: { containers?: { image?: string }[] } } | undefined; // a Deployment's
  return template?.spec?.containers?.[0]?.image;
}

/** The version in an image's tag. */
export function versionOf(image: string | undefined): string {
  return image?.split("@")[0]?.split(":").at(-1) ?? "";
}
