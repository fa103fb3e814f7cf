import { stringify } from "yaml";
import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL, type ObjectMeta } from "../../../src/api/index.ts";
import { orphansAmong, type LabelledObject } from "../../../src/domain/tenant/orphans.ts";
import { json, startServer, type ScriptedServer } from "../kube/scripted-server.ts";
import { fileWith } from "./files.ts";
import { run } from "./run.ts";

const object = (kind: string, name: string, { of = "gone", uid = `uid-${of}`, ...more }: Partial<ObjectMeta> & { of?: string } = {}): LabelledObject => ({ kind, metadata: { name, labels: { [LABEL.tenant]: of, [LABEL.tenantUid]: uid }, ...more } });
const tenant = (name: string, lapse?: object) => ({ metadata: { name, uid: `uid-${name}` }, ...(lapse && { status: { lapse } }) });
const told = (objects: readonly LabelledObject[], tenants: Parameters<typeof orphansAmong>[1] = [tenant("acme")]) => orphansAmong(objects, tenants).map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);

describe("an orphan", () => {
  it("belongs to no Tenant that is there", () => {
    const objects = [object("Namespace", "tenant-gone"), object("ClusterRoleBinding", "tenant-acme-token-review", { of: "acme", uid: "uid-before" }), object("Namespace", "tenant-acme", { of: "acme" }), object("Secret", "ca", { namespace: "default", labels: { [LABEL.tenant]: "acme" } })];
    expect(told(objects)).toEqual(["ClusterRoleBinding tenant-acme-token-review: OtherTenant", "Secret ca: Unnamed", "Namespace tenant-gone: NoTenant"]);
  });

  it("is not what a Tenant has taken over, nor pods that still say whose they were", () => {
    const namespace = object("Namespace", "tenant-acme", { of: "acme", annotations: { [ANNOTATION.formerUids]: "uid-before" } });
    const pod = object("Pod", "auth-0", { of: "acme", uid: "uid-before", namespace: "tenant-acme" });
    expect(told([namespace, pod])).toEqual([]);
    expect(told([pod])).toEqual(["Pod auth-0: OtherTenant"]);
    expect(told([{ ...namespace, cluster: "europe" }, pod], [{ ...tenant("acme"), status: { regions: [] } }])).toContain("Pod auth-0: OtherTenant");
  });

  it("is what is left of a tenant whose data was deleted", () => {
    expect(told([object("PersistentVolumeClaim", "auth-data", { of: "acme" })], [tenant("acme", { purgedAt: "2026-11-23T12:00:00Z" })])).toEqual(["PersistentVolumeClaim auth-data: Purged"]);
    expect(told([object("PersistentVolumeClaim", "auth-data", { of: "acme" })], [tenant("acme", { purgeStartedAt: "2026-11-23T12:00:00Z" })])).toEqual([]);
  });

  describe("in the cluster of a region", () => {
    const abroad = (kind: string, name: string, more: object = {}) => ({ ...object(kind, name, { of: "acme", ...more }), cluster: "europe" });
    const whole = [abroad("Namespace", "tenant-acme"), abroad("ConfigMap", "proxy-config"), abroad("ServiceAccount", "proxy")];
    const ofRegion = (region: string) => [
      ...["Deployment", "Service", "PodDisruptionBudget"].map((kind) => abroad(kind, `proxy-${region}`)),
      abroad("Pod", `proxy-${region}-5d4f-x`, { labels: { [LABEL.tenant]: "acme", [LABEL.tenantUid]: "uid-acme", [LABEL.component]: `proxy-${region}` } }),
    ];
    const saying = (...names: readonly string[]) => [{ ...tenant("acme"), status: { regions: names.map((name) => ({ name })) } }];
    const all = (objects: readonly LabelledObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}: NoRegion`).sort();

    it("is everything of a tenant that has no region in other clusters", () => {
      expect(told([...whole, ...ofRegion("eu-central-1"), abroad("Namespace", "tenant-gone", { labels: object("", "").metadata.labels })])).toEqual([...all([...whole, ...ofRegion("eu-central-1")]), "Namespace tenant-gone: NoTenant"]);
    });

    it("is what there is of a region that its tenant no longer has, and nothing else while another one is there", () => {
      expect(told([...whole, ...ofRegion("eu-central-1"), ...ofRegion("eu-west-1")], saying("eu-west-1"))).toEqual(all(ofRegion("eu-central-1")));
      expect(told([...whole, ...ofRegion("eu-west-1")], saying("eu-west-1"))).toEqual([]);
    });

    it("is everything of a tenant whose regions are in yet another cluster", () => {
      const elsewhere = ofRegion("ap-south-1").map((each) => ({ ...each, cluster: "india" }));
      expect(told([...whole, ...ofRegion("eu-central-1"), ...elsewhere], saying("ap-south-1"))).toEqual(all([...whole, ...ofRegion("eu-central-1")]));
    });
  });

  it("is no block of ports in quarantine, but one that nobody gave up", () => {
    const labels = { [LABEL.tenant]: "gone", [LABEL.tenantUid]: "uid-gone", [LABEL.ports]: "claim" };
    const claim = object("ConfigMap", "ports-203.0.113.7-11105", { labels });
    expect(told([claim])).toEqual(["ConfigMap ports-203.0.113.7-11105: NoTenant"]);
    expect(told([{ ...claim, metadata: { ...claim.metadata, annotations: { [ANNOTATION.releasedAt]: "2026-11-23T12:00:00Z" } } }])).toEqual([]);
  });
});

/** An API server with some objects; nothing is written to it. */
function clusterWith(found: Readonly<Record<string, readonly object[]>>): Promise<ScriptedServer> {
  return startServer(({ method, url }, response) => {
    if (method !== "GET") return json(response, { kind: "Status", code: 405 }, 405);
    return json(response, { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: found[url.pathname.split("/").at(-1) ?? ""] ?? [] });
  });
}

function kubeconfigOf({ port }: ScriptedServer): string {
  const named = (value: object) => [{ name: "test", ...value }];
  return fileWith(stringify({ apiVersion: "v1", kind: "Config", "current-context": "test", clusters: named({ cluster: { server: `http://127.0.0.1:${port}` } }), users: named({ user: { token: "none" } }), contexts: named({ context: { cluster: "test", user: "test" } }) }), "kubeconfig.yaml");
}

describe("slacktide orphans", () => {
  const left = object("Namespace", "tenant-gone");
  const going = object("Namespace", "tenant-went", { of: "went", deletionTimestamp: "2026-11-23T12:00:00Z" });

  it("lists them, says why, and exits 1", async () => {
    await using cluster = await clusterWith({ namespaces: [left, going], tenants: [tenant("acme")] });
    const { code, out, err } = await run(["orphans", "--kubeconfig", kubeconfigOf(cluster)]);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toBe("KIND        NAMESPACE   NAME          TENANT   UID        WHY\nNamespace   -           tenant-gone   gone     uid-gone   NoTenant\n\nNoTenant: there is no Tenant of that name.\n");
    const asked = cluster.seen.map(({ url }) => [url.pathname.split("/").at(-1), url.searchParams.get("labelSelector")]);
    expect(asked.at(-1)).toEqual(["tenants", null]);
    expect(asked.slice(0, -1).every(([, selector]) => selector === LABEL.tenant)).toBe(true);
  });

  it.each(["json", "yaml"])("prints them as %s", async (output) => {
    await using cluster = await clusterWith({ namespaces: [left] });
    const { code, out } = await run(["orphans", "-o", output, "--kubeconfig", kubeconfigOf(cluster)]);
    const orphan = { kind: "Namespace", name: "tenant-gone", tenant: "gone", uid: "uid-gone", reason: "NoTenant" };
    expect([code, out]).toEqual([1, output === "json" ? `${JSON.stringify({ orphans: [orphan] })}\n` : stringify({ orphans: [orphan] })]);
  });

  it("lists what is in other clusters too, and says where", async () => {
    await using cluster = await clusterWith({ tenants: [tenant("acme")] });
    await using europe = await clusterWith({ namespaces: [left] });
    const file = kubeconfigOf(europe);
    const { code, out } = await run(["orphans", "--region", file, "-o", "json", "--kubeconfig", kubeconfigOf(cluster)]);
    expect([code, JSON.parse(out)]).toEqual([1, { orphans: [{ cluster: file, kind: "Namespace", name: "tenant-gone", tenant: "gone", uid: "uid-gone", reason: "NoTenant" }] }]);
    // The operator's own identity there may read no Secret.
    expect(europe.seen.map(({ url }) => url.pathname.split("/").at(-1))).not.toContain("secrets");
    const table = await run(["orphans", "--region", file, "--kubeconfig", kubeconfigOf(cluster)]);
    expect(table.out).toMatch(/^CLUSTER +KIND/);
  });

  it("says so if there are none, and exits 0", async () => {
    await using cluster = await clusterWith({ namespaces: [object("Namespace", "tenant-acme", { of: "acme" })], tenants: [tenant("acme")] });
    expect(await run(["orphans", "--kubeconfig", kubeconfigOf(cluster)])).toEqual({ code: 0, out: "Nothing is left of tenants that are gone.\n", err: "" });
  });
});
