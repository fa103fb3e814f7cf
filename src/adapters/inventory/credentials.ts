import { X509Certificate } from "node:crypto";
import { unreadable } from "./unreadable.ts";

/** A Secret as the API server has it: values are base64. */
export interface SecretData {
  readonly type?: string | undefined;
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** How an inventory's server is asked and known. */
export interface HttpCredentials {
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  /** The authorities, PEM, that vouch for the server instead of the usual ones. */
  readonly ca?: string | undefined;
}

const TOKEN_KEY = "token";
const CA_KEY = "ca.crt";
const LONGEST_TOKEN = 16 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What the keys `token` and `ca.crt` of an Opaque Secret hold; at least one of them. A Secret of another type was not made for
 * this: a ServiceAccount's has the same keys, and its token must not leave the cluster. Throws AppError, which quotes no value.
 */
export function credentialsOf({ type = "Opaque", data = {} }: SecretData, name: string): HttpCredentials {
  const refuse = (why: string) => unreadable(`the inventory cannot be read: Secret "${name}" ${why}`);
  if (type !== "Opaque") throw refuse(`is of type ${type}, not Opaque`);
  const [token, ca] = [textOf(data[TOKEN_KEY])?.trim(), textOf(data[CA_KEY])];
  if (token === undefined && ca === undefined) throw refuse(`has neither the key "${TOKEN_KEY}" nor "${CA_KEY}"`);
  if (token !== undefined && !isToken(token)) throw refuse(`has a "${TOKEN_KEY}" that is empty, too long, or not of letters and signs alone`);
  if (ca !== undefined && !isCertificates(ca)) throw refuse(`has a "${CA_KEY}" that is no certificate in PEM`);
  return { token, ca };
}

function textOf(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8");
}

/** What may stand in a header without changing its meaning. */
function isToken(token: string): boolean {
  return token.length <= LONGEST_TOKEN && /^[\u0021-\u007e]+$/.test(token);
}

function isCertificates(pem: string): boolean {
  const certificates = pem.match(CERTIFICATE) ?? [];
  try {
    return certificates.map((each) => new X509Certificate(each)).length > 0;
  } catch {
    return false;
  }
}
