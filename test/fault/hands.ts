import { setTimeout as sleep } from "node:timers/promises";
import { isRefusal, KubeError } from "../../src/kube/errors.ts";
import { KINDS, pathOf, type Kind, type KubeObject, type Ref } from "../../src/kube/kind.ts";
import { KindTable } from "../../src/kube/kind-table.ts";
import type { HttpCall, HttpTransport } from "../../src/kube/transport.ts";
import { OWN_KINDS, PURGE_LEDGER_KIND } from "../../src/operator.ts";
import type { Manifest } from "../support/fleet.ts";

const TRIES = 240;
const AGAIN_AFTER_MS = 250;

/** What a person does to the cluster; patient with a server that is being restarted. */
export class Hands {
  readonly #transport: HttpTransport;
  readonly #kinds = new KindTable([...OWN_KINDS, PURGE_LEDGER_KIND]);
  readonly #onWritten: (object: KubeObject) => void;

  /** `onWritten` is shown what each write answered. */
  constructor(transport: HttpTransport, onWritten: (object: KubeObject) => void = () => undefined) {
    this.#transport = transport;
    this.#onWritten = onWritten;
  }

  /** The same hands, whose writes somebody else is shown. */
  shownTo(onWritten: (object: KubeObject) => void): Hands {
    return new Hands(this.#transport, onWritten);
  }

  /** `kubectl apply --server-side --force-conflicts`. */
  async apply(...objects: readonly Manifest[]): Promise<void> {
    for (const object of objects) {
      const { apiVersion, kind, metadata } = object as unknown as KubeObject; // a manifest has them
      const query = { fieldManager: "person", force: "true" };
      await this.#do({ method: "PATCH", path: pathOf(this.#kinds.byName(apiVersion, kind), refOf(metadata)), query, body: object, contentType: "application/apply-patch+yaml", what: `apply ${kind}` });
    }
  }

  async patch(kind: Kind, ref: Ref, patch: object, subresource?: string): Promise<void> {
    await this.#do({ method: "PATCH", path: pathOf(kind, ref, subresource), query: { fieldManager: "person" }, body: patch, contentType: "application/merge-patch+json", what: `patch ${kind.kind} "${ref.name}"` });
  }

  /** That it is not there is fine. */
  async remove(kind: Kind, ref: Ref): Promise<void> {
    await this.#do({ method: "DELETE", path: pathOf(kind, ref), body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" }, what: `delete ${kind.kind} "${ref.name}"` }, [404, 409]);
  }

  async get<T extends KubeObject>(kind: Kind, ref: Ref): Promise<T | undefined> {
    return this.#do<T>({ method: "GET", path: pathOf(kind, ref), what: `read ${kind.kind} "${ref.name}"` }, [404]);
  }

  async list<T extends KubeObject>(kind: Kind, labelSelector: string): Promise<readonly T[]> {
    const found = await this.#do<{ items?: T[] }>({ method: "GET", path: pathOf(kind), query: { labelSelector }, what: `list ${kind.kind}` });
    return (found?.items ?? []).map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
  }

  /** Confirms the deletion of a Tenant as its policy asks, and deletes it. */
  async deleteTenant(name: string): Promise<void> {
    const tenant = this.#kinds.byName("slacktide.dev/v1alpha1", "Tenant");
    const uid = (await this.get(tenant, { name }))?.metadata.uid;
    if (uid === undefined) return;
    await this.patch(tenant, { name }, { metadata: { annotations: { "slacktide.dev/confirm-delete": uid } } });
    await this.remove(tenant, { name });
  }

  async #do<T>(call: HttpCall, fine: readonly number[] = []): Promise<T | undefined> {
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = await this.#transport.request<T>(call);
        if (call.method === "PATCH" || call.method === "DELETE") this.#show(answer);
        return answer;
      } catch (error) {
        if (!(error instanceof KubeError)) throw error;
        if (error.status !== undefined && fine.includes(error.status)) return undefined;
        const isPassing = error.status === undefined || error.status >= 500 || error.status === 403 || (error.status === 422 && !isRefusal(error));
        if (!isPassing || tries >= TRIES) throw error;
        await sleep(AGAIN_AFTER_MS);
      }
    }
  }

  /** A deletion that was done at once answers with a Status. */
  #show(answer: unknown): void {
    const object = answer as KubeObject; // of the API server, to a write
    if (object.kind !== "Status") this.#onWritten(object);
  }
}

export const OWN = {
  Tenant: OWN_KINDS.find(({ kind }) => kind === "Tenant") ?? KINDS.Namespace,
  MaintenanceWindow: OWN_KINDS.find(({ kind }) => kind === "MaintenanceWindow") ?? KINDS.Namespace,
  ReleaseChannel: OWN_KINDS.find(({ kind }) => kind === "ReleaseChannel") ?? KINDS.Namespace,
  Freeze: OWN_KINDS.find(({ kind }) => kind === "Freeze") ?? KINDS.Namespace,
  Approval: OWN_KINDS.find(({ kind }) => kind === "Approval") ?? KINDS.Namespace,
} as const;

function refOf({ name, namespace }: KubeObject["metadata"]): Ref {
  return namespace === undefined ? { name } : { name, namespace };
}
