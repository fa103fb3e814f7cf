import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { authTemplate, proxyTemplate, type PodTemplate } from "../../../../../src/domain/objects/pod-template.ts";
import { networkFlows } from "../../../../../src/domain/objects/network-flows.ts";
import { networkPolicies } from "../../../../../src/domain/objects/network-policies.ts";
import { preflightJob } from "../../../../../src/domain/objects/preflight-job.ts";
import type { Owner } from "../../../../../src/domain/objects/names.ts";
import { NETWORK, PLATFORM, tenantSpec } from "../../../../fixtures/tenant.ts";
import { isLetThrough, type Attempted, type End, type Policy } from "./evaluator.ts";

const ACME: Owner = { name: "acme", uid: "uid-acme" };
const BRAVO: Owner = { name: "bravo", uid: "uid-bravo" };
const REGIONS = ["us-west-2", "eu-central-1"];

function policiesOf(owner: Owner, lingering: readonly string[] = []): readonly Policy[] {
  const input = { owner, spec: tenantSpec({ proxyRegions: REGIONS }), platform: PLATFORM, lingering };
  return networkPolicies(input) as readonly unknown[] as readonly Policy[]; // as rendered
}

function podOf(owner: Owner, template: PodTemplate, address: string): End {
  const { labels } = template["metadata"] as { labels: Record<string, string> }; // as rendered
  return { namespace: `tenant-${owner.name}`, labels, address };
}

function podsOf(owner: Owner, network: string): Readonly<Record<string, End>> {
  const input = { owner, version: "17.2.1", platform: PLATFORM };
  const job = preflightJob({ ...input, attempt: `${owner.name}-1` })["spec"] as { template: PodTemplate }; // as rendered
  return {
    [`${owner.name}/auth`]: podOf(owner, authTemplate(input), `${network}.1`),
    [`${owner.name}/proxy`]: podOf(owner, proxyTemplate(input, "us-west-2"), `${network}.2`),
    [`${owner.name}/proxy-abroad`]: podOf(owner, proxyTemplate(input, "eu-central-1"), `${network}.3`),
    [`${owner.name}/preflight`]: podOf(owner, job.template, `${network}.4`),
    [`${owner.name}/somebody`]: { namespace: `tenant-${owner.name}`, labels: { app: "unheard-of" }, address: `${network}.5` },
  };
}

const PLACES: Readonly<Record<string, End>> = {
  ...podsOf(ACME, "10.1.1"),
  ...podsOf(BRAVO, "10.1.2"),
  dns: { namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, address: "10.1.0.10" },
  "kube-system": { namespace: "kube-system", labels: { app: "other" }, address: "10.1.0.11" },
  monitoring: { namespace: "monitoring", labels: { app: "prometheus" }, address: "10.1.3.1" },
  // Whoever can make a namespace cannot make it the one that is called so.
  "posing-as-monitoring": { namespace: "default", labels: { "kubernetes.io/metadata.name": "monitoring", "k8s-app": "kube-dns" }, address: "10.1.4.1" },
  "api-server": { address: "10.96.0.1" },
  node: { address: "10.0.0.7" },
  metadata: { address: "169.254.169.254" },
  slacktide: { namespace: "slacktide", labels: { "app.kubernetes.io/name": "slacktide" }, address: "10.1.5.1" },
  internet: { address: "203.0.113.9" },
  "internet-v6": { address: "2001:db8::9" },
  "intranet-v6": { address: "fd00::9" },
};
const PORTS = [22, 53, 80, 443, 3000, 3023, 3024, 3025, 3026, 3036, 3080, 3081, 5432, 6443, 8081, 10_250];
const PROTOCOLS = ["TCP", "UDP"] as const;

/** Everything that gets through between any two places, of which one at least is of a tenant, told place by place. */
function told(policies: readonly Policy[]): readonly string[] {
  const isTenants = (name: string) => name.includes("/");
  const pairs = Object.keys(PLACES).flatMap((from) => Object.keys(PLACES).map((to) => [from, to] as const));
  return pairs
    .filter(([from, to]) => from !== to && (isTenants(from) || isTenants(to)))
    .flatMap(([from, to]) => {
      const open = PROTOCOLS.flatMap((protocol) => PORTS.filter((port) => lets(policies, { from, to, port, protocol })).map((port) => `${port}/${protocol}`));
      return open.length === 0 ? [] : [`${from} -> ${to}: ${open.join(" ")}`];
    });
}

interface Named {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol?: Attempted["protocol"];
}

function lets(policies: readonly Policy[], { from, to, port, protocol = "TCP" }: Named): boolean {
  const [source, target] = [PLACES[from], PLACES[to]];
  if (source === undefined || target === undefined) throw new Error(`there is no place ${from} or ${to}`);
  return isLetThrough(policies, { from: source, to: target, port, protocol });
}

const BOTH = [...policiesOf(ACME), ...policiesOf(BRAVO)];

describe("between tenants, the cluster and the world", () => {
  it("this gets through, and nothing else", () => {
    const PUBLIC = "3023/TCP 3024/TCP 3026/TCP 3036/TCP 3080/TCP 5432/TCP";
    const outside = ["dns", "kube-system", "posing-as-monitoring", "api-server", "node", "metadata", "slacktide", "internet", "internet-v6", "intranet-v6"];
    const expected = ["acme", "bravo"].flatMap((tenant) => {
      const proxies = [`${tenant}/proxy`, `${tenant}/proxy-abroad`];
      return [
        `${tenant}/auth -> dns: 53/TCP 53/UDP`,
        `${tenant}/auth -> api-server: 443/TCP 6443/TCP`,
        `${tenant}/auth -> internet: 443/TCP`,
        `${tenant}/auth -> internet-v6: 443/TCP`,
        `monitoring -> ${tenant}/auth: 3000/TCP`,
        ...proxies.flatMap((proxy) => [
          `${proxy} -> ${tenant}/auth: 3025/TCP`,
          `${proxy} -> dns: 53/TCP 53/UDP`,
          `${proxy} -> slacktide: 8081/TCP`,
          ...outside.map((place) => `${place} -> ${proxy}: ${PUBLIC}`),
          `monitoring -> ${proxy}: 3000/TCP ${PUBLIC}`,
        ]),
      ];
    });
    expect([...told(BOTH)].sort()).toEqual([...expected].sort());
  });

  it("nothing gets from one tenant to another", () => {
    expect(told(BOTH).filter((flow) => flow.includes("acme/") && flow.includes("bravo/"))).toEqual([]);
  });

  it("without the policies everything would, so that the above says something", () => {
    expect(lets([], { from: "acme/proxy", to: "bravo/auth", port: 3025 })).toBe(true);
  });

  it("proxies of a region that was given up serve until they have ended", () => {
    const spec = tenantSpec({ proxyRegions: ["us-west-2"] });
    const render = (lingering: readonly string[]) => networkPolicies({ owner: ACME, spec, platform: PLATFORM, lingering }) as readonly unknown[] as readonly Policy[]; // as rendered
    const still = [{ from: "internet", to: "acme/proxy-abroad", port: 3080 }, { from: "acme/proxy-abroad", to: "acme/auth", port: 3025 }];
    expect(still.map((flow) => lets(render(["proxy-eu-central-1"]), flow))).toEqual([true, true]);
    expect(still.map((flow) => lets(render([]), flow))).toEqual([false, false]);
  });

  it("nobody knows where the API servers are: then Auth does not reach them, nor anybody in their stead", () => {
    const platform = { ...PLATFORM, network: { ...NETWORK, apiServer: { ...NETWORK.apiServer, cidrs: [] } } };
    const policies = networkPolicies({ owner: ACME, spec: tenantSpec(), platform }) as readonly unknown[] as readonly Policy[]; // as rendered
    for (const to of ["api-server", "node", "bravo/auth"]) expect(lets(policies, { from: "acme/auth", to, port: 443 })).toBe(false);
  });

  it("a version server with an address of its own is asked where it is, and Slacktide no longer", () => {
    const platform = { ...PLATFORM, versionServer: "https://versions.example.com" };
    const policies = networkPolicies({ owner: ACME, spec: tenantSpec(), platform }) as readonly unknown[] as readonly Policy[]; // as rendered
    expect(["internet", "slacktide", "metadata"].map((to) => lets(policies, { from: "acme/proxy", to, port: 443 }))).toEqual([true, false, false]);
    expect(lets(policies, { from: "acme/proxy", to: "slacktide", port: 8081 })).toBe(false);
  });

  it("a DNS cache on the node is reached by its address", () => {
    const platform = { ...PLATFORM, network: { ...NETWORK, dns: { ...NETWORK.dns, cidrs: ["169.254.169.254/32"] } } };
    const policies = networkPolicies({ owner: ACME, spec: tenantSpec(), platform }) as readonly unknown[] as readonly Policy[]; // as rendered
    expect(lets(policies, { from: "acme/proxy", to: "metadata", port: 53, protocol: "UDP" })).toBe(true);
    expect(lets(policies, { from: "acme/proxy", to: "metadata", port: 80 })).toBe(false);
  });
});

describe("where metrics are shown over mutual TLS", () => {
  const METRICS = { clientCa: "of clients", clientsId: "clients-1", keysFrom: "CertManager" as const };
  const WITH = { ...PLATFORM, metrics: METRICS };
  const input = { owner: ACME, version: "17.2.1", platform: WITH };
  const OLD = authTemplate(input);
  const NEW = proxyTemplate({ ...input, metrics: "metrics-tls" }, "us-west-2");
  const BEHIND = { port: 3025 };
  const render = (more: Partial<Parameters<typeof networkPolicies>[0]> = {}) => networkPolicies({ owner: ACME, spec: tenantSpec(), platform: WITH, ...more }) as readonly unknown[] as readonly Policy[]; // as rendered
  const reached = (policies: readonly Policy[], from: string) => [3000, 3081].filter((port) => lets(policies, { from, to: "acme/proxy", port }));

  it.each<[what: string, more: Partial<Parameters<typeof networkPolicies>[0]>, expected: readonly number[]]>([
    ["of a new tenant at their own port alone", { served: [] }, [3081]],
    ["at their own port alone once all pods are of that kind", { served: [NEW, NEW] }, [3081]],
    ["at both while some pods are not", { served: [OLD, NEW] }, [3000, 3081]],
    ["at both while none is", { served: [OLD] }, [3000, 3081]],
    ["at both when it is asked for no more, until no pod is of that kind", { served: [NEW], platform: PLATFORM }, [3000, 3081]],
    ["as before where nobody asks for it", { served: [OLD], platform: PLATFORM }, [3000]],
    ["as before in another cluster, where pods have no Secret", { authElsewhere: BEHIND }, [3000]],
  ])("the monitoring namespace reaches them %s", (_what, more, expected) => {
    expect(reached(render(more), "monitoring")).toEqual(expected);
  });

  it("nobody else reaches them, at either port", () => {
    const others = Object.keys(PLACES).filter((place) => place !== "monitoring" && place !== "acme/proxy");
    for (const served of [[NEW], [OLD, NEW], [OLD]]) expect(others.filter((from) => reached(render({ served }), from).length > 0)).toEqual([]);
  });

  it("Auth's are reached likewise", () => {
    const ports = (from: string) => [3000, 3081].filter((port) => lets(render({ served: [NEW] }), { from, to: "acme/auth", port }));
    expect([ports("monitoring"), ports("acme/proxy"), ports("bravo/auth")]).toEqual([[3081], [], []]);
  });
});

describe("docs", () => {
  const rows = (flows: ReturnType<typeof networkFlows>) => flows.map(({ from, to, ports, why }) => `| ${from} | ${to} | ${[...new Set(ports.map(({ port }) => port))].join(", ")} | ${why} |`);

  it("isolation.md has the table of flows", () => {
    expect(readFileSync("docs/isolation.md", "utf8")).toContain(`${rows(networkFlows(PLATFORM)).join("\n")}\n`);
  });

  it("metrics-of-tenants.md has those of mutual TLS", () => {
    const usual = rows(networkFlows(PLATFORM));
    const more = rows(networkFlows(PLATFORM, { metrics: { plain: true, mutual: true } })).filter((row) => !usual.includes(row));
    expect(readFileSync("docs/metrics-of-tenants.md", "utf8")).toContain(`${more.join("\n")}\n`);
  });
});
