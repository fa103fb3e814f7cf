import { BlockList } from "node:net";

/** A pod, or, without labels, an address outside of the cluster. */
export interface End {
  readonly address: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Attempted {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

/** networking.k8s.io/v1 NetworkPolicy, as far as we use it. */
export interface Policy {
  readonly metadata: { readonly namespace?: string };
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values: readonly string[] }[];
}

/** Whether a network that enforces the policies lets a connection be opened: the pod's side and the other one must both allow it. */
export function isLetThrough(policies: readonly Policy[], attempted: Attempted): boolean {
  const { from, to } = attempted;
  return passes({ policies, self: from, other: to, way: "egress" }, attempted) && passes({ policies, self: to, other: from, way: "ingress" }, attempted);
}

interface Side {
  readonly policies: readonly Policy[];
  readonly self: End;
  readonly other: End;
  readonly way: "ingress" | "egress";
}

/** A pod that no policy selects for this direction is open; else at least one rule must allow what is attempted. */
function passes({ policies, self, other, way }: Side, { port, protocol }: Attempted): boolean {
  const type = way === "ingress" ? "Ingress" : "Egress";
  const own = policies.filter(({ metadata, spec }) => spec.policyTypes.includes(type) && self.namespace === metadata.namespace && selects(spec.podSelector, self.labels));
  if (own.length === 0) return true;
  return own.some(({ metadata, spec }) =>
    (spec[way] ?? []).some(({ from, to, ports }) => {
      const peers = way === "ingress" ? from : to;
      const isPort = ports === undefined || ports.some((each) => each.port === port && each.protocol === protocol);
      return isPort && (peers === undefined || peers.length === 0 || peers.some((peer) => isPeer(peer, other, metadata.namespace)));
    }),
  );
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, other: End, ownNamespace: string | undefined): boolean {
  if (ipBlock !== undefined) return isIn(ipBlock.cidr, other.address) && !(ipBlock.except ?? []).some((cidr) => isIn(cidr, other.address));
  if (other.namespace === undefined) return false;
  const isThere = namespaceSelector === undefined ? other.namespace === ownNamespace : selects(namespaceSelector, { "kubernetes.io/metadata.name": other.namespace });
  return isThere && (podSelector === undefined || selects(podSelector, other.labels));
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>> = {}): boolean {
  const isIncluded = matchExpressions.every(({ key, operator, values }) => {
    if (operator !== "In") throw new Error(`evaluate a selector: no policy of ours uses ${operator} so far`);
    return labels[key] !== undefined && values.includes(labels[key]);
  });
  return isIncluded && Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function isIn(cidr: string, address: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  const family = (text: string) => (text.includes(":") ? "ipv6" : "ipv4");
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
}
