import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import type { Credential } from "../../domain/objects/metrics.ts";
import { DAY } from "../../domain/time.ts";
import { der } from "./der.ts";

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/** As long as what cert-manager is asked for (docs/adr/0009): ten years. */
const LIFETIME_MS = 3_650 * DAY;

/**
 * Makes a key (P-256) and a certificate for one DNS name that is signed by that key: a server's, and no authority. Valid from a day
 * before `at`, which is an instant of the real clock, since clocks differ. Who it is and who signed it are the same by every measure
 * of Teleport's: issuer and subject, and the identifiers of both keys (row F17).
 */
export function selfSigned(name: string, at: number): Credential {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const body = bodyOf({ name, at, algorithm, publicKey });
  const whole = der.sequence(body, algorithm, der.bits(sign("sha256", body, privateKey)));
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert: pemOf(whole) };
}

interface Body {
  readonly name: string;
  readonly at: number;
  readonly algorithm: Buffer;
  readonly publicKey: KeyObject;
}

function bodyOf({ name, at, algorithm, publicKey }: Body): Buffer {
  const info = publicKey.export({ type: "spki", format: "der" });
  const keyId = createHash("sha1").update(info).digest(); // any stable name of the key serves (RFC 5280 4.2.1.2)
  const self = der.sequence(der.set(der.sequence(der.oid(OID.commonName), der.text(name))));
  const from = at - DAY;
  return der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))), // version 3
    der.integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    self,
    der.sequence(der.time(new Date(from)), der.time(new Date(from + LIFETIME_MS))),
    self,
    info,
    der.explicit(3, der.sequence(
      extension(OID.subjectKeyId, der.octets(keyId)),
      extension(OID.authorityKeyId, der.sequence(der.implicit(0, keyId))),
      extension(OID.basicConstraints, der.sequence(), "critical"), // no authority: false is left out
      extension(OID.keyUsage, der.bits(Buffer.from([0b1000_0000]), 7), "critical"), // digitalSignature, bit 0
      extension(OID.extendedKeyUsage, der.sequence(der.oid(OID.serverAuth))),
      extension(OID.subjectAltName, der.sequence(der.implicit(2, Buffer.from(name)))), // a DNS name
    )),
  );
}

function extension(oid: string, value: Buffer, critical?: "critical"): Buffer {
  return der.sequence(der.oid(oid), ...(critical === undefined ? [] : [der.boolean(true)]), der.octets(value));
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
