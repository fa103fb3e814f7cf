import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { der } from "../../src/adapters/x509/der.ts";

/** A private key and its certificate, both PEM. */
export type Credential = { readonly key: string; readonly cert: string };

/** Who a certificate speaks for: `groups` become Kubernetes groups, `hosts` (names, IPv4) make it a server's. */
export type Subject = { readonly name: string; readonly groups?: readonly string[]; readonly hosts?: readonly string[] };

/** A certificate authority of one cluster. */
export type Authority = Credential & { issue(subject: Subject): Credential };

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyId: "2.5.29.14",
  authorityKeyId: "2.5.29.35",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectAltName: "2.5.29.17",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

const DAY_MS = 86_400_000;
const LIFETIME_MS = 10 * 365 * DAY_MS;

/** Makes an authority whose certificates are valid from yesterday (clocks differ) for ten years. */
export function newAuthority(name: string): Authority {
  const pair = newPair();
  const issuer: Issuer = { name: nameOf({ name }), key: pair.privateKey, keyId: keyIdOf(pair.publicKey) };
  const cert = certificate(issuer, { name: issuer.name, key: pair.publicKey }, [
    extension(OID.basicConstraints, der.sequence(der.boolean(true)), "critical"),
    // keyCertSign and cRLSign, bits 5 and 6
    extension(OID.keyUsage, der.bits(Buffer.from([0b0000_0110]), 1), "critical"),
  ]);
  return { key: keyPem(pair.privateKey), cert, issue: (subject) => issueLeaf(issuer, subject) };
}

/** A key pair for signing ServiceAccount tokens, both PEM. */
export function newSigningKey(): { readonly privateKey: string; readonly publicKey: string } {
  const pair = newPair();
  return { privateKey: keyPem(pair.privateKey), publicKey: pair.publicKey.export({ type: "spki", format: "pem" }).toString() };
}

type Issuer = { readonly name: Buffer; readonly key: KeyObject; readonly keyId: Buffer };

function issueLeaf(issuer: Issuer, subject: Subject): Credential {
  const pair = newPair();
  const usages = subject.hosts === undefined ? [OID.clientAuth] : [OID.serverAuth];
  const cert = certificate(issuer, { name: nameOf(subject), key: pair.publicKey }, [
    extension(OID.keyUsage, der.bits(Buffer.from([0b1000_0000]), 7), "critical"), // digitalSignature, bit 0
    extension(OID.extendedKeyUsage, der.sequence(...usages.map(der.oid))),
    ...(subject.hosts === undefined ? [] : [extension(OID.subjectAltName, der.sequence(...subject.hosts.map(altName)))]),
  ]);
  return { key: keyPem(pair.privateKey), cert };
}

function certificate(issuer: Issuer, subject: { name: Buffer; key: KeyObject }, extensions: readonly Buffer[]): string {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const from = Date.now() - DAY_MS;
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))), // v3
    der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    issuer.name,
    der.sequence(der.time(new Date(from)), der.time(new Date(from + LIFETIME_MS))),
    subject.name,
    subject.key.export({ type: "spki", format: "der" }),
    der.explicit(3, der.sequence(
      extension(OID.subjectKeyId, der.octets(keyIdOf(subject.key))),
      extension(OID.authorityKeyId, der.sequence(der.implicit(0, issuer.keyId))),
      ...extensions,
    )),
  );
  const whole = der.sequence(body, algorithm, der.bits(sign("sha256", body, issuer.key)));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function nameOf(subject: Subject): Buffer {
  const groups = subject.groups ?? [];
  return der.sequence(...groups.map((each) => attribute(OID.organization, each)), attribute(OID.commonName, subject.name));
}

const attribute = (oid: string, value: string) => der.set(der.sequence(der.oid(oid), der.text(value)));

function altName(host: string): Buffer {
  if (isIP(host) === 4) return der.implicit(7, Buffer.from(host.split(".").map(Number)));
  return der.implicit(2, Buffer.from(host));
}

function extension(oid: string, value: Buffer, critical?: "critical"): Buffer {
  return der.sequence(der.oid(oid), ...(critical === undefined ? [] : [der.boolean(true)]), der.octets(value));
}

// RFC 5280 4.2.1.2 takes the hash of the bare key; any stable name of it serves.
const keyIdOf = (key: KeyObject) => createHash("sha1").update(key.export({ type: "spki", format: "der" })).digest();
const newPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const keyPem = (key: KeyObject) => key.export({ type: "sec1", format: "pem" }).toString();
