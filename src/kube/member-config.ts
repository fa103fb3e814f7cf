import { parse } from "yaml";
import { FreshKubeConfig } from "./credentials.ts";

/** Why a kubeconfig is not used; the message never holds any of its contents. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

/** What would be read from the operator's own files, or run as a program of its own. */
const NOT_OF_USERS = ["exec", "auth-provider", "client-certificate", "client-key", "tokenFile", "username", "password", "as"];
const NOT_OF_CLUSTERS = ["certificate-authority", "insecure-skip-tls-verify"];

/**
 * The kubeconfig of another cluster, from a Secret. It holds everything itself: it makes the operator read no file, run no
 * program and trust no server without a certificate. Throws KubeConfigError.
 */
export function memberKubeConfig(text: string): FreshKubeConfig {
  const config = new FreshKubeConfig();
  try {
    const document: unknown = parse(text, { prettyErrors: false });
    refuseFields(document, "users", "user", NOT_OF_USERS);
    refuseFields(document, "clusters", "cluster", NOT_OF_CLUSTERS);
    config.loadFromString(text);
  } catch (error) {
    if (error instanceof KubeConfigError) throw error;
    // oxlint-disable-next-line preserve-caught-error -- a parser's words may quote a token
    throw new KubeConfigError("it cannot be read as a kubeconfig");
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || config.getCurrentUser() === null) throw new KubeConfigError("its current-context names no cluster, or no user");
  if (!URL.canParse(server) || new URL(server).protocol !== "https:") throw new KubeConfigError("its server is no address with https://");
  return config;
}

function refuseFields(document: unknown, list: string, entry: string, fields: readonly string[]): void {
  const entries = fieldOf(document, list);
  for (const each of Array.isArray(entries) ? entries : []) {
    const found = fields.find((field) => fieldOf(fieldOf(each, entry), field) !== undefined);
    if (found !== undefined) throw new KubeConfigError(`it has ${found} in ${list}, which is not used: put the data itself into it, such as a token and certificate-authority-data`);
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
