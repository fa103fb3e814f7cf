import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { beforeEach, describe, expect, it } from "vitest";
import { LABEL, type TenantStatus } from "../../../src/api/index.ts";
import { certificate } from "../../../src/domain/objects/certificate.ts";
import { preflightName } from "../../../src/domain/objects/preflight-job.ts";
import { ownerLabels } from "../../../src/domain/objects/names.ts";
import type { PodTemplate } from "../../../src/domain/objects/pod-template.ts";
import { specAs, statusAs } from "../../../src/reconcile/shapes.ts";
import { slotOf, upgradeOf } from "../../fixtures/attempt.ts";
import { runPods } from "../../fixtures/pods.ts";
import { OWNER, PLATFORM, tenantSpec } from "../../fixtures/tenant.ts";
import { at } from "../../fixtures/time.ts";
import { World } from "../../fixtures/world.ts";

const NAMESPACE = "tenant-acme";
const ISSUER = { issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" } };
const LOOKS = 12;

let world: World;

beforeEach(() => {
  world = new World(at("2026-11-24T02:05:00Z"));
  publish("17.2.1");
  world.put("MaintenanceWindow", { name: "tuesday", generation: 1 }, { spec: { schedule: "0 2 * * 2", duration: "4h", timeZone: "UTC", tenantSelector: {} } });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec() });
});

function publish(...versions: readonly string[]): void {
  const releases = versions.map((version) => ({ version, releasedAt: "2026-10-01T00:00:00Z" }));
  world.put("ReleaseChannel", { name: "stable" }, { spec: { releases }, status: { releases: versions.map((version) => ({ version, firstSeenAt: "2026-10-01T00:00:00Z" })) } });
}

function configure(certificates: typeof ISSUER | undefined): void {
  world.env = { ...world.env, platform: { ...PLATFORM, certificates } };
}

function issue(status: "True" | "False" = "True"): void {
  const found = world.get("Certificate", "web", NAMESPACE);
  world.put("Certificate", { ...found?.metadata, name: "web", namespace: NAMESPACE }, { spec: found?.spec, status: { conditions: [{ type: "Ready", status }] } });
}

async function settle(): Promise<void> {
  for (let n = 0; n < LOOKS; n += 1) {
    await world.reconcile("acme");
    runPods(world);
  }
}

/** An upgrade to 17.2.3, from its first write to its end. */
async function upgrade(): Promise<void> {
  publish("17.2.1", "17.2.3");
  const attempt = upgradeOf({ step: "Auth", disruptiveAt: "2026-11-24T02:05:00Z" });
  const channel = world.get("ReleaseChannel", "stable");
  world.put("ReleaseChannel", { name: "stable" }, { spec: channel?.spec, status: { ...statusAs(channel), slots: [slotOf()] } });
  world.put("Tenant", { name: OWNER.name, uid: OWNER.uid, generation: 1 }, { spec: tenantSpec(), status: { ...status(), upgrade: attempt } });
  world.put("Job", { name: preflightName(attempt.id, "acme"), namespace: NAMESPACE, labels: ownerLabels(OWNER) }, { status: { conditions: [{ type: "Complete", status: "True" }] } });
  for (let n = 0; n < LOOKS && status().history?.[0]?.result === undefined; n += 1) {
    await world.reconcile("acme");
    runPods(world);
    world.time.pass(121_000);
  }
  expect(status().history?.[0]?.result).toBe("Succeeded");
}

const status = () => statusAs<TenantStatus>(world.get("Tenant", "acme"));
const condition = (type: string) => status().conditions?.find((each) => each.type === type);
interface Template extends PodTemplate {
  readonly spec: { readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string }; readonly secret?: { readonly secretName: string } }[] };
}
const volumes = () => specAs<{ template: Template }>(world.get("Deployment", "proxy-us-west-2", NAMESPACE)).template?.spec.volumes ?? [];
const mounted = () => [volumes().find(({ name }) => name === "config")?.configMap?.name, volumes().find(({ name }) => name === "certificate")?.secret?.secretName];
const PLAIN = ["proxy-config", undefined];
const TLS = ["proxy-tls-config", "web-tls"];
const configMaps = () => world.all("ConfigMap").map(({ metadata }) => metadata.name);
const proxyService = (name: string) => (JSON.parse((world.get("ConfigMap", name, NAMESPACE) as unknown as { data: Record<string, string> }).data["teleport.yaml"] ?? "") as { proxy_service: object }).proxy_service; // as rendered

describe("the Certificate", () => {
  it("is one that cert-manager takes, for the domain and every name right below it", () => {
    const { apiVersion: _version, kind: _kind, ...rest } = certificate({ owner: OWNER, spec: tenantSpec(), certificates: ISSUER });
    expect(() => new Certificate(rest as unknown as ConstructorParameters<typeof Certificate>[0]).validate()).not.toThrow();
    expect(rest).toMatchObject({ metadata: { namespace: NAMESPACE, labels: { [LABEL.tenantUid]: OWNER.uid } }, spec: { dnsNames: ["acme.teleport.example", "*.acme.teleport.example"], ...ISSUER } });
  });
});

describe("a new tenant", () => {
  it("waits for its certificate with all else made, and tells of it", async () => {
    configure(ISSUER);
    await world.reconcile("acme");
    expect([mounted(), world.get("Certificate", "web", NAMESPACE)?.spec]).toEqual([TLS, expect.objectContaining({ secretName: "web-tls" })]);
    expect([condition("CertificateReady")?.reason, condition("Stalled")]).toEqual(["NotIssued", undefined]);
    issue();
    await settle();
    expect([status().phase, condition("CertificateReady")?.status, mounted()]).toEqual(["Active", "True", TLS]);
    expect(proxyService("proxy-tls-config")).toMatchObject({ https_keypairs: [{ key_file: "/etc/teleport-tls/tls.key", cert_file: "/etc/teleport-tls/tls.crt" }] });
    expect(proxyService("proxy-config")).not.toHaveProperty("https_keypairs");
  });

  it("is as ever where no certificates are configured, and nothing is said of them", async () => {
    await settle();
    expect([mounted(), configMaps(), world.all("Certificate"), condition("CertificateReady")]).toEqual([PLAIN, ["auth-config", "proxy-config"], [], undefined]);
  });

  it("is not made while there is no cert-manager, which it says", async () => {
    configure(ISSUER);
    world.hasCertManager = false;
    await world.reconcile("acme");
    expect([condition("Stalled")?.reason, condition("CertificateReady")?.reason, world.all("Namespace")]).toEqual(["CertManagerMissing", "CertManagerMissing", []]);
  });
});

describe("a tenant that serves already", () => {
  beforeEach(settle);

  it("asks for its certificate at once, and no pod is touched for it", async () => {
    const before = JSON.stringify(world.all("Deployment").map(({ spec }) => spec));
    configure(ISSUER);
    await settle();
    expect([mounted(), condition("CertificateReady")?.reason, status().phase]).toEqual([PLAIN, "NotIssued", "Active"]);
    issue();
    await settle();
    expect(JSON.stringify(world.all("Deployment").map(({ spec }) => spec))).toBe(before);
    expect([condition("CertificateReady")?.reason, configMaps()]).toEqual(["Issued", ["auth-config", "proxy-config", "proxy-tls-config"]]);
  });

  it("gets it with its next upgrade, once it is issued", async () => {
    configure(ISSUER);
    await settle();
    issue();
    await upgrade();
    expect([status().version, mounted()]).toEqual(["17.2.3", TLS]);
  });

  it("is upgraded without it while it is not", async () => {
    configure(ISSUER);
    await settle();
    issue("False");
    await upgrade();
    expect([status().version, mounted()]).toEqual(["17.2.3", PLAIN]);
  });

  it("serves on when there is no cert-manager", async () => {
    configure(ISSUER);
    world.hasCertManager = false;
    await settle();
    expect([status().phase, condition("Stalled"), condition("CertificateReady")?.reason]).toEqual(["Active", undefined, "CertManagerMissing"]);
  });
});

it("proxies that have a certificate keep it, also when it is not Ready, or no longer configured", async () => {
  configure(ISSUER);
  await world.reconcile("acme");
  issue();
  await settle();
  issue("False");
  configure(undefined);
  world.drop("ConfigMap", { name: "proxy-tls-config", namespace: NAMESPACE });
  await upgrade();
  expect([mounted(), configMaps().includes("proxy-tls-config"), condition("CertificateReady")]).toEqual([TLS, true, undefined]);
});
