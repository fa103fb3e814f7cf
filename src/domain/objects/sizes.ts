import type { TenantSpec } from "../../api/index.ts";

/** What a container asks of its node: thousandths of a core, and MiB. */
export interface ContainerSize {
  readonly cpuMillis: number;
  readonly memoryMi: number;
  /** Above this it is ended, before it costs its neighbours their memory. There is no such bound for time: what is idle may be used. */
  readonly memoryLimitMi: number;
}

/** What the serving pods of a tenant ask for, each of one container. */
export interface Sizes {
  readonly auth: ContainerSize;
  readonly proxy: ContainerSize;
}

const STANDARD: Sizes = {
  auth: { cpuMillis: 100, memoryMi: 256, memoryLimitMi: 8192 },
  proxy: { cpuMillis: 100, memoryMi: 256, memoryLimitMi: 4096 },
};

/** For more than 10,000 agents (row F14): what Teleport's own guide to scaling asks for where they come through proxies. */
const LARGE: Sizes = {
  auth: { cpuMillis: 8000, memoryMi: 16_384, memoryLimitMi: 32_768 },
  proxy: { cpuMillis: 4000, memoryMi: 8192, memoryLimitMi: 16_384 },
};

export function sizesOf({ size }: Pick<TenantSpec, "size">): Sizes {
  return size === "Large" ? LARGE : STANDARD;
}

/** What is done once for a tenant of any size: a preflight, a copy of its data. */
export const ERRAND: ContainerSize = { cpuMillis: 50, memoryMi: 64, memoryLimitMi: 512 };

/** As a container's `resources`. */
export function resourcesOf({ cpuMillis, memoryMi, memoryLimitMi }: ContainerSize): object {
  return { requests: { cpu: `${cpuMillis}m`, memory: `${memoryMi}Mi` }, limits: { memory: `${memoryLimitMi}Mi` } };
}
