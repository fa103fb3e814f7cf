/** What the platform sets for every tenant; read from the configuration file, validated at the edge. */
export interface Platform {
  readonly images: { readonly auth: string; readonly proxy: string };
  /** Domains end in one of these, each with its leading dot. */
  readonly domainSuffixes: readonly string[];
  readonly pods: PodTimings;
  readonly volume: { readonly size: string; readonly storageClassName?: string };
  /** Of the pod templates; default: `TEMPLATE_REVISION`. Set where another version of Slacktide is rehearsed. */
  readonly templateRevision?: number;
}

/** Timings of pods, in seconds of Kubernetes' own clock; never rehearsed (design §12). */
export interface PodTimings {
  readonly minReadySeconds: number;
  readonly authGraceSeconds: number;
  readonly proxyGraceSeconds: number;
  /** How long a pod waits in preStop before it ends, so that its clients move first. */
  readonly preStopSeconds: number;
  readonly verifySeconds: number;
  /** How long each step of an upgrade may take before it has failed. */
  readonly stepDeadlineSeconds: number;
}

/** The revision of the pod templates that this version of Slacktide renders (design §9). */
export const TEMPLATE_REVISION = 1;
