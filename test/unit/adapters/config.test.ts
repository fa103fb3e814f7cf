import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { newAuthority } from "../../../tools/cluster/pki.ts";
import { ConfigError, loadPlatform, SETTINGS } from "../../../src/adapters/config.ts";
import { VERSION } from "../../../src/version.ts";

describe("the platform's configuration", () => {
  let folder = "";
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "slacktide-config-"))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const load = (text: string) => {
    const path = join(folder, "platform.yaml");
    writeFileSync(path, text);
    return loadPlatform(path);
  };

  it("has a default for everything, with or without a file", () => {
    expect(loadPlatform(undefined)).toEqual(load(""));
    expect(loadPlatform(undefined).pods).toEqual({
      minReadySeconds: 15,
      authGraceSeconds: 60,
      proxyGraceSeconds: 210,
      preStopSeconds: 30,
      verifySeconds: 120,
      stepDeadlineSeconds: 900,
    });
  });

  it("takes what the file says and keeps the other defaults", () => {
    const platform = load("pods: {verifySeconds: 1}\nvolume: {size: 5Gi, storageClassName: fast}\ndomainSuffixes: [.a.example, .b.example]");
    expect(platform.pods).toMatchObject({ verifySeconds: 1, minReadySeconds: 15 });
    expect(platform).toMatchObject({ volume: { size: "5Gi", storageClassName: "fast" }, domainSuffixes: [".a.example", ".b.example"] });
  });

  it("knows the regions in this cluster and in others", () => {
    const cluster = "{kubeconfigSecret: {name: europe}, authAddress: '{tenant}.auth.example:443', proxyCidrs: [203.0.113.0/24]}";
    expect(loadPlatform(undefined).regions).toBeUndefined();
    expect(load(`regions: [{name: us-west-2}, {name: eu-central-1, cluster: ${cluster}}]`).regions).toEqual([
      { name: "us-west-2" },
      { name: "eu-central-1", cluster: { kubeconfigSecret: { name: "europe", key: "kubeconfig" }, authAddress: "{tenant}.auth.example:443", proxyCidrs: ["203.0.113.0/24"] } },
    ]);
  });

  it.each<[why: string, regions: string, says: string]>([
    ["none is here", "[{name: a, cluster: {kubeconfigSecret: {name: b}, authAddress: '{tenant}.x.example:443', proxyCidrs: [10.0.0.0/8]}}]", "regions: none is in this cluster"],
    ["one is there twice", "[{name: a}, {name: a}]", "regions.1.name: a is there twice"],
    ["one address is for all tenants", "[{name: a}, {name: b, cluster: {kubeconfigSecret: {name: b}, authAddress: 'auth.example:443', proxyCidrs: [10.0.0.0/8]}}]", "regions.1.cluster.authAddress: must be where proxies reach"],
    ["an address has no port", "[{name: a}, {name: b, cluster: {kubeconfigSecret: {name: b}, authAddress: '{tenant}.auth.example', proxyCidrs: [10.0.0.0/8]}}]", "regions.1.cluster.authAddress"],
    ["an address has no such port", "[{name: a}, {name: b, cluster: {kubeconfigSecret: {name: b}, authAddress: '{tenant}.auth.example:70000', proxyCidrs: [10.0.0.0/8]}}]", "regions.1.cluster.authAddress"],
    ["its keys are none", "[{name: a}, {name: b, cluster: {kubeconfigSecret: {name: b}, authAddress: '{tenant}.x.example:443', proxyCidrs: [10.0.0.0/8], jwks: 'keys'}}]", "regions.1.cluster.jwks: must be what"],
    ["its keys are not public", "[{name: a}, {name: b, cluster: {kubeconfigSecret: {name: b}, authAddress: '{tenant}.x.example:443', proxyCidrs: [10.0.0.0/8], jwks: '{\"keys\": [{\"kty\": \"RSA\", \"d\": \"x\"}]}'}}]", "regions.1.cluster.jwks: must be what"],
    ["nobody says where its proxies come from", "[{name: a}, {name: b, cluster: {kubeconfigSecret: {name: b}, authAddress: '{tenant}.auth.example:443'}}]", "regions.1.cluster.proxyCidrs"],
  ])("refuses regions if %s", (_why, regions, says) => {
    expect(() => load(`regions: ${regions}`)).toThrow(says);
  });

  it("takes copies with Slacktide's own image unless there is a class for snapshots", () => {
    expect(loadPlatform(undefined).volume).toEqual({ size: "10Gi", copyImage: `slacktide:${VERSION}` });
    expect(load("volume: {snapshotClassName: fast, copyImage: 'own.example/slacktide:2'}").volume).toEqual({ size: "10Gi", snapshotClassName: "fast", copyImage: "own.example/slacktide:2" });
    expect(() => load("volume: {snapshotClassName: ''}")).toThrow("volume.snapshotClassName");
  });

  it("gives a grace after a lapse, and a day so many deletions", () => {
    expect(loadPlatform(undefined).lapse).toEqual({ graceMs: 72 * 3_600_000, maxPurgesPerDay: 20 });
    expect(load("lapseGrace: 1h30m\nmaxPurgesPerDay: 0").lapse).toEqual({ graceMs: 5_400_000, maxPurgesPerDay: 0 });
    expect(() => load("lapseGrace: 169h\nmaxPurgesPerDay: -1")).toThrow(/lapseGrace: must be a duration in h, m and s of at most 168h.*maxPurgesPerDay/);
    expect(() => load("lapseGrace: 3d\nmaxPurgesPerDay: 1001")).toThrow(/lapseGrace.*maxPurgesPerDay/);
  });

  it.each(["http://slacktide-versions.slacktide.svc:99999", "slacktide-versions:8081", "http://host/path"])("takes no version server at %s", (address) => {
    expect(() => load(`versionServer: "${address}"`)).toThrow(/versionServer/);
  });

  it("lets tenants into no private network by default", () => {
    const { privateCidrs, monitoringNamespace, dns } = loadPlatform(undefined).network;
    for (const cidr of ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"]) expect(privateCidrs).toContain(cidr);
    expect([monitoringNamespace, dns.namespace]).toEqual(["monitoring", "kube-system"]);
  });

  it("knows where the API servers are, if it is told", () => {
    expect(load("network: {apiServer: {cidrs: [10.20.0.0/28, 'fd00::/64'], ports: [8443]}}").network.apiServer).toEqual({ cidrs: ["10.20.0.0/28", "fd00::/64"], ports: [8443] });
    const call = () => load("network: {apiServer: {cidrs: [10.20.0.1], ports: [0]}, monitoringNamespace: Watch, privateCidrs: []}");
    for (const place of ["network.apiServer.cidrs.0: must be a block of addresses", "network.apiServer.ports.0", "network.monitoringNamespace", "network.privateCidrs"]) expect(call).toThrow(place);
  });

  it("knows the ports that tenants are given, and gives none unless it is told", () => {
    expect(loadPlatform(undefined).ports).toBeUndefined();
    expect(load("ports: []").ports).toEqual([]);
    const ports = [{ address: "203.0.113.7", first: 11105, last: 11999 }, { address: "203.0.113.7", first: 12000, last: 12004 }, { address: "edge-2.teleport.example", first: 11105, last: 11999 }];
    expect(load(JSON.stringify({ ports })).ports).toEqual(ports);
  });

  it.each([
    ["below 1024", { first: 1020 }, "ports.0.first: must be 1024 or above"],
    ["no multiple of five", { first: 11106 }, "ports.0.first: must be a multiple of 5"],
    ["no room", { last: 11108 }, "ports.0: 11105 to 11108 has no room for a block of 5 ports"],
    ["the wrong way round", { last: 11000 }, "ports.0: 11105 to 11000 has no room"],
    ["above the last port", { last: 65_536 }, "ports.0.last"],
    ["a port of the proxies' own", { first: 3000, last: 3999 }, "ports.0: holds 30"],
    ["no address", { address: "" }, "ports.0.address: must be an IPv4 address or a lower-case DNS name"],
    ["an address that cannot be part of a name", { address: "2001:db8::7" }, "ports.0.address: must be an IPv4 address"],
    ["a setting it does not know", { host: "a" }, "ports.0"],
  ])("gives no ports of a range with %s", (_what, change, message) => {
    expect(() => load(JSON.stringify({ ports: [{ address: "203.0.113.7", first: 11105, last: 11999, ...change }] }))).toThrow(message);
  });

  it("gives no port twice on one address, and says which ranges overlap", () => {
    const ports = [{ address: "a.example", first: 11105, last: 11999 }, { address: "b.example", first: 11105, last: 11999 }, { address: "a.example", first: 11995, last: 12999 }];
    expect(() => load(JSON.stringify({ ports }))).toThrow("ports.2: overlaps with 11105 to 11999 of a.example");
    expect(() => load(JSON.stringify({ ports }))).not.toThrow("ports.1");
  });

  it("knows who issues certificates, and asks for none unless it is told", () => {
    expect(loadPlatform(undefined).certificates).toBeUndefined();
    expect(load("certificates: {issuerRef: {name: letsencrypt}}").certificates).toEqual({ issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" } });
    for (const wrong of ["{}", "{issuerRef: {}}", "{issuerRef: {name: ''}}", "{issuerRef: {name: a}, days: 90}"]) expect(() => load(`certificates: ${wrong}`)).toThrow("certificates");
  });

  describe("knows the clients of metrics", () => {
    const [one, other] = [newAuthority("monitoring"), newAuthority("monitoring's next")];
    const metrics = (clientCa: string) => load(stringify({ metrics: { clientCa } })).metrics;

    it("by their authorities, of which there may be several, and by an id of those alone", () => {
      expect(loadPlatform(undefined).metrics).toBeUndefined();
      expect(metrics(`# the first\r\n${one.cert}\nthe second:\n${other.cert}`)).toEqual({ clientCa: `${one.cert}${other.cert}`, clientsId: expect.stringMatching(/^[0-9a-f]{16}$/), keysFrom: "CertManager" });
      expect(load(stringify({ metrics: { clientCa: one.cert, keysFrom: "Slacktide" } })).metrics?.keysFrom).toBe("Slacktide");
      expect(metrics(`a note\n${one.cert}`)).toEqual(metrics(one.cert));
      expect(metrics(one.cert)?.clientsId).not.toBe(metrics(other.cert)?.clientsId);
    });

    it.each<[what: string, clientCa: string, why: RegExp]>([
      ["nothing", "", /metrics\.clientCa: must be certificates as PEM/],
      ["a file's name", "/etc/ca.crt", /metrics\.clientCa: must be certificates as PEM/],
      ["a client's certificate", one.issue({ name: "prometheus" }).cert, /metrics\.clientCa: its certificate 1 is cut short or is no authority's/],
      ["one that is cut short", `${one.cert}${other.cert.replace(/\n.{40}/, "\n")}`, /metrics\.clientCa: its certificate 2 is cut short/],
      ["one that has lost its end", `${one.cert.replace(/-----END[^\n]*\n/, "")}${other.cert}`, /metrics\.clientCa: has something beside whole certificates/],
      ["one of another kind", `${one.cert}${other.cert.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")}`, /metrics\.clientCa: has something beside whole certificates/],
      ["too many", other.cert.repeat(17), /metrics\.clientCa: must be at most 16 certificates/],
      ["a key beside it", `${one.cert}${one.key}`, /metrics\.clientCa: has a private key/],
    ])("and refuses %s", (_what, clientCa, why) => {
      expect(() => metrics(clientCa)).toThrow(why);
    });

    it("and says nothing of a key that it was given", () => {
      const secret = one.key.split("\n")[1] ?? "";
      expect(() => metrics(one.cert + one.key)).toThrow(expect.not.objectContaining({ message: expect.stringContaining(secret) }));
    });

    it.each(["{}", "{clientCa: x, keysFrom: Nobody}", "{clientCa: 1}", "{clientCa: x, port: 1}"])("and refuses %s", (wrong) => {
      expect(() => load(`metrics: ${wrong}`)).toThrow("metrics");
    });
  });

  it("knows the account in AWS, and lets no tenant have storage there unless it is told", () => {
    expect(loadPlatform(undefined).aws).toBeUndefined();
    const account = { accountId: "123456789012", regions: ["eu-central-1"], oidcProvider: "oidc.eks.eu-central-1.amazonaws.com/id/0123ABCD" };
    expect(load(JSON.stringify({ aws: account })).aws).toEqual({ ...account, partition: "aws" });
    const permissionsBoundary = "arn:aws:iam::123456789012:policy/tenants";
    expect(load(JSON.stringify({ aws: { ...account, permissionsBoundary } })).aws).toMatchObject({ permissionsBoundary });
    const wrong = [{ accountId: 123456789012 }, { accountId: "1234" }, { regions: [] }, { regions: ["Frankfurt"] }, { oidcProvider: "https://oidc.example" }, { permissionsBoundary: "tenants" }, { partition: "azure" }, { bucket: "a" }];
    for (const change of wrong) expect(() => load(JSON.stringify({ aws: { ...account, ...change } }))).toThrow("aws");
  });

  it("lists every mistake at once, each with its place", () => {
    const call = () => load("images: {auth: 'a:1'}\npods: {verifySeconds: -1, speed: 3}\nvolume: {size: big}\ndomainSuffixes: [example]");
    expect(call).toThrow(ConfigError);
    for (const place of ["images.auth", "pods.verifySeconds", "pods: ", "speed", "volume.size", "domainSuffixes.0"]) expect(call).toThrow(place);
  });

  it("accepts a registry with a port, which is no tag", () => {
    expect(load("images: {auth: 'registry.example:5000/teleport'}").images.auth).toBe("registry.example:5000/teleport");
  });

  it.each([
    ["YAML that does not parse", "a: [", "parse configuration"],
    ["a list", "- a", "the file"],
  ])("refuses %s in one line", (_name, text, message) => {
    expect(() => load(text)).toThrow(message);
    expect(() => load(text)).not.toThrow("\n");
  });

  it("says which file it cannot read", () => {
    expect(() => loadPlatform(join(folder, "none.yaml"))).toThrow(/read configuration ".*none\.yaml": ENOENT/);
  });
});

it("the chart lets in every setting, and no other; where the version server is it says itself", () => {
  const { properties } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../charts/slacktide/values.schema.json"), "utf8"));
  expect(Object.keys(properties.config.properties).sort()).toEqual(SETTINGS.filter((name) => name !== "versionServer").sort());
});
