import { ANNOTATION, KINDS, LABEL } from "../../src/api/index.ts";
import type { Manifest } from "../../src/cli/manifests.ts";
import { namespaceOf } from "../../src/domain/objects/names.ts";
import { isoOf, stampOf } from "../../src/domain/time.ts";
import { regionSecret } from "./abroad.ts";
import type { Action, Drift } from "./actions.ts";
import type { ReleasePlan, Scenario, TenantPlan } from "./scenario.ts";
import type { ObjectMeta } from "../../src/kube/kind.ts";
import { seenAs, type TenantObject } from "../invariants/shapes.ts";
import { kindOf } from "./server/kinds.ts";
import { withMeta, type Fields, type Stored } from "./server/objects.ts";
import { ApiError, type ApiServer } from "./server/server.ts";
import { patched } from "./server/writes.ts";

export interface UserOptions {
  readonly server: ApiServer;
  readonly scenario: Scenario;
  readonly truth: () => number;
}

type Spec = Readonly<Record<string, unknown>>;

/** The people of a story: they write what they want, and do to the cluster what people do. */
export class User {
  readonly #options: UserOptions;
  /** Tenants as they were when they were lost. */
  readonly #lost = new Map<string, TenantObject>();

  constructor(options: UserOptions) {
    this.#options = options;
  }

  setUp(): void {
    const { scenario } = this.#options;
    for (const name of ["default", "kube-system", "slacktide"]) this.create("Namespace", { metadata: { name } });
    if (scenario.platform.regions !== undefined) this.create("Secret", regionSecret("slacktide"));
    for (const { name, spec } of scenario.windows) this.create("MaintenanceWindow", { metadata: { name }, spec });
    this.create("ReleaseChannel", { metadata: { name: "stable" }, spec: scenario.channel });
    if (scenario.durations !== undefined) this.#setStatus("ReleaseChannel", "stable", { durations: scenario.durations });
    if (scenario.bornLater !== true) for (const tenant of scenario.tenants) this.#createTenant(tenant);
  }

  /** What is no longer there is not changed, and nobody minds; what a told story asks for must be there. */
  perform(action: Action): void {
    if (action.kind === "apply") return this.#apply(action.object);
    if (action.kind === "remove") return this.#removeWhole(action.object, action.name);
    try {
      this.#perform(action);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  create(kind: string, object: { readonly metadata: Pick<ObjectMeta, "name" | "namespace" | "labels" | "annotations"> } & Fields): void {
    const { name, namespace } = object.metadata;
    const served = kindOf(kind);
    this.#options.server.writes.create({ kind: served, name, ...(namespace !== undefined && { namespace }), by: "user", manager: "kubectl" }, { apiVersion: served.apiVersion, kind, ...object });
  }

  /** The inventory that a tenant's agents show: one row for each version. */
  setAgents(tenant: string, versions: readonly string[]): void {
    const rows = versions.map((version, n) => ({ metadata: { name: `agent-${n}` }, spec: { version, services: ["Node"], hostname: `host-${n}`, last_seen: isoOf(this.#options.truth()) } }));
    const data = { "inventory.json": JSON.stringify(rows) };
    const ref = { kind: kindOf("ConfigMap"), namespace: `tenant-${tenant}`, name: "agents", by: "user", manager: "kubectl" };
    if (this.#options.server.store.get(ref.kind, `${ref.namespace}/agents`) === undefined) this.#options.server.writes.create(ref, { metadata: { name: "agents", namespace: ref.namespace }, data });
    else this.#options.server.writes.update(ref, (live) => ({ ...live, data }));
  }

  #perform(action: Action): void {
    if (action.kind === "publish") return this.#editSpec("ReleaseChannel", "stable", (spec) => ({ releases: [...releasesOf(spec), { version: action.version, security: action.security, releasedAt: isoOf(this.#options.truth()) }] }));
    if (action.kind === "withdraw") return this.#editSpec("ReleaseChannel", "stable", (spec) => ({ releases: releasesOf(spec).map((release) => (release.version === action.version ? { ...release, withdrawn: { reason: action.reason ?? "it loses sessions" } } : release)) }));
    if (action.kind === "maxParallel") return this.#editSpec("ReleaseChannel", "stable", ({ rollout }) => ({ rollout: { ...(rollout as object), maxParallel: action.value } }));
    if (action.kind === "editWindow") return this.#editSpec("MaintenanceWindow", action.window, () => ({ schedule: action.schedule, duration: action.duration }));
    if (action.kind === "resize") return this.#editSpec("Tenant", action.tenant, () => ({ proxy: { replicas: action.replicas } }));
    if (action.kind === "grow") return this.#editSpec("Tenant", action.tenant, () => ({ size: "Large" }));
    if (action.kind === "autoUpdate") return this.#editSpec("Tenant", action.tenant, ({ agents }) => ({ agents: { ...(agents as object), autoUpdate: action.on } }));
    if (action.kind === "suspend" || action.kind === "resume") return this.#editSpec("Tenant", action.tenant, () => ({ suspend: action.kind === "suspend" }));
    if (action.kind === "lapse") return this.#lapse(action);
    if (action.kind === "renew") return this.#editSpec("Tenant", action.tenant, () => ({ subscription: { retention: "720h" } }));
    if (action.kind === "regions") return this.#editSpec("Tenant", action.tenant, () => ({ proxyRegions: action.regions }));
    if (action.kind === "freeze") return this.#freeze(action);
    if (action.kind === "approve") return this.#approve(action);
    if (action.kind === "thaw") return this.#thaw(action.freeze);
    if (action.kind === "agents") return this.setAgents(action.tenant, action.versions);
    if (action.kind === "wipeStatus") return this.#wipe(action.object, action.name);
    if (action.kind === "drift") return this.#drift(action.tenant, action.how);
    if (action.kind === "delete") return this.#delete(action.tenant, action.confirmed);
    if (action.kind === "restore") return this.#restore(action.tenant);
    if (action.kind === "confirmRestore") return this.#confirmRestore(action.tenant);
    if (action.kind === "confirm") return this.#confirm(action.tenant);
    if (action.kind === "lose") return this.#lose(action.tenant);
    if (action.kind === "bringBack") return this.#bringBack(action);
    if (action.kind === "recreate") return this.#createTenant(this.#options.scenario.tenants.find(({ name }) => name === action.tenant));
  }

  #apply({ kind, metadata, spec }: Manifest): void {
    const { name, labels } = metadata;
    const { store, writes } = this.#options.server;
    const served = kindOf(kind);
    const live = store.get(served, name);
    const request = { kind: served, name, by: "user", manager: "kubectl" };
    if (live === undefined) this.create(kind, { metadata: { name, ...(labels && { labels }) }, spec: accepted(kind, spec) });
    else writes.update(request, (found) => withMeta({ ...found, spec: accepted(kind, patched(found["spec"], spec)) }, { labels: { ...found.metadata.labels, ...labels } }));
  }

  #removeWhole(kind: string, name: string): void {
    this.#options.server.writes.remove({ kind: kindOf(kind), name, by: "user", manager: "kubectl" }, {});
  }

  #createTenant(plan: TenantPlan | undefined): void {
    if (plan !== undefined) this.create("Tenant", { metadata: { name: plan.name, labels: plan.labels }, spec: plan.spec });
  }

  /** One whose deletion has begun, or that of its data, is not brought back by anybody. */
  #lose(name: string): void {
    const tenant = this.#tenant(name);
    if (tenant === undefined || tenant.metadata.deletionTimestamp !== undefined || tenant.status?.lapse?.purgeStartedAt !== undefined) return;
    this.#lost.set(name, tenant);
    this.#edit("Tenant", { name }, (live) => withMeta(live, { finalizers: [] }));
    this.#options.server.writes.remove({ kind: kindOf("Tenant"), name, by: "user", manager: "kubectl" }, {});
  }

  #bringBack({ tenant: name, withStatus }: Extract<Action, { kind: "bringBack" }>): void {
    const lost = this.#lost.get(name);
    if (lost === undefined) return;
    const namespace = this.#options.server.store.get(kindOf("Namespace"), `tenant-${name}`);
    const adopted = namespace?.metadata.labels?.[LABEL.tenantUid];
    const there = this.#tenant(name);
    if (there !== undefined) {
      // Somebody made it anew, and is told whose the namespace is.
      if (adopted !== undefined && adopted !== there.metadata.uid) this.#annotate(name, () => ({ [ANNOTATION.adopt]: adopted }));
      return;
    }
    const { labels } = lost.metadata;
    this.create("Tenant", { metadata: { name, ...(labels && { labels }), ...(adopted !== undefined && { annotations: { [ANNOTATION.adopt]: adopted } }) }, spec: lost.spec });
    if (withStatus && adopted !== undefined) this.#setStatus("Tenant", name, lost.status);
  }

  #freeze({ name, afterMs, forMs, spec }: Extract<Action, { kind: "freeze" }>): void {
    const from = this.#options.truth() + (afterMs ?? 0);
    this.create("Freeze", { metadata: { name }, spec: { ...spec, ...(afterMs !== undefined && { from: stampOf(from) }), until: stampOf(from + forMs) } });
  }

  #approve({ name, tenant, version, lifts, forMs }: Extract<Action, { kind: "approve" }>): void {
    const expiresAt = stampOf(this.#options.truth() + forMs);
    this.create("Approval", { metadata: { name }, spec: { tenants: [tenant], version, lifts, requestedBy: "bob", approver: "alice", reason: "CHG-1", expiresAt } });
  }

  #lapse({ tenant, agoMs, seenMs, isNoted, retention }: Extract<Action, { kind: "lapse" }>): void {
    const ago = (ms: number) => stampOf(this.#options.truth() - ms);
    const namespace = namespaceOf(tenant);
    const isThere = this.#options.server.store.get(kindOf("Namespace"), namespace) !== undefined;
    if (isNoted && isThere && seenMs !== undefined) this.#edit("Namespace", { name: namespace }, (live) => withMeta(live, { annotations: { ...live.metadata.annotations, [ANNOTATION.lapseObservedAt]: ago(seenMs) } }));
    // At once, or the operator would see the lapse for itself in between.
    this.#edit("Tenant", { name: tenant }, (live) => ({
      ...live,
      spec: { ...(live["spec"] as Spec), subscription: { lapsedAt: ago(agoMs), retention } }, // every tenant has one
      ...(seenMs !== undefined && { status: { ...(live["status"] as object | undefined), lapse: { observedAt: ago(seenMs) } } }),
    }));
  }

  #thaw(name: string): void {
    this.#options.server.writes.remove({ kind: kindOf("Freeze"), name, by: "user", manager: "kubectl" }, {});
  }

  #editSpec(kind: string, name: string, change: (spec: Spec) => Spec): void {
    this.#edit(kind, { name }, (live) => ({ ...live, spec: { ...(live["spec"] as Spec), ...change(live["spec"] as Spec) } })); // every kind here has one
  }

  #edit(kind: string, ref: { readonly name: string; readonly namespace?: string }, change: (live: Stored) => Stored): void {
    this.#options.server.writes.update({ kind: kindOf(kind), ...ref, by: "user", manager: "kubectl" }, change);
  }

  #wipe(kind: string, name: string): void {
    this.#setStatus(kind, name, undefined);
  }

  #setStatus(kind: string, name: string, status: object | undefined): void {
    this.#options.server.writes.update({ kind: kindOf(kind), name, subresource: "status", by: "user", manager: "kubectl" }, ({ status: _status, ...rest }) => ({ ...rest, ...(status && { status }) }));
  }

  #delete(tenant: string, isConfirmed: boolean): void {
    if (isConfirmed) this.#confirm(tenant);
    this.#options.server.writes.remove({ kind: kindOf("Tenant"), name: tenant, by: "user", manager: "kubectl" }, {});
  }

  #confirm(tenant: string): void {
    this.#annotate(tenant, (live) => ({ [ANNOTATION.confirmDelete]: live.metadata.uid ?? "" }));
  }

  #restore(tenant: string): void {
    const [point] = (this.#tenant(tenant)?.status?.restorePoints ?? []).filter(({ confirmed }) => confirmed);
    if (point !== undefined) this.#annotate(tenant, () => ({ [ANNOTATION.restoreTo]: point.name }));
  }

  #confirmRestore(tenant: string): void {
    const volume = (this.#tenant(tenant)?.metadata.annotations?.[ANNOTATION.restoreTo] ?? "").replace("restore-", "data-");
    const claim = this.#options.server.store.get(kindOf("PersistentVolumeClaim"), `tenant-${tenant}/${volume}`);
    if (claim !== undefined) this.#annotate(tenant, () => ({ [ANNOTATION.confirmRestore]: claim.metadata.uid ?? "" }));
  }

  #tenant(name: string) {
    return seenAs("Tenant", [this.#options.server.store.get(kindOf("Tenant"), name)])[0];
  }

  #annotate(tenant: string, notes: (live: Stored) => Readonly<Record<string, string>>): void {
    this.#edit("Tenant", { name: tenant }, (live) => withMeta(live, { annotations: { ...live.metadata.annotations, ...notes(live) } }));
  }

  #drift(tenant: string, how: Drift): void {
    const namespace = `tenant-${tenant}`;
    const auth = { namespace, name: "auth" };
    const proxy = { namespace, name: this.#firstProxy(namespace) };
    if (how === "image") return this.#setImage(auth, "17.2.0");
    if (how === "raise") return this.#setImage(auth, "18.9.0");
    if (how === "proxy-image") return this.#setImage(proxy, "17.2.9");
    if (how === "replicas") return this.#edit("Deployment", proxy, (live) => ({ ...live, spec: { ...(live["spec"] as Spec), replicas: 4 } }));
    if (how === "remove-auth") return this.#remove("Deployment", auth);
    if (how === "remove-proxy") return this.#remove("Deployment", proxy);
    if (how === "remove-service") return this.#remove("Service", auth);
    if (how === "remove-claim") return this.#removeClaim(tenant);
    if (how === "remove-pod") return this.#remove("Pod", { namespace, name: this.#firstPod(namespace) });
    if (how === "strip") return this.#edit("Deployment", auth, (live) => withMeta(live, { annotations: {} }));
    this.#edit("ConfigMap", { namespace, name: "auth-config" }, (live) => ({ ...live, data: { "teleport.yaml": "{}" } }));
  }

  /** Somebody tidies up in the operator's namespace. */
  #removeClaim(tenant: string): void {
    const claims = [...this.#options.server.store.values("ConfigMap")].filter(({ metadata: { labels, annotations } }) => labels?.[LABEL.ports] !== undefined && labels[LABEL.tenant] === tenant && annotations?.[ANNOTATION.releasedAt] === undefined);
    for (const { metadata } of claims) this.#remove("ConfigMap", { namespace: metadata.namespace ?? "", name: metadata.name });
  }

  #setImage(ref: { readonly namespace: string; readonly name: string }, version: string): void {
    this.#edit("Deployment", ref, (live) => {
      const spec = live["spec"] as { template: { spec: { containers: readonly Spec[] } } }; // apps/v1 DeploymentSpec
      const containers = spec.template.spec.containers.map((container) => ({ ...container, image: `registry.example/teleport:${version}` }));
      return { ...live, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } } };
    });
  }

  #remove(kind: string, ref: { readonly namespace: string; readonly name: string }): void {
    this.#options.server.writes.remove({ kind: kindOf(kind), ...ref, by: "user", manager: "kubectl" }, {}, { graceful: kind === "Pod" });
  }

  #firstProxy(namespace: string): string {
    const names = [...this.#options.server.store.values("Deployment")].filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name);
    return names.filter((name) => name.startsWith("proxy-")).sort()[0] ?? "proxy-us-west-2";
  }

  #firstPod(namespace: string): string {
    return [...this.#options.server.store.values("Pod")].filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name).sort()[0] ?? "none";
  }
}

/** A spec with its defaults, as the CRD's schema lets it in. */
export function accepted(kind: string, spec: unknown): unknown {
  const definition = KINDS.find((each) => each.kind === kind);
  if (definition === undefined) throw new Error(`${kind} is none of our kinds`);
  return definition.spec.parse(spec ?? {});
}

function releasesOf(spec: Spec): readonly (Fields & Pick<ReleasePlan, "version">)[] {
  return spec["releases"] as readonly (Fields & Pick<ReleasePlan, "version">)[]; // the CRD's schema
}
