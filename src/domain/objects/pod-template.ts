import { ANNOTATION, LABEL, type TenantSpec } from "../../api/index.ts";
import { CERTIFICATE_DIR, CERTIFICATE_SECRET, CERTIFICATE_VOLUME } from "./certificate.ts";
import { authConfigName, dataOfConfig, PORT, PROXY_CONFIG, PROXY_TLS_CONFIG } from "./config.ts";
import { METRICS_FILE, METRICS_PARTS, metricsVolume } from "./metrics.ts";
import { AUTH, AUTH_DATA, firstUid, ownerLabels, podSelector, proxyName, type Owner } from "./names.ts";
import type { Platform } from "./platform.ts";
import { resourcesOf, sizesOf, type ContainerSize } from "./sizes.ts";

/** A pod template is a function of version, revision and the tenant's spec (design §9); this renders `TEMPLATE_REVISION`. */
export interface TemplateInput {
  readonly owner: Owner;
  readonly version: string;
  /** Digest that pins the image, if the channel gives one. */
  readonly digest?: string | undefined;
  readonly platform: Platform;
  /** Default: Standard. */
  readonly size?: TenantSpec["size"];
  /** The tenant's agents are told what to run. */
  readonly autoUpdate?: boolean;
  /** Its proxies have the domain's certificate. Absent where there is none: such a template is as it always was. */
  readonly certificate?: boolean;
  /** The Secret with which it shows its metrics over mutual TLS alone, to the platform's clients. Likewise. */
  readonly metrics?: string | undefined;
  /** Of the volume that Auth writes to, or the word for its tables; default: its first ones. */
  readonly claim?: string | undefined;
  /** Auth's data is elsewhere: what it keeps beside itself goes with each pod. */
  readonly isOnAws?: boolean;
  /** For whom the token of a proxy in another cluster is made: Auth cannot ask that cluster, and knows it by its own name. */
  readonly joinAudience?: string | undefined;
}

export type PodTemplate = Readonly<Record<string, unknown>>;

const CONFIG_DIR = "/etc/teleport";
const DATA_DIR = "/var/lib/teleport";

/** The pod template of Auth: on embedded storage one pod with one volume. */
export function authTemplate(input: TemplateInput): PodTemplate {
  const { platform, size = "Standard" } = input;
  return template(input, {
    component: AUTH,
    serviceAccount: "auth",
    // It asks the API server whether the tokens of proxies are real.
    automount: true,
    graceSeconds: platform.pods.authGraceSeconds,
    container: container("auth", imageOf(platform.images.auth, input), {
      input,
      size: sizesOf({ size }).auth,
      args: [configOf(input), `--apply-on-startup=${CONFIG_DIR}/resources.yaml`, `--diag-addr=0.0.0.0:${PORT.diag}`],
      ports: [
        { name: "auth", containerPort: PORT.auth, protocol: "TCP" },
        { name: "diag", containerPort: PORT.diag, protocol: "TCP" },
      ],
    }),
    configMap: authConfigName(input.claim, { storage: { type: input.isOnAws === true ? "AWS" : "Embedded" } }),
    data: input.isOnAws === true ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: input.claim ?? AUTH_DATA } },
  });
}

/**
 * The token with which a proxy joins: by it Auth knows whose it is, and it opens nothing else. Short-lived, since it is read
 * anew for every attempt to join, and without what a client of the API server would need besides.
 */
const JOIN_TOKEN = "join-token";
const joinToken = (audience: string | undefined) => ({ name: JOIN_TOKEN, projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 600, ...(audience !== undefined && { audience }) } }] } });
/** Where Teleport looks for it. */
const TOKEN_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The pod template of the proxies of one region. */
export function proxyTemplate(input: TemplateInput, region: string): PodTemplate {
  const { platform, size = "Standard", certificate = false, joinAudience } = input;
  const ports = { web: PORT.web, ssh: PORT.ssh, tunnel: PORT.tunnel, kube: PORT.proxyKube, mysql: PORT.mysql, postgres: PORT.postgres, diag: PORT.diag };
  return template(input, {
    component: proxyName(region),
    serviceAccount: "proxy",
    automount: false,
    graceSeconds: platform.pods.proxyGraceSeconds,
    container: container("proxy", imageOf(platform.images.proxy, input), {
      input,
      size: sizesOf({ size }).proxy,
      args: [configOf(input), `--diag-addr=0.0.0.0:${PORT.diag}`],
      ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
      mounts: [{ name: JOIN_TOKEN, mountPath: TOKEN_DIR, readOnly: true }, ...(certificate ? [{ name: CERTIFICATE_VOLUME, mountPath: CERTIFICATE_DIR, readOnly: true }] : [])],
    }),
    volumes: [joinToken(joinAudience), ...(certificate ? [{ name: CERTIFICATE_VOLUME, secret: { secretName: CERTIFICATE_SECRET } }] : [])],
    configMap: certificate ? PROXY_TLS_CONFIG : PROXY_CONFIG,
    data: { emptyDir: {} },
  });
}

/** Pods that have what their metrics take read a file of their own: during an upgrade there are both, and without it that file would not do. */
function configOf({ metrics }: TemplateInput): string {
  return `--config=${CONFIG_DIR}/${metrics === undefined ? "teleport.yaml" : METRICS_FILE}`;
}

/** The image by tag, and by digest where the channel gives one. Tags carry no `v`. */
export function imageOf(repository: string, { version, digest }: Pick<TemplateInput, "version" | "digest">): string {
  return digest === undefined ? `${repository}:${version}` : `${repository}:${version}@${digest}`;
}

/** The digest that a template pins its image by, if it does. */
export function digestOf({ spec }: PodTemplate): string | undefined {
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly { readonly image?: string }[] }; // a pod's
  return containers[0]?.image?.split("@")[1];
}

/** What a restricted namespace asks of every container. */
export const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
} as const;

interface Parts {
  readonly component: string;
  readonly serviceAccount: string;
  /** Whether the container gets all that a client of the API server needs. */
  readonly automount: boolean;
  readonly graceSeconds: number;
  readonly container: object;
  readonly configMap: string;
  readonly data: object;
  readonly volumes?: readonly object[];
}

/** What all pods of a tenant may do on their node: those of its Preflight too. */
export const POD_SECURITY = {
  enableServiceLinks: false,
  securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, fsGroupChangePolicy: "OnRootMismatch", seccompProfile: { type: "RuntimeDefault" } },
} as const;

/** Whether the pods of a template get a token only if their ServiceAccount says so: those of revision 1 say nothing themselves. */
export function reliesOnAccount({ spec }: PodTemplate): boolean {
  return typeof spec === "object" && spec !== null && !("automountServiceAccountToken" in spec);
}

/** The claim of the volume that Auth's pods of a template write to, or the word for their tables. */
export function claimOf({ spec }: PodTemplate): string | undefined {
  const { volumes = [] } = (spec ?? {}) as { readonly volumes?: readonly PodVolume[] }; // a pod's
  const data = volumes.find(({ name }) => name === "data");
  if (data?.emptyDir === undefined) return data?.persistentVolumeClaim?.claimName;
  return dataOfConfig(volumes.find(({ name }) => name === "config")?.configMap?.name ?? "");
}

/** Whether Auth's pods of this template keep their data on a volume; else it is in AWS. */
export function keepsOnVolume({ spec }: PodTemplate): boolean {
  const { volumes = [] } = (spec ?? {}) as { readonly volumes?: readonly PodVolume[] }; // a pod's
  return volumes.some(({ name, persistentVolumeClaim }) => name === "data" && persistentVolumeClaim !== undefined);
}

interface PodVolume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly emptyDir?: object;
  readonly configMap?: { readonly name?: string };
}

/** Whether pods of a template tell agents something: what the version server says where they ask it, and else what Teleport would. */
export function tellsAgents({ spec }: PodTemplate): boolean {
  const { containers = [] } = (spec ?? {}) as { readonly containers?: readonly Telling[] }; // a pod's
  if (!Array.isArray(containers)) return false; // somebody broke a record
  return containers.some(({ env = [] }: Telling) => env.some(({ name }) => name === TELLS_AGENTS.name));
}

/** Of a container. */
interface Telling {
  readonly env?: readonly { readonly name: string }[];
}

function template({ owner, version, platform, metrics }: TemplateInput, parts: Parts): PodTemplate {
  return {
    metadata: { ...(metrics !== undefined && { annotations: { [ANNOTATION.metricsClients]: platform.metrics?.clientsId } }), labels: { ...ownerLabels({ ...owner, uid: firstUid(owner) }), ...podSelector(owner.name, parts.component), [LABEL.version]: version } },
    spec: {
      serviceAccountName: parts.serviceAccount,
      automountServiceAccountToken: parts.automount,
      terminationGracePeriodSeconds: parts.graceSeconds,
      ...POD_SECURITY,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: podSelector(owner.name, parts.component) },
        },
      ],
      containers: [parts.container],
      volumes: [
        { name: "config", configMap: { name: parts.configMap } },
        { name: "data", ...parts.data },
        { name: "tmp", emptyDir: {} },
        ...(parts.volumes ?? []),
        ...(metrics === undefined ? [] : [metricsVolume(metrics)]),
      ],
    },
  };
}

/** Without it Teleport tells agents nothing, whatever its channels. Absent where it is not wanted: such a template is as it always was. */
const TELLS_AGENTS = { name: "TELEPORT_AUTOMATIC_UPGRADES", value: "true" };

interface ContainerParts {
  readonly input: TemplateInput;
  readonly size: ContainerSize;
  readonly args: readonly string[];
  readonly ports: readonly object[];
  readonly mounts?: readonly object[];
}

function container(name: string, image: string, { input: { platform, autoUpdate = false, metrics }, size, args, ports, mounts = [] }: ContainerParts): object {
  const probe = { httpGet: { path: "/readyz", port: "diag" }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 12 };
  return {
    name,
    image,
    args: ["start", ...args],
    ports: metrics === undefined ? ports : [...ports, METRICS_PARTS.port],
    ...(autoUpdate && { env: [TELLS_AGENTS] }),
    readinessProbe: probe,
    livenessProbe: { ...probe, httpGet: { path: "/healthz", port: "diag" }, initialDelaySeconds: 5, failureThreshold: 6 },
    ...preStop(platform.pods.preStopSeconds),
    resources: resourcesOf(size),
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: "config", mountPath: CONFIG_DIR, readOnly: true },
      { name: "data", mountPath: DATA_DIR },
      { name: "tmp", mountPath: "/tmp" },
      ...mounts,
      ...(metrics === undefined ? [] : [METRICS_PARTS.mount]),
    ],
  };
}

/** Lets clients move away before the pod ends. */
function preStop(seconds: number): object {
  if (seconds === 0) return {};
  return { lifecycle: { preStop: { exec: { command: ["teleport", "wait", "duration", `${seconds}s`] } } } };
}
