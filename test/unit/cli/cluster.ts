import { stringify } from "yaml";
import { json, startServer, type ScriptedServer } from "../kube/scripted-server.ts";
import { fileWith } from "./files.ts";

/** As much of an object as the API server of these tests looks at. */
export interface Stored {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const KINDS: Readonly<Record<string, string>> = { tenants: "Tenant", maintenancewindows: "MaintenanceWindow", releasechannels: "ReleaseChannel", freezes: "Freeze", approvals: "Approval" };

/** What of the API server is not as usual. */
export interface ClusterRules {
  /** It takes what is written and keeps nothing of it. */
  readonly takesWrites?: boolean;
  /** Nobody may list. */
  readonly forbidsLists?: boolean;
}

/** An API server that has these objects. */
export function clusterOf(objects: readonly Stored[], { takesWrites = false, forbidsLists = false }: ClusterRules = {}): Promise<ScriptedServer> {
  return startServer(({ method, url, body }, response) => {
    const [, plural = "", name] = /^\/apis\/slacktide\.dev\/v1alpha1\/(\w+)(?:\/([\w.-]+))?$/.exec(url.pathname) ?? [];
    const found = objects.filter(({ kind }) => kind === KINDS[plural]);
    if (method !== "GET" && takesWrites) return json(response, JSON.parse(body));
    if (method !== "GET") return json(response, { kind: "Status", code: 405 }, 405);
    if (name === undefined && forbidsLists) return json(response, { kind: "Status", code: 403, reason: "Forbidden" }, 403);
    if (name === undefined) return json(response, { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: found });
    const one = found.find(({ metadata }) => metadata.name === name);
    return one === undefined ? json(response, { kind: "Status", code: 404, reason: "NotFound" }, 404) : json(response, one);
  });
}

/** The kubeconfig of that API server. */
export function kubeconfigOf({ port }: ScriptedServer): string {
  const named = (value: object) => [{ name: "test", ...value }];
  return fileWith(
    stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: named({ cluster: { server: `http://127.0.0.1:${port}` } }),
      users: named({ user: { token: "none" } }),
      contexts: named({ context: { cluster: "test", user: "test" } }),
    }),
    "kubeconfig.yaml",
  );
}
