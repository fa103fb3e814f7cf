import { isIP } from "node:net";
import { isPublicAddress } from "./address.ts";
import { unreadable } from "./unreadable.ts";

/** A Service as far as it tells where it is. */
export interface ServiceAddress {
  readonly type?: string | undefined;
  readonly clusterIPs?: readonly string[] | undefined;
}

/** How names are turned into addresses. */
export interface Directory {
  /** Every address of a name; rejects if it has none, or the signal says so first. */
  lookup(host: string, signal: AbortSignal): Promise<readonly string[]>;
  service(ref: { namespace: string; name: string }, signal: AbortSignal): Promise<ServiceAddress | undefined>;
}

/** Where to connect: the certificate must be that of `host`, and nothing but these addresses is connected to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** With the query; a secret may be in it. */
  readonly path: string;
  readonly addresses: readonly string[];
}

interface Asking {
  readonly directory: Directory;
  readonly signal: AbortSignal;
}

const IN_CLUSTER = /^([^.]+)\.([^.]+)\.svc(\.cluster\.local)?$/;
const HTTPS_PORT = 443;

/**
 * Where an inventory's address leads: to a Service of the tenant's own namespace, or onto the public network. Everything else
 * that the operator could reach (other tenants, the cloud's metadata, the node itself) is refused, by what the name resolves to
 * and not by how it reads; who connects uses the addresses given here and does not resolve again. Throws AppError.
 */
export async function resolveTarget(url: string, namespace: string, asking: Asking): Promise<Target> {
  const parsed = parseUrl(url);
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const port = parsed.port === "" ? HTTPS_PORT : Number(parsed.port);
  const [, name, owner] = IN_CLUSTER.exec(host) ?? [];
  const addresses = name === undefined ? await publicAddresses(host, asking) : await serviceAddresses({ host, name, isOwn: owner === namespace, namespace }, asking);
  return { host, port, path: `${parsed.pathname}${parsed.search}`, addresses };
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.protocol !== "https:") throw unreadable("the inventory cannot be read: its url must begin with https://");
  if (parsed.username !== "" || parsed.password !== "") throw unreadable("the inventory cannot be read: its url holds a user or a password: put a token into the Secret");
  return parsed;
}

async function publicAddresses(host: string, asking: Asking): Promise<readonly string[]> {
  const addresses = isIP(host) === 0 ? await lookUp(host, asking) : [host];
  // One that is not public is enough: who answers so may answer otherwise next time.
  if (addresses.length === 0 || !addresses.every(isPublicAddress)) {
    throw unreadable(`the inventory cannot be read: ${host} is not on the public network: inside, only Services of the tenant's own namespace are asked`);
  }
  return addresses;
}

async function lookUp(host: string, { directory, signal }: Asking): Promise<readonly string[]> {
  try {
    return await directory.lookup(host, signal);
  } catch {
    throw unreadable(`the inventory cannot be read: ${host} has no address`);
  }
}

interface InCluster {
  readonly host: string;
  readonly name: string;
  readonly isOwn: boolean;
  readonly namespace: string;
}

/** A Service's own address, from the API server: no name is resolved. One that only points elsewhere has none. */
async function serviceAddresses({ host, name, isOwn, namespace }: InCluster, { directory, signal }: Asking): Promise<readonly string[]> {
  if (!isOwn) throw unreadable(`the inventory cannot be read: ${host} is outside namespace "${namespace}"`);
  const service = await directory.service({ namespace, name }, signal);
  if (service === undefined) throw unreadable(`the inventory cannot be read: Service "${namespace}/${name}" does not exist`);
  const addresses = (service.clusterIPs ?? []).filter((address) => isIP(address) !== 0);
  if (service.type === "ExternalName" || addresses.length === 0) throw unreadable(`the inventory cannot be read: Service "${namespace}/${name}" has no address of its own: it must be of type ClusterIP, and not headless`);
  return addresses;
}
