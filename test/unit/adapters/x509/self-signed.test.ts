import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../../../../src/adapters/x509/self-signed.ts";
import { metricsName } from "../../../../src/domain/objects/metrics.ts";
import { newAuthority } from "../../../../tools/cluster/pki.ts";

const NOW = Date.now();
const [ACME, BRAVO] = [metricsName("acme"), metricsName("bravo")];

describe("a certificate that signs itself", () => {
  const { key, cert } = selfSigned(ACME, NOW);
  const read = new X509Certificate(cert);

  it("is for one name, signed by its own key, and no authority", () => {
    expect([read.subject, read.issuer, read.subjectAltName, read.ca]).toEqual([`CN=${ACME}`, `CN=${ACME}`, `DNS:${ACME}`, false]);
    expect([read.verify(read.publicKey), read.checkHost(BRAVO), read.keyUsage]).toEqual([true, undefined, ["1.3.6.1.5.5.7.3.1"]]);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it("is good for ten years from a day ago: clocks differ", () => {
    expect(Date.parse(read.validFrom)).toBe(Math.floor((NOW - 86_400_000) / 1_000) * 1_000);
    expect(read.validToDate.getTime() - read.validFromDate.getTime()).toBe(3_650 * 86_400_000);
  });

  it("has an end that is read rightly beyond 2049 too", () => {
    expect(new X509Certificate(selfSigned(ACME, Date.parse("2045-06-01T12:00:00Z")).cert).validToDate.toISOString()).toBe("2055-05-29T12:00:00.000Z");
  });

  it("is another one each time, with another key and another number", () => {
    const other = selfSigned(ACME, NOW);
    expect(new X509Certificate(other.cert).serialNumber).not.toBe(read.serialNumber);
    expect(other.key).not.toBe(key);
  });
});

describe("a server of metrics with it", () => {
  const [acme, bravo] = [selfSigned(ACME, NOW), selfSigned(BRAVO, NOW)];
  const [monitoring, stranger] = [newAuthority("monitoring"), newAuthority("monitoring")];
  const prometheus = monitoring.issue({ name: "prometheus" });
  let server: Server;

  beforeAll(async () => {
    // As Teleport asks it: tls.RequireAndVerifyClientCert, with the clients' authorities alone.
    server = createServer({ key: acme.key, cert: acme.cert, ca: monitoring.cert, requestCert: true, rejectUnauthorized: true }, (socket) => socket.on("error", () => undefined).end("metrics"));
    server.on("tlsClientError", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

  interface Client {
    readonly key?: string;
    readonly cert?: string;
    /** What it takes for the tenant's, and under which name. */
    readonly ca?: string;
    readonly servername?: string;
  }

  /** What a client reads, or why it reads nothing. */
  function read({ ca = acme.cert, servername = ACME, ...own }: Client): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, ca, servername, ...own });
      let text = "";
      socket.on("data", (data) => (text += data.toString()));
      socket.on("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message));
      socket.on("close", () => resolve(text));
    });
  }

  it("shows them to a client of the platform", async () => {
    expect(await read(prometheus)).toBe("metrics");
  });

  it.each<[who: string, client: Client]>([
    ["nobody in particular", {}],
    ["a stranger, though its authority is called the same", stranger.issue({ name: "prometheus" })],
    ["another tenant with its own certificate", bravo],
    ["this tenant itself", acme],
    ["whoever was given a server's certificate by the right authority", monitoring.issue({ name: "web", hosts: ["web.example"] })],
  ])("does not show them to %s", async (_who, client) => {
    expect(await read(client)).not.toContain("metrics");
  });

  it.each<[what: string, terms: Client, why: string]>([
    ["another tenant's certificate is not taken for this one's", { ca: bravo.cert }, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["it does not speak under another tenant's name", { servername: BRAVO }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["the clients' authority does not vouch for it", { ca: monitoring.cert }, "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ])("is known by its own certificate alone: %s", async (_what, terms, why) => {
    expect(await read({ ...prometheus, ...terms })).toBe(why);
  });
});
