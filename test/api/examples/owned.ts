import { stringify } from "yaml";
import { z } from "zod";
import type { Cluster } from "../../../tools/cluster/cluster.ts";
import { agentsIdOf } from "../../../src/reconcile/tenant/agents-id.ts";
import { OWNED_KINDS } from "../../../src/reconcile/ports.ts";
import { KINDS } from "../../../src/kube/kind.ts";

const Fields = z.record(z.string(), z.unknown());
const Listed = z.object({
  items: z.array(z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), labels: Fields.optional(), annotations: Fields.optional() }),
  })),
});
type Owned = z.infer<typeof Listed>["items"][number];

/** Made by controllers from what Slacktide made. */
const DERIVED = new Set(["Pod"]);
/** On every object alike. */
const LABELS_OF_ALL = ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "slacktide.dev/tenant", "slacktide.dev/tenant-uid", "kubernetes.io/metadata.name"];
/** What Slacktide notes for itself: a hash, and once more the pod template. */
const NOTES_LEFT_OUT = ["slacktide.dev/applied", "slacktide.dev/pod-template"];
/** Chosen by the cluster, not by us. */
const SET_BY_THE_CLUSTER = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "sessionAffinity", "finalizers", "volumeName"];

/** Everything that carries the tenant's label, kind by kind, those of other controllers that are named among them, as its golden file has it: `Deployment auth` and its YAML. */
export async function ownedBy(cluster: Cluster, tenant: string, ofOthers: readonly string[] = []): Promise<ReadonlyMap<string, string>> {
  const kinds = [...OWNED_KINDS.filter((kind) => !DERIVED.has(kind)).map((kind) => KINDS[kind].plural), ...ofOthers];
  const text = await cluster.kubectl(["get", kinds.join(","), "--all-namespaces", "-l", `slacktide.dev/tenant=${tenant}`, "-o", "json"]);
  return new Map(Listed.parse(JSON.parse(text)).items.map((object) => [`${object.kind} ${object.metadata.name}`, readable(object)]));
}

/** As YAML, without the tenant's uid, its end in names and what its agents ask with, which are others at every run. */
function readable(object: Owned): string {
  const uid = object.metadata.labels?.["slacktide.dev/tenant-uid"];
  const text = stringify(asRead(object), { lineWidth: 0 });
  return typeof uid === "string" ? text.replaceAll(uid, "<uid>").replaceAll(agentsIdOf(uid), "<agents' id>").replaceAll(uid.slice(-12), "<uid's end>") : text;
}

/** What a person would read of it. */
function asRead({ apiVersion, kind, metadata, status: _status, ...rest }: Owned): object {
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const own = { labels: without(labels, LABELS_OF_ALL), annotations: without(ofSlacktide(annotations), NOTES_LEFT_OUT) };
  const noted = Object.fromEntries(Object.entries(own).filter(([, map]) => Object.keys(map).length > 0));
  const { spec, ...others } = rest;
  const wish = without(Fields.catch({}).parse(spec), SET_BY_THE_CLUSTER);
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...noted }, ...others, ...(Object.keys(wish).length > 0 && { spec: wish }) };
}

/** What Slacktide notes, and what it asks of others by notes. */
const ASKED = ["slacktide.dev/", "services.k8s.aws/", "eks.amazonaws.com/"];

/** Controllers note things too. */
function ofSlacktide(annotations: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => ASKED.some((prefix) => name.startsWith(prefix))));
}

function without(map: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !names.includes(name)));
}
