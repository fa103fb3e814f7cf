import { PORT } from "./config.ts";
import { memoize } from "../memoize.ts";
import { METRICS_PORT } from "./metrics.ts";
import type { Platform } from "./platform.ts";

/** Pods of a tenant that anything may reach, or that may reach anything. Its Preflight is none of them. */
export type Role = "auth" | "proxy";

/** An end of a flow: pods of the same tenant, or one of the places that the platform knows. */
export type Place = Role | "anywhere" | "internet" | "dns" | "apiServer" | "monitoring" | "slacktide";

export interface FlowPort {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** Who opens connections to whom, on which ports, and what for. */
export interface Flow {
  readonly from: Place;
  readonly to: Place;
  readonly ports: readonly FlowPort[];
  readonly why: string;
}

/** What the flows depend on. */
export type FlowTerms = Pick<Platform, "network" | "versionServer">;

/** How pods show their metrics: both ways while they are changed from one to the other. */
export interface MetricsShown {
  /** At the port of the probes, without TLS. */
  readonly plain: boolean;
  /** At a port of their own, over mutual TLS. */
  readonly mutual: boolean;
}

interface FlowOptions {
  readonly authPort?: number | undefined;
  readonly metrics?: MetricsShown;
}

const PLAIN: MetricsShown = { plain: true, mutual: false };

/** All that the pods of a tenant may say to anybody; whatever is not here is refused (rows F1, F17 and F20). */
export function networkFlows({ network: { apiServer }, versionServer }: FlowTerms, { authPort = PORT.auth, metrics = PLAIN }: FlowOptions = {}): readonly Flow[] {
  const dns = [...over("UDP", [53]), ...over("TCP", [53])];
  const versions = versionService(versionServer);
  const { web, ssh, tunnel, proxyKube, mysql, postgres, diag } = PORT;
  return [
    { from: "anywhere", to: "proxy", ports: over("TCP", [web, ssh, tunnel, proxyKube, mysql, postgres]), why: "users and agents come from any address" },
    { from: "proxy", to: "auth", ports: over("TCP", [authPort]), why: "joining, sign-in, audit; over mutual TLS" },
    ...(["auth", "proxy"] as const).flatMap((to) => [
      ...(metrics.plain ? [{ from: "monitoring", to, ports: over("TCP", [diag]), why: "metrics, for the provider alone" } as const] : []),
      ...(metrics.mutual ? [{ from: "monitoring", to, ports: over("TCP", [METRICS_PORT]), why: "metrics, for the provider alone; over mutual TLS" } as const] : []),
    ]),
    { from: "auth", to: "dns", ports: dns, why: "names" },
    { from: "proxy", to: "dns", ports: dns, why: "names" },
    { from: "proxy", to: versions.namespace === undefined ? "internet" : "slacktide", ports: over("TCP", [versions.port]), why: "what agents are to run" },
    { from: "auth", to: "apiServer", ports: over("TCP", apiServer.ports), why: "whether the token of a proxy that joins is real" },
    { from: "auth", to: "internet", ports: over("TCP", [443]), why: "identity providers, storage in the cloud" },
  ];
}

interface VersionService {
  readonly namespace: string | undefined;
  readonly port: number;
}

/** A Service's address as pods write it. */
const SERVICE = /^[^.]+\.([^.]+)\.svc(\.|$)/;
const DEFAULT_PORT = { http: 80, https: 443 } as const;
/** A platform has one; every look at a tenant asks. */
const MOST_KNOWN = 16;

/** Where proxies ask the version server: the namespace of its Service, undefined if it is asked by way of the public network, and the port. */
export const versionService: (address: string) => VersionService = memoize((address: string) => {
  const { hostname, port, protocol } = new URL(address);
  return { namespace: SERVICE.exec(hostname)?.[1], port: port === "" ? DEFAULT_PORT[protocol === "https:" ? "https" : "http"] : Number(port) };
}, MOST_KNOWN);

function over(protocol: FlowPort["protocol"], ports: readonly number[]): readonly FlowPort[] {
  return ports.map((port) => ({ port, protocol }));
}
