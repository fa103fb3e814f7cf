import type { TenantSpec } from "../../api/index.ts";
import { portsOf, type Block } from "../ports/block.ts";
import { agentChannels } from "./agents.ts";
import { CERTIFICATE_DIR } from "./certificate.ts";
import { isOnAws } from "./aws/names.ts";
import { teleportStorage } from "./aws/teleport-storage.ts";
import { METRICS_FILE, METRICS_SERVICE } from "./metrics.ts";
import { AUTH, AUTH_DATA, namespaceOf, restoredData, restoredMark, type Owner } from "./names.ts";
import type { RegionCluster } from "./platform.ts";

/** Ports of Teleport's services, by the conventions of its chart (facts §2). */
export const PORT = { auth: 3025, authKube: 3026, diag: 3000, web: 3080, ssh: 3023, tunnel: 3024, proxyKube: 3026, mysql: 3036, postgres: 5432 } as const;

const JOIN_TOKEN = "proxies";

/** Teleport lets in 15,000 unless told otherwise; each agent has a connection to a proxy, and passes through to Auth. */
function connectionLimits({ size }: TenantSpec): object {
  return size === "Large" ? { connection_limits: { max_connections: 65_000 } } : {};
}

/** The ConfigMap that proxies read, and that of proxies with the domain's certificate. */
export const PROXY_CONFIG = "proxy-config";
export const PROXY_TLS_CONFIG = "proxy-tls-config";

/** Where the certificate is mounted; looked at again every hour, since it is renewed while proxies run. */
const KEY_PAIR = { https_keypairs: [{ key_file: `${CERTIFICATE_DIR}/tls.key`, cert_file: `${CERTIFICATE_DIR}/tls.crt` }], https_keypairs_reload_interval: "1h" } as const;

/** A `teleport.yaml`, not yet written. */
type Config = Readonly<Record<string, unknown>>;

/** The files of a ConfigMap that pods start with: as ever, and where metrics are shown over mutual TLS the same with that. Written as JSON, which is YAML. */
export function configFiles(config: Config, showsMetrics: boolean): Record<string, string> {
  return { "teleport.yaml": json(config), ...(showsMetrics && { [METRICS_FILE]: json({ ...config, ...METRICS_SERVICE }) }) };
}

/** The ConfigMap that Auth reads, unless its tables were restored. */
const AUTH_CONFIG = "auth-config";

/**
 * The ConfigMap that an Auth reads whose data is so called. In AWS the tables are named in it, and each pair has its own: which of
 * them a pod uses stands in its template, as a volume's claim does, and no edit in between gives it another.
 */
export function authConfigName(data: string | undefined, spec: Pick<TenantSpec, "storage">): string {
  const mark = data === undefined || !isOnAws(spec) ? undefined : restoredMark(data);
  return mark === undefined ? AUTH_CONFIG : `${AUTH_CONFIG}-${mark}`;
}

/** The data of an Auth that reads this ConfigMap, if it is in AWS; undefined: it is none of Auth's. */
export function dataOfConfig(name: string): string | undefined {
  if (name === AUTH_CONFIG) return AUTH_DATA;
  return name.startsWith(`${AUTH_CONFIG}-`) ? restoredData(name.slice(AUTH_CONFIG.length + 1)) : undefined;
}

/** What Auth's `teleport.yaml` says. `data` says in which tables it is, if it is in AWS. */
export function authConfig(owner: Owner, spec: TenantSpec, data?: string): Config {
  return {
    version: "v3",
    teleport: { log: { output: "stderr", severity: "INFO", format: { output: "json" } }, storage: teleportStorage(owner, spec, data), ...connectionLimits(spec) },
    auth_service: { enabled: true, cluster_name: spec.domain, listen_addr: `0.0.0.0:${PORT.auth}`, authentication: { type: "local" } },
    kubernetes_service: { enabled: false, kube_cluster_name: owner.name },
    proxy_service: { enabled: false },
    ssh_service: { enabled: false },
  };
}

/**
 * Resources that Auth creates at its start: the tokens with which this tenant's proxies join, and only they. One for its own
 * cluster, and one for each other cluster whose keys are known, whether or not the tenant has a region there already.
 */
export function authResources(tenant: string, clusters: readonly RegionCluster[] = []): string {
  const own = joinToken(tenant, JOIN_TOKEN, {});
  const foreign = clusters.flatMap((cluster) => (cluster.jwks === undefined ? [] : joinToken(tenant, joinTokenOf(cluster), { type: "static_jwks", static_jwks: { jwks: cluster.jwks } })));
  if (foreign.length === 0) return json(own);
  const once = new Map([own, ...foreign].map((token) => [token.metadata.name, token]));
  return [...once.values()].map((token) => `---\n${json(token)}`).join("");
}

function joinToken(tenant: string, name: string, judgedBy: object) {
  return {
    kind: "token",
    version: "v2",
    metadata: { name, expires: "2050-01-01T00:00:00Z" },
    spec: { roles: ["Proxy"], join_method: "kubernetes", kubernetes: { ...judgedBy, allow: [{ service_account: `${namespaceOf(tenant)}:proxy` }] } },
  };
}

/** The name of the token with which proxies of another cluster join. */
export function joinTokenOf({ kubeconfigSecret: { name, key } }: RegionCluster): string {
  return `${JOIN_TOKEN}-${name}.${key}`;
}

/** What of a proxy's configuration depends on more than the tenant's spec. */
export interface ProxyTerms {
  /** Where the version server answers what its agents are to be told. */
  readonly agentsAt?: string | undefined;
  readonly block?: Block | undefined;
  /** Whether the proxies that read it have the domain's certificate; else they make one that nobody trusts. */
  readonly hasCertificate?: boolean | undefined;
  /** Where Auth is reached from another cluster; default: in its own namespace. */
  readonly authAddress?: string | undefined;
  /** The token with which it joins; default: that of Auth's own cluster. */
  readonly joinToken?: string | undefined;
}

/** What a proxy's `teleport.yaml` says. Read by it when it starts: a change restarts none. */
export function proxyConfig(tenant: string, spec: TenantSpec, { agentsAt, block, hasCertificate = false, authAddress, joinToken: token = JOIN_TOKEN }: ProxyTerms = {}): Config {
  return {
    version: "v3",
    teleport: {
      log: { output: "stderr", severity: "INFO", format: { output: "json" } },
      auth_server: authAddress ?? `${AUTH}.${namespaceOf(tenant)}.svc.cluster.local:${PORT.auth}`,
      join_params: { method: "kubernetes", token_name: token },
      ...connectionLimits(spec),
    },
    auth_service: { enabled: false },
    ssh_service: { enabled: false },
    proxy_service: {
      enabled: true,
      public_addr: [`${spec.domain}:443`],
      web_listen_addr: `0.0.0.0:${PORT.web}`,
      listen_addr: `0.0.0.0:${PORT.ssh}`,
      tunnel_listen_addr: `0.0.0.0:${PORT.tunnel}`,
      kube_listen_addr: `0.0.0.0:${PORT.proxyKube}`,
      mysql_listen_addr: `0.0.0.0:${PORT.mysql}`,
      postgres_listen_addr: `0.0.0.0:${PORT.postgres}`,
      ...(block && publicAddresses(spec.domain, block)),
      ...(hasCertificate && KEY_PAIR),
      ...(agentsAt !== undefined && { automatic_upgrades_channels: agentChannels(agentsAt) }),
    },
  };
}

/** `ssh_public_addr` and the others: what `/webapi/ping` tells of the tenant's ports (row F3). */
function publicAddresses(domain: string, block: Block): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(portsOf(block)).map(([service, port]) => [`${service}_public_addr`, [`${domain}:${port}`]]));
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
