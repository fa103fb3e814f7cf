import { describe, expect, it } from "vitest";
import { authResources, joinTokenOf } from "../../../../src/domain/objects/config.ts";
import { abroadCidrs, memberObjects } from "../../../../src/domain/objects/member-objects.ts";
import { networkPolicies } from "../../../../src/domain/objects/network-policies.ts";
import { proxyTemplate } from "../../../../src/domain/objects/pod-template.ts";
import type { RegionCluster } from "../../../../src/domain/objects/platform.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";

const EUROPE: RegionCluster = { kubeconfigSecret: { name: "europe", key: "kubeconfig" }, authAddress: "{tenant}.auth.example:443", proxyCidrs: ["203.0.113.0/24"], jwks: '{"keys":[{"kty":"RSA"}]}' };
const INDIA: RegionCluster = { kubeconfigSecret: { name: "india", key: "kubeconfig" }, authAddress: "{tenant}.auth.example:443", proxyCidrs: ["198.51.100.0/24"], authCidrs: ["192.0.2.0/24"] };
const platform = { ...PLATFORM, regions: [{ name: "us-west-2" }, { name: "eu-central-1", cluster: EUROPE }, { name: "eu-west-1", cluster: EUROPE }, { name: "ap-south-1", cluster: INDIA }] };
const spec = tenantSpec({ proxyRegions: ["us-west-2", "eu-central-1"] });
const objectsIn = (cluster: RegionCluster, regions: readonly string[]) => memberObjects({ owner: OWNER, spec, platform, regions, cluster, lingering: [], block: undefined, agentsAt: undefined });

describe("a tenant's proxies in another cluster", () => {
  it("join Auth with a token for that cluster's keys, for nobody but them, and for no other audience", () => {
    const [, own, europe, ...more] = authResources("acme", [EUROPE, EUROPE, INDIA]).split("---\n");
    expect(more).toEqual([]);
    expect(JSON.parse(own ?? "")).toMatchObject({ metadata: { name: "proxies" }, spec: { kubernetes: { allow: [{ service_account: "tenant-acme:proxy" }] } } });
    expect(JSON.parse(europe ?? "")).toMatchObject({
      metadata: { name: "proxies-europe.kubeconfig" },
      spec: { roles: ["Proxy"], kubernetes: { type: "static_jwks", static_jwks: { jwks: EUROPE.jwks }, allow: [{ service_account: "tenant-acme:proxy" }] } },
    });
    expect(JSON.stringify(objectsIn(EUROPE, ["eu-central-1"]))).toContain(`\\"token_name\\": \\"${joinTokenOf(EUROPE)}\\"`);
    const input = { owner: OWNER, version: "17.2.1", platform };
    expect(JSON.stringify(proxyTemplate({ ...input, joinAudience: spec.domain }, "eu-central-1"))).toContain(`"audience":"${spec.domain}"`);
    expect(JSON.stringify(proxyTemplate(input, "us-west-2"))).not.toContain("audience");
  });

  it("leave what Auth reads as it is where no other cluster's keys are known", () => {
    expect(authResources("acme", [INDIA])).toBe(authResources("acme"));
  });

  it("may reach Auth at its address alone, where that is known", () => {
    const egress = (cluster: RegionCluster) => JSON.stringify(objectsIn(cluster, ["ap-south-1"]).find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "proxy"));
    expect(egress(INDIA)).toContain('{"to":[{"ipBlock":{"cidr":"192.0.2.0/24"}}],"ports":[{"port":443,"protocol":"TCP"}]}');
    expect(egress(EUROPE)).toContain('{"ports":[{"port":443,"protocol":"TCP"}]}');
  });

  it("have no share of Auth's in the quota", () => {
    const hard = objectsIn(EUROPE, ["eu-central-1"]).find(({ kind }) => kind === "ResourceQuota")?.["spec"];
    expect(hard).toMatchObject({ hard: { pods: String(2 * spec.proxy.replicas + 1 + 2) } });
  });

  it("come to Auth from the addresses of their own clusters, and those of no others", () => {
    expect(abroadCidrs(spec, platform)).toEqual(["203.0.113.0/24"]);
    expect(abroadCidrs(tenantSpec(), PLATFORM)).toEqual([]);
  });

  it("may be all that a tenant has: then Auth's cluster has no rule for pods that are not there", () => {
    const policies = networkPolicies({ owner: OWNER, spec: { ...spec, proxyRegions: [] }, platform, proxiesFrom: ["203.0.113.0/24"] });
    expect(policies.map(({ metadata }) => metadata.name)).toEqual(["default-deny", "auth"]);
    expect(JSON.stringify(policies)).not.toContain('"values":[]');
    expect(JSON.stringify(policies)).toContain("203.0.113.0/24");
  });
});
