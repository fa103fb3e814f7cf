import { readFile } from "node:fs/promises";

import type { Mono } from "../runtime/clock.ts";
import { KubeClient, type WriteListeners } from "./client.ts";
import type { FreshKubeConfig } from "./credentials.ts";
import { applyCrd } from "./crd.ts";
import { Operator, baseObjectOf, ResourceMetaImpl } from "./dot-i.ts";
import type { OperatorLogger, ResourceMeta } from "./dot-i.ts";
import { pathOf } from "./kind.ts";
import type { Kind } from "./kind.ts";
import type { Transport } from "./transport.ts";

export interface BaseOptions {
  readonly config: FreshKubeConfig;
  readonly transport: Transport;
  /** Our own kinds. */
  readonly kinds: readonly Kind[];
  readonly mono: Mono;
  readonly log: OperatorLogger;
}

/** `@dot-i/k8s-operator` with every request of it sent by our own client; failures throw instead of being logged away. */
export abstract class BaseOperator extends Operator {
  readonly client: KubeClient;
  readonly #config: FreshKubeConfig;
  readonly #mono: Mono;

  constructor(options: BaseOptions, listeners: WriteListeners) {
    super(options.log);
    this.kubeConfig = options.config;
    // The base has made one for the default cluster of whoever runs this.
    Object.defineProperty(this, "k8sApi", { get: () => refused("k8sApi") });
    this.#config = options.config;
    this.#mono = options.mono;
    this.client = new KubeClient({ transport: options.transport, kinds: options.kinds, ...listeners });
  }

  protected override getCustomResourceApiUri(group: string, version: string, plural: string, namespace?: string): string {
    const kind = this.client.kinds.byPlural(group === "" ? version : `${group}/${version}`, plural);
    return `${this.#config.getCurrentCluster()?.server ?? ""}${pathOf(kind, { namespace })}`;
  }

  protected override async registerCustomResourceDefinition(crdFile: string): ReturnType<typeof applyCrd> {
    return applyCrd(this.client, this.#mono, await readFile(crdFile, "utf8"));
  }

  /** The whole status, by Server-Side Apply; 409 if the object has changed since `meta`. */
  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { apiVersion, kind, name, resourceVersion } = meta;
    const namespace = meta.namespace === undefined ? {} : { namespace: meta.namespace };
    const written = await this.client.applyStatus({ apiVersion, kind, metadata: { name, ...namespace, resourceVersion }, status });
    return ResourceMetaImpl.createWithId(meta.id, baseObjectOf(written));
  }

  /** Some fields of the status, by merge patch; 409 if the object has changed since `meta`. */
  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const patch = { metadata: { resourceVersion: meta.resourceVersion }, status };
    const written = await this.client.mergePatch(this.#kindOf(meta), meta, patch, { subresource: "status" });
    return ResourceMetaImpl.createWithId(meta.id, baseObjectOf(written));
  }

  /** 409 if the object has changed since `meta`, so that nobody else's finalizer is lost. */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    await this.client.mergePatch(this.#kindOf(meta), meta, { metadata: { resourceVersion: meta.resourceVersion, finalizers } });
  }

  protected override async applyAxiosKubeConfigAuth(): Promise<void> {
    refused("applyAxiosKubeConfigAuth");
  }

  protected override async applyGaxiosKubeConfigAuth(): Promise<void> {
    refused("applyGaxiosKubeConfigAuth");
  }

  #kindOf(meta: ResourceMeta): Kind {
    return this.client.kinds.byName(meta.apiVersion, meta.kind);
  }
}

function refused(member: string): never {
  throw new Error(`${member}: requests of our own go through the client`);
}
