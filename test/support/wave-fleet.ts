import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { apply, channel, release, tenant, window, type Manifest } from "./fleet.ts";

/** How many tenants are in each wave. */
const SIZES = { canary: 10, early: 20, everyone: 30 } as const;
type WaveName = keyof typeof SIZES;
const WAVES = ["canary", "early", "everyone"] as const satisfies readonly WaveName[];

const twoDigits = (n: number) => String(n).padStart(2, "0");
export const membersOf = (wave: WaveName): readonly string[] => Array.from({ length: SIZES[wave] }, (_, n) => `${wave}-${twoDigits(n + 1)}`);
export const waveOf = (name: string): WaveName => WAVES.find((wave) => name.startsWith(wave)) ?? "everyone";
export const ALL: readonly string[] = WAVES.flatMap(membersOf);

/** The canary that fails; its window opens when the other canaries have long been done. */
export const FAILING = "canary-10";
export const MAX_PARALLEL = 12;

/**
 * Nine canaries of ten are enough for the second wave, so that nothing but the halt keeps it back. A night's upgrades have soaked
 * by the afternoon: each wave takes a night.
 */
const ROLLOUT: Manifest = {
  maxParallel: MAX_PARALLEL,
  maxFailures: 0,
  expectedDuration: { patch: "10m" },
  waves: [
    { name: "canary", tenantSelector: { matchLabels: { wave: "canary" } }, required: "80%", soak: "12h" },
    { name: "early", tenantSelector: { matchLabels: { wave: "early" } }, soak: "12h" },
    { name: "everyone" },
  ],
};

/** Sixty tenants in three waves, on the channel's first release. */
export async function applyFleet(cluster: Cluster): Promise<void> {
  await publish(cluster, "17.2.1");
  const windows = [window("nightly", "0 2 * * *", "2h"), window("late", "0 4 * * *", "2h")];
  await apply(cluster, ...windows, ...ALL.map(member));
}

export async function publish(cluster: Cluster, ...versions: readonly string[]): Promise<void> {
  const releases = versions.map((version) => release(version, { releasedAt: "2025-09-01T14:00:00Z" }));
  await apply(cluster, channel(releases, { patch: { cut: "0 0 * * *", minAge: "0s", minInterval: "0s" }, rollout: ROLLOUT }));
}

function member(name: string): Manifest {
  const windows = [name === FAILING ? "late" : "nightly"];
  const manifest = tenant(name, { windows, agents: { inventory: { type: "ConfigMap", name: "inventory" } } });
  return { ...manifest, metadata: { name, labels: { wave: waveOf(name) } } };
}

/** Nobody has agents, which is said where it is quick to read; the namespaces must be there. */
export async function applyInventories(cluster: Cluster): Promise<void> {
  const inventory = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "inventory", namespace: `tenant-${name}` }, data: { "inventory.json": "[]" } });
  await apply(cluster, ...ALL.map(inventory));
}

const POLICY = { apiVersion: "admissionregistration.k8s.io/v1", name: "images-of-one-tenant" } as const;
const REFUSAL = "this image may not run here";
const IN_FORCE_WITHIN_MS = 30_000;

/** From here on Auth of one tenant finds no pod of this version: somebody's policy on images refuses it, old ones and preflights apart. */
export async function refuseAuth(cluster: Cluster, name: string, version: string): Promise<void> {
  const expression = `object.metadata.?labels['app.kubernetes.io/component'].orValue('') != 'auth' || object.spec.containers.all(each, !each.image.contains(':${version}'))`;
  const matchConstraints = {
    namespaceSelector: { matchLabels: { "slacktide.dev/tenant": name } },
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
  };
  const { apiVersion } = POLICY;
  const metadata = { name: POLICY.name };
  await apply(
    cluster,
    { apiVersion, kind: "ValidatingAdmissionPolicy", metadata, spec: { failurePolicy: "Fail", matchConstraints, validations: [{ expression, message: REFUSAL }] } },
    { apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata, spec: { policyName: POLICY.name, validationActions: ["Deny"] } },
  );
  await untilProbed(cluster, { name, version }, (answer) => answer.includes(REFUSAL));
}

/** The cause is mended. */
export async function allowAuth(cluster: Cluster, name: string, version: string): Promise<void> {
  await cluster.kubectl(["delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", POLICY.name]);
  await untilProbed(cluster, { name, version }, (answer) => answer === "");
}

/** Policies come into force, and go, some time after they are written. */
async function untilProbed(cluster: Cluster, probe: { readonly name: string; readonly version: string }, isExpected: (refusal: string) => boolean): Promise<void> {
  let refusal = "";
  for (const end = Date.now() + IN_FORCE_WITHIN_MS; Date.now() < end; await sleep(100)) {
    const input = stringify(authPod(probe.version));
    refusal = await cluster.kubectl(["create", "-n", `tenant-${probe.name}`, "--dry-run=server", "-f", "-"], { input }).then(() => "", String);
    if (isExpected(refusal)) return;
  }
  throw new Error(`waited ${IN_FORCE_WITHIN_MS / 1000} s for the policy on images: ${refusal || "the pod was let through"}`);
}

/** One that pod security and the quota let through. */
function authPod(version: string): Manifest {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const container = { name: "auth", image: `registry.example/teleport:${version}`, securityContext, resources: { requests: { cpu: "1m", memory: "1Mi" } } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "probe", labels: { "app.kubernetes.io/component": "auth" } },
    spec: { automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } }, containers: [container] },
  };
}
