import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../../src/api/index.ts";
import { proxyRegions } from "../../../../src/domain/objects/names.ts";
import { authTemplate, proxyTemplate, type PodTemplate } from "../../../../src/domain/objects/pod-template.ts";
import type { DesiredObject } from "../../../../src/domain/objects/desired.ts";
import { dataObjects, isOwnedBy, tenantObjects, type TenantInput } from "../../../../src/domain/objects/tenant-objects.ts";
import { OWNER, PLATFORM, tenantSpec, type TenantSpecInput } from "../../../fixtures/tenant.ts";

const REGIONS: TenantSpecInput = { region: "us-west-2", proxyRegions: ["us-west-2", "eu-central-1"] };

function objectsOf(spec: TenantSpecInput = REGIONS, more: Partial<TenantInput> = {}): readonly DesiredObject[] {
  const input = { owner: OWNER, spec: tenantSpec(spec), platform: PLATFORM, ...more };
  return [...tenantObjects(input), ...dataObjects(input)];
}

function named(kind: string, name: string, objects = objectsOf()): DesiredObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** A configuration file of a ConfigMap, read. */
function configOf(configMap: string, file: string, spec: TenantSpecInput = REGIONS): unknown {
  const { data } = named("ConfigMap", configMap, objectsOf(spec)) as DesiredObject & { readonly data: Record<string, string> }; // as rendered
  return JSON.parse(data[file] ?? "");
}

describe("the regions of a tenant's proxies", () => {
  it.each<[why: string, spec: { region: string; proxyRegions?: string[] }, expected: string[]]>([
    ["home alone", { region: "us-west-2" }, ["us-west-2"]],
    ["home last, the others in order", { region: "us-west-2", proxyRegions: ["us-west-2", "sa-east-1", "eu-central-1"] }, ["eu-central-1", "sa-east-1", "us-west-2"]],
    ["none at home, if it is not listed", { region: "us-west-2", proxyRegions: ["sa-east-1", "eu-central-1"] }, ["eu-central-1", "sa-east-1"]],
  ])("are %s", (_why, spec, expected) => {
    expect(proxyRegions(spec)).toEqual(expected);
  });
});

describe("a tenant's objects", () => {
  it("are these, the namespace first and the data last", () => {
    expect(objectsOf().map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "Namespace tenant-acme",
      "NetworkPolicy default-deny",
      "NetworkPolicy auth",
      "NetworkPolicy proxy",
      "ResourceQuota tenant",
      "ServiceAccount auth",
      "ServiceAccount proxy",
      "ClusterRoleBinding tenant-acme-token-review",
      "ConfigMap auth-config",
      "ConfigMap proxy-config",
      "Service auth",
      "Service proxy-eu-central-1",
      "Service proxy-us-west-2",
      "PodDisruptionBudget auth",
      "PodDisruptionBudget proxy-eu-central-1",
      "PodDisruptionBudget proxy-us-west-2",
      "PersistentVolumeClaim auth-data",
    ]);
  });

  it("are in its namespace, but for one that is named after it, and carry its labels", () => {
    const [namespace, ...others] = objectsOf();
    const outside = others.filter(({ metadata }) => metadata.namespace !== namespace?.metadata.name);
    expect(outside.map(({ kind, metadata }) => [kind, metadata.name, metadata.namespace])).toEqual([["ClusterRoleBinding", "tenant-acme-token-review", undefined]]);
    expect(objectsOf().filter(({ metadata }) => !isOwnedBy(metadata.labels, OWNER))).toEqual([]);
  });

  it("let the namespace refuse pods that are not restricted, and say so", () => {
    for (const mode of ["enforce", "audit", "warn"]) expect(named("Namespace", "tenant-acme").metadata.labels).toHaveProperty([`pod-security.kubernetes.io/${mode}`], "restricted");
  });

  it("give no token to pods that do not ask for one, unless there are pods of before, which never ask", () => {
    const newest = authTemplate({ owner: OWNER, version: "17.2.1", platform: PLATFORM });
    const { automountServiceAccountToken: _unsaid, ...spec } = newest["spec"] as Record<string, unknown>; // as rendered
    const given = (...templates: readonly PodTemplate[]) => ["auth", "proxy"].map((name) => named("ServiceAccount", name, objectsOf({}, { templates }))["automountServiceAccountToken"]);
    expect([given(), given(newest), given(newest, { ...newest, spec })]).toEqual([[false, false], [false, false], [true, true]]);
  });

  it("record the version that was settled on, once there is one", () => {
    const settled = named("Namespace", "tenant-acme", objectsOf({}, { settled: { version: "17.2.1", revision: 1 } }));
    expect(settled.metadata.annotations).toEqual({ [ANNOTATION.version]: "17.2.1", [ANNOTATION.templateRevision]: "1" });
    expect(named("Namespace", "tenant-acme").metadata).not.toHaveProperty("annotations");
  });

  it("claim a volume of the platform's size and class", () => {
    const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } };
    const fast = { ...PLATFORM, volume: { ...PLATFORM.volume, storageClassName: "fast" } };
    expect(named("PersistentVolumeClaim", "auth-data")["spec"]).toEqual(claim);
    expect(named("PersistentVolumeClaim", "auth-data", objectsOf({}, { platform: fast }))["spec"]).toEqual({ ...claim, storageClassName: "fast" });
  });
});

describe("who an object belongs to", () => {
  it.each([
    ["the tenant", { [LABEL.tenant]: "acme", [LABEL.tenantUid]: "uid-acme" }, true],
    ["an earlier tenant of that name", { [LABEL.tenant]: "acme", [LABEL.tenantUid]: "uid-before" }, false],
    ["another tenant", { [LABEL.tenant]: "bravo", [LABEL.tenantUid]: "uid-acme" }, false],
    ["nobody", {}, false],
    ["nobody, without labels", undefined, false],
  ])("%s", (_why, labels, expected) => {
    expect(isOwnedBy(labels, OWNER)).toBe(expected);
  });
});

describe("Teleport's configuration", () => {
  it("names the cluster after the tenant's domain", () => {
    expect(configOf("auth-config", "teleport.yaml", { domain: "acme.teleport.example" })).toMatchObject({ auth_service: { enabled: true, cluster_name: "acme.teleport.example" }, proxy_service: { enabled: false } });
  });

  it("lets only the tenant's own proxies join", () => {
    expect(configOf("auth-config", "resources.yaml")).toMatchObject({
      metadata: { name: "proxies" },
      spec: { roles: ["Proxy"], join_method: "kubernetes", kubernetes: { allow: [{ service_account: "tenant-acme:proxy" }] } },
    });
    expect(configOf("proxy-config", "teleport.yaml")).toMatchObject({ teleport: { join_params: { method: "kubernetes", token_name: "proxies" } } });
  });

  it("leads proxies to the tenant's own Auth, and clients to its domain", () => {
    expect(configOf("proxy-config", "teleport.yaml", { domain: "acme.teleport.example" })).toMatchObject({
      teleport: { auth_server: "auth.tenant-acme.svc.cluster.local:3025" },
      auth_service: { enabled: false },
      proxy_service: { enabled: true, public_addr: ["acme.teleport.example:443"] },
    });
  });
});

describe("what the pods ask for is there", () => {
  const input = { owner: OWNER, version: "17.2.1", platform: PLATFORM };
  const templates: readonly (readonly [service: string, template: PodTemplate])[] = [
    ["auth", authTemplate(input)],
    ["proxy-eu-central-1", proxyTemplate(input, "eu-central-1")],
  ];
  /** The part of a pod template that is read here, as it is rendered. */
  interface Rendered {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly serviceAccountName: string;
      readonly containers: readonly { readonly ports: readonly { readonly name: string; readonly containerPort: number }[] }[];
      readonly volumes: readonly { readonly configMap?: { readonly name: string }; readonly persistentVolumeClaim?: { readonly claimName: string } }[];
    };
  }
  interface ServiceSpec {
    readonly selector: Record<string, string>;
    readonly ports: readonly { readonly targetPort: string; readonly port: number }[];
  }

  it.each(templates)("%s: its Service selects the pods and leads to ports that they have", (service, template) => {
    const { metadata, spec } = template as unknown as Rendered; // as rendered
    const { selector, ports } = named("Service", service)["spec"] as ServiceSpec; // as rendered
    const open = (spec.containers[0]?.ports ?? []).map(({ name, containerPort }) => `${name} ${containerPort}`);
    expect(metadata.labels).toMatchObject(selector);
    expect(open).toEqual(expect.arrayContaining(ports.map(({ targetPort, port }) => `${targetPort} ${port}`)));
  });

  it.each(templates)("%s: its account, configuration and volume", (_service, template) => {
    const { spec } = template as unknown as Rendered; // as rendered
    const asked = spec.volumes.flatMap(({ configMap, persistentVolumeClaim }) => [
      ...(configMap ? [`ConfigMap ${configMap.name}`] : []),
      ...(persistentVolumeClaim ? [`PersistentVolumeClaim ${persistentVolumeClaim.claimName}`] : []),
    ]);
    const there = objectsOf().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(there).toEqual(expect.arrayContaining([`ServiceAccount ${spec.serviceAccountName}`, ...asked]));
  });
});
