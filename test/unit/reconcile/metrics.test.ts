import { beforeEach, describe, expect, it } from "vitest";
import type { Metrics } from "../../../src/domain/objects/platform.ts";
import { clientsOf, metricsSecretOf, mountsMetrics } from "../../../src/domain/objects/metrics.ts";
import type { PodTemplate } from "../../../src/domain/objects/pod-template.ts";
import { specAs } from "../../../src/reconcile/shapes.ts";
import { ConfigWorld, DEPLOYMENTS } from "../../fixtures/config-world.ts";
import { PLATFORM } from "../../fixtures/tenant.ts";
import { runPods } from "../../fixtures/pods.ts";

const NAMESPACE = "tenant-acme";
const METRICS: Metrics = { clientCa: "-----BEGIN CERTIFICATE-----\nof clients\n-----END CERTIFICATE-----\n", clientsId: "clients-1", keysFrom: "CertManager" as const };
const CONFIG = { class: "Config", from: "17.2.1", to: "17.2.1", result: "Succeeded" };
const BOTH = [true, true];
const NEITHER = [false, false];
const DIAG = 3000;
const OWN = 3081;

let world: ConfigWorld;

beforeEach(() => {
  world = new ConfigWorld();
});

function configure(metrics: Metrics | undefined): void {
  world.env = { ...world.env, platform: { ...PLATFORM, metrics } };
}

function issue(status: "True" | "False" = "True"): void {
  const found = world.get("Certificate", "metrics", NAMESPACE);
  world.put("Certificate", { ...found?.metadata, name: "metrics", namespace: NAMESPACE }, { spec: found?.spec, status: { conditions: [{ type: "Ready", status }] } });
}

const condition = (type: string) => world.status().conditions?.find((each) => each.type === type);
const templates = () => DEPLOYMENTS.map((name) => specAs<{ template: PodTemplate }>(world.get("Deployment", name, NAMESPACE)).template ?? {});
const shown = () => templates().map(mountsMetrics);
interface Rules {
  readonly ingress: readonly { readonly from?: readonly { readonly namespaceSelector?: object }[]; readonly ports: readonly { readonly port: number }[] }[];
}
/** The ports at which the monitoring namespace reaches Auth. */
const open = () => (specAs<Rules>(world.get("NetworkPolicy", "auth", NAMESPACE)).ingress ?? []).filter(({ from }) => from?.some(({ namespaceSelector }) => namespaceSelector !== undefined)).flatMap(({ ports }) => ports.map(({ port }) => port));
const kinds = () => ["Issuer", "Certificate"].flatMap((kind) => world.all(kind as "Issuer").map(({ metadata }) => `${kind} ${metadata.name}`));
const files = (configMap: string) => Object.keys(world.get("ConfigMap", configMap, NAMESPACE)?.data ?? {});

describe("a new tenant", () => {
  it("waits for what its metrics take, with all else made, and shows them over mutual TLS alone", async () => {
    configure(METRICS);
    world.ask();
    await world.reconcile("acme");
    expect([kinds(), shown(), open()]).toEqual([["Issuer metrics", "Certificate metrics"], BOTH, [OWN]]);
    expect([condition("MetricsReady")?.reason, condition("Stalled")]).toEqual(["NotIssued", undefined]);
    issue();
    runPods(world);
    await world.goOn(4);
    expect([world.status().phase, condition("MetricsReady")?.status, open()]).toEqual(["Active", "True", [OWN]]);
  });

  it("is not made while there is no cert-manager, which it says", async () => {
    configure(METRICS);
    world.hasCertManager = false;
    world.ask();
    await world.reconcile("acme");
    expect([condition("Stalled")?.reason, condition("MetricsReady")?.reason, world.all("Namespace")]).toEqual(["CertManagerMissing", "CertManagerMissing", []]);
  });

  it("is as ever where nobody asks for it, and nothing is said of it", async () => {
    await world.begin();
    expect([kinds(), shown(), open(), condition("MetricsReady"), files("auth-config")]).toEqual([[], NEITHER, [DIAG], undefined, ["teleport.yaml", "resources.yaml"]]);
  });
});

describe("a tenant that serves already", () => {
  beforeEach(async () => {
    await world.begin();
    configure(METRICS);
  });

  it("asks for its certificate at once, and no pod is touched before it is issued", async () => {
    const before = JSON.stringify(templates());
    await world.goOn(4);
    expect([kinds(), condition("MetricsReady")?.reason, world.status().lanes?.patch?.changes, world.ended()]).toEqual([["Issuer metrics", "Certificate metrics"], "NotIssued", undefined, []]);
    expect([JSON.stringify(templates()) === before, open()]).toEqual([true, [DIAG, OWN]]);
  });

  it("gets it as class Config, and then its old port is closed", async () => {
    await world.goOn(2);
    issue();
    await world.reconcile("acme");
    expect(world.status().lanes?.patch?.changes).toEqual(["metrics"]);
    await world.goOnToTheEnd();
    expect([world.ended(), shown(), open()]).toEqual([[CONFIG], BOTH, [OWN]]);
  });

  it("serves on when there is no cert-manager", async () => {
    world.hasCertManager = false;
    await world.goOn(4);
    expect([world.status().phase, condition("Stalled"), condition("MetricsReady")?.reason, shown()]).toEqual(["Active", undefined, "CertManagerMissing", NEITHER]);
  });
});

describe("a tenant that shows its metrics over mutual TLS", () => {
  beforeEach(async () => {
    configure(METRICS);
    await world.begin();
    issue();
    await world.goOn(2);
  });

  it.each<[what: string, change: () => void]>([
    ["its certificate is not Ready", () => issue("False")],
    ["cert-manager is gone", () => { world.hasCertManager = false; }],
  ])("goes on with it while %s", async (_what, change) => {
    change();
    await world.goOn(4);
    expect([world.status().lanes?.patch?.changes, shown(), world.get("ConfigMap", "metrics-clients", NAMESPACE)?.data]).toEqual([undefined, BOTH, { "clients.crt": METRICS.clientCa }]);
  });

  it("is upgraded only if what its pods take is there: the preflight has it too", async () => {
    configure({ ...METRICS, clientsId: "clients-2" });
    await world.goOn(3);
    const [job] = world.all("Job");
    expect(metricsSecretOf(specAs<{ template: PodTemplate }>(job).template ?? {})).toBe("metrics-tls");
  });

  it("lets in other clients after a start in an opening, and has their authorities at once", async () => {
    configure({ ...METRICS, clientCa: "others", clientsId: "clients-2" });
    await world.reconcile("acme");
    expect([world.status().lanes?.patch?.changes, world.get("ConfigMap", "metrics-clients", NAMESPACE)?.data, templates().map(clientsOf)]).toEqual([["clients of metrics"], { "clients.crt": "others" }, ["clients-1", "clients-1"]]);
    await world.goOnToTheEnd();
    expect([world.ended(), templates().map(clientsOf)]).toEqual([[CONFIG], ["clients-2", "clients-2"]]);
  });

  it("shows them as before once nobody asks for it any more, and not sooner", async () => {
    configure(undefined);
    await world.reconcile("acme");
    expect([world.status().lanes?.patch?.changes, shown(), open(), files("auth-config")]).toEqual([["metrics"], BOTH, [DIAG, OWN], ["teleport.yaml", "teleport-metrics.yaml", "resources.yaml"]]);
    await world.goOnToTheEnd();
    expect([world.ended(), shown(), open()]).toEqual([[CONFIG], NEITHER, [DIAG]]);
  });
});
