import { expect, it } from "vitest";
import { ANNOTATION } from "../../src/api/index.ts";
import { ownerLabels } from "../../src/domain/objects/names.ts";
import { Store } from "../../src/kube/store.ts";
import type { LiveObject } from "../../src/reconcile/ports.ts";
import { agentsIdOf } from "../../src/reconcile/tenant/agents-id.ts";
import { indexesOf, Watched } from "../../src/watched.ts";

const ACME = { name: "acme", uid: "new" };
const FORMER = { [ANNOTATION.formerUids]: "first,second" };
const namespace = (uid: string, { name = "tenant-acme", annotations = FORMER }: { readonly name?: string; readonly annotations?: Record<string, string> } = {}): LiveObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, uid: `uid of ${name}`, resourceVersion: "1", labels: ownerLabels({ name: "acme", uid }), annotations } });

function watching(...namespaces: readonly LiveObject[]): Watched {
  const watched = new Watched();
  const tenants = new Store<LiveObject>({ indexes: indexesOf("Tenant") });
  tenants.put({ apiVersion: "slacktide.dev/v1alpha1", kind: "Tenant", metadata: { ...ACME, resourceVersion: "1" } });
  const store = new Store<LiveObject>({ indexes: indexesOf("Namespace") });
  for (const each of namespaces) store.put(each);
  watched.add("Tenant", tenants);
  watched.add("Namespace", store);
  return watched;
}

it.each([
  ["its own id", "new", [namespace("new")], true],
  ["the first id of those whose objects it has taken over", "first", [namespace("new")], true],
  ["no id of those in between", "second", [namespace("new")], false],
  ["no id of a namespace that is another's by now", "first", [namespace("another")], false],
  ["no id that a namespace of another name gives it", "first", [namespace("new", { name: "tenant-globex" })], false],
  ["it though a copy of the namespace has another name", "first", [namespace("new", { name: "tenant-acme-copy" }), namespace("new")], true],
  ["no id where nothing was taken over", "", [namespace("new", { annotations: {} })], false],
])("agents ask for a tenant by %s", (_what, uid, namespaces, isFound) => {
  expect(watching(...namespaces).tenantOfAgents(agentsIdOf(uid))?.metadata.uid).toBe(isFound ? ACME.uid : undefined);
});
