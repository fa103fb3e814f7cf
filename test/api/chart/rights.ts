import { readFileSync } from "node:fs";
import { z } from "zod";

/** One thing that somebody may do, or did: `apps/deployments patch`, `/pods/exec get`. */
export type Right = string;

const Role = z.object({
  rules: z.array(z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()), resourceNames: z.array(z.string()).optional() })),
});

/** Everything that a Role or ClusterRole grants, one by one. */
export function rightsOf(role: unknown): readonly Right[] {
  return Role.parse(role).rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
  );
}

/** Every right that the requests in a file of `record-requests.ts` needed. */
export function rightsUsed(file: string): ReadonlySet<Right> {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return new Set(lines.flatMap(rightsOfRequest));
}

const PATH = /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/[^/]+(?=\/[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/;

function rightsOfRequest(line: string): readonly Right[] {
  const [method = "", url = "", status = ""] = line.split(" ");
  const { pathname, searchParams } = new URL(url, "https://server.invalid");
  if (pathname === "/version" || pathname === "/readyz") return []; // no resource; everybody may ask it
  const found = PATH.exec(pathname)?.groups;
  if (found === undefined) throw new Error(`read a recorded request: ${line}: its path names no resource`);
  const { group = "", plural = "", name, subresource } = found;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const own = verbsOf({ method, name, resource, status, watches: searchParams.has("watch") }).map((verb) => `${group}/${resource} ${verb}`);
  // Who gives a role must have what it grants, or may bind it.
  return resource === "clusterrolebindings" && method === "PATCH" ? [...own, `${group}/clusterroles bind`] : own;
}

interface Request {
  readonly method: string;
  readonly name: string | undefined;
  readonly resource: string;
  readonly status: string;
  readonly watches: boolean;
}

function verbsOf({ method, name, resource, status, watches }: Request): readonly string[] {
  if (resource === "pods/exec") return ["get", "create"]; // one WebSocket, for which both are asked
  if (method === "GET" && watches) return ["watch"];
  if (method === "GET") return [name === undefined ? "list" : "get"];
  if (method === "PATCH") return status === "201" ? ["patch", "create"] : ["patch"]; // 201: an apply that created
  return [method === "DELETE" ? "delete" : "create"];
}
