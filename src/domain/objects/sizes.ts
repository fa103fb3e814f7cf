/** What a container asks of its node: thousandths of a core, and MiB. */
export interface ContainerSize {
  readonly cpuMillis: number;
  readonly memoryMi: number;
  /** Above this it is ended, before it costs its neighbours their memory. There is no such bound for time: what is idle may be used. */
  readonly memoryLimitMi: number;
}

/** What the pods of a tenant of size Standard ask for, each of one container. */
export const STANDARD = {
  auth: { cpuMillis: 100, memoryMi: 256, memoryLimitMi: 8192 },
  proxy: { cpuMillis: 100, memoryMi: 256, memoryLimitMi: 4096 },
  preflight: { cpuMillis: 50, memoryMi: 64, memoryLimitMi: 512 },
} as const satisfies Record<string, ContainerSize>;

/** As a container's `resources`. */
export function resourcesOf({ cpuMillis, memoryMi, memoryLimitMi }: ContainerSize): object {
  return { requests: { cpu: `${cpuMillis}m`, memory: `${memoryMi}Mi` }, limits: { memory: `${memoryLimitMi}Mi` } };
}
