import { GROUP } from "../../../src/api/index.ts";
import { LEADERSHIP_KIND } from "../../../src/kube/leadership.ts";
import { KINDS, type Kind } from "../../../src/kube/kind.ts";
import { OWN_KINDS, PURGE_LEDGER_KIND } from "../../../src/operator.ts";

/** How the API server treats the objects of a kind. */
export interface ServedKind extends Kind {
  readonly group: string;
  /** Its status is written by a path of its own alone. */
  readonly hasStatus: boolean;
  /** Counts the changes of its spec. */
  readonly hasGeneration: boolean;
}

const BUILT_IN_STATUS = new Set(["Namespace", "Service", "PersistentVolumeClaim", "Pod", "Deployment", "Job", "PodDisruptionBudget", "ResourceQuota", "VolumeSnapshot", "CustomResourceDefinition", "Issuer", "Certificate", "Table", "Bucket", "Role"]);
const BUILT_IN_GENERATION = new Set(["Deployment", "Job", "Pod", "PodDisruptionBudget", "NetworkPolicy", "VolumeSnapshot", "CustomResourceDefinition", "Issuer", "Certificate", "Table", "Bucket", "Role"]);

function served(kind: Kind): ServedKind {
  const group = kind.apiVersion.includes("/") ? (kind.apiVersion.split("/")[0] ?? "") : "";
  const isOurs = group === GROUP;
  const hasStatus = isOurs ? ![LEADERSHIP_KIND.kind, PURGE_LEDGER_KIND.kind].includes(kind.kind) : BUILT_IN_STATUS.has(kind.kind);
  return { ...kind, group, hasStatus, hasGeneration: isOurs || BUILT_IN_GENERATION.has(kind.kind) };
}

/** Every kind that the server serves. */
export const SERVED: readonly ServedKind[] = [...Object.values(KINDS), ...OWN_KINDS, LEADERSHIP_KIND, PURGE_LEDGER_KIND].map(served);

const byName = new Map(SERVED.map((kind) => [kind.kind, kind]));

/** A kind that is served; no two of them share a name. */
export function kindOf(name: string): ServedKind {
  const found = byName.get(name);
  if (found === undefined) throw new Error(`find kind ${name}: the server does not serve it`);
  return found;
}

/** `deployments.apps`, or `pods`: how the server names a kind in its messages. */
export function resourceOf({ plural, group }: ServedKind): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** What a path names. */
export interface Address {
  readonly kind: ServedKind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const addresses = new Map<string, Address | undefined>();
const MOST_ADDRESSES = 20_000;

/** Reads a path; undefined if nothing is served there. */
export function addressOf(path: string): Address | undefined {
  if (addresses.size > MOST_ADDRESSES) addresses.clear();
  if (!addresses.has(path)) addresses.set(path, parse(path));
  return addresses.get(path);
}

function parse(path: string): Address | undefined {
  const parts = path.slice(1).split("/").map(decodeURIComponent);
  const apiVersion = parts[0] === "api" ? parts.slice(1, 2).join("/") : parts.slice(1, 3).join("/");
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  const isScoped = rest[0] === "namespaces" && rest.length > 2 && rest[2] !== "status" && rest[2] !== "finalize";
  const [plural, name, subresource] = isScoped ? rest.slice(2) : rest;
  const kind = SERVED.find((each) => each.apiVersion === apiVersion && each.plural === plural);
  return kind && { kind, namespace: isScoped ? rest[1] : undefined, name, subresource };
}
