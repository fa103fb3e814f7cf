/** A version server over caches of many tenants, two Deployments and three pods each; prints where it is and what it answers. */
import { parseArgs } from "node:util";
import { createMetrics } from "../src/adapters/metrics.ts";
import { VERSION_SERVER_METRICS, VersionServer } from "../src/adapters/version-server.ts";
import { AgentAnswers } from "../src/agent-answers.ts";
import { API_VERSION, LABEL } from "../src/api/index.ts";
import { namespaceOf, ownerLabels, podSelector } from "../src/domain/objects/names.ts";
import { keptOf } from "../src/kept.ts";
import { Store } from "../src/kube/store.ts";
import { agentsIdOf } from "../src/reconcile/tenant/agents-id.ts";
import { OWNED_KINDS, type KindName, type LiveObject } from "../src/reconcile/ports.ts";
import { realClock, realMono } from "../src/runtime/clock.ts";
import { indexesOf, Watched } from "../src/watched.ts";

const { values } = parseArgs({ options: { tenants: { type: "string", default: "10000" } } });
const tenants = Number(values.tenants);
const IMAGE = "registry.example/teleport:17.2.1";
const CHANGED_EVERY_MS = 100;

let version = 1;
const stores = new Map<KindName, Store<LiveObject>>((["Tenant", ...OWNED_KINDS] as const).map((kind) => [kind, new Store<LiveObject>({ ...keptOf(kind), indexes: indexesOf(kind) })]));
const watched = new Watched();
for (const [kind, store] of stores) watched.add(kind, store);
for (let n = 0; n < tenants; n += 1) putTenant(n);

const answers = new AgentAnswers({ caches: watched.caches(), tenant: (id) => watched.tenantOfAgents(id), staleReason: () => undefined, clock: realClock(realMono) });
const server = new VersionServer({ port: 0, host: "127.0.0.1", metrics: createMetrics(VERSION_SERVER_METRICS), ask: (id) => answers.ask(id) });
await server.start();
let turn = 0;
const changing = setInterval(() => putTenant((turn += 1) % tenants), CHANGED_EVERY_MS);
process.once("SIGTERM", () => {
  clearInterval(changing);
  void server.stop();
});
console.log(JSON.stringify({ port: server.port, ids: Array.from({ length: tenants }, (_, n) => agentsIdOf(uidOf(n))), expected: "v17.2.1" }));

function uidOf(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
}

function put(kind: KindName, metadata: LiveObject["metadata"], rest: object): void {
  version += 1;
  stores.get(kind)?.put({ apiVersion: API_VERSION, kind, metadata: { ...metadata, resourceVersion: String(version) }, ...rest });
}

function putTenant(n: number): void {
  const owner = { name: `t${n}`, uid: uidOf(n) };
  watched.changed(owner.name);
  const labels = ownerLabels(owner);
  const namespace = namespaceOf(owner.name);
  const spec = { domain: `t${n}.teleport.example`, region: "us-west-2", agents: { autoUpdate: true } };
  put("Tenant", { ...owner, generation: 1 }, { spec, status: { version: "17.2.1", agentUpdates: { answer: "Version", version: "17.2.1", critical: false, reason: "Told" } } });
  for (const [component, replicas] of [["auth", 1], ["proxy-us-west-2", 2]] as const) {
    const template = { metadata: { labels: podSelector(owner.name, component) }, spec: { containers: [{ image: IMAGE }] } };
    put("Deployment", { name: component, namespace, uid: `${owner.uid}-${component}`, labels: { ...labels, [LABEL.component]: component } }, { spec: { replicas, template }, status: { replicas } });
    for (let pod = 0; pod < replicas; pod += 1) {
      put("Pod", { name: `${component}-${pod}`, namespace, uid: `${owner.uid}-${component}-${pod}`, labels: { ...labels, [LABEL.component]: component } }, { spec: { containers: [{ image: IMAGE }] }, status: { phase: "Running" } });
    }
  }
}
