import { LABEL } from "../../api/index.ts";
import { mountsMetrics } from "./metrics.ts";
import { AUTH, inNamespaceOf, podSelector, proxyName, proxyRegions } from "./names.ts";
import { networkFlows, versionService, type Flow, type MetricsShown, type Place, type Role } from "./network-flows.ts";
import type { Network, Platform } from "./platform.ts";
import type { DesiredObject } from "./desired.ts";
import type { TenantInput } from "./tenant-objects.ts";

type PolicyInput = Pick<TenantInput, "owner" | "spec" | "platform" | "lingering" | "proxiesFrom" | "served"> & { readonly authElsewhere?: AuthElsewhere | undefined };

/** Auth in another cluster, as the proxies of this one reach it. */
export interface AuthElsewhere {
  readonly port: number;
  /** Absent: any address. */
  readonly cidrs?: readonly string[] | undefined;
}

/** The flows as the cluster's network enforces them: no pod of the tenant says or hears anything but for them (row F1). */
export function networkPolicies(input: PolicyInput): readonly DesiredObject[] {
  const flows = networkFlows(input.platform, { authPort: input.authElsewhere?.port, metrics: metricsShown(input) });
  const roles: readonly Role[] = [...(input.authElsewhere === undefined ? ["auth" as const] : []), ...(proxiesIn(input).length > 0 ? ["proxy" as const] : [])];
  const peers = peersIn(input);
  const policy = (name: string, spec: object) => ({ ...inNamespaceOf(input.owner)("networking.k8s.io/v1", "NetworkPolicy", name), spec: { ...spec, policyTypes: ["Ingress", "Egress"] } });
  return [
    policy("default-deny", { podSelector: {}, ingress: [], egress: [] }),
    ...roles.map((role) =>
      policy(role, {
        podSelector: podsOf(role, input),
        ingress: flows.filter(({ to }) => to === role).flatMap(({ from, ports }) => rule("from", ports, peers[from])),
        egress: flows.filter(({ from }) => from === role).flatMap(({ to, ports }) => rule("to", ports, peers[to])),
      }),
    ),
  ];
}

/** Pods that show them over mutual TLS show nothing but their health at the other port, and to that only their node comes. */
function metricsShown({ platform, served = [], authElsewhere }: PolicyInput): MetricsShown {
  const isAsked = platform.metrics !== undefined && authElsewhere === undefined;
  return { plain: !isAsked || served.some((template) => !mountsMetrics(template)), mutual: isAsked || served.some(mountsMetrics) };
}

/** The pods of an errand that has to ask a service in the cloud: by its name, over TLS, and nobody asks them. Gone with the namespace. */
export function errandPolicy({ owner, platform: { network }, component }: Pick<PolicyInput, "owner"> & { readonly platform: Pick<Platform, "network">; readonly component: string }): DesiredObject {
  const egress = [
    { to: dnsPeers(network), ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }] },
    { to: publicAddresses(network), ports: [{ port: 443, protocol: "TCP" }] },
  ];
  const spec = { podSelector: { matchLabels: podSelector(owner.name, component) }, ingress: [], egress, policyTypes: ["Ingress", "Egress"] };
  return { ...inNamespaceOf(owner)("networking.k8s.io/v1", "NetworkPolicy", component), spec };
}

/** A rule whose list of peers is empty lets everybody through: where there is no peer there is no rule. */
function rule(end: "from" | "to", ports: Flow["ports"], peers: readonly object[] | undefined): readonly object[] {
  if (peers === undefined) return [{ ports }];
  return peers.length === 0 ? [] : [{ [end]: peers, ports }];
}

function peersIn(input: PolicyInput): Readonly<Record<Place, readonly object[] | undefined>> {
  const { network, versionServer } = input.platform;
  const { namespace: versions } = versionService(versionServer);
  const { apiServer, monitoringNamespace } = network;
  return {
    auth: authPeers(input),
    proxy: [...(proxiesIn(input).length > 0 ? [{ podSelector: podsOf("proxy", input) }] : []), ...(input.proxiesFrom ?? []).map(block)],
    anywhere: undefined,
    internet: publicAddresses(network),
    dns: dnsPeers(network),
    apiServer: apiServer.cidrs.map(block),
    monitoring: [{ namespaceSelector: named(monitoringNamespace) }],
    slacktide: versions === undefined ? [] : [{ namespaceSelector: named(versions) }],
  };
}

function dnsPeers({ dns }: Network): readonly object[] {
  return [{ namespaceSelector: named(dns.namespace), podSelector: { matchLabels: dns.labels } }, ...dns.cidrs.map(block)];
}

function authPeers(input: PolicyInput): readonly object[] | undefined {
  const { authElsewhere } = input;
  return authElsewhere === undefined ? [{ podSelector: podsOf("auth", input) }] : authElsewhere.cidrs?.map(block);
}

/** Proxies of a region that was given up serve on until their last pod has ended. */
function proxiesIn({ spec, lingering = [] }: PolicyInput): readonly string[] {
  return [...new Set([...proxyRegions(spec).map(proxyName), ...lingering])].sort();
}

function podsOf(role: Role, input: PolicyInput): object {
  if (role === "auth") return { matchLabels: podSelector(input.owner.name, AUTH) };
  return { matchLabels: { [LABEL.tenant]: input.owner.name }, matchExpressions: [{ key: LABEL.component, operator: "In", values: proxiesIn(input) }] };
}

/** Every address but those of the provider's own networks, where other tenants are, and the cloud's metadata. */
function publicAddresses({ privateCidrs }: Network): readonly object[] {
  const isV6 = (cidr: string): boolean => cidr.includes(":");
  return [
    { ipBlock: { cidr: "0.0.0.0/0", except: privateCidrs.filter((cidr) => !isV6(cidr)) } },
    { ipBlock: { cidr: "::/0", except: privateCidrs.filter(isV6) } },
  ];
}

const named = (namespace: string): object => ({ matchLabels: { "kubernetes.io/metadata.name": namespace } });

const block = (cidr: string): object => ({ ipBlock: { cidr } });
