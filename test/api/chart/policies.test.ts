import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { liftable } from "../../../src/api/index.ts";
import { type Cluster, startCluster } from "../../../tools/cluster/cluster.ts";
import { AS_OPERATOR, CHART, installChart, operatorKubeconfig, RELEASE } from "../../support/chart.ts";
import { namespace, NAMESPACED, ofTenant, probe } from "./probes.ts";

// Every request is made by hand; that the operator itself gets through with all it does is shown in installed.test.ts.
let cluster: Cluster;
let kubeconfig: string;

const ALONE = "Slacktide may write in the namespace of a tenant alone";
const IN_FORCE = { timeout: 30_000, interval: 100 };

const OPERATOR = () => ({ kubeconfig });
/** Somebody whom no right is missing, so that nothing but a policy stands in the way. */
const as = (user: string, ...args: readonly string[]) => cluster.kubectl([...args, `--as=${user}`, "--as-group=system:masters"]);
const asOperator = (...args: readonly string[]) => cluster.kubectl([...args, ...AS_OPERATOR, "--as-group=system:masters"]);
const controller = (name: string) => `system:serviceaccount:kube-system:${name}`;

const answerOf = (action: Promise<string>) => action.then(() => "done", String);
const applied = (object: object, kubectl: { kubeconfig?: string } = {}, ...flags: readonly string[]) =>
  answerOf(cluster.kubectl(["apply", "--server-side", "--force-conflicts", "--field-manager=by-hand", ...flags, "-f", "-"], { ...kubectl, input: stringify(object) }));

beforeAll(async () => {
  cluster = await startCluster({ profile: "controllers", log: () => undefined });
  await installChart(cluster);
  kubeconfig = await operatorKubeconfig(cluster);
  await applied(namespace("plain"));
  await applied(namespace("tenant-unlabelled"));
  await applied(namespace("labelled", ofTenant("acme")));
  await applied(namespace("tenant-other", ofTenant("acme")));
});

afterAll(() => cluster.stop());

// Everything below rests on this: new policies come into force one by one.
test("the policies come into force", async () => {
  await expect.poll(() => applied(probe("configmap", "plain"), OPERATOR(), "--dry-run=server"), IN_FORCE).toContain(ALONE);
  await expect.poll(() => answerOf(cluster.kubectl(["delete", "namespace", "labelled", "--dry-run=server"])), IN_FORCE).toContain("delete the Tenant instead");
});

describe("the operator", () => {
  test("makes the namespace of a tenant and what is in it", async () => {
    expect(await applied(namespace("tenant-acme", ofTenant("acme")), OPERATOR())).toBe("done");
    expect(await applied(namespace("tenant-acme", { ...ofTenant("acme"), note: "changed" }), OPERATOR())).toBe("done");
    for (const kind of NAMESPACED) {
      expect(await applied(probe(kind, "tenant-acme"), OPERATOR())).toBe("done");
      expect(await applied(probe(kind, "tenant-acme", { annotations: { note: "changed" } }), OPERATOR())).toBe("done");
    }
    expect(await answerOf(cluster.kubectl(["delete", "deployment/probe", "service/probe", "-n", "tenant-acme"], OPERATOR()))).toBe("done");
  });

  test("removes of a tenant's volumes restore points alone", async () => {
    const remove = (name: string) => answerOf(cluster.kubectl(["delete", "pvc", name, "-n", "tenant-acme"], OPERATOR()));
    const volume = (name: string, component: string) => applied(probe("persistentvolumeclaim", "tenant-acme", { name, labels: { ...ofTenant("acme"), "app.kubernetes.io/component": component } }), OPERATOR());
    for (const [name, component] of [["restore-1", "restore-point"], ["auth-data", "restore-point"], ["restore-2", "auth"]] as const) expect(await volume(name, component)).toBe("done");
    expect(await remove("restore-1")).toBe("done");
    for (const name of ["auth-data", "restore-2", "probe"]) expect(await remove(name)).toContain("and no other volume");
  });

  test.each(["plain", "kube-system", RELEASE.namespace, "tenant-unlabelled", "labelled", "tenant-other"])("makes nothing in namespace %s", async (where) => {
    for (const kind of NAMESPACED) expect(await applied(probe(kind, where), OPERATOR())).toContain(ALONE);
  });

  test.each(NAMESPACED)("changes and deletes no %s outside a tenant's namespace", async (kind) => {
    expect(await applied(probe(kind, "plain"))).toBe("done");
    expect(await applied(probe(kind, "plain", { annotations: { note: "changed" } }), OPERATOR())).toContain(ALONE);
    expect(await answerOf(asOperator("delete", kind, "probe", "-n", "plain"))).toContain(ALONE);
    expect(await answerOf(asOperator("delete", kind, "--all", "-n", "plain"))).toContain(ALONE);
  });

  test("empties no namespace but a tenant's with a single request", async () => {
    const url = (where: string) => `/api/v1/namespaces/${where}/configmaps?labelSelector=slacktide.dev%2Ftenant`;
    expect(await answerOf(asOperator("delete", "--raw", url("plain")))).toContain(ALONE);
    expect(await answerOf(asOperator("delete", "--raw", url("tenant-acme")))).toBe("done");
  });

  test.each([
    { what: "makes no namespace of another name", about: namespace("scratch", ofTenant("acme")) },
    { what: "makes no namespace without the label", about: namespace("tenant-new") },
    { what: "makes no namespace of two tenants", about: namespace("tenant-new", ofTenant("acme")) },
    { what: "makes no tenant's of another's namespace", about: namespace("kube-system", ofTenant("kube-system")) },
    { what: "takes over no namespace that merely has the name", about: namespace("tenant-unlabelled", ofTenant("unlabelled")) },
    { what: "gives up no tenant's namespace", about: namespace("tenant-acme", { "slacktide.dev/tenant": "other" }) },
  ])("$what", async ({ about }) => {
    expect(await applied(about, OPERATOR())).toContain(ALONE);
  });

  test.each(["plain", "kube-system", "default", RELEASE.namespace, "tenant-unlabelled", "labelled"])("does not delete namespace %s", async (name) => {
    expect(await answerOf(cluster.kubectl(["delete", "namespace", name, "--dry-run=server"], OPERATOR()))).toMatch(/Slacktide may write in the namespace of a tenant alone|may not be deleted/);
  });
});

describe("the roles that the operator gives", () => {
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
  const account = (namespaceName: string, name = "auth") => ({ kind: "ServiceAccount", name, namespace: namespaceName });
  const binding = ({ name = "tenant-acme-token-review", tenant = "acme", role = "slacktide-token-review", subjects = [account("tenant-acme")] as readonly object[] } = {}) => ({
    ...rbac,
    kind: "ClusterRoleBinding",
    metadata: { name, labels: ofTenant(tenant) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects,
  });

  test("are one: a tenant's Auth may review tokens", async () => {
    expect(await applied(binding(), OPERATOR())).toBe("done");
    const may = (verb: string, what: string, name = "auth") => answerOf(cluster.kubectl(["auth", "can-i", verb, what, `--as=system:serviceaccount:tenant-acme:${name}`]));
    expect([await may("create", "tokenreviews.authentication.k8s.io"), await may("create", "subjectaccessreviews.authorization.k8s.io"), await may("create", "tokenreviews.authentication.k8s.io", "proxy")]).toEqual(["done", expect.stringContaining("no"), expect.stringContaining("no")]);
  });

  test.each([
    { what: "another role", about: binding({ role: "view" }), why: /attempting to grant RBAC permissions|may bind the ClusterRole slacktide-token-review alone/ },
    { what: "the highest role", about: binding({ role: "cluster-admin" }), why: /attempting to grant RBAC permissions|may bind the ClusterRole slacktide-token-review alone/ },
    { what: "another account", about: binding({ subjects: [account("tenant-acme", "proxy")] }), why: "to the ServiceAccount auth of the tenant's own namespace alone" },
    { what: "another tenant's account", about: binding({ subjects: [account("tenant-other")] }), why: "to the ServiceAccount auth of the tenant's own namespace alone" },
    { what: "one account more", about: binding({ subjects: [account("tenant-acme"), account("tenant-other")] }), why: "to the ServiceAccount auth of the tenant's own namespace alone" },
    { what: "a group", about: binding({ subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:serviceaccounts" }] }), why: "to the ServiceAccount auth of the tenant's own namespace alone" },
    { what: "a binding of another name", about: binding({ name: "mine" }), why: "may bind a role for a tenant alone" },
    { what: "a tenant's name on another's binding", about: binding({ tenant: "other" }), why: "may bind a role for a tenant alone" },
  ])("are never $what", async ({ about, why }) => {
    expect(await applied(about, OPERATOR())).toMatch(why);
  });

  test("are given and taken by no other binding", async () => {
    const theirs = { ...binding({ name: "theirs" }), metadata: { name: "theirs" } };
    expect(await applied(theirs)).toBe("done");
    expect(await applied({ ...theirs, metadata: { name: "theirs", annotations: { note: "changed" } } }, OPERATOR())).toContain("may bind a role for a tenant alone");
    for (const name of ["theirs", "cluster-admin", "system:node"]) expect(await answerOf(cluster.kubectl(["delete", "clusterrolebinding", name], OPERATOR()))).toContain("may bind a role for a tenant alone");
    expect(await answerOf(cluster.kubectl(["delete", "clusterrolebinding", "tenant-acme-token-review"], OPERATOR()))).toBe("done");
  });
});

describe("the operator's exec", () => {
  const INVENTORY = ["tctl", "inventory", "ls", "--format=json"];
  const exec = (where: string, query: string, command: readonly string[], who = OPERATOR()) =>
    answerOf(cluster.kubectl(["create", "--raw", `/api/v1/namespaces/${where}/pods/auth/exec?stdout=true&${query}&${command.map((word) => `command=${encodeURIComponent(word)}`).join("&")}`, "-f", "/dev/null"], who));
  const inAuth = (...command: readonly string[]) => exec("tenant-acme", "container=auth", command);

  test("sets and shows the hour of agents from one file, and nothing else", async () => {
    expect(await inAuth("tctl", "create", "--force", "/etc/teleport/agents.yaml")).toContain('pods "auth" not found');
    expect(await inAuth("tctl", "get", "cluster_maintenance_config", "--format=json")).toContain('pods "auth" not found');
    expect(await inAuth("tctl", "create", "--force", "/tmp/other.yaml")).toContain("may run nothing");
    expect(await inAuth("tctl", "create", "--force")).toContain("may run nothing");
    expect(await inAuth("tctl", "get", "users", "--format=json")).toContain("may run nothing");
    expect(await exec("tenant-acme", "container=auth&stdin=true", ["tctl", "create", "--force", "/etc/teleport/agents.yaml"])).toContain("may run nothing");
  });

  test("runs what reads the inventory, and hardly anything else", async () => {
    // Admission comes before the search for the pod: what is allowed does not find one.
    expect(await inAuth(...INVENTORY)).toContain('pods "auth" not found');
    expect(await inAuth("tctl", "users", "add", "me")).toContain("may run nothing in a pod but: tctl inventory ls --format=json");
    expect(await inAuth("sh")).toContain("may run nothing");
    expect(await inAuth(...INVENTORY, "--older-than=16")).toContain("may run nothing");
    expect(await exec("tenant-acme", "container=auth&stdin=true", INVENTORY)).toContain("may run nothing");
    expect(await exec("tenant-acme", "container=proxy", INVENTORY)).toContain("in the container auth alone");
  });

  test.each(["kube-system", "plain", "tenant-unlabelled", "labelled", "tenant-other"])("runs nothing in namespace %s", async (where) => {
    expect(await exec(where, "container=auth", INVENTORY)).toContain("may run tctl in the namespace of a tenant alone");
  });

  test("alone is bounded", async () => {
    expect(await exec("tenant-acme", "container=auth", ["sh"], { kubeconfig: cluster.kubeconfig })).toContain('pods "auth" not found');
  });
});

describe("an administrator", () => {
  const labelled = (what: readonly string[], label: string) => answerOf(cluster.kubectl(["label", "--overwrite", ...what, label]));
  const NAMESPACE = ["namespace", "tenant-acme"];
  const VOLUME = ["persistentvolumeclaim", "probe", "-n", "tenant-acme"];
  const OWN_LABELS = ["slacktide.dev/tenant-", "slacktide.dev/tenant=other", "slacktide.dev/tenant-uid-", "slacktide.dev/tenant-uid=other"];

  test("does as they please where no tenant is", async () => {
    expect(await applied(namespace("scratch"))).toBe("done");
    expect(await applied(probe("persistentvolumeclaim", "scratch", { labels: {} }))).toBe("done");
    expect(await answerOf(cluster.kubectl(["delete", "pvc", "probe", "-n", "scratch"]))).toBe("done");
    expect(await labelled(["namespace", "scratch"], "slacktide.dev/tenant=scratch")).toBe("done");
    expect(await labelled(["namespace", "scratch"], "slacktide.dev/tenant-uid=uid")).toBe("done");
  });

  test("does not delete a tenant's namespace", async () => {
    expect(await answerOf(cluster.kubectl(["delete", ...NAMESPACE]))).toContain("this namespace holds a tenant's data; delete the Tenant instead");
    expect(await cluster.kubectl(["get", ...NAMESPACE, "-o", "jsonpath={.status.phase}"])).toBe("Active");
  });

  test.each(OWN_LABELS)("does not make a tenant's namespace %s", async (label) => {
    expect(await labelled(NAMESPACE, label)).toContain("tell whose namespace this is; Slacktide alone changes them");
  });

  test("does not do so by way of its status", async () => {
    const patch = JSON.stringify({ metadata: { labels: { "slacktide.dev/tenant": null } } });
    expect(await answerOf(cluster.kubectl(["patch", ...NAMESPACE, "--subresource=status", "--type=merge", "-p", patch]))).toContain("tell whose namespace this is");
    expect(await answerOf(cluster.kubectl(["patch", ...VOLUME, "--subresource=status", "--type=merge", "-p", patch]))).toContain("tell whose data this is");
  });

  const annotated = (...notes: readonly string[]) => answerOf(cluster.kubectl(["annotate", "--overwrite", ...NAMESPACE, ...notes]));
  test.each(["lapse-observed-at=2026-01-01T00:00:00Z", "volume=other", "former-volumes=auth-data", "former-uids=other", "ports=192.0.2.1:30000"])("does not note %s on a tenant's namespace", async (note) => {
    expect(await annotated(`slacktide.dev/${note}`)).toContain("Slacktide alone changes them");
  });

  test("does not remove what Slacktide has noted there, and knows better which version runs", async () => {
    expect(await applied({ ...namespace("tenant-acme", ofTenant("acme")), metadata: { name: "tenant-acme", labels: ofTenant("acme"), annotations: { "slacktide.dev/volume": "auth-data-1", "slacktide.dev/ports": "192.0.2.1:30000" } } }, OPERATOR())).toBe("done");
    expect(await annotated("slacktide.dev/volume-")).toContain("Slacktide alone changes them");
    expect(await annotated("slacktide.dev/ports-"), "one of two tenants with the same ports is given others").toBe("done");
    expect(await annotated("slacktide.dev/version=17.2.3", "team=blue")).toBe("done");
  });

  test("labels a tenant's namespace and volume with anything else", async () => {
    expect(await labelled(NAMESPACE, "team=blue")).toBe("done");
    expect(await labelled(VOLUME, "team=blue")).toBe("done");
  });

  test("deletes no volume of a tenant, be it one by one or all at once", async () => {
    const says = "this holds a tenant's data; delete the Tenant instead, and its data goes with it";
    expect(await answerOf(cluster.kubectl(["delete", ...VOLUME]))).toContain(says);
    expect(await answerOf(cluster.kubectl(["delete", "--raw", "/api/v1/namespaces/tenant-acme/persistentvolumeclaims"]))).toContain(says);
    expect(await answerOf(as(controller("generic-garbage-collector"), "delete", ...VOLUME))).toContain(says);
    expect(await cluster.kubectl(["get", ...VOLUME, "-o", "jsonpath={.metadata.deletionTimestamp}"])).toBe("");
  });

  test.each(OWN_LABELS)("does not make a tenant's volume %s", async (label) => {
    expect(await labelled(VOLUME, label)).toContain("tell whose data this is; Slacktide alone changes them");
  });
});

describe("a tenant's Secret", () => {
  const SECRET = ["secret", "ca", "-n", "tenant-acme"];
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "ca", namespace: "tenant-acme", labels: ofTenant("acme") } };
  const deletionBy = (user: string) => answerOf(as(user, "delete", ...SECRET, "--dry-run=server"));

  test("is nobody's to delete, or to make another's", async () => {
    expect(await applied(secret)).toBe("done");
    for (const user of ["admin", controller("generic-garbage-collector"), "system:kube-controller-manager"]) expect(await deletionBy(user)).toContain("delete the Tenant instead");
    expect(await answerOf(cluster.kubectl(["label", "--overwrite", ...SECRET, "slacktide.dev/tenant-"]))).toContain("tell whose Secret this is");
    expect(await deletionBy(controller("namespace-controller"))).toBe("done");
  });

  test("with a key of metrics goes when somebody confirms that: it may be known to others", async () => {
    const KEY = ["secret", "metrics-own", "-n", "tenant-acme"];
    expect(await applied({ ...secret, metadata: { ...secret.metadata, name: "metrics-own" }, immutable: true })).toBe("done");
    const uid = await cluster.kubectl(["get", ...KEY, "-o", "jsonpath={.metadata.uid}"]);
    const command = `kubectl annotate secret metrics-own -n tenant-acme slacktide.dev/confirm-delete=${uid}`;
    expect(await answerOf(cluster.kubectl(["delete", ...KEY]))).toContain(command);
    await cluster.kubectl(command.split(" ").slice(1));
    expect(await answerOf(cluster.kubectl(["delete", ...KEY]))).toBe("done");
    await cluster.kubectl(["annotate", ...SECRET, `slacktide.dev/confirm-delete=${await cluster.kubectl(["get", ...SECRET, "-o", "jsonpath={.metadata.uid}"])}`]);
    expect(await deletionBy("admin")).toContain("delete the Tenant instead");
  });

  test("may be renewed, and one that is not ours is anybody's", async () => {
    expect(await applied({ ...secret, stringData: { "tls.crt": "renewed" } })).toBe("done");
    expect(await applied({ ...secret, metadata: { name: "theirs", namespace: "tenant-acme" } })).toBe("done");
    expect(await answerOf(cluster.kubectl(["delete", "secret", "theirs", "-n", "tenant-acme"]))).toBe("done");
  });
});

describe("our definitions", () => {
  const NAME = "freezes.slacktide.dev";
  const uidOf = () => cluster.kubectl(["get", "crd", NAME, "-o", "jsonpath={.metadata.uid}"]);
  const deletion = () => answerOf(cluster.kubectl(["delete", "crd", NAME, "--dry-run=server"]));

  test("are deleted by nobody who has not confirmed it, and the message says how", async () => {
    const command = `kubectl annotate crd ${NAME} slacktide.dev/confirm-delete=${await uidOf()}`;
    await expect.poll(deletion, IN_FORCE).toContain(command);
    await cluster.kubectl(["annotate", "crd", NAME, "slacktide.dev/confirm-delete=yes"]);
    expect(await deletion()).toContain(command);
    await cluster.kubectl(["annotate", "--overwrite", "crd", NAME, `slacktide.dev/confirm-delete=${await uidOf()}`]);
    expect(await deletion()).toBe("done");
    await cluster.kubectl(["annotate", "crd", NAME, "slacktide.dev/confirm-delete-"]);
  });

  test("may go with the release if they need not stay", async () => {
    expect(await cluster.helm(["template", "it", CHART, "--set=crds.keep=false"])).not.toContain("protect-definitions");
  });
});

describe("the teardown", () => {
  test("of a tenant's namespace by the operator takes its volume along", async () => {
    await cluster.kubectl(["delete", "namespace", "tenant-acme", "--timeout=60s"], OPERATOR());
    expect(await cluster.kubectl(["get", "pvc", "-n", "tenant-acme", "-o", "name"])).toBe("");
  });

  test("ends where one user runs all controllers", async () => {
    expect(await applied(namespace("tenant-late", ofTenant("late")), OPERATOR())).toBe("done");
    // The finalizers hold both until they have been seen being deleted.
    expect(await applied(probe("persistentvolumeclaim", "tenant-late", { labels: ofTenant("late"), finalizers: ["example.com/hold"] }), OPERATOR())).toBe("done");
    const deletion = () => answerOf(as("system:kube-controller-manager", "delete", "pvc", "probe", "-n", "tenant-late", "--dry-run=server"));
    expect(await deletion()).toContain("this holds a tenant's data");
    await cluster.kubectl(["delete", "namespace", "tenant-late", "--wait=false"], OPERATOR());
    await expect.poll(deletion, { timeout: 30_000 }).toBe("done");
    await cluster.kubectl(["patch", "pvc", "probe", "-n", "tenant-late", "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
    await cluster.kubectl(["wait", "--for=delete", "namespace/tenant-late", "--timeout=60s"]);
  });
});

describe("the policies", () => {
  test("are understood by the API server without a warning", async () => {
    const warnings = () => cluster.kubectl(["get", "validatingadmissionpolicies", "-l", `app.kubernetes.io/instance=${RELEASE.name}`, "-o", "jsonpath={range .items[*]}{.metadata.name} {.status.typeChecking}{\"\\n\"}{end}"]);
    const names = ["approvals", "bindings", "confirm-delete", "exec", "freezes", "leader", "leader-bindings", "leader-events", "leader-record", "protect-definitions", "protect-namespaces", "protect-secrets", "protect-volumes", "restore-points", "writes"];
    await expect.poll(warnings, { timeout: 30_000 }).toBe(names.map((name) => `${RELEASE.name}-${name} {}\n`).join(""));
  });

  test("that protect tenants can be switched off, those that bound the operator cannot", async () => {
    const off = ["confirmDelete", "protectNamespaces", "protectVolumes", "protectSecrets", "protectDefinitions"].map((name) => `--set=policies.${name}=false`);
    const rendered = await cluster.helm(["template", "it", CHART, ...off]);
    const policies = [...rendered.matchAll(/kind: ValidatingAdmissionPolicy\nmetadata:\n {2}name: (.*)/g)].map(([, name]) => name);
    expect(policies).toEqual(["it-leader", "it-leader-bindings", "it-leader-events", "it-leader-record", "it-exec", "it-writes", "it-restore-points", "it-bindings", "it-freezes", "it-approvals"]);
  });

  test("and all else in the chart pass helm's own check", async () => {
    expect(await cluster.helm(["lint", "--strict", CHART])).toContain("0 chart(s) failed");
  });
});

describe("a freeze that begins at once", () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, "");
  const freeze = (days: number) => ({ apiVersion: "slacktide.dev/v1alpha1", kind: "Freeze", metadata: { name: "calm" }, spec: { until: inDays(days), owner: "sre", reason: "holidays" } });

  test("ends within 90 days, and is not prolonged beyond them", async () => {
    expect(await applied(freeze(91))).toContain("at most 90 days ahead");
    expect(await applied(freeze(89))).toBe("done");
    expect(await applied(freeze(91))).toContain("at most 90 days ahead");
    expect(await answerOf(cluster.kubectl(["delete", "freeze", "calm"]))).toBe("done");
  });
});

describe("an approval", () => {
  const HOUR = 3_600_000;
  const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString().replace(/\.\d+/, "");
  const approval = (spec: object, name = "chg-1") => ({
    apiVersion: "slacktide.dev/v1alpha1",
    kind: "Approval",
    metadata: { name },
    spec: { tenants: ["acme"], version: "18.1.2", lifts: ["OutsideWindow"], requestedBy: "bob", approver: "alice", reason: "CHG-1", expiresAt: inHours(24), ...spec },
  });
  const createdBy = (user: string, spec: object = {}, name?: string) => answerOf(cluster.kubectl(["create", "-f", "-", `--as=${user}`], { input: stringify(approval(spec, name)) }));

  beforeAll(async () => {
    const rules = [
      { apiGroups: ["slacktide.dev"], resources: ["approvals"], verbs: ["create"] },
      { apiGroups: ["slacktide.dev"], resources: ["holds"], resourceNames: ["OutsideWindow", "Frozen"], verbs: ["lift"] },
    ];
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
    await applied({ ...rbac, kind: "ClusterRole", metadata: { name: "lifter" }, rules });
    const subjects = ["alice", "bob", "system:serviceaccount:default:robot"].map((name) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name }));
    await applied({ ...rbac, kind: "ClusterRoleBinding", metadata: { name: "lifters" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "lifter" }, subjects });
  });

  test("is the word of who creates it", async () => {
    await expect.poll(() => createdBy("alice", { approver: "carol" }, "probe"), IN_FORCE).toContain("spec.approver must be you: alice");
  });

  test.each<[why: string, user: string, spec: object, says: string]>([
    ["by whoever asked for it", "bob", { approver: "bob" }, "spec.requestedBy must be somebody else"],
    ["by an identity of the system", "system:serviceaccount:default:robot", { approver: "system:serviceaccount:default:robot" }, "a person approves"],
    ["of a hold that its approver may not lift", "alice", { lifts: ["OutsideWindow", "TenantHalted"] }, "you may not lift TenantHalted"],
    ["of every hold at once, by whoever may lift two", "alice", { lifts: [...liftable] }, "you may not lift InventoryEmpty"],
    ["for more than 30 days", "alice", { expiresAt: inHours(721) }, "at most 30 days ahead"],
    ["in the past", "alice", { expiresAt: inHours(-1) }, "is in the past"],
  ])("%s is refused", async (_why, user, spec, says) => {
    expect(await createdBy(user, spec)).toContain(says);
  });

  test("of who may is taken, and never changed", async () => {
    expect(await createdBy("alice")).toBe("done");
    expect(await applied(approval({ lifts: ["OutsideWindow", "Frozen"] }))).toContain("an Approval is immutable");
  });
});
