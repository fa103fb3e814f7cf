import { API_VERSION } from "./api/index.ts";
import type { KubeClient } from "./kube/client.ts";
import { isAlreadyExists, isNotFound, isRefusal, KubeError } from "./kube/errors.ts";
import { KINDS, type Kind, type KubeObject } from "./kube/kind.ts";
import type { Api, KindName, LiveObject, MemberCluster, Refusal } from "./reconcile/ports.ts";

/** What reconciling may ask of the API server, with preconditions wherever an object was seen before. */
export function apiPort(client: KubeClient): Api {
  const kindOf = (name: KindName): Kind => (isBuiltIn(name) ? KINDS[name] : client.kinds.byName(API_VERSION, name));
  return {
    read: (kind, ref) => client.get<KubeObject>(kindOf(kind), refOf(kindOf(kind), ref)),
    apply: (desired, live) => unlessRefused(client.applyIfChanged<KubeObject>(withPreconditions(desired, live), live), isOfOthers(desired) ? isUnserved : isRefusal),
    create: async (desired) => {
      try {
        await client.create<KubeObject>(desired);
        return "created";
      } catch (error) {
        if (isAlreadyExists(error)) return "taken";
        if (isRefusal(error)) return error;
        throw error;
      }
    },
    applyStatus: async (object) => void (await client.applyStatus(object)),
    eraseStatus: async ({ kind, metadata: { name, resourceVersion } }) => {
      await client.mergePatch(client.kinds.byName(API_VERSION, kind), { name }, { metadata: { resourceVersion }, status: null }, { subresource: "status" });
    },
    annotate: async ({ kind, metadata }, annotations) => {
      const patch = { metadata: { resourceVersion: metadata.resourceVersion, annotations } };
      await client.mergePatch(client.kinds.byName(API_VERSION, kind), { name: metadata.name }, patch);
    },
    record: async ({ apiVersion, kind, metadata: { name, resourceVersion }, spec }) => {
      if (resourceVersion === undefined) await client.create<LiveObject>({ apiVersion, kind, metadata: { name }, spec });
      else await client.mergePatch(client.kinds.byName(apiVersion, kind), { name }, { metadata: { resourceVersion }, spec });
    },
    setFinalizers: async ({ kind, metadata }, finalizers) => {
      const patch = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
      await client.mergePatch(client.kinds.byName(API_VERSION, kind), { name: metadata.name }, patch);
    },
    remove: (kind, ref, uid) => client.remove(kindOf(kind), refOf(kindOf(kind), ref), { uid }),
  };
}

/** The port of one reconcile: what it has asked ends by itself, and nothing more is asked once `signal` aborts. */
export function until(signal: AbortSignal, api: Api): Api {
  const port = (): Api => {
    signal.throwIfAborted();
    return api;
  };
  return {
    read: async (kind, ref) => port().read(kind, ref),
    apply: async (desired, live) => port().apply(desired, live),
    create: async (desired) => port().create(desired),
    applyStatus: async (object) => port().applyStatus(object),
    eraseStatus: async (object) => port().eraseStatus(object),
    annotate: async (object, annotations) => port().annotate(object, annotations),
    record: async (object) => port().record(object),
    setFinalizers: async (object, finalizers) => port().setFinalizers(object, finalizers),
    remove: async (kind, ref, uid) => port().remove(kind, ref, uid),
  };
}

/** Another cluster as one reconcile may use it, likewise. */
export function memberUntil(signal: AbortSignal, member: MemberCluster): MemberCluster {
  return {
    regions: member.regions,
    get caches() {
      return member.caches;
    },
    get api() {
      return until(signal, member.api);
    },
    outOfReach: () => member.outOfReach(),
  };
}

const OF_OTHERS: ReadonlySet<string> = new Set(["Issuer", "Certificate", "Table", "Bucket", "Role"]);

/** Served by whoever installed its kind, which may be gone or broken: nothing else of a tenant waits for it. */
function isOfOthers({ kind }: Pick<KubeObject, "kind">): boolean {
  return OF_OTHERS.has(kind);
}

/** A refusal, or that nobody serves the kind, or that whoever has to judge the object does not answer. */
function isUnserved(error: unknown): error is KubeError {
  return isRefusal(error) || isNotFound(error) || (error instanceof KubeError && (error.status ?? 0) >= 500);
}

function isBuiltIn(name: KindName): name is KindName & keyof typeof KINDS {
  return name in KINDS;
}

async function unlessRefused(write: Promise<unknown>, isRefused: (error: unknown) => error is KubeError): Promise<Refusal | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (isRefused(error)) return error;
    throw error;
  }
}

/**
 * The uid is a precondition: an object that was deleted and made anew in the meantime answers 409. So does a Deployment
 * that has changed at all, for its version was decided from what it was (invariant I7).
 */
function withPreconditions(desired: KubeObject, live: LiveObject | undefined): KubeObject {
  const { uid, resourceVersion } = live?.metadata ?? {};
  const isSame = resourceVersion !== undefined && desired.kind === "Deployment" && { resourceVersion };
  return { ...desired, metadata: { ...desired.metadata, ...(uid !== undefined && { uid }), ...isSame } };
}

function refOf(kind: Kind, { name, namespace }: { name: string; namespace?: string | undefined }) {
  return kind.namespaced ? { name, namespace } : { name };
}
