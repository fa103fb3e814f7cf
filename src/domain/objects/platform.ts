import type { PortRange } from "../ports/block.ts";

/** What the platform sets for every tenant; read from the configuration file, validated at the edge. */
export interface Platform {
  readonly images: { readonly auth: string; readonly proxy: string };
  /** Domains end in one of these, each with its leading dot. */
  readonly domainSuffixes: readonly string[];
  readonly pods: PodTimings;
  readonly lapse: LapseTerms;
  readonly volume: Volume;
  readonly network: Network;
  /** Where proxies reach the version server, without a path; `VERSION_SERVER` unless somebody says otherwise. */
  readonly versionServer: string;
  /** From which tenants get blocks of ports; without it they get none. Who has a block keeps it either way. */
  readonly ports?: readonly PortRange[] | undefined;
  /** Where tenants' proxies can be; without it every region that a tenant names is in this cluster. */
  readonly regions?: readonly Region[] | undefined;
  /** By whom tenants' certificates are issued; without it they get none. */
  readonly certificates?: Certificates | undefined;
  /** Who may look at tenants' metrics, over mutual TLS (row F17); without it the monitoring namespace may, without TLS. */
  readonly metrics?: Metrics | undefined;
  /** Where tenants with storage of type AWS have it; without it none can be made. */
  readonly aws?: Aws | undefined;
  /** Of the pod templates; default: `TEMPLATE_REVISION`. Set where another version of Slacktide is rehearsed. */
  readonly templateRevision?: number;
}

/** A region of the platform; without a cluster of its own it is in the operator's (row F2). */
export interface Region {
  readonly name: string;
  readonly cluster?: RegionCluster | undefined;
}

/** Another cluster in which a region lies, and how its proxies and their Auth find each other. */
export interface RegionCluster {
  /** In the operator's own namespace. Regions that name the same Secret and key are in the same cluster. */
  readonly kubeconfigSecret: { readonly name: string; readonly key: string };
  /** Where its proxies reach a tenant's Auth: `host:port`, with `{tenant}` for the tenant's name. */
  readonly authAddress: string;
  /** The addresses behind that, as CIDR blocks; without it any address at that port. */
  readonly authCidrs?: readonly string[] | undefined;
  /** The public keys with which it signs the tokens of its ServiceAccounts, as its API server serves them; without it proxies there need a join token of the platform's own. */
  readonly jwks?: string | undefined;
  /** From which addresses its proxies come, as Auth's cluster sees them, as CIDR blocks. */
  readonly proxyCidrs: readonly string[];
}

/** What follows from a subscription that lapsed (design §9, row F6). */
export interface LapseTerms {
  /** How long a tenant serves on after its lapse was seen, in milliseconds. */
  readonly graceMs: number;
  /** How many tenants' data may begin to be deleted in any 24 hours, in the whole fleet. */
  readonly maxPurgesPerDay: number;
}

/** The volumes of tenants with Embedded storage, and how their restore points are taken. */
export interface Volume {
  readonly size: string;
  readonly storageClassName?: string;
  /** The class of their snapshots; without it restore points are copies in volumes of their own. */
  readonly snapshotClassName?: string;
  /** Slacktide's own image: `slacktide copy-data` in it makes the copies. */
  readonly copyImage: string;
}

/** How cert-manager is asked for certificates. */
export interface Certificates {
  readonly issuerRef: { readonly name: string; readonly kind: string; readonly group: string };
}

/** Whom tenants let look at their metrics. */
export interface Metrics {
  /** The authorities of the clients, as PEM; public. */
  readonly clientCa: string;
  /** Which ones these are, in a few letters: another text has another id. */
  readonly clientsId: string;
  /** Who makes the tenants' own keys and certificates. */
  readonly keysFrom: "CertManager" | "Slacktide";
}

/** The provider's account in AWS. */
export interface Aws {
  readonly accountId: string;
  /** `aws`, but for China and the government of the United States. */
  readonly partition: string;
  /** Those in which tenants may be at home. */
  readonly regions: readonly string[];
  /** Of the cluster, as IAM knows it, without `https://`: by it a ServiceAccount takes on its role. */
  readonly oidcProvider: string;
  /** The ARN of the policy beyond which no tenant's role goes. */
  readonly permissionsBoundary?: string | undefined;
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

/** Where on the network the pods of tenants find what they need, and who looks at them; addresses are CIDR blocks. */
export interface Network {
  /** Where the cluster's API servers answer, behind their Service. */
  readonly apiServer: { readonly cidrs: readonly string[]; readonly ports: readonly number[] };
  /** The cluster's DNS: its pods, and addresses beside them, such as that of a cache on each node. */
  readonly dns: { readonly namespace: string; readonly labels: Readonly<Record<string, string>>; readonly cidrs: readonly string[] };
  /** The only namespace that sees a tenant's metrics (row F17). */
  readonly monitoringNamespace: string;
  /** The provider's own networks: no tenant's pod opens a connection into them, but for what stands above. */
  readonly privateCidrs: readonly string[];
}

/** The chart's Service, in a release and a namespace that are called slacktide. */
export const VERSION_SERVER = "http://slacktide-versions.slacktide.svc.cluster.local:8081";

/**
 * The revision of the pod templates that this version of Slacktide renders (design §9). 2: every pod says whether it has a token
 * of its ServiceAccount, containers have a memory limit, and no pod is told of the Services around it.
 */
export const TEMPLATE_REVISION = 2;
