/** What a request asks for. */
export interface VersionPath {
  /** Stands for the tenant. */
  readonly id: string;
  readonly asks: "version" | "critical";
}

/** Longer ones are no channel of ours. */
const LONGEST = 256;

/** A channel's name may hold slashes (facts §2); whatever it is called, a tenant has one version. */
const PATH = /^\/v1\/([0-9a-f]{40})\/(?:[A-Za-z0-9][A-Za-z0-9._-]*\/){1,8}(version|critical)$/;

/** Reads `/v1/<id>/<channel>/version` and `…/critical`; undefined for anything else, a query included. */
export function parseVersionPath(url: string): VersionPath | undefined {
  if (url.length > LONGEST) return undefined;
  const [, id, asks] = PATH.exec(url) ?? [];
  return id === undefined || (asks !== "version" && asks !== "critical") ? undefined : { id, asks };
}
