import { API_VERSION, tenant } from "../../../src/api/index.ts";
import { KubeClient } from "../../../src/kube/client.ts";
import { KINDS, pathOf, type KubeObject } from "../../../src/kube/kind.ts";
import { LEADERSHIP_KIND } from "../../../src/kube/leadership.ts";
import type { HttpCall, Transport } from "../../../src/kube/transport.ts";
import { watchEvents } from "../../../src/kube/watch-stream.ts";
import { OWN_KINDS } from "../../../src/operator.ts";
import { Trace, type Entry } from "./trace.ts";

type Any = KubeObject & Readonly<Record<string, unknown>>;

const NAMESPACE = "conformance";
const OTHER_UID = "00000000-0000-0000-0000-00000000dead";
const TENANT = OWN_KINDS.find(({ kind }) => kind === "Tenant") ?? KINDS.ConfigMap;

const configMap = (name: string, more: Readonly<Record<string, unknown>> = {}, meta: Readonly<Record<string, unknown>> = {}): Any =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: NAMESPACE, ...meta }, ...more });

const tenantObject = (more: Readonly<Record<string, unknown>> = {}, meta: Readonly<Record<string, unknown>> = {}): Any =>
  ({ apiVersion: API_VERSION, kind: "Tenant", metadata: { name: "acme", ...meta }, ...more });

/** Everything that the simulation relies on, asked of a server: what it answered, step by step. */
export async function conformanceTrace(transport: Transport): Promise<readonly Entry[]> {
  const context = { trace: new Trace(), transport, client: new KubeClient({ transport, kinds: [...OWN_KINDS, LEADERSHIP_KIND] }) };
  await context.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  for (const part of [creating, applying, sharing, preconditions, patching, deleting, finalizing, statuses, listing, watching, records]) await part(context);
  return context.trace.entries;
}

interface Context {
  readonly trace: Trace;
  readonly transport: Transport;
  readonly client: KubeClient;
}

const at = (name: string) => ({ namespace: NAMESPACE, name });

async function creating({ trace, client, transport }: Context): Promise<void> {
  await trace.step("create", () => client.create(configMap("one", { data: { a: "1" } }, { labels: { app: "x" } })));
  await trace.step("create again", () => client.create(configMap("one")));
  await trace.step("create in a namespace that is not there", () => client.create(configMap("two", {}, { namespace: "nowhere" })));
  const dry: HttpCall = { method: "POST", path: pathOf(KINDS.ConfigMap, { namespace: NAMESPACE }), query: { dryRun: "All" }, body: configMap("dry"), what: "dry run" };
  await trace.step("create as a dry run", async () => void (await transport.request(dry)));
  await trace.step("which left nothing", () => client.get(KINDS.ConfigMap, at("dry")));
}

async function applying({ trace, client }: Context): Promise<void> {
  const full = configMap("applied", { data: { a: "1", b: "2" } }, { labels: { app: "x", tier: "y" }, annotations: { note: "z" } });
  await trace.step("apply makes it", () => client.apply(full));
  await trace.step("apply the same", () => client.apply(full));
  await trace.step("apply without some fields", () => client.apply(configMap("applied", { data: { a: "1" } }, { labels: { app: "x" } })));
  await trace.step("somebody adds a field", () => client.mergePatch(KINDS.ConfigMap, at("applied"), { data: { c: "3" } }));
  await trace.step("apply leaves it alone", () => client.apply(configMap("applied", { data: { a: "2" } }, { labels: { app: "x" } })));
  await trace.step("apply nothing but the name", () => client.apply(configMap("applied")));
  await trace.step("apply over what was created otherwise", () => client.apply(configMap("one", { data: { b: "2" } })));
}

async function sharing({ trace, client, transport }: Context): Promise<void> {
  const applyAs = (manager: string, object: Any) => () => {
    const path = pathOf(KINDS.ConfigMap, at(object.metadata.name));
    return transport.request<Any>({ method: "PATCH", path, query: { fieldManager: manager, force: "true" }, body: object, contentType: "application/apply-patch+yaml", what: "apply" });
  };
  await trace.step("a first manager", applyAs("first", configMap("shared", { data: { a: "1", b: "1" } })));
  await trace.step("a second one says the same of a field", applyAs("second", configMap("shared", { data: { a: "1" } })));
  await trace.step("the first says it no more", applyAs("first", configMap("shared", { data: { b: "1" } })));
  await trace.step("nor does the second", applyAs("second", configMap("shared", {})));
  await trace.step("the second takes a field by force", applyAs("second", configMap("shared", { data: { b: "2" } })));
  await trace.step("the first says it no more either, and it stays", applyAs("first", configMap("shared", {})));
  await trace.step("somebody writes it", () => client.mergePatch(KINDS.ConfigMap, at("shared"), { data: { b: "3" } }));
  await trace.step("the second gives it up", applyAs("second", configMap("shared", {})));
}

async function preconditions({ trace, client }: Context): Promise<void> {
  const made = await trace.step("make one to guard", () => client.apply(configMap("guarded", { data: { a: "1" } })));
  const { uid = "", resourceVersion = "" } = made?.metadata ?? {};
  const change = (meta: Readonly<Record<string, unknown>>, value = "2") => () => client.apply(configMap("guarded", { data: { a: value } }, meta));
  await trace.step("apply with another uid", change({ uid: OTHER_UID }));
  await trace.step("apply with another version", change({ resourceVersion: "1" }));
  await trace.step("apply with the right ones", change({ uid, resourceVersion }));
  await trace.step("apply with the version that was", change({ resourceVersion }, "3"));
  await trace.step("apply with a uid where nothing is", () => client.apply(configMap("missing", {}, { uid: OTHER_UID })));
}

async function patching({ trace, client }: Context): Promise<void> {
  const made = await trace.step("make one to patch", () => client.create(configMap("patched", { data: { a: "1", b: "2" } })));
  const patch = (body: object) => () => client.mergePatch<Any>(KINDS.ConfigMap, at("patched"), body);
  await trace.step("patch a field away", patch({ data: { b: null } }));
  await trace.step("patch nothing", patch({ data: { a: "1" } }));
  await trace.step("patch with the version that was", patch({ metadata: { resourceVersion: made?.metadata.resourceVersion }, data: { a: "2" } }));
  await trace.step("patch what is not there", () => client.mergePatch(KINDS.ConfigMap, at("missing"), { data: {} }));
}

async function deleting({ trace, client, transport }: Context): Promise<void> {
  const made = await trace.step("make one to delete", () => client.create(configMap("deleted")));
  await trace.step("delete with another uid", () => client.remove(KINDS.ConfigMap, at("deleted"), { uid: OTHER_UID }));
  await trace.step("delete with another version", () => client.remove(KINDS.ConfigMap, at("deleted"), { resourceVersion: "1" }));
  await trace.step("delete", () => client.remove(KINDS.ConfigMap, at("deleted"), { uid: made?.metadata.uid }));
  await trace.step("delete what is gone", async () => void (await transport.request({ method: "DELETE", path: pathOf(KINDS.ConfigMap, at("deleted")), what: "delete" })));
  await trace.step("make it anew", () => client.create(configMap("deleted")));
  await trace.step("apply with the uid of the first", () => client.apply(configMap("deleted", {}, { uid: made?.metadata.uid ?? "" })));
}

async function finalizing({ trace, client }: Context): Promise<void> {
  await trace.step("make one with a finalizer", () => client.create(configMap("finalized", {}, { finalizers: ["slacktide.dev/test"] })));
  await trace.step("delete it", () => client.remove(KINDS.ConfigMap, at("finalized")));
  const left = await trace.step("it stays", () => client.get<Any>(KINDS.ConfigMap, at("finalized")));
  await trace.step("delete it again", () => client.remove(KINDS.ConfigMap, at("finalized")));
  await trace.step("it is as it was", () => client.get<Any>(KINDS.ConfigMap, at("finalized")));
  await trace.step("it can still be applied to", () => client.apply(configMap("finalized", { data: { a: "1" } })));
  await trace.step("with the version that was its finalizer stays", () => client.mergePatch(KINDS.ConfigMap, at("finalized"), { metadata: { resourceVersion: left?.metadata.resourceVersion, finalizers: [] } }));
  await trace.step("the finalizer goes", async () => void (await client.mergePatch(KINDS.ConfigMap, at("finalized"), { metadata: { finalizers: [] } })));
  await trace.step("and it with it", () => client.get<Any>(KINDS.ConfigMap, at("finalized")));
}

async function statuses({ trace, client }: Context): Promise<void> {
  const spec = tenant.spec.parse({ domain: "acme.teleport.example", region: "us-west-2" });
  const upgrade = { id: "a", class: "Patch", from: "17.2.1", to: "17.2.3", step: "Preflight", claimedAt: "2026-11-24T02:00:00Z", predictedEndAt: "2026-11-24T02:20:00Z", opening: { window: "w", opensAt: "2026-11-24T02:00:00Z", closesAt: "2026-11-24T06:00:00Z" } };
  const conditions = [{ type: "Ready", status: "True", reason: "A", message: "a", lastTransitionTime: "2026-11-24T02:00:00Z" }];
  const say = (status: object, meta: Readonly<Record<string, unknown>> = {}) => () => client.applyStatus(tenantObject({ status }, meta));
  await trace.step("status of nobody", say({ version: "17.2.1" }));
  const made = await trace.step("make a tenant, its status is not taken", () => client.create(tenantObject({ spec, status: { version: "1.0.0" } })));
  await trace.step("say a status", say({ version: "17.2.1", phase: "Active", upgrade, conditions }));
  await trace.step("say it again", say({ version: "17.2.1", phase: "Active", upgrade, conditions }));
  await trace.step("say less", say({ version: "17.2.1", phase: "Active", conditions }));
  await trace.step("say other conditions", say({ version: "17.2.1", conditions: [{ ...conditions[0], type: "Stalled" }] }));
  await trace.step("say a status of an old version", say({ version: "17.2.3" }, { resourceVersion: made?.metadata.resourceVersion ?? "" }));
  await trace.step("say a status of somebody else", say({ version: "17.2.3" }, { uid: OTHER_UID }));
  await trace.step("a label is no new generation", () => client.mergePatch(TENANT, { name: "acme" }, { metadata: { labels: { tier: "gold" } } }));
  await trace.step("a change of spec is", () => client.mergePatch(TENANT, { name: "acme" }, { spec: { proxy: { replicas: 3 } } }));
  await trace.step("a status beside the spec is not taken", () => client.mergePatch(TENANT, { name: "acme" }, { status: { version: "1.0.0" } }));
  await trace.step("a spec beside the status is not taken", () => client.mergePatch(TENANT, { name: "acme" }, { spec: { proxy: { replicas: 9 } }, status: { phase: "Upgrading" } }, { subresource: "status" }));
  await trace.step("somebody wipes the status", () => client.mergePatch(TENANT, { name: "acme" }, { status: null }, { subresource: "status" }));
}

interface Page {
  readonly metadata: { readonly continue?: string; readonly resourceVersion: string };
  readonly items: readonly Any[];
}

async function listing({ trace, client, transport }: Context): Promise<void> {
  for (const name of ["c", "a", "b"]) await client.create(configMap(`listed-${name}`, {}, { labels: { list: "yes", which: name } }));
  const path = pathOf(KINDS.ConfigMap, { namespace: NAMESPACE });
  const page = (query: Readonly<Record<string, string | undefined>>) => transport.request<Page>({ method: "GET", path, query: { labelSelector: "list=yes", ...query }, what: "list" });
  const names = ({ items }: Page) => items.map(({ metadata }) => metadata.name);
  const first = await page({ limit: "2" });
  trace.note("a first page", names(first));
  await client.create(configMap("listed-d", {}, { labels: { list: "yes" } }));
  const second = await page({ limit: "2", continue: first.metadata.continue });
  trace.note("the rest, as of the same moment", [names(second), second.metadata.continue ?? "the end", second.metadata.resourceVersion === first.metadata.resourceVersion]);
  trace.note("by a label that is there", names(await page({ labelSelector: "which" })));
  trace.note("by a name", names(await page({ fieldSelector: "metadata.name=listed-b" })));
  await trace.step("with a token of nobody's", () => page({ continue: "bm9uc2Vuc2U" }).catch((error: unknown) => Promise.reject(error)));
}

async function watching({ trace, client, transport }: Context): Promise<void> {
  const path = pathOf(KINDS.ConfigMap, { namespace: NAMESPACE });
  const resourceVersion = await versionOf(client);
  const watched = (query: Readonly<Record<string, string>>) => new Watched({ method: "GET", path, query: { watch: "true", ...query }, what: "watch" }, transport);
  const all = watched({ resourceVersion });
  const some = watched({ resourceVersion, labelSelector: "seen=yes" });
  await client.create(configMap("watched", {}, { labels: { seen: "yes" } }));
  await client.mergePatch(KINDS.ConfigMap, at("watched"), { data: { a: "1" } });
  await client.mergePatch(KINDS.ConfigMap, at("watched"), { metadata: { labels: { seen: null } } });
  await client.mergePatch(KINDS.ConfigMap, at("watched"), { metadata: { labels: { seen: "yes" } } });
  await client.remove(KINDS.ConfigMap, at("watched"));
  trace.note("a watch of all", await all.events(5));
  trace.note("a watch of those with a label", await some.events(5));
  const late = watched({ resourceVersion, labelSelector: "seen=yes" });
  trace.note("one that begins later sees the same", await late.events(5));
  const initial = watched({ sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: "true", labelSelector: "list=yes" });
  trace.note("one that begins with what is there", await initial.events(5));
}

async function records({ trace, client }: Context): Promise<void> {
  const { apiVersion, kind } = LEADERSHIP_KIND;
  const spec = { namespace: "slacktide", lease: "slacktide", holder: "a", epoch: 1 };
  const made = await trace.step("record a leader", () => client.create<Any>({ apiVersion, kind, metadata: { name: "slacktide" }, spec }));
  const change = (more: object) => () => client.mergePatch<Any>(LEADERSHIP_KIND, { name: "slacktide" }, { spec: { ...spec, ...more } });
  await trace.step("another leader needs a higher epoch", change({ holder: "b" }));
  await trace.step("with one it is recorded", change({ holder: "b", epoch: 2 }));
  await trace.step("not over the record that was", () => client.mergePatch(LEADERSHIP_KIND, { name: "slacktide" }, { metadata: { resourceVersion: made?.metadata.resourceVersion }, spec: { ...spec, holder: "c", epoch: 3 } }));
}

/** The first events of a watch, in words. */
class Watched {
  readonly #call: HttpCall;
  readonly #transport: Transport;
  readonly #abort = new AbortController();
  readonly #events: Promise<AsyncIterator<{ type: string; object: KubeObject }>>;

  constructor(call: HttpCall, transport: Transport) {
    this.#call = { ...call, signal: this.#abort.signal };
    this.#transport = transport;
    this.#events = this.#open();
  }

  async events(count: number): Promise<readonly string[]> {
    const events = await this.#events;
    const seen: string[] = [];
    while (seen.length < count) {
      const next = await events.next();
      if (next.done === true) break;
      const { type, object } = next.value;
      const isEnd = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
      if (type === "BOOKMARK" && !isEnd) continue;
      seen.push(`${type} ${isEnd ? "of the beginning" : object.metadata.name}`);
    }
    this.#abort.abort();
    return seen;
  }

  async #open(): Promise<AsyncIterator<{ type: string; object: KubeObject }>> {
    const bytes = await this.#transport.stream(this.#call);
    return watchEvents<KubeObject>(bytes, "watch");
  }
}

/** The version as of which a whole list was read. */
async function versionOf(client: KubeClient): Promise<string> {
  const pages = await Array.fromAsync(client.pages(KINDS.ConfigMap, { namespace: NAMESPACE }));
  return pages.at(-1)?.resourceVersion ?? "";
}
