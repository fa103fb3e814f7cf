import { describe, expect, it } from "vitest";
import { credentialsOf } from "../../../../src/adapters/inventory/credentials.ts";
import { AppError } from "../../../../src/reconcile/app-error.ts";
import { newAuthority } from "../../../../tools/cluster/pki.ts";

const { cert, key } = newAuthority("inventories");
const other = newAuthority("others").cert;
const secret = (data: Readonly<Record<string, string>>, type?: string) => ({ type, data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")])) });

describe("the Secret of an inventory", () => {
  it("has a token, authorities, or both", () => {
    expect(credentialsOf(secret({ token: "s3cret" }), "n/s")).toEqual({ token: "s3cret", ca: undefined });
    expect(credentialsOf(secret({ "ca.crt": cert }, "Opaque"), "n/s")).toEqual({ token: undefined, ca: cert });
    expect(credentialsOf(secret({ token: "s3cret", "ca.crt": `${cert}\n${other}`, more: "x" }), "n/s")).toEqual({ token: "s3cret", ca: `${cert}\n${other}` });
  });

  it("may end its token with a line, as editors do", () => {
    expect(credentialsOf(secret({ token: "s3cret\n" }), "n/s").token).toBe("s3cret");
  });

  it.each<[what: string, secret: Parameters<typeof credentialsOf>[0], why: RegExp]>([
    ["has no data", {}, /has neither the key "token" nor "ca\.crt"$/],
    ["has other keys", secret({ password: "s3cret" }), /has neither the key/],
    ["has an empty token", secret({ token: " \n" }), /has a "token" that is empty/],
    ["has a token that would become another header", secret({ token: "s3cret\r\nx-evil: 1" }), /has a "token" that is empty/],
    ["has a token of two words", secret({ token: "s3cret word" }), /has a "token"/],
    ["has a token of other letters", secret({ token: "s3crét" }), /has a "token"/],
    ["has a token that is a file", secret({ token: "s3cret".repeat(4_000) }), /has a "token"/],
    ["has a key for an authority", secret({ "ca.crt": key }), /has a "ca\.crt" that is no certificate in PEM$/],
    ["has an authority that is not PEM", secret({ "ca.crt": "s3cret" }), /has a "ca\.crt"/],
    ["has an authority that is cut short", secret({ token: "s3cret", "ca.crt": `${cert.slice(0, 120)}\n-----END CERTIFICATE-----` }), /has a "ca\.crt"/],
    ["is a ServiceAccount's", secret({ token: "s3cret", "ca.crt": cert }, "kubernetes.io/service-account-token"), /is of type kubernetes\.io\/service-account-token, not Opaque$/],
  ])("is refused when it %s, without a word of what it holds", (_what, given, why) => {
    const error = caught(() => credentialsOf(given, "tenant-acme/inventory"));
    expect(error).toBeInstanceOf(AppError);
    expect(String(error)).toMatch(why);
    expect(String(error)).toContain('Secret "tenant-acme/inventory"');
    expect(String(error)).not.toContain("s3cr");
  });
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
