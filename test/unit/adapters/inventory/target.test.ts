import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "../../../../src/adapters/inventory/address.ts";
import { resolveTarget, type Directory, type ServiceAddress } from "../../../../src/adapters/inventory/target.ts";
import { AppError } from "../../../../src/reconcile/app-error.ts";

const { signal } = new AbortController();

describe("an address of the public network", () => {
  it.each(["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "169.253.255.255", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e"])("is %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ["this host", "0.0.0.0"],
    ["private", "10.0.0.1"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["shared by a provider's customers", "100.64.0.1"],
    ["loopback", "127.0.0.1"],
    ["loopback", "127.255.255.254"],
    ["the cloud's metadata", "169.254.169.254"],
    ["documentation", "192.0.2.1"],
    ["tests", "198.18.0.1"],
    ["multicast", "224.0.0.1"],
    ["reserved", "240.0.0.1"],
    ["everybody", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["loopback in disguise", "::ffff:127.0.0.1"],
    ["private in disguise", "::ffff:10.0.0.1"],
    ["private behind NAT64", "64:ff9b::a00:1"],
    ["private behind 6to4", "2002:a00:1::"],
    ["Teredo", "2001:0:a00:1::"],
    ["documentation", "2001:db8::1"],
    ["documentation", "3fff::1"],
    ["unique local", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["any with a zone", "2606:4700::1111%eth0"],
    ["multicast", "ff02::1"],
    ["no address", "inventory.example"],
    ["no address", ""],
  ])("is not one that is %s: %s", (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it("is none of the private ones, whichever they are", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const rest = fc.tuple(byte, byte, byte);
    fc.assert(fc.property(rest, ([a, b, c]) => {
      expect([`10.${a}.${b}.${c}`, `127.${a}.${b}.${c}`, `192.168.${b}.${c}`, `169.254.${b}.${c}`, `172.${16 + (a % 16)}.${b}.${c}`].filter(isPublicAddress)).toEqual([]);
    }));
  });
});

describe("where an inventory's url leads", () => {
  const directory = (addresses: readonly string[] | undefined, services: Readonly<Record<string, ServiceAddress>> = {}): Directory => ({
    lookup: () => (addresses === undefined ? Promise.reject(new Error("ENOTFOUND secret.internal")) : Promise.resolve(addresses)),
    service: ({ namespace, name }) => Promise.resolve(services[`${namespace}/${name}`]),
  });
  const resolve = (url: string, directoryOf: Directory) => resolveTarget(url, "tenant-acme", { directory: directoryOf, signal });
  const OWN = { "tenant-acme/agents": { type: "ClusterIP", clusterIPs: ["10.96.0.7", "fd00::7"] }, "tenant-b/agents": { clusterIPs: ["10.96.0.8"] } };

  it("onto the public network, to every address of the name", async () => {
    const target = await resolve("https://inventory.example:8443/v1/agents?all=1", directory(["8.8.8.8", "2606:4700::1111"]));
    expect(target).toEqual({ host: "inventory.example", port: 8443, path: "/v1/agents?all=1", addresses: ["8.8.8.8", "2606:4700::1111"] });
  });

  it("to an address that is written out", async () => {
    expect(await resolve("https://8.8.8.8/", directory(undefined))).toMatchObject({ host: "8.8.8.8", port: 443, addresses: ["8.8.8.8"] });
    expect(await resolve("https://[2606:4700::1111]/", directory(undefined))).toMatchObject({ host: "2606:4700::1111", addresses: ["2606:4700::1111"] });
  });

  it.each(["agents.tenant-acme.svc", "agents.tenant-acme.svc.cluster.local"])("to a Service of the tenant's own namespace, whose address no name server is asked for: %s", async (host) => {
    expect(await resolve(`https://${host}/agents`, directory(["8.8.8.8"], OWN))).toEqual({ host, port: 443, path: "/agents", addresses: ["10.96.0.7", "fd00::7"] });
  });

  it.each<[what: string, url: string, directory: Directory, why: RegExp]>([
    ["a name that resolves to the node itself", "https://inventory.example/", directory(["127.0.0.1"]), /inventory\.example is not on the public network/],
    ["a name with one public and one private address", "https://inventory.example/", directory(["8.8.8.8", "10.0.0.1"]), /is not on the public network/],
    ["a name with no address", "https://inventory.example/", directory([]), /is not on the public network/],
    ["a name that nobody knows", "https://inventory.example/", directory(undefined), /inventory\.example has no address$/],
    ["the cloud's metadata", "https://169.254.169.254/latest/meta-data/", directory(undefined), /is not on the public network/],
    ["an address in another notation", "https://0x7f000001/", directory(undefined), /127\.0\.0\.1 is not on the public network/],
    ["an address as one number", "https://2130706433/", directory(undefined), /127\.0\.0\.1 is not on the public network/],
    ["IPv4 in IPv6", "https://[::ffff:10.0.0.1]/", directory(undefined), /is not on the public network/],
    ["localhost", "https://localhost/", directory(["::1"]), /is not on the public network/],
    ["a Service of another tenant", "https://agents.tenant-b.svc/", directory(["8.8.8.8"], OWN), /outside namespace "tenant-acme"/],
    ["a Service of another tenant, written with a dot", "https://agents.tenant-b.svc./", directory(["10.96.0.8"], OWN), /is not on the public network/],
    ["the API server", "https://kubernetes.default.svc/", directory(["10.96.0.1"], OWN), /outside namespace "tenant-acme"/],
    ["a Service that is not there", "https://other.tenant-acme.svc/", directory(["8.8.8.8"], OWN), /Service "tenant-acme\/other" does not exist/],
    ["a Service that points elsewhere", "https://agents.tenant-acme.svc/", directory(["8.8.8.8"], { "tenant-acme/agents": { type: "ExternalName", clusterIPs: ["10.0.0.1"] } }), /has no address of its own/],
    ["a headless Service", "https://agents.tenant-acme.svc/", directory(["8.8.8.8"], { "tenant-acme/agents": { type: "ClusterIP", clusterIPs: ["None"] } }), /has no address of its own/],
    ["plain HTTP", "http://inventory.example/", directory(["8.8.8.8"]), /must begin with https:\/\/$/],
    ["a file", "file:///etc/passwd", directory(["8.8.8.8"]), /must begin with https:\/\/$/],
    ["no url", "inventory.example", directory(["8.8.8.8"]), /must begin with https:\/\/$/],
    ["a password", "https://me:hunter2@inventory.example/", directory(["8.8.8.8"]), /put a token into the Secret$/],
  ])("never to %s", async (_what, url, directoryOf, why) => {
    const error: unknown = await resolve(url, directoryOf).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect(String(error)).toMatch(why);
    expect(String(error)).not.toMatch(/hunter2|meta-data|secret\.internal/);
  });
});
