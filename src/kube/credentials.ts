import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { dirname, resolve } from "node:path";

// The package root would load every generated API (134 MB); its configuration is reachable by itself.
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { parse } from "yaml";

import { endHangingPlugins } from "./exec-plugin.ts";

/** What a connection needs to be let in; the contents never appear in messages. */
export interface Credentials {
  /** The API server's URL without a trailing slash. */
  readonly server: string;
  readonly proxy: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<RequestOptions, (typeof TLS_OPTIONS)[number]>;
  /** Changes exactly when a new connection would be made differently. */
  readonly fingerprint: string;
}

/** The credentials can't be read, so that nothing was sent. */
export class CredentialsError extends Error {
  readonly code = CREDENTIALS_UNREADABLE;
}

export const CREDENTIALS_UNREADABLE = "ECREDENTIALS";

/** The parts of https.RequestOptions that identify us to the server, and the server to us. */
const TLS_OPTIONS = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

/** A kubeconfig whose connections are made anew from the current files, never from a cached agent. */
export class FreshKubeConfig extends KubeConfig {
  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await super.applyToHTTPSOptions(options);
    // client-node keeps one agent for ever, whose certificates win over rotated ones.
    if (this.getCurrentCluster()?.proxyUrl === undefined) delete options.agent;
    const headers = headersOf(options);
    // A token file may end with a newline, which no header may hold.
    options.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()]));
  }

  async credentials(): Promise<Credentials> {
    const server = this.getCurrentCluster()?.server;
    if (server === undefined) throw new Error(`connect: kubeconfig context "${this.getCurrentContext()}" names no cluster`);
    const options: RequestOptions = {};
    try {
      await this.applyToHTTPSOptions(options);
    } catch (error) {
      throw new CredentialsError(`read credentials: ${error instanceof Error ? error.message : String(error)}`);
    }
    const basic = typeof options.auth === "string" ? { Authorization: `Basic ${Buffer.from(options.auth).toString("base64")}` } : {};
    const tls = Object.fromEntries(TLS_OPTIONS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
    const proxy = this.getCurrentCluster()?.proxyUrl;
    const fingerprint = createHash("sha256").update(JSON.stringify([server, proxy, tls])).digest("hex");
    return { server: server.replace(/\/$/, ""), proxy, headers: { ...headersOf(options), ...basic }, tls, fingerprint };
  }
}

/**
 * The kubeconfig at `path`, else the default one (`KUBECONFIG`, `~/.kube/config`, the pod's service account).
 * Token files are read anew for every `credentials`, exec plugins run again when what they gave expires, and are killed if they hang.
 */
export function loadKubeConfig(path?: string): FreshKubeConfig {
  const config = new FreshKubeConfig();
  keepTokenFiles(config, loadFrom(config, path));
  if (config.getCurrentCluster() === null) throw new Error(`read kubeconfig ${path ?? "(default)"}: it has no current context with a cluster`);
  allowPlainHttp(config);
  endHangingPlugins(config);
  return config;
}

/** Loads it and gives the token files that client-node leaves out. */
function loadFrom(config: KubeConfig, path: string | undefined): ReadonlyMap<string, string> {
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
    return path === undefined ? new Map() : tokenFilesOf(path);
  } catch (error) {
    // Only the first line, and no cause: a parser shows the lines around its problem, and these may hold a token.
    const [why = ""] = String(error instanceof Error ? error.message : error).split("\n");
    // oxlint-disable-next-line preserve-caught-error -- see above
    throw new Error(`read kubeconfig ${path ?? "(default)"}: ${why}`);
  }
}

const TOKEN_FILE = "slacktide.dev/token-file";

/** client-node reads no `tokenFile` of a kubeconfig, and the one of a pod at most once a minute, even after a 401. */
function keepTokenFiles(config: KubeConfig, files: ReadonlyMap<string, string>): void {
  config.users = config.users.map((user) => {
    const path = files.get(user.name) ?? fieldOf(fieldOf(user.authProvider, "config"), "tokenFile");
    if (typeof path !== "string" || user.token !== undefined) return user;
    return { ...user, authProvider: { name: TOKEN_FILE, config: { path } } };
  });
  config.addAuthenticator({
    isAuthProvider: ({ authProvider }) => fieldOf(authProvider, "name") === TOKEN_FILE,
    applyAuthentication: async ({ authProvider }, options) => {
      const path = fieldOf(fieldOf(authProvider, "config"), "path");
      const token = (await readFile(String(path), "utf8")).trim();
      options.headers = { ...headersOf(options), Authorization: `Bearer ${token}` };
    },
  });
}

/** The token files that a kubeconfig names, by user. */
function tokenFilesOf(kubeconfigPath: string): ReadonlyMap<string, string> {
  const users = fieldOf(parse(readFileSync(kubeconfigPath, "utf8"), { prettyErrors: false }), "users");
  const files = new Map<string, string>();
  for (const entry of Array.isArray(users) ? users : []) {
    const [name, file] = [fieldOf(entry, "name"), fieldOf(fieldOf(entry, "user"), "tokenFile")];
    if (typeof name === "string" && typeof file === "string") files.set(name, resolve(dirname(kubeconfigPath), file));
  }
  return files;
}

/** client-node refuses http:// unless told not to verify a certificate, of which there is none. */
function allowPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith("http://") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

function headersOf(options: Pick<RequestOptions, "headers">): Record<string, string> {
  const entries = Object.entries(options.headers ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}
