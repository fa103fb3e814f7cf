import { createHash, X509Certificate } from "node:crypto";
import { z } from "zod";
import type { Metrics } from "../domain/objects/platform.ts";

const ONE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const MOST = 16;

/**
 * The section `metrics`: who may look at tenants' metrics (row F17). Absent: the monitoring namespace, without TLS. What is kept
 * is the certificates alone, without what stands between them.
 */
export const metrics = z
  .strictObject({
    clientCa: z.string().max(40_000).superRefine((text, context) => {
      const message = problemOf(text);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    }),
    keysFrom: z.enum(["CertManager", "Slacktide"]).default("CertManager"),
  })
  .transform(({ clientCa, keysFrom }): Metrics => {
    const kept = `${certificatesIn(clientCa).join("\n")}\n`;
    return { clientCa: kept, clientsId: createHash("sha256").update(kept).digest("hex").slice(0, 16), keysFrom };
  })
  .optional();

function certificatesIn(text: string): readonly string[] {
  return (text.match(ONE) ?? []).map((each) => each.replaceAll("\r", ""));
}

/** Never says what it was given: that may be a key. */
function problemOf(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text)) return "has a private key: give the certificates of the clients' authorities alone, and take that key for known";
  const found = certificatesIn(text);
  if (found.length === 0) return "must be certificates as PEM (-----BEGIN CERTIFICATE-----…)";
  // What has lost its last line, or is another kind of thing, would be left out in silence.
  if ((text.match(/-----BEGIN/g) ?? []).length !== found.length) return "has something beside whole certificates (-----BEGIN CERTIFICATE-----… to -----END CERTIFICATE-----): mend it or take it out";
  if (found.length > MOST) return `must be at most ${MOST} certificates`;
  const n = found.findIndex((each) => !isAuthority(each));
  return n < 0 ? undefined : `its certificate ${n + 1} is cut short or is no authority's: give what signs the clients' certificates, not one of those`;
}

function isAuthority(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}
