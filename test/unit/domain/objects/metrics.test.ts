import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { Issuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer";
import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../src/api/index.ts";
import type { DesiredObject } from "../../../../src/domain/objects/desired.ts";
import { clientsOf, metricsClients, metricsName, metricsObjects, mountsMetrics } from "../../../../src/domain/objects/metrics.ts";
import type { PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import { renderedTemplate, type RenderInput } from "../../../../src/domain/objects/rendered.ts";
import { tenantObjects, type TenantInput } from "../../../../src/domain/objects/tenant-objects.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../../fixtures/tenant.ts";

const METRICS = { clientCa: "-----BEGIN CERTIFICATE-----\nof clients\n-----END CERTIFICATE-----\n", clientsId: "clients-1", keysFrom: "CertManager" as const };
const WITH = { ...PLATFORM, metrics: METRICS };
const OTHER = { name: "bravo", uid: "uid-bravo" };

function rendered(name: string, more: Partial<RenderInput> = {}, isAbroad = false): PodTemplate {
  return renderedTemplate({ name, isAbroad }, "17.2.1", { owner: OWNER, spec: tenantSpec(), platform: WITH, metrics: "metrics-tls", digests: () => ({}), ...more });
}

const made = (more: Partial<TenantInput>) => tenantObjects({ owner: OWNER, spec: tenantSpec(), platform: WITH, ...more });
const names = (more: Partial<TenantInput>) => made(more).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const filesOf = (configMap: string, objects: readonly DesiredObject[]) => (objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === configMap) as DesiredObject & { data: Record<string, string> }).data; // as rendered

describe("what is asked of cert-manager", () => {
  it("is what it takes", () => {
    const [issuer, certificate] = metricsObjects(OWNER);
    const without = ({ apiVersion: _version, kind: _kind, ...rest }: DesiredObject) => rest;
    for (const [Model, object] of [[Issuer, issuer], [Certificate, certificate]] as const) {
      expect(() => new Model(without(object as DesiredObject) as never).validate()).not.toThrow(); // the model judges it
    }
  });

  it("is a certificate that signs itself, for this tenant's name alone, and is no authority", () => {
    const [issuer, certificate] = metricsObjects(OWNER);
    expect(issuer?.["spec"]).toEqual({ selfSigned: {} });
    expect(certificate?.["spec"]).toMatchObject({ issuerRef: { name: issuer?.metadata.name, kind: "Issuer" }, dnsNames: ["metrics.tenant-acme.svc"], commonName: "metrics.tenant-acme.svc", usages: ["digital signature", "server auth"] });
    expect(certificate?.["spec"]).not.toHaveProperty("isCA");
    expect(metricsName(OTHER.name)).not.toBe(metricsName(OWNER.name));
  });

  it("has a name that fits into a certificate however long the tenant's is", () => {
    expect(metricsName("a".repeat(40)).length).toBeLessThanOrEqual(64);
  });

  it("keeps its key whenever it is issued again, and its Secret says whose it is", () => {
    expect(metricsObjects(OWNER)[1]?.["spec"]).toMatchObject({ privateKey: { rotationPolicy: "Never" }, secretTemplate: { labels: { [LABEL.tenant]: "acme", [LABEL.tenantUid]: "uid-acme" } } });
  });
});

describe("the clients that are let in", () => {
  it("are those of the platform, whosever namespace it is", () => {
    const data = [OWNER, OTHER].map((owner) => metricsClients(owner, METRICS)["data"]);
    expect(data).toEqual([{ "clients.crt": METRICS.clientCa }, { "clients.crt": METRICS.clientCa }]);
  });

  it("are vouched for by nothing that a tenant has: no file of its own Secret is among the authorities", () => {
    const service = (JSON.parse(filesOf("auth-config", made({ asksMetrics: true }))["teleport-metrics.yaml"] ?? "") as { metrics_service: object }).metrics_service; // as rendered
    expect(service).toEqual({
      enabled: true,
      listen_addr: "0.0.0.0:3081",
      mtls: true,
      keypairs: [{ key_file: "/etc/teleport-metrics/tls.key", cert_file: "/etc/teleport-metrics/tls.crt" }],
      ca_certs: ["/etc/teleport-metrics/clients.crt"],
    });
    const { volumes } = rendered("auth")["spec"] as { volumes: readonly { name: string; projected?: { sources: readonly object[] } }[] }; // as rendered
    expect(volumes.find(({ name }) => name === "metrics")?.projected?.sources).toEqual([
      { secret: { name: "metrics-tls", items: [{ key: "tls.crt", path: "tls.crt" }, { key: "tls.key", path: "tls.key" }] } },
      { configMap: { name: "metrics-clients", items: [{ key: "clients.crt", path: "clients.crt" }] } },
    ]);
  });
});

describe("pods", () => {
  it.each(["auth", "proxy-us-west-2"])("of %s start with the file that shows metrics, and say to whom", (name) => {
    const template = rendered(name);
    expect([mountsMetrics(template), clientsOf(template)]).toEqual([true, "clients-1"]);
    const [container] = (template["spec"] as { containers: readonly { args: readonly string[]; ports: readonly object[] }[] }).containers; // as rendered
    expect(container?.args).toContain("--config=/etc/teleport/teleport-metrics.yaml");
    expect(container?.ports).toContainEqual({ name: "metrics", containerPort: 3081, protocol: "TCP" });
  });

  it.each<[what: string, template: PodTemplate]>([
    ["that are not to show them", rendered("auth", { metrics: undefined })],
    ["of a platform that asks for none", rendered("auth", { platform: PLATFORM })],
    ["in another cluster, where the Secret is not", rendered("proxy-us-west-2", {}, true)],
  ])("%s are as they always were", (_what, template) => {
    expect([mountsMetrics(template), clientsOf(template), JSON.stringify(template).includes("metrics")]).toEqual([false, undefined, false]);
    expect(template["metadata"]).not.toHaveProperty("annotations");
  });

  it.each<[what: string, template: PodTemplate]>([["without a spec", {}], ["with volumes that are none", { spec: { volumes: "none" } }], ["with a volume that is none", { spec: { volumes: [null] } }], ["with a volume of that name that has no Secret", { spec: { volumes: [{ name: "metrics", emptyDir: {} }, { name: "metrics", projected: { sources: [] } }] } }]])("of a record that somebody broke, %s, show none", (_what, template) => {
    expect([mountsMetrics(template), clientsOf(template)]).toEqual([false, undefined]);
  });
});

describe("a tenant's objects", () => {
  it("have all that where it is asked for", () => {
    expect(names({ asksMetrics: true })).toEqual(expect.arrayContaining(["ConfigMap metrics-clients", "Issuer metrics", "Certificate metrics"]));
    expect(ANNOTATION.metricsClients).toBe("slacktide.dev/metrics-clients");
  });

  it("have the clients alone while there is no cert-manager: pods that are there go on with what they have", () => {
    expect(names({ asksMetrics: false }).filter((each) => each.endsWith(" metrics") || each.includes("metrics-"))).toEqual(["ConfigMap metrics-clients"]);
  });

  it("keep the file that pods start with for as long as some do, and have it no longer than that", () => {
    const files = (templates: readonly PodTemplate[]) => Object.keys(filesOf("proxy-config", made({ platform: PLATFORM, templates })));
    expect([files([rendered("auth")]), files([])]).toEqual([["teleport.yaml", "teleport-metrics.yaml"], ["teleport.yaml"]]);
  });

  it("have the file beside every other: with the domain's certificate too", () => {
    const platform = { ...WITH, certificates: { issuerRef: { name: "a", kind: "ClusterIssuer", group: "cert-manager.io" } } };
    const file = JSON.parse(filesOf("proxy-tls-config", made({ platform, asksCertificate: true }))["teleport-metrics.yaml"] ?? "") as { proxy_service: object }; // as rendered
    expect(file).toMatchObject({ metrics_service: { mtls: true }, proxy_service: { https_keypairs: [{}] } });
  });
});
